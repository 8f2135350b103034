"""What the planner needs from outside. Implemented by `ronda.store.sql.planning.SqlPlanning`."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from ronda.planning.model import Building, Candidate, Cell, Price, Shares, Standing, Terms
from ronda.planning.places import Hub, Zone
from ronda.planning.pricing import PriceItem
from ronda.planning.record import PlanRecord
from ronda.planning.surface import Mark


class PlanStore(Protocol):
    def candidates(self) -> list[Candidate]:
        """In the order of their names."""
        ...

    def put_candidates(self, candidates: Iterable[Candidate]) -> None:
        """Add or replace, all or none."""
        ...

    def cells(self) -> list[Cell]:
        """Demand of all sources, added up by place."""
        ...

    def put_cells(self, source: str, cells: Iterable[Cell]) -> None:
        """Replace what this source said before, whole."""
        ...

    def prices(self) -> list[Price]: ...

    def put_prices(self, prices: Iterable[Price]) -> None: ...

    def terms(self) -> Terms | None:
        """Budgets, ceiling and promises that a new plan begins with."""
        ...

    def put_terms(self, terms: Terms) -> None: ...

    def put_edition(self, name: str, data: bytes) -> None:
        """Keep the data of a plan (`edition.packed`); one that is there stays as it is."""
        ...

    def edition(self, name: str) -> bytes | None: ...

    def add_plan(self, record: PlanRecord) -> None: ...

    def save_plan(self, record: PlanRecord) -> PlanRecord:
        """The next revision. Raises PlanChangedError unless the stored one is `record.revision`."""
        ...

    def plan(self, plan_id: str) -> PlanRecord | None: ...

    def plans(self) -> Sequence[PlanRecord]:
        """Every plan, newest first."""
        ...


class Surroundings(Protocol):
    """What other parts know and the plan counts: cameras that stand, houses, thefts nobody could have seen."""

    def standing(self) -> list[Standing]: ...

    def buildings(self) -> Sequence[Building]:
        """What stands in the way, all that is known."""
        ...

    def items(self) -> Sequence[PriceItem]:
        """The price list of things, from which points with `needs` are put together."""
        ...

    def hubs(self) -> Sequence[Hub]:
        """Shared uplinks."""
        ...

    def zones(self) -> Sequence[Zone]:
        """Places that are better not seen."""
        ...

    def marks(self) -> Sequence[Mark]:
        """Parking places and residential streets."""
        ...

    def unseen(self) -> list[Cell]:
        """Aggregated cells only: the planner never sees a case."""
        ...

    def expected(self, cells: Sequence[Cell], candidates: Sequence[Candidate], shares: Shares) -> tuple[Cell, ...]:
        """The cells with what to expect in them, where dated thefts said how they spread; else as they are."""
        ...
