"""Every plan against the truth: small instances of every rule by trying everything, and by SCIP; each plan
re-evaluated by rules written down a second time (`plan_truth`), which share nothing with the solver."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from tests import plan_truth

from ronda.planning.errors import NoPlanError
from ronda.planning.solver import loops, openings
from ronda.planning.solver.document import Named, plan_years, read, told
from ronda.planning.solver.least import refuse_if_unaffordable
from ronda.planning.solver.prices import Money
from ronda.planning.solver.problem import excess, hubs_near, value_of
from ronda.planning.solver.relaxed import relaxed
from ronda.planning.solver.solve import Solution, solve

CASES = int(os.environ.get("RONDA_PLAN_CASES", "60"))


def said(named: Named, solution: Solution) -> tuple[dict[str, int], dict[str, str]]:
    plan = told(named, solution.year, solution.links)
    return (
        {camera["id"]: camera["year"] for camera in plan["cameras"]},
        {site["id"]: site["hub"] for site in plan["sites"] if "hub" in site},
    )


def test_no_bound_is_below_the_optimum_and_no_plan_breaks_a_rule() -> None:
    """Small instances of every rule; whoever finds no plan must be right that there is none."""
    optimal = 0
    for seed in range(CASES):
        document = plan_truth.drawn(seed)
        best, named = plan_truth.best(document), read(document)
        if best is None:
            with pytest.raises(NoPlanError):
                solve(named.problem, cpu_s=10)
            continue
        solution = solve(named.problem, cpu_s=10)
        value, broken = plan_truth.judged(document, *said(named, solution))
        assert broken == [], seed
        assert value == solution.value == value_of(named.problem, solution.year), seed
        assert solution.value <= best <= solution.bound, seed
        optimal += solution.value == best
    assert optimal >= 0.7 * CASES  # the others have no plan, or a gap that is told


def with_hubs(most: int) -> Iterator[tuple[int, plan_truth.Document]]:
    """Small instances that have shared uplinks, with their seeds."""
    drawn = ((seed, plan_truth.drawn(seed)) for seed in itertools.count())
    return itertools.islice(((seed, one) for seed, one in drawn if one.get("hubs")), most)


@pytest.mark.parametrize("patterns", [256, 6, 1])
def test_any_prices_of_ports_and_of_hubs_near_a_village_prove_a_bound(
    patterns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Good prices of all else, these by chance: the relaxed problem is above every plan. Every way to open hubs is
    tried, or hubs are taken together to try fewer, or priced apart from villages."""
    monkeypatch.setattr(openings, "_PATTERNS", patterns)
    dated = 0
    for seed, document in with_hubs(20):
        best, problem = plan_truth.best(document), read(document).problem
        if best is None:
            continue
        good, chance, village = solve(problem, cpu_s=5).prices, np.random.default_rng(seed), hubs_near(problem)[0]
        there = np.bincount(village, minlength=problem.villages) > 0
        dated += len(village)
        for scale in (0.1, 3.0, 300.0):
            ports = replace(good, port=good.port + chance.random(good.port.shape) * scale)
            near = replace(good, near=chance.random(good.near.shape) * scale * there)
            for prices in (ports, near):
                assert relaxed(problem, Money(of=problem), prices).bound >= best - 1e-6, (seed, scale)
    assert dated > 4


def test_a_site_without_a_village_is_none_that_the_cap_waits_for() -> None:
    """Case 156 of the thousand: with shared uplinks the bound fell below the best plan."""
    document = plan_truth.drawn(156)
    solution, best = solve(read(document).problem, cpu_s=10), plan_truth.best(document)
    assert best is not None
    assert solution.value <= best <= solution.bound


def refusal(document: plan_truth.Document) -> NoPlanError | None:
    try:
        refuse_if_unaffordable(read(document).problem)
    except NoPlanError as refused:
        return refused
    return None


def test_money_that_prices_prove_too_short_for_the_uplinks_is_named_and_less_than_what_would_do() -> None:
    """The share that is named is never above what enumeration says would do."""
    refused = 0
    for seed, document in with_hubs(12):
        if plan_truth.best(document) is None:
            continue
        poor = document | {
            "money": [one | {"amounts": [amount // 4 for amount in one["amounts"]]} for one in document["money"]],
        }
        short = refusal(poor)
        if plan_truth.best(poor) is not None:
            assert short is None, seed
        elif short is not None and short.at_least is not None:
            enough = max(
                before / max(after, 1)
                for rich, less in zip(document["money"], poor["money"], strict=True)
                for before, after in zip(rich["amounts"], less["amounts"], strict=True)
            )
            assert short.proven
            assert 1.0 < short.at_least <= enough, seed
            refused += 1
    assert refused > 0


def test_a_promise_that_no_money_keeps_is_told_beside_shared_uplinks_too() -> None:
    """Cases 280 and 360 of the thousand: the prices ran to infinity instead of an answer."""
    for seed in (280, 360):
        document = plan_truth.drawn(seed)
        assert document["hubs"]
        assert plan_truth.best(document) is None
        with pytest.raises(NoPlanError):
            solve(read(document).problem, cpu_s=10)


def test_a_broken_plan_is_found_out_by_both() -> None:
    """The independent rules and the solver's own agree on plans drawn by chance, good and bad."""
    chance = np.random.default_rng(5)
    kept = 0
    for seed in range(CASES):
        document = plan_truth.drawn(seed)
        if document.get("hubs"):
            continue
        named = read(document)
        years = [*document["years"], None]
        names = [name for name, _camera, _site in plan_truth.cameras(document)]
        for _ in range(10):
            drawn = {name: year for name in names if (year := years[chance.integers(len(years))]) is not None}
            value, broken = plan_truth.judged(document, drawn, {})
            year, links = plan_years(named, {"cameras": [{"id": k, "year": y} for k, y in drawn.items()]})
            assert bool(broken) == bool(excess(named.problem, year, links)), (seed, drawn, broken)
            assert value == value_of(named.problem, year), (seed, drawn)
            kept += not broken
    assert kept > 5


def test_the_compiled_loops_and_numpy_give_the_same_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    problems = [read(plan_truth.drawn(seed)).problem for seed in (2, 3, 7, 12)]
    for problem in problems:
        answers = []
        for compiled in (True, False):
            monkeypatch.setattr(loops, "compiled", compiled)
            try:
                answers.append(solve(problem, cpu_s=10))
            except NoPlanError:
                answers.append(None)
        first, second = answers
        assert (first is None) == (second is None)
        if first is not None and second is not None:
            assert np.array_equal(first.year, second.year)
            assert (first.value, first.bound) == (second.value, second.bound)


def test_the_same_seed_gives_the_same_plan_and_a_stop_keeps_the_best() -> None:
    problem = read(plan_truth.drawn(4)).problem
    first, second = (solve(problem, seed=9, cpu_s=10) for _ in range(2))
    assert np.array_equal(first.year, second.year)
    heard: list[Solution] = []
    stopped = solve(problem, cpu_s=10, stop=lambda: bool(heard), tell=heard.append)
    assert stopped.value == heard[-1].value <= stopped.bound
    assert excess(problem, stopped.year, stopped.links) == []


def test_the_smallest_money_that_is_named_would_do_and_less_would_not() -> None:
    document = plan_truth.drawn(1) | {
        "carry": False,
        "running_ceiling": None,
        "cap": None,
        "hubs": [],
        "villages": [],
    }
    document["sites"] = [
        site | {"must_by": document["years"][0], "banned": False, "village": None, "hubs": []}
        for site in document["sites"]
    ]
    document["money"] = [{"source": "APBD", "amounts": [7] * len(document["years"]), "pays": ["desa", "kota"]}]
    named = read(document)
    with pytest.raises(NoPlanError) as refused:
        solve(named.problem, cpu_s=5)
    assert "must stand by year 0" in refused.value.rule
    smallest = refused.value.smallest
    assert smallest is not None
    enough = [{**document["money"][0], "amounts": [int(7 * smallest) + 1] * len(document["years"])}]
    solve(read(document | {"money": enough}).problem, cpu_s=5)
    less = [{**document["money"][0], "amounts": [int(7 * smallest * 0.97)] * len(document["years"])}]
    with pytest.raises(NoPlanError):
        solve(read(document | {"money": less}).problem, cpu_s=5)


def test_scip_agrees_on_instances_of_one_year() -> None:
    """A second solver, asked in its own words."""
    scip = pytest.importorskip("pyscipopt")
    for seed in range(20):
        document = plan_truth.drawn(seed)
        if len(document["years"]) > 1 or document.get("hubs") or document.get("availability") or document["cap"]:
            continue
        try:
            solution = solve(read(document).problem, cpu_s=5)
        except NoPlanError:
            continue
        assert solution.value == round(asked(scip, document)), seed


def asked(scip: object, document: plan_truth.Document) -> float:
    """One year in SCIP's language."""
    model = scip.Model()  # type: ignore[attr-defined]
    model.hideOutput()
    year = document["years"][0]
    site = {one["id"]: model.addVar(vtype="B") for one in document["sites"]}
    camera, seers, spent, upkeep = {}, {}, {}, document["standing_yearly"]
    for one in document["sites"]:
        cost = (one["build"] + one["yearly"]) * site[one["id"]]
        spent[one["class"]] = spent.get(one["class"], 0) + cost
        upkeep = upkeep + one["yearly"] * site[one["id"]]
    for name, option, one in plan_truth.cameras(document):
        camera[name] = model.addVar(vtype="B")
        model.addCons(camera[name] <= site[one["id"]])
        spent[one["class"]] += (option["build"] + option["yearly"]) * camera[name]
        upkeep = upkeep + option["yearly"] * camera[name]
        for cell in option["sees"]:
            seers.setdefault(cell, []).append(camera[name])
    for one in document["sites"]:
        mine = [camera[name] for name, _option, home in plan_truth.cameras(document) if home is one]
        model.addCons(sum(mine) >= site[one["id"]])
        if document["one_camera"]:
            model.addCons(sum(mine) <= 1)
        if one["banned"]:
            model.addCons(site[one["id"]] == 0)
        if one["must_by"] is not None:
            model.addCons(site[one["id"]] == 1)
    everything = sum(money["amounts"][0] for money in document["money"])
    general = sum(money["amounts"][0] for money in document["money"] if "kota" in money["pays"])
    model.addCons(sum(spent.values()) <= everything)
    if "kota" in spent:
        model.addCons(spent["kota"] <= general)
    if document["running_ceiling"]:
        model.addCons(upkeep <= document["running_ceiling"][0])
    for village in document["villages"]:
        if village["due"] == year and not village["has_one"]:
            model.addCons(sum(site[o["id"]] for o in document["sites"] if o["village"] == village["id"]) >= 1)
    for share in document.get("shares", []):
        model.addCons(sum(site[name] for name in share["sites"]) >= share["least"])
    value = 0
    for cell, who in seers.items():
        weight = document["weights"][cell]
        if weight > 0 and document["standing"][cell] == 0:
            z = model.addVar(ub=1.0)
            model.addCons(z <= sum(who))
            value = value + weight * z
        elif weight < 0:
            z = model.addVar(ub=1.0)
            for one in who:
                model.addCons(z >= one)
            value = value + weight * z
    model.setObjective(value * document["year_worth"][0], "maximize")
    model.optimize()
    return float(model.getObjVal())


def test_a_share_of_a_party_that_cannot_stand_is_named() -> None:
    document = plan_truth.drawn(0)
    some = document["sites"][0]
    some |= {"banned": True, "must_by": None}
    document["shares"] = [{"name": "polisi", "sites": [some["id"]], "least": 1, "by": document["years"][-1]}]
    for site in document["sites"][1:]:
        site["must_by"] = None
    document |= {"villages": [], "cap": None, "hubs": []}
    document["sites"] = [site | {"village": None} for site in document["sites"]]
    with pytest.raises(NoPlanError) as refused:
        solve(read(document).problem, cpu_s=5)
    assert "polisi" in refused.value.rule
    assert refused.value.smallest is None


def test_prices_of_another_budget_prove_a_bound_for_this_one() -> None:
    problem = read(plan_truth.drawn(6)).problem
    first = solve(problem, cpu_s=10)
    rich = replace(problem, rows=tuple(replace(row, given=row.given * 2) for row in problem.rows))
    fresh, warm = solve(rich, cpu_s=10), solve(rich, cpu_s=10, prices=first.prices)
    assert warm.value <= fresh.bound
    assert fresh.value <= warm.bound
