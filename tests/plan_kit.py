"""Small planning questions drawn from a seed, their optimum by trying everything, and one regency."""

import itertools
import random
from functools import cache

import numpy as np

from ronda.app.demo.planning import centres
from ronda.core.ids import AreaCode
from ronda.planning import virtual
from ronda.planning.cover import Ints
from ronda.planning.demand import cells_of
from ronda.planning.instance import Instance
from ronda.planning.model import Candidate, Cell, Money, Phase, Question, Standing, Terms
from ronda.planning.solver.problem import excess, value_of
from ronda.registry.model import SiteKind

STEP_DEG = 0.0004  # about 45 m


def small_question(seed: int) -> Question:
    """At most six points, two years, two purses, perhaps a promise; close enough together to overlap."""
    chance = random.Random(seed)
    kinds = (SiteKind.MARKET, SiteKind.VILLAGE_ROAD, SiteKind.VILLAGE_OFFICE, SiteKind.DISTRICT_OFFICE)
    points = tuple(
        Candidate(
            point=f"p{number}",
            name=f"Titik {number}",
            kind=chance.choice(kinds),
            area=AreaCode(chance.choice(("64.08.04.2001", "64.08.04.1010"))),
            lat_deg=0.5 + chance.randrange(6) * STEP_DEG,
            lon_deg=117.5 + chance.randrange(6) * STEP_DEG,
            build_cost_idr=chance.randrange(20, 60) * 1_000_000,
            yearly_cost_idr=chance.randrange(0, 6) * 1_000_000,
            reach_m=chance.choice((60.0, 100.0)),
        )
        for number in range(chance.randrange(2, 7))
    )
    cells = tuple(
        Cell(
            lat_deg=0.5 + chance.randrange(7) * STEP_DEG,
            lon_deg=117.5 + chance.randrange(7) * STEP_DEG,
            thefts=chance.randrange(5),
            vehicle_thefts=0,
            traffic=chance.randrange(5),
            requests=chance.randrange(2),
        )
        for _ in range(chance.randrange(1, 14))
    )
    years = (2027, 2028)[: chance.randrange(1, 3)]
    money = tuple(
        Money(source=source, year=year, amount_idr=chance.randrange(0, 120) * 1_000_000, villages_only=only)
        for year in years
        for source, only in (("APBD", False), ("Dana Desa", True))
    )
    phases = (Phase(kind=SiteKind.VILLAGE_OFFICE, by_year=years[-1]),) if chance.random() < 0.4 else ()
    standing = (Standing(lat_deg=0.5, lon_deg=117.5, reach_m=80.0),) if chance.random() < 0.3 else ()
    terms = Terms(years=years, money=money, running_ceiling_idr=chance.randrange(4, 30) * 1_000_000, phases=phases)
    return Question(candidates=points, cells=cells, standing=standing, terms=terms)


def every_plan(of: Instance) -> list[tuple[int, Ints]]:
    """All plans that keep every row, with their values."""
    found = []
    for years in itertools.product(range(of.years + 1), repeat=of.points):
        year = np.array(years, dtype=np.int64)
        if not excess(of.problem, year):
            found.append((value_of(of.problem, year), year))
    return found


@cache
def regency_question(incidents: int = 2400) -> Question:
    """The demo's regency: 18 districts, 141 villages, 1,500 points."""
    drawn = virtual.regency(centres(), incidents=incidents)
    return Question(
        candidates=drawn.candidates, cells=cells_of(drawn.incidents), standing=(), terms=virtual.terms()
    )
