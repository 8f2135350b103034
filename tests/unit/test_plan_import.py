"""Files that planners really have: any column names, any format, and one clear answer for each fault."""

import io
import json
import os
import resource
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely

from ronda.core.ids import AreaCode
from ronda.planning.columns import WANTED, PlanFile, guessed
from ronda.planning.demand import IncidentKind
from ronda.planning.errors import PriceMissingError
from ronda.planning.imports import SHOWN_FAULTS, PlanDraft, draft
from ronda.planning.pricing import SITE, Item, cost_of
from ronda.registry.cells import cell_finder
from ronda.registry.import_rows import Known
from ronda.registry.row_fault import SENTENCES
from ronda.registry.table_file import Head, Row
from ronda.registry.utm import degrees
from ronda.store.plan_source import rows_of

KNOWN = Known(village_at=lambda _lat, _lon: AreaCode("64.08.04.2001"))
HEAD = "titik,nama,jenis,lat,lon,biaya_bangun,biaya_tahunan,jangkauan_m\n"
COSTS = "1000000,100000,80"


def read(
    data: bytes | str, kind: PlanFile, chosen: dict[str, str] | None = None, every: IncidentKind | None = None
) -> PlanDraft:
    file = io.BytesIO(data.encode() if isinstance(data, str) else data)
    return draft(rows_of(file), kind, known=KNOWN, source="berkas", chosen=chosen, every=every)


def told(made: PlanDraft) -> list[tuple[int, str, str]]:
    assert all(fault.code in SENTENCES and fault.sentence for fault in made.faults)
    return [(fault.row, fault.column, fault.code) for fault in made.faults]


@pytest.mark.parametrize(
    ("headers", "match"),
    [
        (
            ["tanggal kejadian", "jenis kejahatan", "lintang", "bujur"],
            {"tanggal": 0, "kejadian": 1, "lat": 2, "lon": 3},
        ),
        (["type", "datetime", "longitude", "latitude"], {"kejadian": 0, "tanggal": 1, "lon": 2, "lat": 3}),
        (["kasus", "koordinat y", "koordinat x"], {"kejadian": 0, "lat": 1, "lon": 2}),
        (["no", "jenis", "titik koordinat", "bobot"], {"kejadian": 1, "koordinat": 2, "jumlah": 3}),
        (["lat (dd)", "lon (dd)", "tindak_pidana"], {"lat": 0, "lon": 1, "kejadian": 2}),
    ],
)
def test_columns_are_guessed_from_what_offices_call_them(headers: list[str], match: dict[str, int]) -> None:
    assert guessed(headers, PlanFile.INCIDENTS) == {name: headers[place] for name, place in match.items()}


def test_a_person_may_change_the_guess_and_is_told_what_does_not_fit() -> None:
    data = "a,b,c,jenis\n0.53,117.51,curanmor,x\n"
    assert told(read(data, PlanFile.INCIDENTS)) == [(1, "lat", "no_column"), (1, "lon", "no_column")]
    chosen = {"lat": "a", "lon": "b", "kejadian": "c"}
    made = read(data, PlanFile.INCIDENTS, chosen)
    assert (told(made), made.ready, made.match["kejadian"]) == ([], 1, "c")
    assert made.samples[0]["a"] == "0.53"
    twice = read(data, PlanFile.INCIDENTS, {**chosen, "lon": "a"})
    assert (1, "a", "header_twice") in told(twice)
    unknown = read(data, PlanFile.INCIDENTS, {**chosen, "lon": "bujur"})
    assert (1, "lon", "no_header") in told(unknown)
    assert read(data, PlanFile.INCIDENTS, {"lat": "a", "lon": "b", "kejadian": ""}).faults[0].column == "kejadian"


def test_incidents_of_one_kind_need_no_column_that_says_so() -> None:
    made = read("lat,lon\n0.53,117.51\n", PlanFile.INCIDENTS, every=IncidentKind.TRAFFIC)
    assert [cell.traffic for cell in made.cells] == [1]


def table(kind: str, tmp_path: Path) -> bytes:
    """The same two candidates in each format."""
    names = ["titik", "nama", "jenis", "biaya_bangun", "biaya_tahunan", "jangkauan_m"]
    values = [["a-1", "a-2"], ["Simpang Kabo", "Pasar Induk"], ["simpang", "pasar"], ["70000000"] * 2,
              ["5000000"] * 2, ["150"] * 2]  # fmt: skip
    if kind == "xlsx":
        book = openpyxl.Workbook()
        book.active.append([*names, "Lintang", "Bujur"])
        for n in (0, 1):
            book.active.append(
                [*(column[n] for column in values[:3]), 70_000_000, 5_000_000, 150, 0.53 + n / 100, 117.51]
            )
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()
    driver, ending = {"shp": ("ESRI Shapefile", "shp"), "gpkg": ("GPKG", "gpkg"), "kml": ("KML", "kml"),
                      "geojson": ("GeoJSON", "geojson"), "utm": ("GPKG", "gpkg")}[kind]  # fmt: skip
    at = [(557_000.0, 58_600.0), (557_000.0, 59_700.0)] if kind == "utm" else [(117.51, 0.53), (117.51, 0.54)]
    if kind == "shp":
        names[3:] = ["b_bangun", "b_tahunan", "jangkauan"]
    path = tmp_path / f"layer.{ending}"
    pyogrio.raw.write(
        path, np.array([shapely.to_wkb(shapely.Point(one)) for one in at], dtype=object),
        [np.array(column, dtype=object) for column in values], names, geometry_type="Point", driver=driver,
        crs="EPSG:32650" if kind == "utm" else "EPSG:4326",
    )  # fmt: skip
    if kind != "shp":
        return path.read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in tmp_path.glob("layer.*"):
            archive.write(part, part.name)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["xlsx", "shp", "kml", "gpkg", "geojson", "utm"])
def test_candidates_come_from_every_format_that_offices_send(kind: str, tmp_path: Path) -> None:
    chosen = {"biaya_bangun": "b_bangun", "biaya_tahunan": "b_tahunan"} if kind == "shp" else {}
    made = read(table(kind, tmp_path), PlanFile.CANDIDATES, chosen)
    assert told(made) == []
    assert [(one.point, one.build_cost_idr, one.reach_m) for one in made.candidates] == [
        ("a-1", 70_000_000, 150.0),
        ("a-2", 70_000_000, 150.0),
    ]
    assert made.candidates[0].lat_deg == pytest.approx(0.53, abs=2e-4)
    assert made.candidates[0].lon_deg == pytest.approx(117.51, abs=3e-3)


def test_metres_of_utm_become_degrees_as_the_survey_office_has_them() -> None:
    """The middle of zone 50 on the equator, and a mark of the Vancouver data known in both systems."""
    assert degrees(500_000, 0, 50, south=False) == pytest.approx((0.0, 117.0))
    assert degrees(490_320.299, 5_458_606.9208, 10, south=False) == pytest.approx((49.28014, -123.133088), abs=1e-6)


@pytest.mark.parametrize(
    ("place", "code", "hint"),
    [
        ("117.51,0.53", "swapped", "0.53, 117.51"),
        ("58700,557000", "metres", "50N: 0.53"),
        ("557000,58700", "metres", "50N: 0.53"),
        ("51.5,-0.12", "outside", ""),
        ("nan,117.5", "bad_number", ""),
    ],
)
def test_coordinates_in_the_wrong_order_or_system_are_told_with_what_they_would_be(
    place: str, code: str, hint: str
) -> None:
    made = read(f"{HEAD}a,Titik A,pasar,{place},{COSTS}\n", PlanFile.CANDIDATES)
    assert (made.faults[0].row, made.faults[0].code, made.candidates) == (2, code, [])
    assert hint in made.faults[0].hint


def test_two_sites_in_one_place_are_told_with_the_other_row() -> None:
    rows = f"a,Titik A,pasar,0.53,117.51,{COSTS}\nb,Titik B,pasar,0.53,117.51,{COSTS}\n"
    made = read(HEAD + rows, PlanFile.CANDIDATES)
    assert (told(made), made.faults[0].hint) == ([(3, "lat", "same_place")], "2")


def test_a_missing_price_is_told_in_the_row_and_in_the_sum() -> None:
    made = read("titik,nama,jenis,lat,lon\na,Titik A,pasar,0.53,117.51\n", PlanFile.CANDIDATES)
    assert (2, "biaya_bangun", "missing") in told(made)
    listed = read("barang,harga,sumber,tahun\ntiang,14000000,SHSR,2026\n", PlanFile.ITEMS).items
    with pytest.raises(PriceMissingError, match="cabinet, camera_fixed, switch"):
        cost_of({**dict.fromkeys(SITE, 1), Item.CAMERA_FIXED: 2}, listed)


def test_prices_have_a_range_and_add_up_to_the_cost_of_a_point() -> None:
    data = (
        "Uraian;Harga satuan;Terendah;Tertinggi;Biaya tahunan;Sumber;Tahun\n"
        "tiang;14000000;12000000;18000000;0;SHSR Kutai Timur;2026\n"
        "serat optik per meter;30000;25000;45000;2000;penawaran;2026\n"
        "kamera tetap;11000000;;;500000;e-katalog;2026\n"
    )
    items = read(data, PlanFile.ITEMS).items
    cost = cost_of({Item.POLE: 1, Item.UPLINK_FIBRE_M: 400, Item.CAMERA_FIXED: 2}, items)
    assert (cost.low_idr, cost.build_idr, cost.high_idr) == (44_000_000, 48_000_000, 58_000_000)
    assert cost.yearly_idr == 400 * 2000 + 2 * 500_000
    wrong = read("barang,harga,harga_rendah,sumber,tahun\ntiang,5,7,SHSR,2026\n", PlanFile.ITEMS)
    assert told(wrong) == [(2, "harga", "bad_range")]


def test_budgets_come_by_source_and_year_with_their_rule() -> None:
    data = "sumber dana,tahun,pagu,ketentuan\nAPBD,2027,1900000000,\nDana Desa,2027,1200000000,hanya desa\n"
    made = read(data, PlanFile.BUDGET)
    assert [(one.source, one.amount_idr, one.villages_only) for one in made.money] == [
        ("APBD", 1_900_000_000, False),
        ("Dana Desa", 1_200_000_000, True),
    ]
    bad = read("sumber,tahun,jumlah,aturan\nAPBD,2027,-1,\nAPBD,2027,5,siapa saja\n", PlanFile.BUDGET)
    assert told(bad) == [(2, "jumlah", "bad_number"), (3, "aturan", "bad_rule"), (3, "sumber", "duplicate")]


@pytest.mark.parametrize("weight", ["-1", "nan", "inf", "1.5", "banyak", "9999999"])
def test_a_weight_that_is_no_count_is_told(weight: str) -> None:
    made = read(f"kejadian,lat,lon,jumlah\ncuranmor,0.53,117.51,{weight}\n", PlanFile.INCIDENTS)
    assert told(made) == [(2, "jumlah", "bad_weight")]


def test_a_file_without_any_demand_takes_nothing_away() -> None:
    made = read("kejadian,lat,lon,jumlah\ncuranmor,0.53,117.51,0\n", PlanFile.INCIDENTS)
    assert told(made) == [(0, "jumlah", "no_demand")]


def test_standing_cameras_bring_direction_lens_and_height() -> None:
    head = "lat,lon,arah,tinggi,lensa,sensor,resolusi\n"
    made = read(head + "0.53,117.51,90,6,4,5.4,2560\n", PlanFile.STANDING)
    (camera,) = made.standing
    assert (camera.direction_deg, camera.height_m) == (90, 6)
    assert camera.view_deg == pytest.approx(68.03, abs=0.01)
    assert camera.reach_m == pytest.approx(30.3, abs=0.1)
    bad = read(
        head + "0.53,117.51,400,6,4,5.4,2560\n0.53,117.52,9,6,0.1,5.4,2560\n0.53,117.53,9,6,,,\n", PlanFile.STANDING
    )
    assert told(bad) == [(2, "arah", "bad_direction"), (3, "lensa_mm", "bad_optics"), (4, "lensa_mm", "no_view")]


def outline(*corners: tuple[float, float]) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": {"tinggi": 9},
        "geometry": {"type": "Polygon", "coordinates": [[list(one) for one in (*corners, corners[0])]]},
    }


def test_a_building_that_crosses_itself_is_told_with_the_place() -> None:
    good = outline((117.51, 0.53), (117.52, 0.53), (117.52, 0.54))
    bow = outline((117.51, 0.53), (117.52, 0.54), (117.52, 0.53), (117.51, 0.54))
    swapped = outline((0.53, 117.51), (0.53, 117.52), (0.54, 117.52))
    data = json.dumps({"type": "FeatureCollection", "features": [good, bow, swapped]})
    made = read(data, PlanFile.BUILDINGS)
    assert {(row, code) for row, _column, code in told(made)} == {(2, "crossing_shape"), (3, "swapped")}
    assert "117.515 0.535" in made.faults[0].hint
    assert [one.height_m for one in made.buildings] == [9.0]


def test_another_system_of_coordinates_is_named() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    data = json.dumps({"type": "FeatureCollection", "crs": crs, "features": [outline((1, 1), (2, 1), (2, 2))]})
    made = read(data, PlanFile.BUILDINGS)
    assert [(fault.code, fault.hint) for fault in made.faults] == [("other_projection", "EPSG:3857")]


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04broken", b"<kml>", b"SQLite format 3\x00", b"{", b"lat,lon\n\xff"]
)
def test_files_that_cannot_be_read_say_so(data: bytes) -> None:
    made = read(data, PlanFile.CANDIDATES)
    assert made.faults
    assert told(made)
    assert made.candidates == []


class Endless(io.RawIOBase):
    """A CSV of `rows` incidents that is made while it is read, so that the test itself holds none of it."""

    def __init__(self, rows: int, wrong: int = 0) -> None:
        self._rows, self._wrong, self._at, self._rest = rows, wrong, 0, b"kejadian,lat,lon,tanggal\n"

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at, self._rest = 0, b"kejadian,lat,lon,tanggal\n"
        return 0

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        while len(self._rest) < len(into) and self._at < self._rows:
            some = range(self._at, min(self._at + 500, self._rows))
            self._rest += b"".join(self._line(number) for number in some)
            self._at = some.stop
        taken = self._rest[: len(into)]
        into[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)

    def _line(self, number: int) -> bytes:
        lat = 99.0 if number < self._wrong else 0.53 + number % 40 * 0.0005
        return f"curanmor,{lat},117.51,2025-{number % 12 + 1:02}-10\n".encode()


def test_a_long_file_needs_no_more_memory_than_its_places() -> None:
    """The figures of Linux are kibibytes: 40 MB more at most, however long the file is."""
    rows = int(os.environ.get("RONDA_PLAN_ROWS", "60000"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = draft(rows_of(io.BufferedReader(Endless(rows))), PlanFile.INCIDENTS, known=KNOWN, source="x")
    assert (made.rows, made.ready, told(made)) == (rows, rows, [])
    assert sum(cell.vehicle_thefts for cell in made.cells) == rows
    assert len(made.cells) <= 45
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000
    assert made.learned is not None
    assert made.learned.months == (6, 3, 3)


def test_many_faults_are_counted_and_the_first_are_shown() -> None:
    made = draft(rows_of(io.BufferedReader(Endless(3000, wrong=2000))), PlanFile.INCIDENTS, known=KNOWN, source="x")
    assert (len(made.faults), made.faults[-1].hint) == (SHOWN_FAULTS + 1, str(2000 - SHOWN_FAULTS))
    assert (made.rows, made.ready, made.learned) == (3000, 1000, None)


def test_too_many_candidates_are_refused_with_the_most() -> None:
    def rows() -> Iterator[Head | Row]:
        yield Head(columns=("titik", "nama", "jenis", "lat", "lon", "biaya_bangun", "biaya_tahunan", "jangkauan_m"))
        for n in range(20_001):
            lat = f"{0.5 + n * 1e-5:.6f}"
            yield Row(number=n + 2, cells={"titik": f"t-{n}", "nama": "Titik", "jenis": "pasar", "lat": lat,
                                           "lon": "117.5", "biaya_bangun": "1", "biaya_tahunan": "1",
                                           "jangkauan_m": "80"})  # fmt: skip

    made = draft(rows(), PlanFile.CANDIDATES, known=KNOWN, source="x")
    assert [(fault.row, fault.code, fault.hint) for fault in made.faults] == [(20_002, "too_many_rows", "20000")]


def test_every_wanted_column_is_guessed_from_its_own_name() -> None:
    for kind, wanted in WANTED.items():
        names = [one.name for one in wanted]
        assert guessed(names, kind) == {name: name for name in names}


def test_villages_are_found_for_points_of_the_real_regency() -> None:
    known = Known(village_at=cell_finder().village_at)
    data = f"{HEAD}a,Titik A,pasar,0.53,117.51,{COSTS}\n".encode()
    made = draft(rows_of(io.BytesIO(data)), PlanFile.CANDIDATES, known=known, source="x")
    assert made.candidates[0].area.startswith("64.08.")
