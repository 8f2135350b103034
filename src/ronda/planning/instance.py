"""The question of a desk as a problem for the solver: a point is a site, its mounts (`aiming`) are its cameras.

Decides which cells still count (those that no standing camera sees), which money may pay for a point,
and until when a promised point must stand. What a plan is worth and which rules it breaks is said by
`solver.problem` and nobody else.

Years are numbered from 0; what is never built has year `years`. A plan is the year of every mount.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ronda.planning.aiming import Mount, aims_of, mounts_of, seen_by, shared_line, takes_port
from ronda.planning.cover import Cover, Floats, Ints, on_plane
from ronda.planning.demand import weights
from ronda.planning.errors import ContradictoryTermsError, UnknownPointError
from ronda.planning.model import Candidate, Question, Rules, Terms
from ronda.planning.obstacles import obstacles
from ronda.planning.solver.assemble import assembled
from ronda.planning.solver.columns import Columns, availability, columns_of
from ronda.planning.solver.loops import row_sums
from ronda.planning.solver.money import Purse, ceiling_rows, rows_of
from ronda.planning.solver.problem import Hubs, Problem, Row, Share, pairs
from ronda.planning.surface import hub_reach
from ronda.planning.visibility import standing_sees
from ronda.registry.areas import village_code
from ronda.registry.model import SiteKind

Bools = npt.NDArray[np.bool_]
VILLAGE_KINDS: Final = frozenset({SiteKind.VILLAGE_OFFICE, SiteKind.VILLAGE_ROAD, SiteKind.PATROL_POST})
_GENERAL, _VILLAGE = 0, 1  # classes of money


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """The problem, and the money that it was given by year.

    money      rupiah of the year from all sources; general: of those that may pay for every point
    running    room below the ceiling on running cost
    carry      may a later year spend what an earlier one left?
    """

    problem: Problem
    money: Floats
    general: Floats
    running: Floats
    carry: bool = False

    @property
    def years(self) -> int:
        return self.problem.years

    @property
    def points(self) -> int:
        return self.problem.sites

    @property
    def own(self) -> Ints:
        """Weight of the cells that this option alone can see."""
        return self.problem.own

    @property
    def shared(self) -> Cover:
        """Which columns each option sees that others can see as well."""
        return self.problem.sees

    @property
    def weight(self) -> Ints:
        return np.asarray(self.problem.worth[0])

    @property
    def least_camera(self) -> Ints:
        """The option of each point that is cheapest to have: what a promise takes."""
        of = self.problem
        cost = of.camera_build + of.camera_yearly * of.years
        order = np.lexsort((np.arange(of.cameras), cost, of.site))
        return np.asarray(order[of.first_camera[:-1]])

    @property
    def build(self) -> Ints:
        """Of each point with its cheapest camera."""
        return np.asarray(self.problem.build + self.problem.camera_build[self.least_camera])

    @property
    def yearly(self) -> Ints:
        return np.asarray(self.problem.yearly + self.problem.camera_yearly[self.least_camera])

    def with_least_cameras(self, built: Ints) -> Ints:
        """Years of the options, from those of the points: each with its cheapest camera."""
        year = np.full(self.problem.cameras, self.years, dtype=np.int64)
        year[self.least_camera] = built
        return year

    @property
    def must(self) -> Ints:
        """Last year number in which a promised point may be built; T: no promise."""
        return self.problem.must

    @property
    def banned(self) -> Bools:
        return self.problem.banned

    @property
    def village(self) -> Bools:
        """May money for villages pay for it?"""
        return np.asarray(self.problem.purse == _VILLAGE)

    @property
    def total(self) -> int:
        """Weight-years if everything that some point can see were seen from the first year on."""
        return self.problem.total

    def with_money(self, money: Floats, general: Floats) -> "Instance":
        """The same question at another budget."""
        rows = _rows(money, general, self.running, self.carry)
        return replace(self, problem=replace(self.problem, rows=rows), money=money, general=general)

    def seen_by_each(self, by_column: Floats) -> Floats:
        """Sum of a column value over what each option sees."""
        return np.asarray(row_sums(self.shared, by_column[None, :])[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the question looks like on the ground, for sentences and counts.

    options   mounts that may be bought, in the order of their points; sees: which cells each sees
    whole     which cells each point could see, with all its options
    standing  cells that a standing camera sees already
    weight    of each cell
    """

    options: tuple[Mount, ...]
    sees: Cover
    whole: Cover
    standing: Bools
    weight: Ints

    def of_points(self, options: Ints) -> Cover:
        """Which cells each point sees with these options alone."""
        return _united(self.sees, np.array([one.site for one in self.options]), options, self.whole.rows)

    def seen(self, options: Ints) -> Bools:
        """Cells that a standing camera or one of these sees."""
        found = self.standing.copy()
        for option in options:
            found[self.sees.row(int(option))] = True
        return found


def ground_of(question: Question) -> Ground:
    """Who sees what. All cells are kept, also those that nobody sees; mounts only if no other is better."""
    lat = np.array([cell.lat_deg for cell in question.cells], dtype=np.float64)
    lon = np.array([cell.lon_deg for cell in question.cells], dtype=np.float64)
    lat0 = float(lat.mean()) if len(lat) else 0.0
    cells = on_plane(lat, lon, lat0)
    around = obstacles(question.buildings, lat0)
    aims = aims_of(question.candidates, question.items)
    sees = seen_by(aims, question.candidates, cells, lat0, around)
    seen = standing_sees(question.standing, cells, lat0, around)
    weight = weights(question.cells, question.terms.shares)
    site = np.array([one.site for one in aims], dtype=np.int64)
    whole = _united(sees, site, np.arange(len(aims)), len(question.candidates))
    counts = np.where(seen & (question.terms.rules.availability is None), 0, weight)
    poles = [one.build_cost_idr + one.yearly_cost_idr for one in question.candidates]
    options, sees = mounts_of(aims, sees, counts, poles)
    return Ground(options=tuple(options), sees=sees, whole=whole, standing=seen, weight=weight)


def _united(cover: Cover, site: Ints, options: Ints, points: int) -> Cover:
    """By point: what any of these options sees."""
    if len(options) == points == cover.rows:
        return cover
    number, cells = pairs(cover, np.asarray(options, dtype=np.int64))
    both = np.unique(np.stack([site[options][number], cells]), axis=1) if len(cells) else np.zeros((2, 0), np.int64)
    start = np.zeros(points + 1, dtype=np.int64)
    np.cumsum(np.bincount(both[0], minlength=points), out=start[1:])
    return Cover(start=start, cols=both[1].astype(np.int64))


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
    years = len(terms.years)
    money = np.array([terms.free_idr(year) for year in terms.years], dtype=np.float64)
    general = np.array([terms.free_general_idr(year) for year in terms.years], dtype=np.float64)
    running = np.full(years, float(terms.running_ceiling_idr - terms.standing_idr))
    village, due = _villages(terms, points)
    problem = assembled(
        _columns(ground, terms.rules),
        site=np.array([one.site for one in ground.options], dtype=np.int64),
        camera_build=np.array([one.build_idr for one in ground.options], dtype=np.int64),
        camera_yearly=np.array([one.yearly_idr for one in ground.options], dtype=np.int64),
        build=np.array([one.build_cost_idr for one in points], dtype=np.int64),
        yearly=np.array([one.yearly_cost_idr for one in points], dtype=np.int64),
        rows=_rows(money, general, running, terms.rules.carry_over), years=years,
        purse=np.array([_VILLAGE if pays_for(one) else _GENERAL for one in points], dtype=np.int64),
        must=_promises(terms, points),
        banned=np.array([one.point in terms.forbidden for one in points], dtype=bool),
        village=village, due=due, cap=terms.rules.village_cap, shares=_shares(terms, points),
        lone=len(ground.options) > len(points), hubs=_hubs(question),
    )  # fmt: skip
    return Instance(problem=problem, money=money, general=general, running=running, carry=terms.rules.carry_over)


def _hubs(question: Question) -> Hubs | None:
    """Ports of the shared uplinks; whoever has a line of its own is linked to nobody's hub, which costs nothing."""
    points, hubs = question.candidates, question.hubs
    if not hubs and not shared_line(points):
        return None
    own = len(hubs)
    reach = [
        np.array([n for n, hub in enumerate(hubs) if hub_reach(hub, one.lat_deg, one.lon_deg)], dtype=np.int64)
        if takes_port(one)
        else np.array([own], dtype=np.int64)
        for one in points
    ]
    start = np.concatenate(([0], np.cumsum([len(row) for row in reach]))).astype(np.int64)
    return Hubs(
        cost=np.array([*(hub.build_cost_idr for hub in hubs), 0], dtype=np.int64),
        yearly=np.array([*(hub.yearly_cost_idr for hub in hubs), 0], dtype=np.int64),
        ports=np.array([*(hub.ports for hub in hubs), len(points)], dtype=np.int64),
        purse=np.full(own + 1, _GENERAL, dtype=np.int64),
        reach=Cover(start=start, cols=np.concatenate(reach)),
    )


def _columns(ground: Ground, rules: Rules) -> Columns:
    """Seen or not; or, where cameras may fail, what each further one adds."""
    if rules.availability is None:
        return columns_of(ground.sees, np.where(ground.standing, 0, ground.weight))
    steps = availability(rules.availability)
    return columns_of(ground.sees, ground.weight, steps, ground.standing.astype(np.int64))


def _villages(terms: Terms, points: tuple[Candidate, ...]) -> tuple[Ints, Ints]:
    """The village of each point (-1: none), and until when each has one; empty where no rule asks."""
    rules, years = terms.rules, len(terms.years)
    village = np.full(len(points), -1, dtype=np.int64)
    if rules.every_village_by is None and rules.village_cap is None:
        return village, np.zeros(0, dtype=np.int64)
    codes = sorted({code for one in points if (code := village_code(one.area)) is not None})
    number = {code: place for place, code in enumerate(codes)}
    for place, one in enumerate(points):
        village[place] = number.get(village_code(one.area) or one.area, -1)
    last = years - 1 if rules.every_village_by is None else min(rules.every_village_by - terms.years[0], years - 1)
    return village, np.full(len(codes), max(last, 0), dtype=np.int64)


def _shares(terms: Terms, points: tuple[Candidate, ...]) -> tuple[Share, ...]:
    return tuple(
        Share(
            name=one.party,
            members=np.array([one.party in point.requested_by for point in points], dtype=bool),
            least=one.least,
            by=max(0, min(one.by_year - terms.years[0], len(terms.years) - 1)),
        )
        for one in terms.rules.parties
    )


def _rows(money: Floats, general: Floats, running: Floats, carry: bool) -> tuple[Row, ...]:
    """Two purses suffice: what pays for every point, and what pays for points of villages only."""
    purses = (
        Purse(name="all", amounts=_whole(general), pays=frozenset({_GENERAL, _VILLAGE})),
        Purse(name="villages", amounts=_whole(money - general), pays=frozenset({_VILLAGE})),
    )
    return (*rows_of(purses, 2, len(money), carry=carry), *ceiling_rows(np.floor(running).astype(np.int64), 2))


def _whole(amounts: Floats) -> tuple[int, ...]:
    return tuple(int(np.floor(amount)) for amount in amounts)


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
    _check_rules(terms, points)
    for year in terms.years:
        if terms.general_idr(year) < terms.taken_first_idr:
            raise ContradictoryTermsError(
                f"what stands costs {terms.standing_idr} rupiah a year, and {year} has {terms.general_idr(year)} "
                "that may pay for it. Next: raise that money, or let what stands be paid from elsewhere"
            )
    promised = {phase.kind for phase in terms.phases}
    for one in points:
        if one.kind in promised and one.point in terms.forbidden:
            raise ContradictoryTermsError(
                f"{one.point} is forbidden but promised by the rule for {one.kind.value}. "
                "Next: move the promise, or allow the point"
            )


def _check_rules(terms: Terms, points: tuple[Candidate, ...]) -> None:
    rules = terms.rules
    if rules.availability is not None and not 0.5 <= rules.availability < 1.0:
        raise ContradictoryTermsError("a camera works for a share of the time from 0.5 to below 1, such as 0.95")
    if rules.village_cap is not None and rules.village_cap < 1:
        raise ContradictoryTermsError("a village may have at least one point before every village has one")
    if rules.every_village_by is not None and rules.every_village_by < terms.years[0]:
        raise ContradictoryTermsError(
            f"every village has a point by {rules.every_village_by}, before the plan begins in {terms.years[0]}"
        )
    for share in rules.parties:
        asked = sum(share.party in one.requested_by for one in points)
        if share.least > asked:
            raise ContradictoryTermsError(
                f"{share.least} points of {share.party} are promised, but it asked for {asked}. "
                "Next: lower the share, or import the points that it asks for"
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
