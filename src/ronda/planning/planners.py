"""Compiled planners: one for each set of terms and edition of the data, the last few kept.

A stored plan is asked with the data it was made from (`at`), a new one with today's (`of`).
"""

import hashlib
import threading
from collections import OrderedDict
from typing import Final

from pydantic import TypeAdapter

from ronda.planning.aiming import priced, shared_line
from ronda.planning.edition import Edition, packed, unpacked
from ronda.planning.errors import EditionError
from ronda.planning.model import Shares, Terms
from ronda.planning.obstacles import within_reach
from ronda.planning.ports import PlanStore, Surroundings
from ronda.planning.record import PlanRecord
from ronda.planning.solve import Planner
from ronda.planning.surface import marked
from ronda.planning.trade import added_cells

_KEPT: Final = 6
_TERMS = TypeAdapter(Terms)


def terms_key(terms: Terms) -> str:
    """Equal for equal terms only."""
    return hashlib.sha256(_TERMS.dump_json(terms)).hexdigest()


class Planners:
    """Used by any thread."""

    def __init__(self, store: PlanStore, around: Surroundings) -> None:
        self._store, self._around = store, around
        self._kept: OrderedDict[tuple[str, str], Planner] = OrderedDict()
        self._today: dict[Shares, Edition] = {}
        self._lock = threading.Lock()

    def today(self, shares: Shares) -> Edition:
        """The data as they are now, weighed by these shares; read again after `forget`."""
        with self._lock:
            found = self._today.get(shares)
            if found is None:
                items = tuple(self._around.items())
                candidates = tuple(priced(one, items) for one in self._store.candidates())
                counted = added_cells([*self._store.cells(), *self._around.unseen()])
                standing = tuple(self._around.standing())
                found = self._today[shares] = Edition(
                    candidates=candidates,
                    cells=marked(self._around.expected(counted, candidates, shares), self._around.marks()),
                    standing=standing,
                    buildings=within_reach(self._around.buildings(), candidates, standing),
                    items=items if any(one.needs for one in candidates) else (),
                    hubs=tuple(self._around.hubs()) if shared_line(candidates) else (),
                    zones=tuple(self._around.zones()),
                )
            return found

    def of(self, terms: Terms) -> Planner:
        """With today's data."""
        return self._planner(terms, self.today(terms.shares))

    def with_data(self, terms: Terms, edition: Edition) -> Planner:
        return self._planner(terms, edition)

    def at(self, record: PlanRecord, terms: Terms | None = None) -> Planner:
        """With the data of a stored plan; its own terms unless others are given. Raises EditionError."""
        return self._planner(terms or record.terms, self.edition(record.data_version))

    def edition(self, name: str) -> Edition:
        """Raises EditionError when it was not kept or is not whole."""
        with self._lock:
            kept = [one for one in self._today.values() if one.name == name]
        if kept:
            return kept[0]
        data = self._store.edition(name)
        if data is None:
            raise EditionError(name, "it was not kept")
        return unpacked(data, name)

    def keep(self, edition: Edition) -> None:
        """So that a plan made from it can be opened again."""
        self._store.put_edition(edition.name, packed(edition))

    def forget(self) -> None:
        """Data changed: read them anew when next asked."""
        with self._lock:
            self._today.clear()

    def _planner(self, terms: Terms, edition: Edition) -> Planner:
        key = (terms_key(terms), edition.name)
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                found = self._kept[key] = Planner(edition.question(terms))
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found
