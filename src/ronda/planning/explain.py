"""Make the plan readable: buying order, accounts, who pays, what is seen, and why each point is in or out.

Reasons are codes with figures (`model.Reason`); `telling` says them in words. Decides
nothing about which points are chosen. Invariant: the gains of the buying order add up to the value.
"""

import numpy as np

from ronda.planning.cover import Cover, Floats, Ints, turned
from ronda.planning.instance import Ground
from ronda.planning.model import (
    Aimed,
    Chosen,
    OpenHub,
    Plan,
    Question,
    Reach,
    Reason,
    Refused,
    Terms,
    Why,
    YearAccount,
)
from ronda.planning.paying import Paid, opened_hubs, split, who_pays
from ronda.planning.solve import Planner, Solved
from ronda.planning.solver.problem import spent

_MOSTLY_SEEN = 0.25  # of its weight left: then others see it, else it is dear for what it adds
_OTHERS = 3


def described(planner: Planner, solved: Solved, terms: Terms) -> Plan:
    """The plan with everything that a screen or a paper says about it."""
    bought = np.flatnonzero(solved.year < solved.instance.years)
    mine = planner.ground.of_points(bought)
    counts = _Counts(planner.question, planner.ground, mine)
    order, gains = buying_order(solved)
    paid = who_pays(solved, terms, order)
    return Plan(
        value=solved.value,
        bound=max(solved.bound, solved.value),
        chosen=_chosen(planner, solved, terms, counts, order, gains, paid),
        refused=_refused(planner, solved, terms, counts, mine),
        accounts=_accounts(planner, solved, terms),
        reach=_reach(planner, solved),
        total=solved.instance.total,
        hubs=_open_hubs(planner, solved, terms, paid),
    )


def _open_hubs(planner: Planner, solved: Solved, terms: Terms, paid: Paid) -> tuple[OpenHub, ...]:
    opened, built = opened_hubs(solved), solved.built
    years = solved.instance.years
    return tuple(
        OpenHub(
            hub=hub.hub, year=terms.years[int(opened[number])], build_idr=hub.build_cost_idr,
            yearly_idr=hub.yearly_cost_idr, points=int(((solved.links == number) & (built < years)).sum()),
            sources=paid.hubs.get(number, ()),
        )
        for number, hub in enumerate(planner.question.hubs)
        if opened[number] < years
    )  # fmt: skip


class _Counts:
    """Counts that no standing camera sees: what each candidate could see, and a chosen one's cameras do."""

    def __init__(self, question: Question, ground: Ground, chosen: Cover) -> None:
        open_ = ~ground.standing
        built = np.diff(chosen.start) > 0

        def summed(values: list[int]) -> Ints:
            counts = np.array(values, dtype=np.float64) * open_
            return np.where(built, _row_sums(chosen, counts), _row_sums(ground.whole, counts)).astype(np.int64)

        self.thefts = summed([cell.thefts for cell in question.cells])
        self.traffic = summed([cell.traffic for cell in question.cells])
        self.requests = summed([cell.requests for cell in question.cells])

    def reason(self, point: int, why: Why, **more: object) -> Reason:
        return Reason(
            why=why,
            thefts=int(self.thefts[point]),
            traffic=int(self.traffic[point]),
            requests=int(self.requests[point]),
            **more,  # type: ignore[arg-type]
        )


def _row_sums(cover: Cover, by_cell: Floats) -> Floats:
    rows = np.repeat(np.arange(cover.rows), np.diff(cover.start))
    return np.bincount(rows, weights=by_cell[cover.cols], minlength=cover.rows).astype(np.float64)


def buying_order(solved: Solved) -> tuple[list[int], list[int]]:
    """Points by year; in a year promises first, then what gives most for its money; with the gains."""
    of, built = solved.instance, solved.built
    problem = of.problem
    points = np.flatnonzero(built < of.years)
    bought = solved.year < of.years
    full = of.own + of.seen_by_each(of.weight.astype(np.float64))
    worth = np.bincount(problem.site, weights=full * bought, minlength=of.points)
    cost = problem.build + np.bincount(problem.site, weights=problem.camera_build * bought, minlength=of.points)
    ratio = worth[points] / np.maximum(cost[points], 1.0)
    promised = of.must[points] < of.years
    order = points[np.lexsort((points, -ratio, ~promised, built[points]))]
    gains = _gains(solved, order)
    return [int(point) for point in order], [int(gains[point]) for point in order]


def _gains(solved: Solved, order: Ints) -> Ints:
    """[points] what each adds to those before it: cameras in the order of their years, then of their points."""
    of, problem = solved.instance, solved.instance.problem
    place = np.full(of.points, of.points, dtype=np.int64)
    place[order] = np.arange(len(order))
    some = np.flatnonzero(solved.year < of.years)
    some = some[np.lexsort((some, place[problem.site[some]], solved.year[some]))]
    seers, worth = np.zeros(problem.columns, dtype=np.int64), problem.worth
    harmed = np.zeros(len(problem.harm), dtype=bool)
    counted: dict[int, set[int]] = {}
    gains = np.zeros(of.points, dtype=np.int64)
    for option in some:
        site = int(problem.site[option])
        by_site = counted.setdefault(site, set())
        columns = np.array([c for c in problem.sees.row(int(option)) if int(c) not in by_site], dtype=np.int64)
        by_site.update(columns.tolist())
        new = columns[seers[columns] < len(worth)]
        shunned = problem.shuns.row(int(option))
        gain = int(
            problem.own[option] + worth[seers[new], new].sum() - problem.harm[shunned[~harmed[shunned]]].sum()
        )
        seers[columns] += 1
        harmed[shunned] = True
        gains[site] += gain * (of.years - int(solved.year[option]))
    return gains


def _chosen(
    planner: Planner, solved: Solved, terms: Terms, counts: _Counts, order: list[int], gains: list[int], paid: Paid
) -> tuple[Chosen, ...]:
    due = {phase.kind: phase.by_year for phase in terms.phases}
    built = solved.built
    made = []
    for number, point in enumerate(order):
        candidate = planner.question.candidates[point]
        if candidate.kind in due and solved.instance.must[point] < solved.instance.years:
            reason = counts.reason(point, Why.PROMISED, by_year=due[candidate.kind])
        elif candidate.point in terms.forced:
            reason = counts.reason(point, Why.FORCED)
        else:
            reason = counts.reason(point, _main_cause(counts, point, terms))
        made.append(
            Chosen(
                point=candidate.point,
                year=terms.years[int(built[point])],
                order=number + 1,
                gain=gains[number],
                sources=paid.sites.get(point, ()),
                reason=reason,
                cameras=_aimed(planner, solved, terms, point, paid),
                hub=_hub(planner, solved, point),
            )
        )
    return tuple(made)


def _hub(planner: Planner, solved: Solved, point: int) -> str:
    hubs, link = planner.question.hubs, int(solved.links[point])
    return hubs[link].hub if 0 <= link < len(hubs) else ""


def _aimed(planner: Planner, solved: Solved, terms: Terms, point: int, paid: Paid) -> tuple[Aimed, ...]:
    """Where the cameras of a point look; none where it has the one that looks all around."""
    problem, options = solved.instance.problem, planner.ground.options
    mine = range(int(problem.first_camera[point]), int(problem.first_camera[point + 1]))
    made = []
    for number in mine:
        if solved.year[number] < solved.instance.years:
            aims = [one for one in options[number].aims if one.item is not None]
            parts = split(paid.options.get(number, ()), [one.build_idr for one in aims])
            made += [
                Aimed(
                    item=one.item, direction_deg=one.direction_deg, view_deg=one.view_deg, range_m=one.range_m,
                    year=terms.years[int(solved.year[number])], build_idr=one.build_idr,
                    yearly_idr=one.yearly_idr, sources=part,
                )
                for one, part in zip(aims, parts, strict=True)
                if one.item is not None
            ]  # fmt: skip
    return tuple(made)


def _main_cause(counts: _Counts, point: int, terms: Terms) -> Why:
    """Which kind of demand weighs most here."""
    parts = (
        (terms.shares.theft * counts.thefts[point] / max(1, counts.thefts.sum()), Why.THEFTS),
        (terms.shares.traffic * counts.traffic[point] / max(1, counts.traffic.sum()), Why.TRAFFIC),
        (terms.shares.request * counts.requests[point] / max(1, counts.requests.sum()), Why.REQUESTED),
    )
    return max(parts, key=lambda part: part[0])[1]


def _refused(planner: Planner, solved: Solved, terms: Terms, counts: _Counts, mine: Cover) -> tuple[Refused, ...]:
    of, ground = solved.instance, planner.ground
    candidates, built = planner.question.candidates, solved.built
    seen = np.zeros(len(ground.weight), dtype=bool)
    seen[mine.cols] = True
    open_weight = np.where(ground.standing, 0, ground.weight)
    by_cell = turned(mine, len(ground.weight))
    alone = _alone(solved)
    made = []
    for point in np.flatnonzero(built >= of.years):
        cells = ground.whole.row(int(point))
        whole, left = int(open_weight[cells].sum()), int(open_weight[cells][~seen[cells]].sum())
        if candidates[point].point in terms.forbidden:
            reason = counts.reason(int(point), Why.FORBIDDEN)
        elif whole <= 0:
            reason = counts.reason(int(point), Why.NOTHING_TO_SEE)
        elif left <= _MOSTLY_SEEN * whole:
            others = _seers(cells[seen[cells]], by_cell, open_weight)
            names = tuple(candidates[other].point for other in others)
            reason = counts.reason(int(point), Why.SEEN_BY_OTHERS, others=names)
        else:
            reason = counts.reason(int(point), Why.TOO_DEAR)
        made.append(Refused(point=candidates[point].point, alone=int(alone[point]), reason=reason))
    return tuple(made)


def _alone(solved: Solved) -> Floats:
    """[points] what each would add from the first year on with the one camera that adds most."""
    of = solved.instance
    first = np.full(len(of.weight), of.years, dtype=np.int64)
    for option in np.flatnonzero(solved.year < of.years):
        columns = of.shared.row(int(option))
        first[columns] = np.minimum(first[columns], solved.year[option])
    adds = of.own * of.years + of.seen_by_each((of.weight * first).astype(np.float64))
    return np.asarray(np.maximum.reduceat(adds, of.problem.first_camera[:-1]))


def _seers(cells: Ints, by_cell: Cover, weight: Ints) -> list[int]:
    """The chosen points that see most of these cells' weight."""
    shares: dict[int, int] = {}
    for cell in cells:
        for point in by_cell.row(int(cell)):
            shares[int(point)] = shares.get(int(point), 0) + int(weight[cell])
    return sorted(shares, key=lambda point: (-shares[point], point))[:_OTHERS]


def _accounts(planner: Planner, solved: Solved, terms: Terms) -> tuple[YearAccount, ...]:
    ground, built = planner.ground, solved.built
    builds, upkeeps = spent(solved.instance.problem, solved.year, solved.links)
    rows = []
    for t, year in enumerate(terms.years):
        seen = ground.seen(np.flatnonzero(solved.year <= t))
        upkeep = int(upkeeps[:, t].sum())
        rows.append(
            YearAccount(
                year=year,
                given_idr=terms.free_idr(year),
                building_idr=int(builds[:, t].sum()),
                upkeep_idr=upkeep,
                running_idr=terms.standing_idr + upkeep,
                points=int((built == t).sum()),
                seen=int(ground.weight[seen].sum()),
            )
        )
    return tuple(rows)


def _reach(planner: Planner, solved: Solved) -> Reach:
    ground, cells = planner.ground, planner.question.cells
    seen = ground.seen(np.flatnonzero(solved.year < solved.instance.years))
    incidents: Floats = np.array([cell.thefts + cell.traffic for cell in cells], dtype=np.float64)
    vehicles: Floats = np.array([cell.vehicle_thefts for cell in cells], dtype=np.float64)
    before = ground.standing
    return Reach(
        incidents=int(incidents.sum()),
        incidents_seen=int(incidents[seen].sum()),
        incidents_seen_before=int(incidents[before].sum()),
        vehicle_thefts=int(vehicles.sum()),
        vehicle_thefts_seen=int(vehicles[seen].sum()),
        vehicle_thefts_seen_before=int(vehicles[before].sum()),
    )
