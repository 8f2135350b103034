"""Let many threads that each want a durable entry share one commit.

Who comes while nobody writes, writes for all that wait; who comes meanwhile waits for the next turn. So a
lone entry waits for nobody, and a crowd costs one sync a turn. Invariant: a thread returns with its index
only after the commit that holds its entry, and every thread returns: with an index, or with an error.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ronda.access.errors import LogUnavailableError
from ronda.evidence.entry import AuditEvent

MOST_AT_ONCE = 256  # bounds how long one turn lasts


@dataclass(slots=True)
class Wanted:
    """One entry that somebody waits for. Once `done`, `index` or `error` is set."""

    event: AuditEvent
    index: int | None = None
    error: Exception | None = None
    done: bool = False


class GroupCommit:
    """`write` sets the index or the error of each that it is given, and never raises."""

    def __init__(self, write: Callable[[Sequence[Wanted]], None]) -> None:
        self._write = write
        self._changed = threading.Condition()
        self._waiting: list[Wanted] = []
        self._writing = False

    def append(self, event: AuditEvent) -> int:
        """The index of `event` once it is durable. Raises what `write` set for it."""
        own = Wanted(event)
        with self._changed:
            self._waiting.append(own)
        while batch := self._turn(own):
            self._write_all(batch)
        if own.error is not None:
            raise own.error
        if own.index is None:
            raise LogUnavailableError(
                "the access log's writer was interrupted; the act is refused. Next: try again"
            )
        return own.index

    def _turn(self, own: Wanted) -> list[Wanted]:
        """What this thread is to write now; nothing once its own entry is done."""
        with self._changed:
            while self._writing and not own.done:
                self._changed.wait()
            if own.done:
                return []
            self._writing = True
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            return batch

    def _write_all(self, batch: list[Wanted]) -> None:
        try:
            self._write(batch)
        finally:
            with self._changed:
                for one in batch:
                    one.done = True
                self._writing = False
                self._changed.notify_all()
