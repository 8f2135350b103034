"""Cover, demand, the joint review, imports and sentences of the planner."""

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ronda.core.ids import AreaCode, PersonId
from ronda.planning import agreement
from ronda.planning.agreement import WHOLE_PLAN, Opinion, Party, Stance, party_of
from ronda.planning.cover import cover, turned
from ronda.planning.demand import Incident, IncidentKind, cells_of, shown_count, weights
from ronda.planning.errors import ReviewRefusedError
from ronda.planning.imports import PlanFile, draft
from ronda.planning.model import Cell, Price, Reason, Shares, Why
from ronda.planning.telling import rupiah, sentence, trade_sentence
from ronda.registry.import_rows import Known
from ronda.registry.model import SiteKind
from ronda.registry.row_fault import RowFault
from ronda.registry.table_file import Head, Row, csv_rows

COORDINATE = st.floats(min_value=-2000, max_value=2000)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(COORDINATE, COORDINATE, st.floats(min_value=1, max_value=300)), max_size=12),
    st.lists(st.tuples(COORDINATE, COORDINATE), max_size=40),
)
def test_a_point_sees_exactly_the_cells_within_its_reach(
    sites: list[tuple[float, float, float]], cells: list[tuple[float, float]]
) -> None:
    """The grid hashing finds what comparing every pair finds."""
    found = cover(
        (np.array([s[0] for s in sites]), np.array([s[1] for s in sites])),
        np.array([s[2] for s in sites], dtype=np.float64),
        (np.array([c[0] for c in cells]), np.array([c[1] for c in cells])),
    )
    for number, (east, north, reach) in enumerate(sites):
        near = [n for n, cell in enumerate(cells) if np.hypot(cell[0] - east, cell[1] - north) <= reach]
        assert found.row(number).tolist() == near
    back = turned(found, len(cells))
    pairs = {(site, int(cell)) for site in range(len(sites)) for cell in found.row(site)}
    assert {(int(site), cell) for cell in range(len(cells)) for site in back.row(cell)} == pairs


def test_incidents_of_one_square_are_one_cell_with_their_counts() -> None:
    at = {"lat_deg": 0.5, "lon_deg": 117.5}
    kinds = (IncidentKind.THEFT, IncidentKind.VEHICLE_THEFT, IncidentKind.TRAFFIC, IncidentKind.REQUEST)
    cells = cells_of(
        [*(Incident(kind=kind, **at) for kind in kinds), Incident(kind=kinds[0], lat_deg=0.6, lon_deg=117.5)]
    )
    assert [(c.thefts, c.vehicle_thefts, c.traffic, c.requests) for c in cells] == [(2, 1, 1, 1), (1, 0, 0, 0)]


def test_weights_follow_the_published_shares() -> None:
    cells = (
        Cell(lat_deg=0, lon_deg=0, thefts=3),
        Cell(lat_deg=0, lon_deg=1, thefts=1, traffic=2),
        Cell(lat_deg=0, lon_deg=2, requests=5),
    )
    found = weights(cells, Shares(theft=0.6, traffic=0.25, request=0.15))
    assert found.tolist() == [450_000, 150_000 + 250_000, 150_000]


def test_small_counts_are_not_shown_singly() -> None:
    """One or two thefts in a square could point at one household."""
    assert [shown_count(count) for count in (0, 1, 2, 3, 41)] == ["0", "<3", "<3", "3", "41"]


def opinion(party: Party, stance: Stance, point: str = "p1", **more: object) -> Opinion:
    made = Opinion(
        opinion_id="op", party=party, stance=stance, point=point, name="Budi Santoso", office="Dishub",
        reason="tiang menutup rambu", recorded_by=PersonId("p"), at_us=1,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("office", "party"),
    [
        ("Satreskrim Polres Kutai Timur", Party.POLICE),
        ("Dinas Perhubungan", Party.TRANSPORT),
        ("Bidang Informatika, Diskominfo", Party.DISKOMINFO),
        ("Kantor Desa Swarga Bara", Party.VILLAGE),
        ("Inspektorat Daerah", None),
    ],
)
def test_an_office_speaks_for_its_party(office: str, party: Party | None) -> None:
    assert party_of(office) is party


def test_an_opinion_needs_its_own_party_a_reason_and_a_known_point() -> None:
    good = opinion(Party.TRANSPORT, Stance.OBJECT)
    agreement.check(good, own_party=Party.TRANSPORT, takes_minutes=False, known=True, closed=False)
    agreement.check(good, own_party=Party.DISKOMINFO, takes_minutes=True, known=True, closed=False)
    for bad, own, known, closed in (
        (good, Party.POLICE, True, False),
        (good, None, True, False),
        (good, Party.TRANSPORT, False, False),
        (good, Party.TRANSPORT, True, True),
        (replace(good, reason="pendek"), Party.TRANSPORT, True, False),
        (replace(good, name=" "), Party.TRANSPORT, True, False),
        (replace(good, stance=Stance.ASK, point=WHOLE_PLAN), Party.TRANSPORT, True, False),
    ):
        with pytest.raises(ReviewRefusedError):
            agreement.check(bad, own_party=own, takes_minutes=False, known=known, closed=closed)


def test_the_last_word_of_a_party_counts_and_an_objection_holds_a_point_back() -> None:
    said = [
        opinion(Party.POLICE, Stance.ASK, "p1"),
        opinion(Party.TRANSPORT, Stance.OBJECT, "p1"),
        opinion(Party.TRANSPORT, Stance.OBJECT, "p2"),
        opinion(Party.TRANSPORT, Stance.ACCEPT, "p1"),
        opinion(Party.VILLAGE, Stance.ASK, "p9"),
    ]
    rows = {row.point: row for row in agreement.result(said, {"p1": 2027, "p2": 2028})}
    assert (rows["p1"].agreed, rows["p1"].asked, rows["p1"].objected) == (True, (Party.POLICE,), ())
    assert (rows["p2"].agreed, rows["p2"].year, rows["p2"].objected) == (False, 2028, (Party.TRANSPORT,))
    assert (rows["p9"].agreed, rows["p9"].year) == (False, None)
    assert agreement.agreed_points(said, ["p1", "p2", "p3"]) == ["p1", "p3"]


def test_closing_needs_a_word_of_every_party_and_no_objection_to_the_whole() -> None:
    said = [opinion(party, Stance.ACCEPT, WHOLE_PLAN) for party in (Party.POLICE, Party.TRANSPORT, Party.VILLAGE)]
    with pytest.raises(ReviewRefusedError, match="diskominfo"):
        agreement.check_closing(said, closed=False)
    whole = [*said, opinion(Party.DISKOMINFO, Stance.OBJECT, WHOLE_PLAN)]
    with pytest.raises(ReviewRefusedError, match="objects to the whole"):
        agreement.check_closing(whole, closed=False)
    agreed = [*whole, opinion(Party.DISKOMINFO, Stance.ACCEPT, WHOLE_PLAN)]
    agreement.check_closing(agreed, closed=False)
    with pytest.raises(ReviewRefusedError):
        agreement.check_closing(agreed, closed=True)


def rows(data: bytes) -> Iterator[Head | Row | RowFault]:
    return csv_rows(io.StringIO(data.decode(), newline=""))


KNOWN = Known(village_at=lambda _lat, _lon: AreaCode("64.08.04.2001"))
PRICE = Price(
    kind=SiteKind.JUNCTION,
    build_cost_idr=70_000_000,
    yearly_cost_idr=5_000_000,
    reach_m=150.0,
    source="SHSR",
    year=2026,
)


def test_candidates_take_costs_from_the_price_list_when_they_have_none() -> None:
    data = (
        b"titik;nama;jenis;lat;lon;biaya_bangun\n"
        b"kabo-1;Simpang Kabo;simpang;0,5317;117,5122;\n"
        b"kabo-2;Simpang Kabo 2;simpang;0,5318;117,5123;81000000\n"
    )
    made = draft(rows(data), PlanFile.CANDIDATES, known=KNOWN, source="titik.csv", prices=[PRICE])
    assert made.faults == []
    assert [(one.build_cost_idr, one.reach_m) for one in made.candidates] == [
        (70_000_000, 150.0),
        (81_000_000, 150.0),
    ]


def test_each_broken_row_of_candidates_has_its_message() -> None:
    data = (
        b"titik,nama,jenis,lat,lon,biaya_bangun\n"
        b"a,Titik A,simpang,117.5122,0.5317,1\n"
        b"b,Titik B,menara,0.53,117.51,1\n"
        b"c,Titik C,pasar,0.53,117.51,\n"
        b"d,Titik D,simpang,0.53,117.51,banyak\n"
        b"a,Titik A lagi,simpang,0.53,117.51,1\n"
        b"f,Titik F,simpang,,,1\n"
    )
    made = draft(rows(data), PlanFile.CANDIDATES, known=KNOWN, source="titik.csv", prices=[PRICE])
    told = {(fault.row, fault.column, fault.code) for fault in made.faults}
    assert {(2, "lat", "swapped"), (3, "jenis", "bad_kind"), (5, "biaya_bangun", "bad_number")} <= told
    assert {(4, "biaya_bangun", "missing"), (6, "id", "duplicate"), (7, "lat", "missing")} <= told


def test_incidents_leave_the_import_as_counts_only() -> None:
    data = b"kejadian,lat,lon\ncuranmor,0.53,117.51\nlalu lintas,0.53,117.51\n"
    made = draft(rows(data), PlanFile.INCIDENTS, known=KNOWN, source="x.csv")
    assert [(c.vehicle_thefts, c.traffic) for c in made.cells] == [(1, 1)]
    bad = draft(rows(b"kejadian,lat,lon\nhujan,0.53,117.51\n"), PlanFile.INCIDENTS, known=KNOWN, source="x.csv")
    assert [(fault.row, fault.code) for fault in bad.faults] == [(2, "bad_kind")]


def test_every_reason_has_one_sentence_in_both_languages() -> None:
    names = {"p2": "Simpang Kabo"}
    for why in Why:
        reason = Reason(
            why=why, thefts=41, traffic=2, requests=3, others=("p2",), by_year=2027, enters_at_idr=4_000_000_000
        )
        for language in ("id", "en"):
            told = sentence(reason, names, language)
            assert "{" not in told
            assert "\n" not in told
            assert len(told) > 10
    assert sentence(Reason(why=Why.THEFTS, thefts=41), names, "id").startswith("41 pencurian setahun")
    assert "<3" in sentence(Reason(why=Why.TRAFFIC, traffic=2), names, "en")
    assert "Simpang Kabo" in sentence(Reason(why=Why.SEEN_BY_OTHERS, others=("p2",)), names, "id")


def test_a_decision_is_told_in_one_sentence_with_its_cost() -> None:
    told = trade_sentence("Simpang Kabo", 2027, 71_000_000, ["A", "B"], 0.011, "id")
    assert told == (
        "Simpang Kabo masuk pada 2027 seharga Rp71 juta; titik yang keluar: A, B, "
        "dan manfaat seluruh rencana turun 1,10 %"
    )
    assert "and 2 more" in trade_sentence("X", None, 0, list("ABCDE"), 0.0, "en")


def test_rupiah_are_said_as_offices_say_them() -> None:
    assert rupiah(3_100_000_000, "id") == "Rp3,1 miliar"
    assert rupiah(57_500_000, "en") == "Rp57.5 million"
    assert [rupiah(30_000, one) for one in ("id", "en")] == ["Rp30.000", "Rp30,000"]  # a metre of fibre is not 0
    assert rupiah(0, "id") == "Rp0"
