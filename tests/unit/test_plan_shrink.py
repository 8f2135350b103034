"""A plan of another budget made to fit less money, and what the slider shows from it."""

from dataclasses import replace

from tests import plan_truth
from tests.plan_kit import regency_question

from ronda.planning import virtual
from ronda.planning.solve import Planner
from ronda.planning.solver.document import read
from ronda.planning.solver.draft import Ground
from ronda.planning.solver.least import NoPlanError
from ronda.planning.solver.problem import Problem, excess, value_of
from ronda.planning.solver.shrink import shrunk
from ronda.planning.solver.solve import solve


def with_share(of: Problem, share: float) -> Problem:
    return replace(of, rows=tuple(replace(row, given=int(row.given * share)) for row in of.rows))


def test_a_plan_made_to_fit_less_money_breaks_no_rule_or_is_given_up() -> None:
    """Every rule of small drawn problems but uplinks: what is handed back is within its money."""
    fitted = 0
    for seed in range(100):
        document = plan_truth.drawn(seed)
        if document.get("hubs"):
            continue
        of = read(document).problem
        try:
            rich = solve(of, cpu_s=2, deep=False)
        except NoPlanError:
            continue
        poor = with_share(of, 0.7)
        within = shrunk(Ground.of_problem(poor), rich.year, rich.prices)
        if within is None:
            continue
        assert excess(poor, within) == [], seed
        assert value_of(poor, within) <= rich.value or (within == rich.year).all(), seed
        fitted += bool((within != rich.year).any())
    assert fitted > 5


def test_a_cut_budget_begins_with_what_the_last_plan_can_keep() -> None:
    """On the demo's desk with its price list: before any step of the prices most of the value stands."""
    question = regency_question()
    points = virtual.put_together(question.candidates)
    planner = Planner(replace(question, candidates=points, items=virtual.items()))
    first = planner.quick()
    poor = with_share(planner.instance.problem, 0.9)
    within = shrunk(Ground.of_problem(poor), first.year, first.prices)
    assert within is not None
    assert excess(poor, within) == []
    assert value_of(poor, within) > 0.85 * first.value
    for scale in (0.8, 0.9, 1.5):
        assert planner.at_once(scale).gap < 0.03
