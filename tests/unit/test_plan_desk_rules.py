"""Rules of a desk's plan that reach beyond a point: villages, parties, money carried over, cameras that fail."""

from dataclasses import replace

import numpy as np
import pytest
from tests.plan_kit import regency_question

from ronda.core.ids import AreaCode
from ronda.planning.errors import ContradictoryTermsError, NoPlanError
from ronda.planning.explain import described
from ronda.planning.model import Candidate, Cell, Money, PartyShare, Question, Rules, Terms
from ronda.planning.solve import Planner, Solved
from ronda.planning.solver import least
from ronda.registry.model import SiteKind

MILLION = 1_000_000
VILLAGES = ("64.08.04.2001", "64.08.04.2002", "64.08.04.2003")
STEP_DEG = 0.01  # more than a kilometre: no point sees what another sees


def point(number: int, village: int, cost: int = 50, **more: object) -> Candidate:
    return Candidate(
        point=f"p{number}", name=f"Titik {number}", kind=SiteKind.MARKET, area=AreaCode(VILLAGES[village]),
        lat_deg=0.5 + number * STEP_DEG, lon_deg=117.5, build_cost_idr=cost * MILLION, yearly_cost_idr=0,
        reach_m=100.0, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def question(points: list[Candidate], thefts: list[int], money: tuple[int, ...], rules: Rules) -> Question:
    """A theft count at each point; millions of each year."""
    cells = tuple(
        Cell(lat_deg=one.lat_deg, lon_deg=one.lon_deg, thefts=count)
        for one, count in zip(points, thefts, strict=True)
    )
    years = tuple(2027 + number for number in range(len(money)))
    terms = Terms(
        years=years,
        money=tuple(
            Money(source="APBD", year=year, amount_idr=amount * MILLION)
            for year, amount in zip(years, money, strict=True)
        ),
        running_ceiling_idr=10**12,
        rules=rules,
    )
    return Question(candidates=tuple(points), cells=cells, standing=(), terms=terms)


def answer(asked: Question) -> tuple[Solved, list[int]]:
    """The plan, and the year number of each point."""
    solved = Planner(asked).quick()
    return solved, [int(year) for year in solved.year]


BUSY = [point(0, 0), point(1, 0), point(2, 0), point(3, 1), point(4, 2)]
THEFTS = [90, 80, 70, 5, 4]


def test_without_rules_the_busy_village_takes_all_the_money() -> None:
    assert answer(question(BUSY, THEFTS, (150,), Rules()))[1] == [0, 0, 0, 1, 1]


def test_every_village_has_a_point_by_its_year() -> None:
    _, years = answer(question(BUSY, THEFTS, (150,), Rules(every_village_by=2027)))
    assert years == [0, 1, 1, 0, 0]
    _, years = answer(question(BUSY, THEFTS, (100, 100), Rules(every_village_by=2028)))
    assert years == [0, 0, 2, 1, 1], "hot spots come first where the deadline allows it"


def test_no_village_gets_many_before_all_have_one() -> None:
    _, years = answer(question(BUSY, THEFTS, (100, 150), Rules(village_cap=1, every_village_by=2028)))
    first = [sum(one.area == village for one, year in zip(BUSY, years, strict=True) if year == 0)
             for village in VILLAGES]  # fmt: skip
    assert max(first) == 1


def test_a_party_gets_what_it_was_promised() -> None:
    asked = [*BUSY[:4], point(4, 2, requested_by=("police",))]
    rules = Rules(parties=(PartyShare(party="police", least=1, by_year=2027),))
    assert answer(question(asked, THEFTS, (100,), rules))[1] == [0, 1, 1, 1, 0]
    with pytest.raises(ContradictoryTermsError, match="it asked for 1"):
        Planner(
            question(asked, THEFTS, (100,), Rules(parties=(PartyShare(party="police", least=2, by_year=2027),)))
        )


def test_what_a_year_leaves_is_spent_in_the_next_only_where_that_is_allowed() -> None:
    dear = [point(0, 0, cost=100)]
    assert answer(question(dear, [90], (60, 60), Rules()))[1] == [2]
    assert answer(question(dear, [90], (60, 60), Rules(carry_over=True)))[1] == [1]


def test_a_second_camera_at_the_same_place_counts_when_cameras_fail() -> None:
    """Two points that see the busy place, and one that sees a quiet one."""
    twins = [point(0, 0), replace(point(0, 0), point="twin"), point(2, 1)]
    asked = question(twins, [100, 0, 1], (100,), Rules())
    assert answer(asked)[1][2] == 0, "seen once is seen"
    failing = replace(asked, terms=replace(asked.terms, rules=Rules(availability=0.6)))
    solved, years = answer(failing)
    assert years == [0, 0, 1], "0.6 x 0.4 of 100 thefts is more than 0.6 of one"
    plan = described(Planner(failing), solved, failing.terms)
    assert sum(one.gain for one in plan.chosen) == plan.value == solved.value


def test_what_no_money_keeps_is_said_with_the_rule_and_what_would_do() -> None:
    planner = Planner(question(BUSY, THEFTS, (100,), Rules(every_village_by=2027)))
    with pytest.raises(NoPlanError, match="villages") as told:
        planner.quick()
    assert told.value.smallest == pytest.approx(1.5, rel=0.01)
    assert planner.least_scale == pytest.approx(1.5, rel=0.01)


def test_a_point_worth_its_money_is_told_from_one_that_is_not() -> None:
    asked = regency_question()
    planner = Planner(asked)
    solved, accounts = planner.quick(), planner.accounts()
    free = (solved.instance.must >= solved.instance.years) & ~solved.instance.banned
    chosen, left = free & (solved.year < solved.instance.years), free & (solved.year >= solved.instance.years)
    assert np.median(accounts.ratio[chosen]) > 1 > np.median(accounts.ratio[left])
    worth_it = accounts.ratio >= 1
    assert (worth_it[chosen].mean(), worth_it[left].mean()) > (0.9, 0.0)
    assert worth_it[left].mean() < 0.1


def test_a_search_that_ran_out_of_time_does_not_say_that_there_is_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = regency_question()
    tight = replace(asked, terms=replace(asked.terms, rules=Rules(every_village_by=2028, village_cap=2)))
    of = Planner(tight).instance.problem
    monkeypatch.setattr(least, "_LONGEST_S", 1e-6)
    with pytest.raises(NoPlanError, match=r"found in the time.*more time") as told:
        least.some_plan(of)
    assert (told.value.proven, told.value.smallest) == (False, None)
