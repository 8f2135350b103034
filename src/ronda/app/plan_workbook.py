"""A plan as a workbook whose sums are formulas: points, the cost plan by year, district and account, years.

The cost plan (Rencana Anggaran Biaya) adds up the sheets before it: whoever corrects a price or an account
code sees every sum follow. Codes of accounts are those of the chart of accounts down to the level that is
the same everywhere; the finance office fills in the rest on the sheet `Rekening`.
"""

import io
from collections.abc import Mapping
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from ronda.app.plan_files import HEAD, Cell, rows_of
from ronda.planning.model import Candidate
from ronda.planning.record import PlanRecord
from ronda.registry.areas import area_name, district_code

# name in formulas -> code, what it is
ACCOUNTS: Final = (
    ("bangun", "5.2.02", "Belanja modal peralatan dan mesin (APBD)"),
    ("rutin", "5.1.02", "Belanja barang dan jasa: listrik, jaringan, pemeliharaan (APBD)"),
    ("bangun_desa", "5.3", "Belanja modal (APB Desa)"),
)
_PLAN_COLUMNS: Final = (
    "Tahun", "Kode kecamatan", "Kecamatan", "Kode rekening", "Uraian", "Sumber dana", "Titik", "Jumlah (Rp)",
)  # fmt: skip
_POINT_COLUMNS: Final = (*HEAD, "kode_kecamatan", "kecamatan")
_YEAR, _BUILD, _YEARLY, _DISTRICT = (_POINT_COLUMNS.index(name) for name in
                                     ("tahun", "biaya_bangun", "biaya_tahunan", "kode_kecamatan"))  # fmt: skip


def workbook_bytes(record: PlanRecord, known: Mapping[str, Candidate]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    _Book(book, record, known).write()
    book.close()
    return out.getvalue()


class _Book:
    """One workbook being written. Rows are counted from 0, as the library does."""

    def __init__(self, book: Any, record: PlanRecord, known: Mapping[str, Candidate]) -> None:
        self._book, self._record, self._known = book, record, known
        self._bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._money = book.add_format({"num_format": "#,##0"})
        self._total = book.add_format({"num_format": "#,##0", "bold": True, "top": 1})
        self._percent = book.add_format({"num_format": "0.00%"})
        self._rows = [self._with_district(row) for row in rows_of(record, known)]
        self._row_of = {str(row[1]): number for number, row in enumerate(self._rows, 1)}
        village = {money.source for money in record.terms.money if money.villages_only}
        self._shares = [
            (chosen, source, amount, "bangun_desa" if source in village else "bangun")
            for chosen in record.plan.chosen
            if chosen.point in self._row_of
            for source, amount in chosen.sources
        ]

    def write(self) -> None:
        sheets = [self._book.add_worksheet(name) for name in ("RAB", "Titik", "Sumber", "Tahun", "Rekening")]
        self._write_accounts(sheets[4])
        self._write_points(sheets[1])
        self._write_sources(sheets[2])
        self._write_plan(sheets[0])
        self._write_years(sheets[3])

    def _with_district(self, row: list[Cell]) -> list[Cell]:
        code = district_code(self._known[str(row[1])].area) or self._known[str(row[1])].area
        return [*row, code, area_name(code)]

    def _points(self, column: int) -> str:
        """A column of the sheet of points, as formulas name it."""
        first, last = (xl_rowcol_to_cell(row, column, True, True) for row in (1, max(len(self._rows), 1)))
        return f"Titik!{first}:{last}"

    def _sources(self, column: int) -> str:
        first, last = (xl_rowcol_to_cell(row, column, True, True) for row in (1, max(len(self._shares), 1)))
        return f"Sumber!{first}:{last}"

    def _write_accounts(self, sheet: Any) -> None:
        sheet.write_row(0, 0, ("nama", "kode rekening", "uraian"), self._bold)
        for number, row in enumerate(ACCOUNTS, 1):
            sheet.write_row(number, 0, row)
            self._book.define_name(f"rekening_{row[0]}", f"=Rekening!$B${number + 1}")
        sheet.write(len(ACCOUNTS) + 2, 0, "Kode sampai sub rincian objek diisi bagian keuangan; RAB mengikutinya.")
        sheet.set_column(0, 1, 16)
        sheet.set_column(2, 2, 60)

    def _write_points(self, sheet: Any) -> None:
        sheet.write_row(0, 0, _POINT_COLUMNS, self._bold)
        for number, row in enumerate(self._rows, 1):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell, self._money if column in (_BUILD, _YEARLY) else None)
        last = len(self._rows) + 1
        sheet.write(last, _YEAR, "jumlah", self._bold)
        for column in (_BUILD, _YEARLY):
            total = sum(int(row[column]) for row in self._rows)
            sheet.write_formula(last, column, f"=SUM({self._points(column)[6:]})", self._total, total)
        sheet.autofilter(0, 0, max(last - 1, 1), len(_POINT_COLUMNS) - 1)
        sheet.freeze_panes(1, 3)
        sheet.set_column(2, 2, 34)
        sheet.set_column(12, 12, 70)

    def _write_sources(self, sheet: Any) -> None:
        """Who pays which share of a point's building; the sum follows the price on the sheet of points."""
        head = ("titik", "tahun", "kode_kecamatan", "sumber", "rekening", "bagian", "jumlah")
        sheet.write_row(0, 0, head, self._bold)
        for number, (chosen, source, amount, account) in enumerate(self._shares, 1):
            at = self._row_of[chosen.point]
            price = int(self._rows[at - 1][_BUILD])
            sheet.write(number, 0, chosen.point)
            sheet.write_formula(number, 1, f"=Titik!{xl_rowcol_to_cell(at, _YEAR)}", None, chosen.year)
            sheet.write(number, 2, self._rows[at - 1][_DISTRICT])
            sheet.write(number, 3, source)
            sheet.write_formula(number, 4, f"=rekening_{account}", None, _code(account))
            sheet.write(number, 5, amount / price if price else 0, self._percent)
            formula = f"=Titik!{xl_rowcol_to_cell(at, _BUILD)}*F{number + 1}"
            sheet.write_formula(number, 6, formula, self._money, amount)
        sheet.set_column(0, 6, 18)

    def _write_plan(self, sheet: Any) -> None:
        """By year, district, account and source; running cost of all that stands in that year."""
        head = (
            "Tahun",
            "Kode kecamatan",
            "Kecamatan",
            "Kode rekening",
            "Uraian",
            "Sumber dana",
            "Titik",
            "Jumlah (Rp)",
        )
        sheet.merge_range(0, 0, 0, 7, f"RENCANA ANGGARAN BIAYA – {self._record.name}", self._bold)
        training = "DATA LATIHAN. " if self._record.training else ""
        sheet.write(
            1, 0, f"{training}Harga dari daftar harga, bukan HPS. Jumlah mengikuti lembar Titik, Sumber, Rekening."
        )
        sheet.write_row(3, 0, head, self._bold)
        at, totals = 4, []
        for year in self._record.terms.years:
            first = at
            for line in self._lines_of(year):
                self._write_line(sheet, at, year, *line)
                at += 1
            sheet.write(at, 4, f"Jumlah {year}", self._bold)
            value = sum(one.building_idr + one.upkeep_idr for one in self._record.plan.accounts if one.year == year)
            formula = f"=SUM(H{first + 1}:H{at})" if at > first else "=0"
            sheet.write_formula(at, 7, formula, self._total, value if at > first else 0)
            totals.append(f"H{at + 1}")
            at += 2
        whole = sum(one.building_idr + one.upkeep_idr for one in self._record.plan.accounts)
        sheet.write(at, 4, "Jumlah seluruh tahun", self._bold)
        sheet.write_formula(at, 7, "=" + "+".join(totals), self._total, whole)
        for column, width in enumerate((8, 15, 22, 15, 34, 18, 8, 20)):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(4, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(3)

    def _lines_of(self, year: int) -> list[tuple[str, str, str]]:
        """(district, account, source) of every sum of that year, buildings first."""
        building = {
            (str(self._rows[self._row_of[chosen.point] - 1][_DISTRICT]), account, source)
            for chosen, source, _amount, account in self._shares
            if chosen.year == year
        }
        running = {
            (str(row[_DISTRICT]), "rutin", "") for row in self._rows if int(row[_YEAR]) <= year and row[_YEARLY]
        }
        return sorted(building) + sorted(running)

    def _write_line(self, sheet: Any, at: int, year: int, district: str, account: str, source: str) -> None:
        name = "Biaya rutin titik yang berdiri" if account == "rutin" else "Pembangunan titik kamera"
        sheet.write_row(at, 0, (year, district, area_name(self._area(district))))
        sheet.write_formula(at, 3, f"=rekening_{account}", None, _code(account))
        sheet.write_row(at, 4, (name, source or "APBD"))
        if account == "rutin":
            where = f'{self._points(_YEAR)},"<="&A{at + 1},{self._points(_DISTRICT)},B{at + 1}'
            mine = [row for row in self._rows if row[_DISTRICT] == district and int(row[_YEAR]) <= year]
            count, total = len(mine), sum(int(row[_YEARLY]) for row in mine)
            summed = f"=SUMIFS({self._points(_YEARLY)},{where})"
            counted = f"=COUNTIFS({where})"
        else:
            where = (
                f"{self._sources(1)},A{at + 1},{self._sources(2)},B{at + 1},"
                f"{self._sources(4)},D{at + 1},{self._sources(3)},F{at + 1}"
            )
            amounts = [
                amount
                for chosen, paid_by, amount, kind in self._shares
                if (chosen.year, paid_by, kind) == (year, source, account)
                and self._rows[self._row_of[chosen.point] - 1][_DISTRICT] == district
            ]
            count, total = len(amounts), sum(amounts)
            summed, counted = f"=SUMIFS({self._sources(6)},{where})", f"=COUNTIFS({where})"
        sheet.write_formula(at, 6, counted, None, count)
        sheet.write_formula(at, 7, summed, self._money, total)

    def _area(self, district: str) -> Any:
        return next(district_code(one.area) or one.area for one in self._known.values()
                    if (district_code(one.area) or one.area) == district)  # fmt: skip

    def _write_years(self, sheet: Any) -> None:
        head = ("tahun", "anggaran", "membangun", "pemeliharaan", "terpakai", "sisa", "titik")
        sheet.write_row(0, 0, head, self._bold)
        year, build, yearly = self._points(_YEAR), self._points(_BUILD), self._points(_YEARLY)
        for row, account in enumerate(self._record.plan.accounts, 1):
            spent, line = account.building_idr + account.upkeep_idr, row + 1
            sheet.write(row, 0, account.year)
            sheet.write(row, 1, account.given_idr, self._money)
            sheet.write_formula(row, 2, f"=SUMIF({year},A{line},{build})", self._money, account.building_idr)
            sheet.write_formula(row, 3, f'=SUMIF({year},"<="&A{line},{yearly})', self._money, account.upkeep_idr)
            sheet.write_formula(row, 4, f"=C{line}+D{line}", self._money, spent)
            sheet.write_formula(row, 5, f"=B{line}-E{line}", self._money, account.given_idr - spent)
            sheet.write_formula(row, 6, f"=COUNTIF({year},A{line})", None, account.points)
        total = max(self._record.plan.total, 1)
        below = len(self._record.plan.accounts) + 2
        for offset, (label, value) in enumerate(
            (
                ("manfaat (bagian dari yang dapat terjangkau)", self._record.plan.value / total),
                ("paling tinggi yang mungkin", self._record.plan.bound / total),
                ("selisih", self._record.plan.gap),
            )
        ):
            sheet.write(below + offset, 0, label)
            sheet.write(below + offset, 4, value, self._percent)
        if self._record.training:
            sheet.write(below + 4, 0, "DATA LATIHAN", self._bold)
        sheet.set_column(0, 6, 18)


def _code(account: str) -> str:
    return next(code for name, code, _text in ACCOUNTS if name == account)
