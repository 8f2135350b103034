"""The figures of the log, kept counted: each entry is read once while the process lives."""

from collections.abc import Mapping
from threading import Lock
from weakref import WeakKeyDictionary

from ronda.app.wiring import Wiring
from ronda.evidence import canonical
from ronda.evidence.canonical import Json
from ronda.evidence.leaf import public_part
from ronda.evidence.log_figures import Count

_AT_ONCE = 5000


class LogCounts:
    """One count for each installation; safe to ask from several threads."""

    def __init__(self) -> None:
        self._counts: WeakKeyDictionary[Wiring, Count] = WeakKeyDictionary()
        self._lock = Lock()

    def upto(self, wiring: Wiring) -> Count:
        """The figures of all entries there are now."""
        with self._lock:
            found = self._counts.setdefault(wiring, Count())
            while leaves := wiring.log.leaves(found.size, _AT_ONCE):
                for _index, leaf in leaves:
                    found.add(_public(leaf))
            return found


def _public(leaf: bytes) -> Mapping[str, Json] | None:
    shown = public_part(leaf)
    return None if shown is None else canonical.read_object(shown, "the public part")
