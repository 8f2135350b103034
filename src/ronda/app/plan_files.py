"""A plan as plain files for others: CSV and GeoJSON. The workbook is `plan_workbook`, layers are `plan_layers`."""

import csv
import io
import json
from collections.abc import Mapping

from ronda.planning.model import Candidate, Chosen
from ronda.planning.record import PlanRecord
from ronda.planning.telling import ITEM_NAMES, aims, sentence
from ronda.registry.areas import area_name

HEAD = (
    "urutan", "titik", "nama", "jenis", "wilayah", "nama_wilayah", "lat", "lon", "tahun", "biaya_bangun",
    "biaya_tahunan", "sumber", "alasan", "kamera",
)  # fmt: skip
CAMERA_HEAD = (
    "kamera", "titik", "nama", "perangkat", "tahun", "lat", "lon", "azimut", "sudut", "jangkauan_m", "tinggi_m",
    "biaya_bangun", "biaya_tahunan",
)  # fmt: skip
Cell = str | int | float


def rows_of(record: PlanRecord, known: Mapping[str, Candidate]) -> list[list[Cell]]:
    """One row a chosen point, in buying order; costs with its cameras."""
    names = {point: one.name for point, one in known.items()}
    rows: list[list[Cell]] = []
    for chosen in record.plan.chosen:
        one = known.get(chosen.point)
        if one is None:
            continue
        sources = " + ".join(f"{source} {amount}" for source, amount in paid_by(chosen).items())
        rows.append(
            [chosen.order, one.point, one.name, one.kind.value, one.area, area_name(one.area), one.lat_deg,
             one.lon_deg, chosen.year, chosen.build_idr(one.build_cost_idr), chosen.yearly_idr(one.yearly_cost_idr),
             sources, sentence(chosen.reason, names, "id"), aims(chosen.cameras, "id")]
        )  # fmt: skip
    return rows


def paid_by(chosen: Chosen) -> dict[str, int]:
    """Who pays how much of a point and its cameras."""
    sums: dict[str, int] = {}
    for source, amount in chosen.paid:
        sums[source] = sums.get(source, 0) + amount
    return sums


def camera_rows(record: PlanRecord, known: Mapping[str, Candidate]) -> list[list[Cell]]:
    """One row a camera with a direction."""
    return [
        [f"{chosen.point}-k{number}", chosen.point, known[chosen.point].name, ITEM_NAMES["id"][one.item], one.year,
         known[chosen.point].lat_deg, known[chosen.point].lon_deg, one.direction_deg, one.view_deg, one.range_m,
         known[chosen.point].height_m, one.build_idr, one.yearly_idr]
        for chosen in record.plan.chosen
        if chosen.point in known
        for number, one in enumerate(chosen.cameras, 1)
    ]  # fmt: skip


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
    ] + [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [row[6], row[5]]},
            "properties": {
                name: cell for name, cell in zip(CAMERA_HEAD, row, strict=True) if name not in ("lat", "lon")
            },
        }
        for row in camera_rows(record, known)
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
