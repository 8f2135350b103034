"""The planner's store on SQLite and PostgreSQL: the same promises on both."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from ronda.cases.backtest import TheftReport
from ronda.core.ids import AreaCode, PersonId
from ronda.core.time import TimeSpan
from ronda.planning.agreement import Opinion, Party, Stance
from ronda.planning.density import Density, Part
from ronda.planning.errors import PlanChangedError
from ronda.planning.model import (
    Building,
    Candidate,
    Cell,
    Chosen,
    Money,
    Phase,
    Plan,
    Price,
    Reach,
    Reason,
    Standing,
    Terms,
    Why,
    YearAccount,
)
from ronda.planning.pricing import Item, PriceItem
from ronda.planning.record import PlanRecord, PlanState
from ronda.registry.model import SiteKind
from ronda.store.errors import DocumentError
from ronda.store.sql.plan_inputs import SqlPlanInputs
from ronda.store.sql.planning import SqlPlanning
from ronda.store.sql.theft_reports import SqlTheftReports

POINT = Candidate(
    point="kabo-1", name="Simpang Kabo", kind=SiteKind.JUNCTION, area=AreaCode("64.08.04.2012"), lat_deg=0.5317,
    lon_deg=117.5122, build_cost_idr=71_000_000, yearly_cost_idr=5_400_000, reach_m=150.0, requested_by=("police",),
)  # fmt: skip
TERMS = Terms(
    years=(2027, 2028), money=(Money(source="APBD", year=2027, amount_idr=3_100_000_000),),
    running_ceiling_idr=10**9,
    phases=(Phase(kind=SiteKind.VILLAGE_OFFICE, by_year=2028),), forced=("kabo-1",),
)  # fmt: skip
PLAN = Plan(
    value=450, bound=452,
    chosen=(
        Chosen(point="kabo-1", year=2027, order=1, gain=450, sources=(("APBD", 71_000_000),),
               reason=Reason(why=Why.THEFTS, thefts=41, others=("a",), enters_at_idr=None)),
    ),
    refused=(),
    accounts=(YearAccount(year=2027, given_idr=3_100_000_000, building_idr=71_000_000, upkeep_idr=5_400_000,
                          running_idr=5_400_000, points=1, seen=450),),
    reach=Reach(incidents=9, incidents_seen=5, incidents_seen_before=1, vehicle_thefts=4, vehicle_thefts_seen=2,
                vehicle_thefts_seen_before=0),
    total=1000,
)  # fmt: skip
RECORD = PlanRecord(
    plan_id="plan-1", revision=1, state=PlanState.DRAFT, name="Rencana", area=AreaCode("64.08"), terms=TERMS,
    scale=0.5, data_version="ab", plan=PLAN,
    made_by=PersonId("p-1"), made_name="Bayu", made_us=1_900_000_000_000_000,
    changed_us=1_900_000_000_000_000,
    opinions=(
        Opinion(opinion_id="op-1", party=Party.POLICE, stance=Stance.ASK, point="kabo-1", name="Rahmat",
                office="Polres", reason="41 pencurian setahun", recorded_by=PersonId("p-2"), at_us=1),
    ),
)  # fmt: skip


@pytest.fixture
def store(engine: Engine) -> SqlPlanning:
    return SqlPlanning(engine)


def test_candidates_prices_and_terms_come_back_as_they_were(store: SqlPlanning) -> None:
    price = Price(
        kind=SiteKind.JUNCTION, build_cost_idr=1, yearly_cost_idr=2, reach_m=3.0, source="SHSR", year=2026
    )
    store.put_candidates([POINT, replace(POINT, point="a-0")])
    store.put_candidates([replace(POINT, name="Simpang Kabo II")])
    store.put_prices([price])
    store.put_prices([replace(price, build_cost_idr=9)])
    store.put_terms(TERMS)
    store.put_terms(replace(TERMS, standing_idr=7))
    assert [(one.point, one.name) for one in store.candidates()] == [
        ("a-0", "Simpang Kabo"),
        ("kabo-1", "Simpang Kabo II"),
    ]
    assert store.candidates()[1] == replace(POINT, name="Simpang Kabo II")
    assert store.prices() == [replace(price, build_cost_idr=9)]
    assert store.terms() == replace(TERMS, standing_idr=7)


def test_many_candidates_are_replaced_at_once(store: SqlPlanning) -> None:
    """More than a database takes in one list of values."""
    many = [replace(POINT, point=f"t-{number}") for number in range(1600)]
    store.put_candidates(many)
    store.put_candidates([replace(one, build_cost_idr=5) for one in many])
    assert {one.build_cost_idr for one in store.candidates()} == {5}
    assert len(store.candidates()) == 1600


def test_demand_adds_up_over_sources_and_a_source_is_replaced_whole(store: SqlPlanning) -> None:
    here, there = Cell(lat_deg=0.5, lon_deg=117.5, thefts=2), Cell(lat_deg=0.6, lon_deg=117.5, traffic=1)
    store.put_cells("rekap 2025", [here, there])
    store.put_cells("permintaan", [replace(here, thefts=0, requests=3)])
    assert store.cells() == [replace(here, requests=3), there]
    store.put_cells("rekap 2025", [there])
    assert store.cells() == [replace(here, thefts=0, requests=3), there]


def test_a_plan_comes_back_whole_and_newest_first(store: SqlPlanning) -> None:
    store.add_plan(RECORD)
    store.add_plan(replace(RECORD, plan_id="plan-2", made_us=RECORD.made_us + 1))
    assert store.plan("plan-1") == RECORD
    assert [one.plan_id for one in store.plans()] == ["plan-2", "plan-1"]
    assert store.plan("plan-9") is None


def test_a_change_built_on_an_older_revision_is_refused_and_changes_nothing(store: SqlPlanning) -> None:
    store.add_plan(RECORD)
    second = store.save_plan(replace(RECORD, state=PlanState.AGREED, agreed=("kabo-1",)))
    assert second.revision == 2
    with pytest.raises(PlanChangedError):
        store.save_plan(replace(RECORD, name="Lain"))
    assert store.plan("plan-1") == second


def test_a_plan_of_another_shape_is_told_and_not_guessed(store: SqlPlanning, engine: Engine) -> None:
    store.add_plan(RECORD)
    with engine.begin() as connection:
        connection.execute(text('UPDATE plans SET document = \'{"plan_id": "plan-1"}\''))
    with pytest.raises(DocumentError, match="a stored plan cannot be read"):
        store.plan("plan-1")


def test_theft_reports_of_a_span_come_oldest_first_and_replace_by_number(engine: Engine) -> None:
    reports = SqlTheftReports(engine)
    one = TheftReport(
        report_id="LP/1", kind="Pencurian", place="Pasar", lat_deg=0.5, lon_deg=117.5, span=TimeSpan(100, 200),
        source="import:x", training=True,
    )  # fmt: skip
    reports.put([one, replace(one, report_id="LP/2", span=TimeSpan(50, 60))])
    reports.put([replace(one, place="Pasar Induk")])
    found = reports.within(TimeSpan(0, 150))
    assert [(report.report_id, report.place) for report in found] == [("LP/2", "Pasar"), ("LP/1", "Pasar Induk")]
    assert found[1] == replace(one, place="Pasar Induk")
    assert reports.within(TimeSpan(0, 50)) == []


def test_an_edition_is_kept_once_and_never_changed(engine: Engine) -> None:
    store = SqlPlanning(engine)
    assert store.edition("a" * 64) is None
    store.put_edition("a" * 64, b"first")
    store.put_edition("a" * 64, b"second")
    assert store.edition("a" * 64) == b"first"


def test_what_a_planner_brought_beside_comes_back_and_is_replaced_whole(engine: Engine) -> None:
    inputs = SqlPlanInputs(engine)
    assert (inputs.items(), inputs.standing(), inputs.buildings(), inputs.density()) == ((), (), (), None)
    pole = PriceItem(item=Item.POLE, each_idr=14, low_idr=12, high_idr=18, yearly_idr=0, source="SHSR", year=2026)
    house = Building(shape="POLYGON ((117.5 0.5, 117.6 0.5, 117.6 0.6, 117.5 0.5))", height_m=6.5)
    camera = Standing(lat_deg=0.5, lon_deg=117.5, reach_m=30.0, direction_deg=90.0, view_deg=68.0, height_m=6.0)
    density = Density(cell_m=50.0, parts=(Part(bandwidth_m=150.0, share=0.7),), cells=900, gain=1.2)
    inputs.put_items([replace(pole, each_idr=99), replace(pole, item=Item.SWITCH)])
    inputs.put_items([pole])
    inputs.put_buildings([house] * 3000)
    inputs.put_standing([camera])
    inputs.put_density(density)
    SqlPlanning(engine).put_terms(TERMS)
    assert inputs.items() == (pole,)
    assert inputs.buildings() == (house,) * 3000
    assert (inputs.standing(), inputs.density()) == ((camera,), density)
    inputs.put_density(None)
    assert inputs.density() is None
    assert SqlPlanning(engine).terms() == TERMS
