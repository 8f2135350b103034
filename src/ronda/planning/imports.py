"""A planner's file, from its rows to what would be stored: all rows or none, one message a fault.

Rows come one after the other from whatever format (`store.plan_source`); incidents are counted as they
come and leave as counts by cell only, so a million of them need no more memory than their places. Which
column is which: `columns`, guessed and then chosen by a person. What a cell means: `import_values`.
Invariant: with a fault nothing is taken; at most `SHOWN_FAULTS` are kept, the rest is counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from ronda.planning.columns import PlanFile, matched
from ronda.planning.demand import IncidentKind, Tally
from ronda.planning.errors import NothingToLearnError
from ronda.planning.import_ground import GroundReader
from ronda.planning.learning import Learned, learned
from ronda.planning.model import Building, Candidate, Cell, Money, Price, Standing
from ronda.planning.places import Hub, Zone
from ronda.planning.pricing import PriceItem
from ronda.planning.surface import Mark, Unit
from ronda.registry.import_rows import Known
from ronda.registry.row_fault import RowFault
from ronda.registry.table_file import Head, Row

__all__ = ["PlanDraft", "PlanFile", "draft"]

SHOWN_FAULTS: Final = 500
MOST: Final = {
    PlanFile.CANDIDATES: 20_000,
    PlanFile.STANDING: 20_000,
    PlanFile.BUILDINGS: 50_000,
    PlanFile.ROADS: 50_000,
    PlanFile.UNITS: 20_000,
}
MOST_OTHERS: Final = 5_000
MOST_INCIDENTS: Final = 5_000_000
_SAMPLES: Final = 3
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDraft:
    """What a file would change; stored only when `faults` is empty.

    headers  of the file; match: ours to theirs; samples: what stands in the first rows, by header
    ready    rows that are well
    learned  how thefts spread and how good a forecast was, where the file has dates; unlearned: why not
    """

    kind: PlanFile
    rows: int = 0
    ready: int = 0
    headers: tuple[str, ...] = ()
    match: Mapping[str, str] = field(default_factory=dict)
    samples: Sequence[Mapping[str, str]] = ()
    candidates: Sequence[Candidate] = ()
    prices: Sequence[Price] = ()
    items: Sequence[PriceItem] = ()
    money: Sequence[Money] = ()
    standing: Sequence[Standing] = ()
    buildings: Sequence[Building] = ()
    roads: Sequence[str] = ()
    hubs: Sequence[Hub] = ()
    zones: Sequence[Zone] = ()
    marks: Sequence[Mark] = ()
    units: Sequence[Unit] = ()
    cells: Sequence[Cell] = ()
    faults: Sequence[RowFault] = ()
    learned: Learned | None = None
    unlearned: str = ""


@dataclass(slots=True, kw_only=True)
class _Faults:
    """The first faults, and how many more there were."""

    kept: list[RowFault] = field(default_factory=list)
    more: int = 0

    def take(self, told: list[RowFault]) -> None:
        room = SHOWN_FAULTS - len(self.kept)
        self.kept += told[:room]
        self.more += max(0, len(told) - room)
        told.clear()

    def all(self) -> list[RowFault]:
        rest = RowFault(row=0, column="", value="", code="more_faults", hint=str(self.more))
        return [*sorted(self.kept, key=lambda fault: fault.row), *([rest] if self.more else [])]


@dataclass(slots=True, kw_only=True)
class _Taken:
    candidates: list[Candidate] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    items: list[PriceItem] = field(default_factory=list)
    money: list[Money] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)
    roads: list[str] = field(default_factory=list)
    hubs: list[Hub] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One file being read."""

    kind: PlanFile
    reader: GroundReader
    chosen: Mapping[str, str]
    faults: _Faults = field(default_factory=_Faults)
    taken: _Taken = field(default_factory=_Taken)
    headers: tuple[str, ...] = ()
    match: Mapping[str, str] = field(default_factory=dict)
    samples: list[Mapping[str, str]] = field(default_factory=list)
    rows: int = 0
    ready: int = 0
    readable: bool = False

    def head(self, columns: tuple[str, ...]) -> None:
        self.headers = columns
        everything = self.reader.every is not None
        self.match, missing = matched(columns, self.kind, self.chosen, has_kind=everything)
        self.readable = not missing
        self.faults.take(missing)

    def row(self, row: Row) -> None:
        self.rows += 1
        if len(self.samples) < _SAMPLES:
            self.samples.append(row.cells)
        if self.readable:
            cells = {ours: row.cells.get(theirs, "") for ours, theirs in self.match.items()}
            self.ready += _take(self.reader, self.kind, Row(number=row.number, cells=cells), self.taken)
            self.faults.take(self.reader.faults)


def draft(
    rows: Iterable[Head | Row | RowFault],
    kind: PlanFile,
    *,
    known: Known,
    source: str,
    prices: Sequence[Price] = (),
    items: Sequence[PriceItem] = (),
    chosen: Mapping[str, str] | None = None,
    every: IncidentKind | None = None,
) -> PlanDraft:
    """Read a file. A candidate without costs is put together from `items` if these suffice, else takes those of
    the price list for its kind.

    chosen  what a person set over the guess, ours to theirs; every: what all rows are, where no column says it
    """
    reader = GroundReader(
        known=known, source=source, every_place=None, training=False, faults=[],
        listed={one.kind: one for one in prices}, items=items, every=every,
    )  # fmt: skip
    reading = _Reading(kind=kind, reader=reader, chosen=chosen or {})
    most = _most(kind)
    for one in rows:
        if isinstance(one, Head):
            reading.head(one.columns)
        elif isinstance(one, RowFault):
            reading.faults.take([one])
        elif reading.rows >= most:
            reading.faults.take(
                [RowFault(row=one.number, column="", value="", code="too_many_rows", hint=str(most))]
            )
            break
        else:
            reading.row(one)
    if kind is PlanFile.INCIDENTS and reading.ready and not reading.taken.tally.counted:
        reading.faults.take([RowFault(row=0, column="jumlah", value="", code="no_demand")])
    return _drafted(reading)


def _most(kind: PlanFile) -> int:
    return MOST_INCIDENTS if kind is PlanFile.INCIDENTS else MOST.get(kind, MOST_OTHERS)


def _take(reader: GroundReader, kind: PlanFile, row: Row, taken: _Taken) -> bool:
    """Read one row; was it well?"""
    if kind is PlanFile.INCIDENTS:
        found = reader.incident(row)
        if found is not None:
            taken.tally.add(*found)
        return found is not None
    made: bool
    if kind is PlanFile.CANDIDATES:
        made = _kept(taken.candidates, reader.candidate(row))
    elif kind is PlanFile.PRICES:
        made = _kept(taken.prices, reader.price(row))
    elif kind is PlanFile.ITEMS:
        made = _kept(taken.items, reader.item(row))
    elif kind is PlanFile.BUDGET:
        made = _kept(taken.money, reader.money(row))
    elif kind is PlanFile.STANDING:
        made = _kept(taken.standing, reader.standing(row))
    elif kind is PlanFile.ROADS:
        made = _kept(taken.roads, reader.road(row))
    elif kind is PlanFile.HUBS:
        made = _kept(taken.hubs, reader.hub(row))
    elif kind is PlanFile.ZONES:
        made = _kept(taken.zones, reader.zone(row))
    elif kind is PlanFile.MARKS:
        made = _kept(taken.marks, reader.mark(row))
    elif kind is PlanFile.UNITS:
        made = _kept(taken.units, reader.unit(row))
    else:
        made = _kept(taken.buildings, reader.building(row))
    return made


def _kept(into: list[_Made], made: _Made | None) -> bool:
    if made is not None:
        into.append(made)
    return made is not None


def _drafted(read: _Reading) -> PlanDraft:
    faults, taken = read.faults.all(), read.taken
    found, why = (None, "") if read.kind is not PlanFile.INCIDENTS or faults else _learned(taken.tally)
    return PlanDraft(
        kind=read.kind,
        rows=read.rows,
        ready=read.ready,
        headers=read.headers,
        match=read.match,
        samples=read.samples,
        candidates=taken.candidates,
        prices=taken.prices,
        items=taken.items,
        money=taken.money,
        standing=taken.standing,
        buildings=taken.buildings,
        roads=taken.roads,
        hubs=taken.hubs,
        zones=taken.zones,
        marks=taken.marks,
        units=taken.units,
        cells=taken.tally.cells(),
        faults=faults,
        learned=found,
        unlearned=why,
    )


def _learned(tally: Tally) -> tuple[Learned | None, str]:
    try:
        return learned(tally), ""
    except NothingToLearnError as error:
        return None, str(error)
