"""Thefts of a later, unseen period that fall in view, for the same money: Ronda against what others would do.

Vancouver's thefts of 2020: nine months are known, the last three judge. Everybody buys from the same poles,
cameras and prices (`vancouver_data`). Ours chooses how to weigh places (past counts, or a density) by which
of the two saw more of months seven to nine when it knew six; then plans with all nine. Interval: the
later thefts drawn again 2,000 times; the best of the others is taken anew in each draw. `--thin 0.03` asks
the same with so few past thefts as a regency has.

    RONDA_SHARED_DATA=... .venv/bin/python benchmarks/plan/vancouver.py
    RONDA_SHARED_DATA=... .venv/bin/python benchmarks/plan/vancouver.py --thin 0.03 --draws 3 --budgets 4000 16000
"""

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from vancouver_data import City, Offer, city, offer
from vancouver_methods import Purse, even, greedy, hot_spots, seen_by, spend_rest
from vancouver_search import Search

from ronda.planning.cover import Cover, Floats, Ints
from ronda.planning.density import BANDWIDTHS_M, Counts, Density, counted, fitted
from ronda.planning.forecast import accuracy
from ronda.planning.learning import around
from ronda.planning.optics import Purpose
from ronda.planning.solver.assemble import assembled
from ronda.planning.solver.columns import columns_of
from ronda.planning.solver.money import Purse as Money
from ronda.planning.solver.money import rows_of
from ronda.planning.solver.solve import solve
from ronda.planning.visibility import sees

CELL_M = 25.0
NEAR_CELLS = 16  # a theft can happen within 400 m of an earlier one: the area A of the accuracy figures
CHOICE_MONTH = 6
CHOICE_BUDGET = 4000.0
UNIT = 1000  # of a million rupiah, so that money is whole
WEIGHT = 10**7
BUDGETS = (1000.0, 2000.0, 4000.0, 8000.0, 16000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Places with a whole weight, and which camera sees them."""

    name: str
    weight: Ints
    sees: Cover


def by_counts(of: Offer, count: Floats) -> Demand:
    share = count / count.sum()
    return Demand(name="past counts", weight=np.rint(share * WEIGHT).astype(np.int64), sees=of.sees_blocks)


def by_density(of: Offer, known: Counts, density: Density) -> Demand:
    """Cells of 25 m; a cell with a known block lies where the block lies, so that its range is right."""
    column, row = around(known, NEAR_CELLS)
    expected = density.expected(known, column, row)
    east, north = (column + 0.5) * CELL_M, (row + 0.5) * CELL_M
    order = np.lexsort((row, column))
    cell = np.stack([np.floor(part / CELL_M).astype(np.int64) for part in of.blocks], axis=1)
    place = {(int(c), int(r)): int(n) for n, (c, r) in enumerate(zip(column[order], row[order], strict=True))}
    for number, (c, r) in enumerate(cell):
        at = place.get((int(c), int(r)))
        if at is not None:
            east[order[at]], north[order[at]] = of.blocks[0][number], of.blocks[1][number]
    weight = np.rint(expected / expected.sum() * WEIGHT).astype(np.int64)
    kept = weight > 0
    return Demand(name="density", weight=weight[kept], sees=sees(of.options, (east[kept], north[kept])))


def bundles(of: Offer, demand: Demand, budget: float) -> list[int]:
    """Whole poles by worth for price: where ours begins."""
    search = Search(of.of, of.site_cost, of.camera_cost, demand.sees, demand.weight.astype(np.float64))
    bought, _left = search.fill({}, budget, np.ones(len(of.site_cost)))
    return sorted(camera for cameras in bought.values() for camera in cameras)


def ours(of: Offer, demand: Demand, budget: float, cpu_s: float) -> tuple[list[int], dict[str, float]]:
    """The plan and its proof on its own demand."""
    begin = time.process_time()
    start = np.ones(len(of.of), dtype=np.int64)
    start[bundles(of, demand, budget)] = 0
    purse = Money(name="budget", amounts=(int(budget * UNIT),), pays=frozenset({0}))
    problem = assembled(
        columns_of(demand.sees, demand.weight), site=of.of, build=np.ceil(of.site_cost * UNIT).astype(np.int64),
        camera_build=np.ceil(of.camera_cost * UNIT).astype(np.int64), rows=rows_of((purse,), 1, 1),
    )  # fmt: skip
    found = solve(problem, cpu_s=cpu_s, start=start)
    spent_s = round(time.process_time() - begin, 1)
    return np.flatnonzero(found.year < 1).tolist(), {"gap_percent": round(found.gap * 100, 2), "cpu_s": spent_s}


def others(of: Offer, count: Floats, budget: float) -> dict[str, list[int]]:
    def purse() -> Purse:
        return Purse(of=of.of, site_cost=of.site_cost, camera_cost=of.camera_cost, left=budget)

    spread = [even(purse(), of.sees_blocks, count, of.sites, many) for many in (1, 2, 4)]
    best = max(spread, key=lambda cameras: count[seen_by(cameras, of.sees_blocks, len(count))].sum())
    spent = [purse() for _ in range(3)]
    hot_spots(spent[0], of.sees_blocks, count)
    greedy(spent[1], of.sees_blocks, count, per_rupiah=False)
    greedy(spent[2], of.sees_blocks, count, per_rupiah=True)
    hot, plain, by_price = (spend_rest(one, of.sites) for one in spent)
    return {"top hot spots": hot, "plain greedy": plain, "evenly spread": best, "greedy per rupiah": by_price}


NAMED = ("top hot spots", "plain greedy", "evenly spread")  # those of the goal; the last is harder than asked


def compared(seen: dict[str, np.ndarray]) -> dict[str, object]:
    """Shares of the later thefts, and how much more ours sees, with a 95 % interval."""
    table = np.array(list(seen.values()), dtype=np.float64)
    names = list(seen)
    chance = np.random.default_rng(6408)
    drawn = chance.multinomial(table.shape[1], np.full(table.shape[1], 1 / table.shape[1]), size=2000) @ table.T
    whole = table.sum(axis=1)
    told: dict[str, object] = {
        name: round(100 * float(whole[n]) / table.shape[1], 2) for n, name in enumerate(names)
    }
    for label, against in (("of the goal", NAMED), ("of all", (*NAMED, "greedy per rupiah"))):
        rows = [names.index(name) for name in against]
        more = drawn[:, names.index("ours")] / drawn[:, rows].max(axis=1) - 1
        low, high = np.percentile(more, [2.5, 97.5])
        middle = whole[names.index("ours")] / whole[rows].max() - 1
        told[f"more than the best {label}, percent"] = [round(100 * float(x), 1) for x in (middle, low, high)]
    return told


def chosen_demand(town: City, of: Offer, known: np.ndarray) -> tuple[Demand, dict[str, object]]:
    """Fit on six months, choose on three, then the same with all nine."""
    early, later = known & (town.month <= CHOICE_MONTH), known & (town.month > CHOICE_MONTH)
    cells = [counted(town.east[some], town.north[some], CELL_M) for some in (early, later, known)]
    area = len(around(cells[2], NEAR_CELLS)[0])
    density = fitted(cells[0], cells[1], area, CELL_M, BANDWIDTHS_M)
    tried = (by_counts(of, _count(town, of, early)), by_density(of, cells[0], density))
    sees_later = sees(of.options, (town.east[later], town.north[later]))
    share = {
        one.name: seen_by(bundles(of, one, CHOICE_BUDGET), sees_later, int(later.sum())).mean() for one in tried
    }
    again = (by_counts(of, _count(town, of, known)), by_density(of, cells[2], density))
    best = max(again, key=lambda one: share[one.name])
    parts = {f"{part.bandwidth_m:.0f} m": round(part.share, 3) for part in density.parts}
    told = {"seen of months 7 to 9": {name: round(float(one), 4) for name, one in share.items()}}
    return best, {"chosen": best.name, **told, "bandwidths": parts, "accuracy": _accuracy(town, cells[2], density)}


def _count(town: City, of: Offer, some: np.ndarray) -> Floats:
    """Of these thefts, how many at each block of the offer."""
    place = {(e, n): number for number, (e, n) in enumerate(zip(*of.blocks, strict=True))}
    count = np.zeros(len(of.block_count))
    for e, n in zip(town.east[some], town.north[some], strict=True):
        if (e, n) in place:
            count[place[e, n]] += 1
    return count


def _accuracy(town: City, known: Counts, density: Density) -> dict[str, dict[str, float]]:
    """PAI and PEI on the last three months: of the mixture, of counts alone, and of one kernel of 150 m."""
    column, row = around(known, NEAR_CELLS)
    later = counted(town.east[~town.past], town.north[~town.past], CELL_M)
    place = {(int(c), int(r)): n for n, (c, r) in enumerate(zip(column, row, strict=True))}
    came = np.zeros(len(column))
    for c, r, number in zip(later.column, later.row, later.number, strict=True):
        if (int(c), int(r)) in place:
            came[place[int(c), int(r)]] = number
    told = {}
    one = replace(density, parts=(replace(density.parts[0], bandwidth_m=150.0, share=0.99),))
    raw = replace(density, parts=(replace(density.parts[0], bandwidth_m=0.0, share=0.99),))
    for name, model in (("mixture", density), ("counts alone", raw), ("one kernel of 150 m", one)):
        for hectares in (25, 100):
            found = accuracy(model.expected(known, column, row), came, round(hectares * 10_000 / CELL_M**2))
            told[f"{name}, {hectares} ha"] = {"share": round(found.share, 4), "pai": round(found.pai, 1),
                                              "pei": round(found.pei, 3)}  # fmt: skip
    return told


def study(town: City, purpose: Purpose, given: argparse.Namespace, draw: int) -> dict[str, object]:
    known = town.past & (np.random.default_rng(draw).random(len(town.east)) < given.thin)
    of = offer(town, purpose)
    demand, how = chosen_demand(town, of, known)
    count, later = _count(town, of, known), int((~town.past).sum())
    rows = {}
    for budget in given.budgets:
        plan, proof = ours(of, demand, budget, given.cpu)
        methods = {**others(of, count, budget), "ours": plan}
        seen = {name: seen_by(cameras, of.sees_later, later) for name, cameras in methods.items()}
        seen["who knew the future"] = seen_by(
            bundles(of, Demand(name="later", weight=np.ones(later, dtype=np.int64), sees=of.sees_later), budget),
            of.sees_later, later,
        )  # fmt: skip
        rows[f"{budget:.0f} million"] = {
            **compared(seen), **proof, "cameras": len(plan), "poles": len(set(of.of[plan].tolist())),
        }  # fmt: skip
        print(json.dumps({purpose.value: rows[f"{budget:.0f} million"]}), file=sys.stderr, flush=True)
    return {"past thefts": int(known.sum()), "later thefts": later, "poles to choose from": len(of.site_cost),
            "cameras to choose from": len(of.of), "demand": how, "budgets": rows}  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--budgets", type=float, nargs="+", default=BUDGETS)
    arguments.add_argument("--cpu", type=float, default=15.0)
    arguments.add_argument("--thin", type=float, default=1.0)
    arguments.add_argument("--draws", type=int, default=1)
    arguments.add_argument("--purposes", nargs="+", default=["detection", "observation"])
    given = arguments.parse_args()
    town = city(Path(os.environ["RONDA_SHARED_DATA"]))
    report = {
        f"{purpose}, draw {draw}": study(town, Purpose(purpose), given, draw)
        for purpose in given.purposes
        for draw in range(given.draws)
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
