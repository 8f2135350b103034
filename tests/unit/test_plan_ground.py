"""What lies on the ground: shared uplinks, privacy zones, marked places, RT units - read, modelled, and told."""

import io
from dataclasses import replace

import pytest
from tests.plan_aims import ITEMS, MILLION, planned, pole, question, square, thefts

from ronda.core.ids import AreaCode, PersonId
from ronda.planning.aiming import needs_of, priced
from ronda.planning.below import edition_below, terms_below
from ronda.planning.columns import PlanFile
from ronda.planning.demand import weights
from ronda.planning.edition import Edition, packed, unpacked
from ronda.planning.errors import ContradictoryTermsError
from ronda.planning.explain import described
from ronda.planning.imports import PlanDraft, draft
from ronda.planning.model import Candidate, Cell, Plan, Question, Shares
from ronda.planning.places import Hub, Zone
from ronda.planning.point_view import read_out, view_of
from ronda.planning.pricing import Item, usual_needs
from ronda.planning.record import PlanRecord, PlanState
from ronda.planning.solve import Planner
from ronda.planning.surface import Mark, Place, Unit, marked, unit_cells, zone_cells
from ronda.registry.import_rows import Known
from ronda.store.plan_source import rows_of


def read(text: str, kind: PlanFile) -> PlanDraft:
    known = Known(village_at=lambda _lat, _lon: AreaCode("64.08.04.2001"))
    return draft(rows_of(io.BytesIO(text.encode())), kind, known=known, source="uji.csv")


def recorded(asked: Question, plan: Plan) -> PlanRecord:
    return PlanRecord(
        plan_id="plan-uji", revision=1, state=PlanState.DRAFT, name="Uji", area=AreaCode("64.08"),
        terms=asked.terms, scale=1.0, data_version="x" * 64,
        plan=replace(plan, refused=()), made_by=PersonId("p"), made_name="P",
        made_us=0, changed_us=0,
    )  # fmt: skip


def shared(point: str, east_m: float) -> Candidate:
    """A pole without a line of its own."""
    wanted = usual_needs(ITEMS, on_building=False, uplink=Item.UPLINK_SHARED)
    return priced(replace(pole(point, east_m), needs=needs_of(wanted)), ITEMS)


HUB = Hub(hub="h1", name="Menara", lat_deg=0.5, lon_deg=117.5, ports=1, build_cost_idr=15 * MILLION,
          yearly_cost_idr=2 * MILLION, reach_m=1000.0)  # fmt: skip


def test_a_point_without_a_line_takes_a_port_and_the_hub_is_paid_once() -> None:
    cells = (thefts(100, 0, 9), thefts(600, 0, 8))
    asked = question((shared("a", 0), shared("b", 500)), cells, 200, hubs=(HUB,))
    _planner, plan = planned(asked)
    (one,) = plan.chosen  # one port: the second pole has no line, however much money there is
    assert (one.point, one.hub) == ("a", "h1")
    (hub,) = plan.hubs
    assert (hub.year, hub.points, hub.build_idr, hub.sources) == (2027, 1, 15 * MILLION, (("APBD", 15 * MILLION),))
    site = 28 * MILLION + sum(camera.build_idr for camera in one.cameras)
    assert plan.accounts[0].building_idr == site + 15 * MILLION
    _planner, plan = planned(replace(asked, hubs=(replace(HUB, ports=2),)))
    assert {one.point for one in plan.chosen} == {"a", "b"}
    assert [hub.points for hub in plan.hubs] == [2]
    _planner, plan = planned(
        replace(asked, hubs=(replace(HUB, reach_m=50.0),), candidates=(pole("c", 500), *asked.candidates))
    )
    assert {(one.point, one.hub) for one in plan.chosen} == {("a", "h1"), ("c", "")}  # c has its own line


def test_the_view_turns_away_from_a_privacy_zone_unless_the_thefts_outweigh_it() -> None:
    cells = (thefts(100, 0, 5), thefts(-100, 0, 4))
    zone = Zone(name="Asrama", shape=square(100, 10, 12), as_thefts=3.0)

    def looks(worth: float) -> set[float]:
        asked = question((pole("a"),), (*cells, *zone_cells([replace(zone, as_thefts=worth)])), 60, 6)
        planner, plan = planned(asked)
        view = view_of(recorded(asked, plan), planner, "a")
        assert view.shunned == (90.0 in {one.direction_deg for one in plan.chosen[0].cameras})
        told = read_out(view, plan.chosen[0].reason, 2027, {}, None, "id")
        assert ("Kawasan privasi" in told) == view.shunned
        return {one.direction_deg for one in plan.chosen[0].cameras}

    assert looks(0.5) == {90.0}
    assert looks(3.0) == {270.0}


def test_thefts_at_parking_places_and_in_residential_streets_come_first() -> None:
    cells = marked(
        (thefts(0, 0, 4), thefts(500, 0, 4), thefts(900, 0, 4)),
        (
            Mark(place=Place.PARKING, shape=square(500, 0, 30)),
            Mark(place=Place.RESIDENTIAL, shape=square(900, 0, 30)),
        ),
    )
    plain, parking, residential = weights(cells, Shares()).tolist()
    assert parking == pytest.approx(plain * 1.5, abs=1)
    assert residential == pytest.approx(plain * 1.2, abs=1)
    assert [one.place for one in cells] == ["", "parking", "residential"]


def test_a_plan_by_rt_lets_the_plan_above_stand_and_spends_what_it_left() -> None:
    cells = (thefts(100, 0, 9),)
    asked = question((pole("a"), pole("b", 600)), cells, 60)
    _planner, plan = planned(replace(asked, candidates=(pole("a"), pole("b", 600))))
    record = recorded(asked, plan)
    edition = Edition(candidates=asked.candidates, cells=cells, standing=(), items=ITEMS)
    units = (
        Unit(code="1", name="RT 1", lat_deg=0.5, lon_deg=cells[0].lon_deg),
        Unit(code="2", name="RT 2", lat_deg=0.5, lon_deg=thefts(700, 0, 0).lon_deg),
    )
    below = edition_below(record, edition, units)
    terms = terms_below(record)
    left = [one.given_idr - one.building_idr - one.upkeep_idr for one in record.plan.accounts]
    assert [one.amount_idr for one in terms.money] == left
    assert (terms.base, [one.point for one in below.candidates]) == ("plan-uji", ["b"])
    richer = replace(terms, money=tuple(replace(one, amount_idr=90 * MILLION) for one in terms.money))
    under = Planner(below.question(richer))
    found = described(under, under.quick(), richer)
    assert [one.point for one in found.chosen] == ["b"]
    assert found.value == found.total == 2 * 500_000  # RT 1 is in view already: RT 2 is half of all, in two years
    assert found.reach.incidents_seen_before == 9
    with pytest.raises(ContradictoryTermsError, match="import one"):
        edition_below(record, edition, ())
    spent = tuple(replace(one, given_idr=one.building_idr + one.upkeep_idr) for one in record.plan.accounts)
    with pytest.raises(ContradictoryTermsError, match="spends all"):
        terms_below(replace(record, plan=replace(record.plan, accounts=spent)))


def test_an_edition_without_what_came_later_keeps_its_old_name() -> None:
    cells = (Cell(lat_deg=0.5, lon_deg=117.5, thefts=3),)
    plain = Candidate(
        point="a", name="A", kind=pole("a").kind, area=AreaCode("64.08.04.2001"), lat_deg=0.5, lon_deg=117.5,
        build_cost_idr=1, yearly_cost_idr=1, reach_m=80.0,
    )  # fmt: skip
    old = Edition(candidates=(plain,), cells=cells, standing=())
    assert old.name == "62b580fbf597b8574a4f304543bee402be9fa1e1ba15c9c7d20f3954b88983c5"
    new = replace(old, zones=(Zone(name="Z", shape=square(0, 0, 5), as_thefts=1.0),), hubs=(HUB,), items=ITEMS)
    assert unpacked(packed(new), new.name) == new
    assert len({old.name, new.name, replace(old, cells=unit_cells(cells, ())).name}) == 2


HOUSE = square(0, 0, 9)
BAD: list[tuple[PlanFile, list[str], str]] = [
    (PlanFile.ROADS, ["bentuk", '"LINESTRING(117.5 0.5, 117.51 0.5)"', "POINT(117.5 0.5)"], "no_line"),
    (
        PlanFile.HUBS,
        ["id,nama,lat,lon,porta,biaya_bangun,biaya_tahunan,jangkauan_m", "h1,Menara,0.5,117.5,4,1,1,900",
         "h2,Menara,0.5,117.5,0,1,1,900"],
        "bad_weight",
    ),
    (PlanFile.ZONES, ["nama,bentuk,setara", f'Asrama,"{HOUSE}",2', f'Asrama,"{HOUSE}",0'], "bad_number"),
    (PlanFile.MARKS, ["jenis,bentuk", f'parkir,"{HOUSE}"', f'kolam,"{HOUSE}"'], "bad_kind"),
    (PlanFile.UNITS, ["id,nama,lat,lon", "1,RT 1,0.5,117.5", "1,RT 1,0.5,117.5"], "duplicate"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "lines", "code"), BAD)
def test_one_bad_row_keeps_the_whole_file_out_and_the_good_one_is_read(
    kind: PlanFile, lines: list[str], code: str
) -> None:
    found = read("\n".join(lines) + "\n", kind)
    assert [(fault.row, fault.code) for fault in found.faults] == [(3, code)]
    good = read("\n".join(lines[:2]) + "\n", kind)
    assert not good.faults
    assert sum(len(part) for part in (good.roads, good.hubs, good.zones, good.marks, good.units)) == 1
