"""The question as arrays: what the solver reads. Points are rows, merged cells are columns.

Decides which cells still count (those that no standing camera sees), which money may pay for a point,
and until when a promised point must stand. Invariant: `value_of` here, and nothing else, says what a
plan is worth; `excess` says whether it keeps every row.

Years are numbered from 0; a point that is never built has year `years`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ronda.planning.cover import Cover, Floats, Ints, cover, on_plane, turned
from ronda.planning.demand import weights
from ronda.planning.errors import ContradictoryTermsError, UnknownPointError
from ronda.planning.merge import merged
from ronda.planning.model import Candidate, Question, Terms
from ronda.registry.model import SiteKind

Bools = npt.NDArray[np.bool_]
VILLAGE_KINDS: Final = frozenset({SiteKind.VILLAGE_OFFICE, SiteKind.VILLAGE_ROAD, SiteKind.PATROL_POST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """Arrays by point (S), shared column (J) and year (T).

    own        weight of the cells that this point alone can see
    shared     which shared columns each point sees, with `by_column` the other way round
    must       last year number in which a promised point may be built; T: no promise
    money      rupiah of the year from all sources; general: of those that may pay for every point
    running    room below the ceiling on running cost
    """

    years: int
    own: Ints
    shared: Cover
    by_column: Cover
    weight: Ints
    build: Floats
    yearly: Floats
    village: Bools
    must: Ints
    banned: Bools
    money: Floats
    general: Floats
    running: Floats

    @property
    def points(self) -> int:
        return len(self.own)

    @property
    def total(self) -> int:
        """Weight-years if everything that some point can see were seen from the first year on."""
        return int(self.own.sum() + self.weight.sum()) * self.years


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the question looks like on the ground, for sentences and counts.

    sees      which cells each candidate sees
    standing  cells that a standing camera sees already
    weight    of each cell
    """

    sees: Cover
    standing: Bools
    weight: Ints


def ground_of(question: Question) -> Ground:
    """Who sees what. All cells are kept, also those that nobody sees."""
    lat = np.array([cell.lat_deg for cell in question.cells], dtype=np.float64)
    lon = np.array([cell.lon_deg for cell in question.cells], dtype=np.float64)
    lat0 = float(lat.mean()) if len(lat) else 0.0
    cells = on_plane(lat, lon, lat0)
    points = question.candidates
    sees = cover(
        on_plane(np.array([one.lat_deg for one in points]), np.array([one.lon_deg for one in points]), lat0),
        np.array([one.reach_m for one in points], dtype=np.float64),
        cells,
    )
    stands = cover(
        on_plane(
            np.array([one.lat_deg for one in question.standing]),
            np.array([one.lon_deg for one in question.standing]),
            lat0,
        ),
        np.array([one.reach_m for one in question.standing], dtype=np.float64),
        cells,
    )
    seen = np.zeros(len(lat), dtype=bool)
    seen[stands.cols] = True
    return Ground(sees=sees, standing=seen, weight=weights(question.cells, question.terms.shares))


def pays_for(point: Candidate) -> bool:
    """May money for villages only (Dana Desa) pay for it? Only points of a desa, not of a kelurahan.

    The fourth part of a village's code begins with 2 for a desa and with 1 for a kelurahan.
    """
    parts = point.area.split(".")
    return point.kind in VILLAGE_KINDS and len(parts) == 4 and parts[3].startswith("2")


def instance_of(question: Question, ground: Ground) -> Instance:
    """Raises ContradictoryTermsError or UnknownPointError for terms that cannot hold."""
    terms, points = question.terms, question.candidates
    _check(terms, points)
    open_weight = np.where(ground.standing, 0, ground.weight)
    columns, weight = merged(ground.sees, open_weight)
    own, shared, weight = _split(columns, weight)
    years = len(terms.years)
    return Instance(
        years=years,
        own=own,
        shared=shared,
        by_column=turned(shared, len(weight)),
        weight=weight,
        build=np.array([one.build_cost_idr for one in points], dtype=np.float64),
        yearly=np.array([one.yearly_cost_idr for one in points], dtype=np.float64),
        village=np.array([pays_for(one) for one in points], dtype=bool),
        must=_promises(terms, points),
        banned=np.array([one.point in terms.forbidden for one in points], dtype=bool),
        money=np.array([terms.given_idr(year) for year in terms.years], dtype=np.float64),
        general=np.array([terms.general_idr(year) for year in terms.years], dtype=np.float64),
        running=np.full(years, float(terms.running_ceiling_idr - terms.standing_idr)),
    )


def _check(terms: Terms, points: tuple[Candidate, ...]) -> None:
    known = {one.point for one in points}
    for name in (*terms.forced, *terms.forbidden):
        if name not in known:
            raise UnknownPointError(name)
    both = sorted(set(terms.forced) & set(terms.forbidden))
    if both:
        raise ContradictoryTermsError(f"{both[0]} is forced and forbidden at once. Next: take back one of the two")
    if not terms.years or list(terms.years) != list(range(terms.years[0], terms.years[0] + len(terms.years))):
        raise ContradictoryTermsError("the years of a plan follow each other, at least one")
    promised = {phase.kind for phase in terms.phases}
    for one in points:
        if one.kind in promised and one.point in terms.forbidden:
            raise ContradictoryTermsError(
                f"{one.point} is forbidden but promised by the rule for {one.kind.value}. "
                "Next: move the promise, or allow the point"
            )


def _promises(terms: Terms, points: tuple[Candidate, ...]) -> Ints:
    last = {phase.kind: max(0, min(phase.by_year - terms.years[0], len(terms.years) - 1)) for phase in terms.phases}
    due = {phase.kind: phase.by_year for phase in terms.phases}
    must = np.full(len(points), len(terms.years), dtype=np.int64)
    for number, one in enumerate(points):
        if one.kind in last and due[one.kind] <= terms.years[-1]:
            must[number] = last[one.kind]
        if one.point in terms.forced:
            must[number] = min(must[number], len(terms.years) - 1)
    return must


def _split(columns: Cover, weight: Ints) -> tuple[Ints, Cover, Ints]:
    """Columns of one point go to that point; the rest is what the solver has to share out."""
    seen_by = np.bincount(columns.cols, minlength=len(weight))
    row = np.repeat(np.arange(columns.rows), np.diff(columns.start))
    single = seen_by[columns.cols] == 1
    own = np.bincount(row[single], weights=weight[columns.cols[single]], minlength=columns.rows)
    kept = np.flatnonzero(seen_by > 1)
    number = np.full(len(weight), -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    start = np.zeros(columns.rows + 1, dtype=np.int64)
    np.cumsum(np.bincount(row[~single], minlength=columns.rows), out=start[1:])
    shared = Cover(start=start, cols=number[columns.cols[~single]])
    return np.rint(own).astype(np.int64), shared, weight[kept]


def value_of(instance: Instance, year: Ints) -> int:
    """Weight-years that these points see: exact, from the points alone."""
    built = np.flatnonzero(year < instance.years)
    first = np.full(len(instance.weight), instance.years, dtype=np.int64)
    for point in built:
        seen = instance.shared.row(int(point))
        first[seen] = np.minimum(first[seen], year[point])
    own = (instance.own[built] * (instance.years - year[built])).sum()
    return int(own + (instance.weight * (instance.years - first)).sum())


def excess(instance: Instance, year: Ints) -> list[str]:
    """Every row that this plan breaks, in words; empty for a plan that keeps them all."""
    broken: list[str] = []
    for t in range(instance.years):
        new, stands = year == t, year <= t
        spent = instance.build[new].sum() + instance.yearly[stands].sum()
        other = ~instance.village
        general = instance.build[new & other].sum() + instance.yearly[stands & other].sum()
        for name, used, given in (
            ("money", spent, instance.money[t]),
            ("general money", general, instance.general[t]),
            ("running cost", instance.yearly[stands].sum(), instance.running[t]),
        ):
            if used > given + 0.5:
                broken.append(f"{name} of year {t}: {used:.0f} of {given:.0f}")
    late = np.flatnonzero((instance.must < instance.years) & (year > instance.must))
    broken += [f"point {point} is late: {year[point]} after {instance.must[point]}" for point in late]
    broken += [f"point {point} is banned" for point in np.flatnonzero(instance.banned & (year < instance.years))]
    return broken
