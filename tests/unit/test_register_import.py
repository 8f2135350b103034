"""An import takes a file whole or not at all, and says of each wrong row what is wrong."""

import pytest
from tests.needs import ROOT

from ronda.core.ids import AreaCode, SiteId
from ronda.registry.cells import cell_finder
from ronda.registry.import_rows import Known
from ronda.registry.import_rules import Draft, FileKind, draft
from ronda.registry.model import CameraState, Site, SiteKind
from ronda.registry.row_fault import SENTENCES

HEAD = "kamera,titik,jenis,wilayah,lat,lon,tujuan,dasar_hukum,simpan_hari,alamat,status,pemilik"
GOOD = "simpang-9,Simpang 9,simpang,64.08.04.2012,0.5079,117.5327,Keselamatan lalu lintas,UU 27/2022,30,rtsp://u:p@10.0.0.9/1,aktif,"
KNOWN = Known(village_at=cell_finder().village_at)


def read(text: str | bytes, known: Known = KNOWN, kind: FileKind | None = None) -> Draft:
    data = text.encode() if isinstance(text, str) else text
    return draft(data, known, source="daftar.csv", kind=kind)


def row(**changed: str) -> str:
    cells = dict(zip(HEAD.split(","), GOOD.split(","), strict=True)) | changed
    return ",".join(cells) + "\n" + ",".join(cells.values()) + "\n"


def told(made: Draft) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.code) for fault in made.faults]


def test_a_clean_row_becomes_a_camera_with_its_site_and_origin() -> None:
    made = read(f"{HEAD}\n{GOOD}\n")
    assert told(made) == []
    (entry,) = made.cameras
    assert (entry.camera, entry.site.name, entry.site.kind) == ("simpang-9", "Simpang 9", SiteKind.JUNCTION)
    assert (entry.site.area, entry.retention_days, entry.state) == ("64.08.04.2012", 30, CameraState.IN_SERVICE)
    assert (entry.url, entry.origin) == ("rtsp://u:p@10.0.0.9/1", "import:daftar.csv")


def test_a_row_says_where_a_camera_looks_by_its_angle_or_by_its_lens() -> None:
    """A lens of 4 mm before a sensor of 5.6 mm sees 70 degrees; what nobody told stays unknown."""
    for cells, view in (({"sudut": "82.5"}, 82.5), ({"lensa_mm": "4", "sensor_mm": "5.6"}, 70.0), ({}, None)):
        (entry,) = read(row(arah="135", tinggi_m="6", **cells)).cameras
        assert (entry.direction_deg, entry.height_m) == (135.0, 6.0)
        assert entry.view_deg == (None if view is None else pytest.approx(view, abs=0.05))


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"sudut": "400"}, "sudut", "bad_view"),
        ({"tinggi_m": "0"}, "tinggi_m", "bad_height"),
        ({"lensa_mm": "4"}, "lensa_mm", "half_lens"),
        ({"lensa_mm": "900", "sensor_mm": "5.6"}, "lensa_mm", "bad_view"),
        ({"kamera": ""}, "id", "missing"),
        ({"kamera": "Simpang 9"}, "id", "bad_id"),
        ({"titik": ""}, "titik", "missing"),
        ({"jenis": "warung"}, "jenis", "bad_kind"),
        ({"wilayah": "64.08.04.9999"}, "wilayah", "unknown_area"),
        ({"wilayah": "Swarga Barra"}, "wilayah", "unknown_area"),
        ({"lat": "117.5327", "lon": "0.5079"}, "lat", "swapped"),
        ({"lat": "-6.2", "lon": "106.8"}, "lat", "outside"),
        ({"lat": "utara"}, "lat", "bad_number"),
        ({"lat": "nan"}, "lat", "bad_number"),
        ({"lat": ""}, "lat", "half_coordinate"),
        ({"tujuan": "aman"}, "tujuan", "too_short"),
        ({"tujuan": "x" * 201}, "tujuan", "too_long"),
        ({"dasar_hukum": ""}, "dasar_hukum", "missing"),
        ({"simpan_hari": "0"}, "simpan_hari", "bad_days"),
        ({"simpan_hari": "30.5"}, "simpan_hari", "bad_days"),
        ({"simpan_hari": "61"}, "simpan_hari", "bad_days"),
        ({"golongan_tujuan": "lain-lain"}, "golongan_tujuan", "bad_purpose"),
        ({"golongan_tujuan": "aturan daerah"}, "dasar_hukum", "no_regional_rule"),
        ({"alamat": "http://10.0.0.9/"}, "alamat", "bad_url"),
        ({"alamat": ""}, "alamat", "missing"),
        ({"status": "mati"}, "status", "bad_state"),
        ({"status": "rencana"}, "alamat", "address_for_planned"),
    ],
)
def test_each_mistake_is_told_with_its_row_column_and_kind(changed: dict[str, str], column: str, code: str) -> None:
    made = read(row(**changed))
    assert told(made) == [(2, column, code)]
    assert made.cameras == []
    assert made.faults[0].sentence.startswith(f"row 2, column {column}: ")


def test_swapped_coordinates_say_where_the_other_order_would_lie() -> None:
    (fault,) = read(row(lat="117.5327", lon="0.5079")).faults
    assert (fault.value, fault.hint) == ("117.5327, 0.5079", "0.5079, 117.5327")
    assert "look swapped" in fault.sentence


def test_an_unknown_area_says_the_nearest_name_with_its_code() -> None:
    (fault,) = read(row(wilayah="Swarga Barra")).faults
    assert fault.hint == "Swarga Bara (64.08.04.2012)"


def test_a_password_in_a_bad_address_is_not_repeated() -> None:
    (fault,) = read(row(alamat="http://admin:kenari@10.0.0.9/")).faults
    assert "kenari" not in fault.value + fault.sentence


def test_one_broken_row_keeps_every_row_out_and_all_faults_are_told_at_once() -> None:
    made = read(
        f"{HEAD}\n{GOOD}\nsimpang-10,Simpang 10\n{row(tujuan='')[len(HEAD) + 1 :].replace('simpang-9', 'b')}"
    )
    assert told(made) == [(3, "", "broken_row"), (4, "tujuan", "missing")]
    assert made.rows == 2


def test_a_name_twice_in_the_file_or_in_the_register_is_told() -> None:
    assert told(read(f"{HEAD}\n{GOOD}\n{GOOD}\n")) == [(3, "id", "duplicate")]
    known = Known(cameras={"simpang-9"}, village_at=cell_finder().village_at)
    assert told(read(f"{HEAD}\n{GOOD}\n", known)) == [(2, "id", "taken")]


def test_what_offices_send_is_read_semicolons_bom_crlf_and_decimal_commas() -> None:
    text = f"{HEAD}\r\n{GOOD}\r\n".replace(",", ";").replace("0.5079", "0,5079").replace("117.5327", "117,5327")
    made = read(b"\xef\xbb\xbf" + text.encode())
    assert told(made) == []
    assert (made.cameras[0].site.lat_deg, made.cameras[0].site.lon_deg) == (0.5079, 117.5327)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", (0, "", "empty_file")),
        (b"\xef\xbb\xbf \r\n", (0, "", "empty_file")),
        (HEAD.encode() + b"\n", (0, "", "empty_file")),
        (HEAD.encode() + b"\nsimpang-9,Caf\xe9,\n", (2, "", "not_utf8")),
        (b"{", (0, "", "no_geojson")),
        (b'{"type":"FeatureCollection","features":[]}', (0, "", "empty_file")),
        (b'{"type":"FeatureCollection","features":[{"geometry":null}]}', (1, "geometry", "no_geojson")),
        (b'a,b\n"x,1\n', (2, "", "broken_quote")),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, fault: tuple[int, str, str]) -> None:
    assert told(read(data))[0] == fault


def test_a_column_that_is_not_there_is_told_once_with_the_columns_that_are() -> None:
    made = read("kamera,titik,tujuan\nsimpang-9,Simpang 9,Keselamatan lalu lintas\n")
    assert told(made) == [(1, "dasar_hukum", "no_column")]
    assert made.faults[0].value == "id, titik, tujuan"


def test_geojson_points_are_read_longitude_first() -> None:
    head = '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":'
    tail = '},"properties":{"npsn":30400673,"name":"SD Negeri 9","kind":"school"}}]}'
    made = read(f"{head}[117.5327,0.5079]{tail}")
    assert told(made) == []
    assert made.kind is FileKind.PLACES
    (place,) = made.places
    assert (place.place_id, place.lat_deg, place.lon_deg) == ("30400673", 0.5079, 117.5327)
    assert place.area == cell_finder().village_at(0.5079, 117.5327)
    assert told(read(f"{head}[0.5079,117.5327]{tail}")) == [(1, "lat", "swapped")]


def test_a_list_of_one_kind_needs_no_column_for_it() -> None:
    text = b"npsn,name,lat,lon\n1,SD 1,0.5079,117.5327\n"
    assert told(read(text)) == [(1, "jenis", "no_column")]
    made = draft(text, KNOWN, source="sd.csv", every_place=SiteKind.SCHOOL)
    assert [(place.name, place.kind) for place in made.places] == [("SD 1", SiteKind.SCHOOL)]


def test_an_rt_gets_a_code_below_its_village() -> None:
    made = read("kode_desa,rw,rt,nama\n64.08.04.2012,01,7,Pak RT\n64.08.04.2012,,8,\n")
    assert told(made) == []
    assert [one.code for one in made.neighbourhoods] == ["64.08.04.2012.001.007", "64.08.04.2012.000.008"]


def test_an_rt_twice_or_without_a_village_is_told() -> None:
    made = read(
        "kode_desa,rw,rt,nama\n64.08.04.2012,1,7,\n64.08.04.2012,001,07,\n64.08.04,1,8,\n64.08.04.2012,1,x,\n"
    )
    assert told(made) == [(3, "rt", "duplicate"), (4, "wilayah", "no_village"), (5, "rt", "bad_number")]


def test_cameras_of_one_site_share_it_and_another_place_under_its_name_is_told() -> None:
    other = GOOD.replace("simpang-9", "simpang-9b")
    made = read(f"{HEAD}\n{GOOD}\n{other}\n")
    assert told(made) == []
    assert len({entry.site.site_id for entry in made.cameras}) == 1
    moved = other.replace("0.5079", "0.9079")
    assert told(read(f"{HEAD}\n{GOOD}\n{moved}\n")) == [(3, "titik", "other_site")]


def test_a_site_of_the_register_is_found_by_its_name() -> None:
    site = Site(
        site_id=SiteId("s-old"), name="Simpang 9", kind=SiteKind.JUNCTION, area=AreaCode("64.08.04.2012"),
        lat_deg=0.5079, lon_deg=117.5327,
    )  # fmt: skip
    made = read(row(), Known(sites={"Simpang 9": site}, village_at=cell_finder().village_at))
    assert told(made) == []
    assert made.cameras[0].site == site


def test_every_kind_of_fault_has_a_sentence_on_the_screens() -> None:
    texts = "".join(path.read_text() for path in (ROOT / "web" / "src" / "i18n").glob("*_id.ts"))
    assert [code for code in SENTENCES if f'"rowfault.{code}"' not in texts] == []
