"""A plan as plain files for others: CSV and GeoJSON. The workbook is `plan_workbook`, layers are `plan_layers`."""

import csv
import io
import json
from collections.abc import Mapping

from ronda.planning.explain import sentence
from ronda.planning.model import Candidate
from ronda.planning.record import PlanRecord
from ronda.registry.areas import area_name

HEAD = (
    "urutan", "titik", "nama", "jenis", "wilayah", "nama_wilayah", "lat", "lon", "tahun", "biaya_bangun",
    "biaya_tahunan", "sumber", "alasan",
)  # fmt: skip
Cell = str | int | float


def rows_of(record: PlanRecord, known: Mapping[str, Candidate]) -> list[list[Cell]]:
    """One row a chosen point, in buying order."""
    names = {point: one.name for point, one in known.items()}
    rows: list[list[Cell]] = []
    for chosen in record.plan.chosen:
        one = known.get(chosen.point)
        if one is None:
            continue
        sources = " + ".join(f"{source} {amount}" for source, amount in chosen.sources)
        rows.append(
            [chosen.order, one.point, one.name, one.kind.value, one.area, area_name(one.area), one.lat_deg,
             one.lon_deg, chosen.year, one.build_cost_idr, one.yearly_cost_idr, sources,
             sentence(chosen.reason, names, "id")]
        )  # fmt: skip
    return rows


def csv_bytes(record: PlanRecord, known: Mapping[str, Candidate]) -> bytes:
    """UTF-8 with a mark, so that spreadsheets open it right."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    writer.writerows([[_harmless(cell) for cell in row] for row in rows_of(record, known)])
    return ("\ufeff" + out.getvalue()).encode()


def geojson_bytes(record: PlanRecord, known: Mapping[str, Candidate]) -> bytes:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [row[7], row[6]]},
            "properties": {name: cell for name, cell in zip(HEAD, row, strict=True) if name not in ("lat", "lon")},
        }
        for row in rows_of(record, known)
    ]
    said = {
        "type": "FeatureCollection",
        "rencana": record.plan_id,
        "latihan": record.training,
        "features": features,
    }
    return json.dumps(said, ensure_ascii=False).encode()


def _harmless(cell: Cell) -> Cell:
    """A text that a spreadsheet would run as a formula is led by a quotation mark."""
    return "'" + cell if isinstance(cell, str) and cell[:1] in "=+-@\t" else cell
