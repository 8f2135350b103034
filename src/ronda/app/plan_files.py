"""A plan as files for others: CSV, GeoJSON, and XLSX whose sums are formulas."""

import csv
import io
import json
from collections.abc import Mapping

import xlsxwriter

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


def xlsx_bytes(record: PlanRecord, known: Mapping[str, Candidate]) -> bytes:
    """Two sheets: points in buying order, and years with sums that follow when a cost is changed."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0"})
    percent = book.add_format({"num_format": "0.00%"})
    rows = rows_of(record, known)
    points = book.add_worksheet("Titik")
    points.write_row(0, 0, HEAD, bold)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            points.write(number, column, cell, money if column in (9, 10) else None)
    last = len(rows) + 1
    points.write(last, 8, "jumlah", bold)
    for column, letter in ((9, "J"), (10, "K")):
        total = sum(int(row[column]) for row in rows)
        points.write_formula(last, column, f"=SUM({letter}2:{letter}{max(last, 2)})", money, total)
    points.autofilter(0, 0, max(last - 1, 1), len(HEAD) - 1)
    points.freeze_panes(1, 0)
    points.set_column(2, 2, 34)
    points.set_column(12, 12, 70)
    years = book.add_worksheet("Tahun")
    head = ("tahun", "anggaran", "membangun", "pemeliharaan", "terpakai", "sisa", "titik")
    years.write_row(0, 0, head, bold)
    span = f"2:{max(last, 2)}"
    first, end = span.split(":")
    for number, account in enumerate(record.plan.accounts, 2):
        built = f"=SUMIF(Titik!I${first}:I${end},A{number},Titik!J${first}:J${end})"
        upkeep = f'=SUMIF(Titik!I${first}:I${end},"<="&A{number},Titik!K${first}:K${end})'
        count = f"=COUNTIF(Titik!I${first}:I${end},A{number})"
        years.write(number - 1, 0, account.year)
        years.write(number - 1, 1, account.given_idr, money)
        years.write_formula(number - 1, 2, built, money, account.building_idr)
        years.write_formula(number - 1, 3, upkeep, money, account.upkeep_idr)
        spent = account.building_idr + account.upkeep_idr
        years.write_formula(number - 1, 4, f"=C{number}+D{number}", money, spent)
        years.write_formula(number - 1, 5, f"=B{number}-E{number}", money, account.given_idr - spent)
        years.write_formula(number - 1, 6, count, None, account.points)
    years.set_column(0, 6, 18)
    below = len(record.plan.accounts) + 2
    for offset, (label, value) in enumerate(
        (
            ("manfaat (bagian dari yang dapat terjangkau)", record.plan.value / max(record.plan.total, 1)),
            ("paling tinggi yang mungkin", record.plan.bound / max(record.plan.total, 1)),
            ("selisih", record.plan.gap),
        )
    ):
        years.write(below + offset, 0, label)
        years.write(below + offset, 4, value, percent)
    if record.training:
        years.write(below + 4, 0, "DATA LATIHAN", bold)
    book.close()
    return out.getvalue()


def _harmless(cell: Cell) -> Cell:
    """A text that a spreadsheet would run as a formula is led by a quotation mark."""
    return "'" + cell if isinstance(cell, str) and cell[:1] in "=+-@\t" else cell
