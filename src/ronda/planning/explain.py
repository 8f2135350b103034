"""Make the plan readable: buying order, accounts, who pays, what is seen, and why each point is in or out.

Reasons are codes with figures (`model.Reason`); `sentence` says them in Indonesian or English. Decides
nothing about which points are chosen. Invariant: the gains of the buying order add up to the value.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from ronda.planning.cover import Floats, Ints, turned
from ronda.planning.demand import shown_count
from ronda.planning.instance import Ground, Instance
from ronda.planning.model import (
    Chosen,
    Plan,
    Question,
    Reach,
    Reason,
    Refused,
    Terms,
    Why,
    YearAccount,
)
from ronda.planning.solve import Planner, Solved

_MOSTLY_SEEN: Final = 0.25  # of its weight left: then others see it, else it is dear for what it adds
_OTHERS: Final = 3


def described(planner: Planner, solved: Solved, terms: Terms) -> Plan:
    """The plan with everything that a screen or a paper says about it."""
    counts = _Counts(planner.question, planner.ground)
    order, gains = _buying_order(solved)
    return Plan(
        value=solved.value,
        bound=max(solved.bound, solved.value),
        chosen=_chosen(planner.question, solved, terms, counts, order, gains),
        refused=_refused(planner, solved, terms, counts),
        accounts=_accounts(planner, solved, terms),
        reach=_reach(planner, solved),
        total=solved.instance.total,
    )


class _Counts:
    """Counts within reach of each candidate that no standing camera sees."""

    def __init__(self, question: Question, ground: Ground) -> None:
        open_ = ~ground.standing
        rows = np.repeat(np.arange(ground.sees.rows), np.diff(ground.sees.start))

        def summed(values: list[int]) -> Ints:
            weights = (np.array(values, dtype=np.float64) * open_)[ground.sees.cols]
            return np.bincount(rows, weights=weights, minlength=ground.sees.rows).astype(np.int64)

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


def _buying_order(solved: Solved) -> tuple[list[int], list[int]]:
    """Points by year; in a year promises first, then what gives most for its money; with the gains."""
    of, year = solved.instance, solved.year
    built = np.flatnonzero(year < of.years)
    full = of.own + of.seen_by_each(of.weight.astype(np.float64))
    ratio = full[built] / np.maximum(of.build[built], 1.0)
    promised = of.must[built] < of.years
    order = built[np.lexsort((built, -ratio, ~promised, year[built]))]
    seers, worth = np.zeros(len(of.weight), dtype=np.int64), of.problem.worth
    gains: list[int] = []
    for point in order:
        columns = of.shared.row(int(point))
        new = columns[seers[columns] < len(worth)]
        gain = int(of.own[point] + worth[seers[new], new].sum())
        seers[columns] += 1
        gains.append(gain * (of.years - int(year[point])))
    return [int(point) for point in order], gains


def _chosen(
    question: Question, solved: Solved, terms: Terms, counts: _Counts, order: list[int], gains: list[int]
) -> tuple[Chosen, ...]:
    due = {phase.kind: phase.by_year for phase in terms.phases}
    paid = _who_pays(solved, terms, order)
    made = []
    for number, point in enumerate(order):
        candidate = question.candidates[point]
        if candidate.kind in due and solved.instance.must[point] < solved.instance.years:
            reason = counts.reason(point, Why.PROMISED, by_year=due[candidate.kind])
        elif candidate.point in terms.forced:
            reason = counts.reason(point, Why.FORCED)
        else:
            reason = counts.reason(point, _main_cause(counts, point, terms))
        made.append(
            Chosen(
                point=candidate.point,
                year=terms.years[int(solved.year[point])],
                order=number + 1,
                gain=gains[number],
                sources=paid[point],
                reason=reason,
            )
        )
    return tuple(made)


def _main_cause(counts: _Counts, point: int, terms: Terms) -> Why:
    """Which kind of demand weighs most here."""
    parts = (
        (terms.shares.theft * counts.thefts[point] / max(1, counts.thefts.sum()), Why.THEFTS),
        (terms.shares.traffic * counts.traffic[point] / max(1, counts.traffic.sum()), Why.TRAFFIC),
        (terms.shares.request * counts.requests[point] / max(1, counts.requests.sum()), Why.REQUESTED),
    )
    return max(parts, key=lambda part: part[0])[1]


def _who_pays(solved: Solved, terms: Terms, order: list[int]) -> dict[int, tuple[tuple[str, int], ...]]:
    """Building cost by source: village money first where it may pay, after the upkeep of its points."""
    of, paid = solved.instance, dict[int, tuple[tuple[str, int], ...]]()
    for t, year in enumerate(terms.years):
        village: list[list[str | int]] = [
            [m.source, m.amount_idr] for m in terms.money if m.year == year and m.villages_only
        ]
        general: list[list[str | int]] = [
            [m.source, m.amount_idr] for m in terms.money if m.year == year and not m.villages_only
        ]
        _take(village, int(of.yearly[(solved.year <= t) & of.village].sum()))
        for point in order:
            if solved.year[point] != t:
                continue
            purses = [*village, *general] if of.village[point] else general
            paid[point] = _take(purses, int(of.build[point]))
    return paid


def _take(purses: list[list[str | int]], amount_idr: int) -> tuple[tuple[str, int], ...]:
    """Take from the purses in turn; what they cannot give is left to the rows that were checked before."""
    taken: list[tuple[str, int]] = []
    for purse in purses:
        part = min(int(purse[1]), amount_idr)
        if part > 0:
            purse[1] = int(purse[1]) - part
            amount_idr -= part
            taken.append((str(purse[0]), part))
    return tuple(taken)


def _refused(planner: Planner, solved: Solved, terms: Terms, counts: _Counts) -> tuple[Refused, ...]:
    of, ground = solved.instance, planner.ground
    candidates = planner.question.candidates
    seen = np.zeros(len(ground.weight), dtype=bool)
    for point in np.flatnonzero(solved.year < of.years):
        seen[ground.sees.row(int(point))] = True
    open_weight = np.where(ground.standing, 0, ground.weight)
    by_cell = turned(ground.sees, len(ground.weight))
    first = _first_year(of, solved.year)
    alone = of.own * of.years + of.seen_by_each((of.weight * first).astype(np.float64))
    made = []
    for point in np.flatnonzero(solved.year >= of.years):
        cells = ground.sees.row(int(point))
        whole, left = int(open_weight[cells].sum()), int(open_weight[cells][~seen[cells]].sum())
        if candidates[point].point in terms.forbidden:
            reason = counts.reason(int(point), Why.FORBIDDEN)
        elif whole == 0:
            reason = counts.reason(int(point), Why.NOTHING_TO_SEE)
        elif left <= _MOSTLY_SEEN * whole:
            others = _seers(cells[seen[cells]], by_cell, solved.year, of, open_weight)
            names = tuple(candidates[other].point for other in others)
            reason = counts.reason(int(point), Why.SEEN_BY_OTHERS, others=names)
        else:
            reason = counts.reason(int(point), Why.TOO_DEAR)
        made.append(Refused(point=candidates[point].point, alone=int(alone[point]), reason=reason))
    return tuple(made)


def _first_year(of: Instance, year: Ints) -> Ints:
    first = np.full(len(of.weight), of.years, dtype=np.int64)
    for point in np.flatnonzero(year < of.years):
        columns = of.shared.row(int(point))
        first[columns] = np.minimum(first[columns], year[point])
    return first


def _seers(cells: Ints, by_cell: object, year: Ints, of: Instance, weight: Ints) -> list[int]:
    """The chosen points that see most of these cells' weight."""
    shares: dict[int, int] = {}
    for cell in cells:
        for point in by_cell.row(int(cell)):  # type: ignore[attr-defined]
            if year[point] < of.years:
                shares[int(point)] = shares.get(int(point), 0) + int(weight[cell])
    return sorted(shares, key=lambda point: (-shares[point], point))[:_OTHERS]


def _accounts(planner: Planner, solved: Solved, terms: Terms) -> tuple[YearAccount, ...]:
    of, ground = solved.instance, planner.ground
    rows = []
    for t, year in enumerate(terms.years):
        stands, new = solved.year <= t, solved.year == t
        seen = ground.standing.copy()
        for point in np.flatnonzero(stands):
            seen[ground.sees.row(int(point))] = True
        upkeep = int(of.yearly[stands].sum())
        rows.append(
            YearAccount(
                year=year,
                given_idr=terms.given_idr(year),
                building_idr=int(of.build[new].sum()),
                upkeep_idr=upkeep,
                running_idr=terms.standing_idr + upkeep,
                points=int(new.sum()),
                seen=int(ground.weight[seen].sum()),
            )
        )
    return tuple(rows)


def _reach(planner: Planner, solved: Solved) -> Reach:
    ground, cells = planner.ground, planner.question.cells
    seen = ground.standing.copy()
    for point in np.flatnonzero(solved.year < solved.instance.years):
        seen[ground.sees.row(int(point))] = True
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


_SENTENCES: Final[dict[str, dict[Why, str]]] = {
    "id": {
        Why.PROMISED: "wajib: dijanjikan berdiri paling lambat {by_year}",
        Why.FORCED: "dimasukkan atas keputusan rapat",
        Why.THEFTS: "{thefts} pencurian setahun dalam jangkauan, belum terjangkau kamera",
        Why.TRAFFIC: "{traffic} kejadian lalu lintas setahun dalam jangkauan, belum terjangkau kamera",
        Why.REQUESTED: "{requests} permintaan warga dalam jangkauan, belum terjangkau kamera",
        Why.FORBIDDEN: "dikeluarkan atas keputusan rapat",
        Why.SEEN_BY_OTHERS: "tempatnya sudah terjangkau {others}",
        Why.NOTHING_TO_SEE: "tidak ada kejadian tercatat yang belum terjangkau di sini",
        Why.TOO_DEAR: "menambah lebih sedikit per rupiah daripada titik yang terpilih{enters}",
    },
    "en": {
        Why.PROMISED: "promised: must stand by {by_year}",
        Why.FORCED: "put in by decision of the meeting",
        Why.THEFTS: "{thefts} thefts a year within reach that no camera sees yet",
        Why.TRAFFIC: "{traffic} traffic incidents a year within reach that no camera sees yet",
        Why.REQUESTED: "{requests} requests of residents within reach that no camera sees yet",
        Why.FORBIDDEN: "taken out by decision of the meeting",
        Why.SEEN_BY_OTHERS: "its place is already seen by {others}",
        Why.NOTHING_TO_SEE: "nothing was recorded here that is not seen yet",
        Why.TOO_DEAR: "adds less for each rupiah than the chosen points{enters}",
    },
}
_ENTERS: Final = {"id": "; masuk mulai {money} setahun", "en": "; enters from {money} a year"}


def sentence(reason: Reason, names: Mapping[str, str], language: str) -> str:
    """The reason in one sentence; small counts are not shown singly."""
    told = _SENTENCES[language][reason.why]
    enters = ""
    if reason.enters_at_idr is not None:
        enters = _ENTERS[language].format(money=rupiah(reason.enters_at_idr, language))
    return told.format(
        thefts=shown_count(reason.thefts),
        traffic=shown_count(reason.traffic),
        requests=shown_count(reason.requests),
        others=", ".join(names.get(other, other) for other in reason.others),
        by_year=reason.by_year,
        enters=enters,
    )


def rupiah(amount_idr: int, language: str) -> str:
    """`Rp3,1 miliar`, `Rp58 juta`; in English `Rp3.1 billion`, `Rp58 million`."""
    big, small = ("miliar", "juta") if language == "id" else ("billion", "million")
    if abs(amount_idr) >= 1_000_000_000:
        text = f"{amount_idr / 1e9:.2f}".rstrip("0").rstrip(".") + f" {big}"
    else:
        text = f"{amount_idr / 1e6:.1f}".rstrip("0").rstrip(".") + f" {small}"
    return "Rp" + (text.replace(".", ",") if language == "id" else text)


_TRADES: Final = {
    "id": {
        "in": "{point} masuk pada {year} seharga {money}; {leaves}, dan manfaat seluruh rencana {loss}",
        "out": "{point} tidak dibangun; {leaves}, dan manfaat seluruh rencana {loss}",
        "leaves": "titik yang keluar: {names}",
        "nobody": "tidak ada titik lain yang keluar",
        "more": " dan {count} lagi",
        "falls": "turun {percent} %",
        "same": "tetap",
    },
    "en": {
        "in": "{point} comes in {year} for {money}; {leaves}, and the value of the whole plan {loss}",
        "out": "{point} is not built; {leaves}, and the value of the whole plan {loss}",
        "leaves": "points that leave: {names}",
        "nobody": "no other point leaves",
        "more": " and {count} more",
        "falls": "falls by {percent} %",
        "same": "stays",
    },
}


def trade_sentence(
    point: str, year: int | None, cost_idr: int, leaves: list[str], loss: float, language: str
) -> str:
    """What putting a point in, or keeping it out, does to the plan; in one sentence."""
    words = _TRADES[language]
    who = words["nobody"]
    if leaves:
        more = words["more"].format(count=len(leaves) - _OTHERS) if len(leaves) > _OTHERS else ""
        who = words["leaves"].format(names=", ".join(leaves[:_OTHERS]) + more)
    percent = f"{loss * 100:.2f}"
    change = words["falls"].format(percent=percent.replace(".", ",") if language == "id" else percent)
    return words["in" if year is not None else "out"].format(
        point=point,
        year=year,
        money=rupiah(cost_idr, language),
        leaves=who,
        loss=change if loss > 5e-5 else words["same"],
    )
