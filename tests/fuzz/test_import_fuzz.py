"""Files that offices send, and files that nobody would: an answer each, never a fall."""

import json
import zipfile
from io import BytesIO

from hypothesis import given, seed, settings
from hypothesis import strategies as st
from tests.fuzz_kit import times

from ronda.planning.imports import PlanFile
from ronda.planning.imports import draft as plan_draft
from ronda.registry.boundaries import judge
from ronda.registry.cells import cell_finder
from ronda.registry.import_rows import Known
from ronda.registry.import_rules import FileKind, draft
from ronda.registry.row_fault import SENTENCES
from ronda.store.boundary_file import read_boundary_file
from ronda.store.plan_source import rows_of

KNOWN = Known(cameras={"simpang-3"}, village_at=cell_finder().village_at)
HEADS = (
    "kamera,titik,jenis,wilayah,lat,lon,tujuan,dasar_hukum,simpan_hari,alamat,status",
    "id;nama;jenis;wilayah;lat;lon",
    "kode_desa,rw,rt,nama",
)
CELLS = st.sampled_from(
    ["", "simpang-9", "simpang-3", "simpang", "64.08.04.2012", "Swarga Bara", "64.08", "0.5", "117,5", "1e309",
     "nan", "rtsp://u:p@h/1", "aktif", "rencana", "30", "-1", '"', "Keselamatan lalu lintas", "\x00", "٣", "=1+1"]
)  # fmt: skip
ROWS = st.lists(st.lists(CELLS, max_size=12), max_size=6)


def holds(data: bytes, kind: FileKind | None = None) -> None:
    """Every fault has a sentence; rows are taken only where none is told against them."""
    made = draft(data, KNOWN, source="berkas", kind=kind)
    assert all(fault.code in SENTENCES and fault.sentence for fault in made.faults)
    ready = len(made.cameras) + len(made.places) + len(made.neighbourhoods)
    assert ready <= made.rows
    if not made.faults:
        assert ready == made.rows > 0


@seed(20261126)
@settings(max_examples=times(400), deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    holds(data)


@seed(20261126)
@settings(max_examples=times(600), deadline=None)
@given(head=st.sampled_from(HEADS), rows=ROWS, end=st.sampled_from(["\n", "\r\n", "\r"]), bom=st.booleans())
def test_any_table_gets_an_answer_for_each_row(head: str, rows: list[list[str]], end: str, bom: bool) -> None:
    delimiter = ";" if ";" in head else ","
    text = end.join([head, *(delimiter.join(row) for row in rows)])
    holds((b"\xef\xbb\xbf" if bom else b"") + text.encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["type", "features", "geometry", "properties", "coordinates", "kode_desa", "nama"]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
GEOMETRY = st.fixed_dictionaries(
    {"type": st.sampled_from(["Point", "Polygon", "MultiPolygon", "LineString", "x"]), "coordinates": JSON}
)
FEATURE = st.fixed_dictionaries({"geometry": GEOMETRY | JSON, "properties": JSON})
COLLECTION = st.fixed_dictionaries(
    {"type": st.just("FeatureCollection"), "features": st.lists(FEATURE, max_size=4) | JSON}
)


@seed(20261126)
@settings(max_examples=times(500), deadline=None)
@given(value=COLLECTION | JSON)
def test_any_json_gets_an_answer(value: object) -> None:
    data = json.dumps(value).encode()
    for kind in (None, *FileKind):
        holds(data, kind)
    boundaries(data)


@seed(20261126)
@settings(max_examples=times(200), deadline=None)
@given(
    data=st.binary(max_size=200),
    names=st.lists(st.sampled_from(["a.shp", "a.dbf", "a.shx", "../b.shp", "c/"]), max_size=4),
)
def test_any_zip_gets_an_answer(data: bytes, names: list[str]) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in dict.fromkeys(names):
            archive.writestr(name, data)
    boundaries(out.getvalue())
    boundaries(b"PK" + data)


def boundaries(data: bytes) -> None:
    features, faults = read_boundary_file(data)
    shapes, more = judge(features)
    assert faults or more
    assert len(shapes) < 141


PLAN_HEADS = (
    "titik,nama,jenis,lat,lon,biaya_bangun,biaya_tahunan,jangkauan_m",
    "Jenis kejahatan;Tanggal;Koordinat Y;Koordinat X;Jumlah",
    "barang,harga,harga_rendah,sumber,tahun",
    "sumber,tahun,pagu,aturan",
    "lat,lon,arah,lensa,sensor,resolusi",
    "bentuk,tinggi",
)


def plan_holds(data: bytes, kind: PlanFile) -> None:
    made = plan_draft(rows_of(BytesIO(data)), kind, known=KNOWN, source="berkas")
    assert all(fault.code in SENTENCES and fault.sentence for fault in made.faults)
    assert made.ready <= made.rows
    if not made.faults:
        assert made.ready == made.rows > 0


@seed(20261126)
@settings(max_examples=times(200), deadline=None)
@given(data=st.binary(max_size=300), start=st.sampled_from([b"", b"PK\x03\x04", b"<kml>", b"SQLite format 3\x00"]),
       kind=st.sampled_from(list(PlanFile)))  # fmt: skip
def test_any_bytes_for_the_planner_get_an_answer(data: bytes, start: bytes, kind: PlanFile) -> None:
    plan_holds(start + data, kind)


@seed(20261126)
@settings(max_examples=times(500), deadline=None)
@given(head=st.sampled_from(PLAN_HEADS), rows=ROWS, kind=st.sampled_from(list(PlanFile)))
def test_any_table_for_the_planner_gets_an_answer(head: str, rows: list[list[str]], kind: PlanFile) -> None:
    delimiter = ";" if ";" in head else ","
    plan_holds("\n".join([head, *(delimiter.join(row) for row in rows)]).encode(), kind)


@seed(20261126)
@settings(max_examples=times(300), deadline=None)
@given(said=JSON, kind=st.sampled_from(list(PlanFile)))
def test_any_json_for_the_planner_gets_an_answer(said: object, kind: PlanFile) -> None:
    feature = {"type": "Feature", "geometry": said, "properties": said}
    plan_holds(json.dumps({"type": "FeatureCollection", "features": [feature, said]}).encode(), kind)
