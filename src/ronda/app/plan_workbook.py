"""A plan as a workbook whose sums are formulas: points, the cost plan by year, district and account, years.

A camera with a direction is a row of its own below its point. A point that is put together from the price list
has its lines on the sheet `Rincian`, and its price is their sum. The cost plan (Rencana Anggaran Biaya) adds up
the sheets behind it: whoever corrects a price or an account code sees every sum follow.

Codes of accounts are those of the chart of accounts down to the level that is
the same everywhere; the finance office fills in the rest on the sheet `Rekening`.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from ronda.app.plan_files import HEAD, Cell, rows_of
from ronda.core.ids import AreaCode
from ronda.planning.model import Candidate, OpenHub
from ronda.planning.pricing import PriceItem
from ronda.planning.record import PlanRecord
from ronda.planning.telling import ITEM_NAMES, aim
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
_POINT_COLUMNS: Final = (*HEAD, "kode_kecamatan", "kecamatan", "hitung_titik")
_YEAR, _BUILD, _YEARLY, _DISTRICT, _COUNTS = (
    _POINT_COLUMNS.index(name)
    for name in ("tahun", "biaya_bangun", "biaya_tahunan", "kode_kecamatan", "hitung_titik")
)
_PART_COLUMNS: Final = (
    "titik", "barang", "jumlah", "harga satuan", "biaya bangun", "biaya tahunan satuan", "biaya tahunan",
    "terendah", "tertinggi", "sumber harga", "tahun harga",
)  # fmt: skip


def workbook_bytes(record: PlanRecord, known: Mapping[str, Candidate], items: Sequence[PriceItem] = ()) -> bytes:
    """`items`: the price list that points were put together from."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    _Book(book, record, known, items).write()
    book.close()
    return out.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thing:
    """A row of the sheet of points, and who pays how much of it."""

    row: list[Cell]
    sources: tuple[tuple[str, int], ...]

    @property
    def year(self) -> int:
        return int(self.row[_YEAR])


class _Book:
    """One workbook being written. Rows are counted from 0, as the library does."""

    def __init__(
        self, book: Any, record: PlanRecord, known: Mapping[str, Candidate], items: Sequence[PriceItem]
    ) -> None:
        self._book, self._record, self._known = book, record, known
        self._chosen = {one.point: one for one in record.plan.chosen}
        self._bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._money = book.add_format({"num_format": "#,##0"})
        self._total = book.add_format({"num_format": "#,##0", "bold": True, "top": 1})
        self._middle = book.add_format({"align": "center"})
        self._percent = book.add_format({"num_format": "0.00%"})
        self._prices = {one.item: one for one in items}
        self._things = [thing for row in rows_of(record, known) for thing in self._bought(row)]
        self._things += [self._hub(one) for one in record.plan.hubs]
        self._rows = [thing.row for thing in self._things]
        self._row_of = {str(row[1]): number for number, row in enumerate(self._rows, 1)}
        self._parts = self._part_rows()
        village = {money.source for money in record.terms.money if money.villages_only}
        self._shares = [
            (thing, source, amount, "bangun_desa" if source in village else "bangun")
            for thing in self._things
            for source, amount in thing.sources
        ]

    def write(self) -> None:
        sheets = [self._book.add_worksheet(name) for name in ("RAB", "Titik", "Sumber", "Tahun", "Rekening")]
        if self._parts:
            sheets.append(self._book.add_worksheet("Rincian"))
            self._write_parts(sheets[5])
        self._write_accounts(sheets[4])
        self._write_points(sheets[1])
        self._write_sources(sheets[2])
        self._write_plan(sheets[0])
        self._write_years(sheets[3])
        for sheet in sheets:  # on paper: across the page, however many pages down, with the head on each
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(3 if sheet is sheets[0] else 0)

    def _bought(self, row: list[Cell]) -> list[_Thing]:
        """A point with its own price, and a row for each camera with a direction."""
        one, chosen = self._known[str(row[1])], self._chosen[str(row[1])]
        code = district_code(one.area) or one.area
        mine = list(row)
        mine[_BUILD], mine[_YEARLY] = one.build_cost_idr, one.yearly_cost_idr
        sources = " + ".join(f"{source} {amount}" for source, amount in chosen.sources)
        mine[HEAD.index("sumber")] = sources
        things = [_Thing(row=[*mine, code, area_name(code), 1], sources=chosen.sources)]
        for number, camera in enumerate(chosen.cameras, 1):
            name = aim(camera, "id")
            line: list[Cell] = [
                row[0], f"{one.point}-k{number}", f"{one.name}, {name}", ITEM_NAMES["id"][camera.item], *row[4:8],
                camera.year, camera.build_idr, camera.yearly_idr,
                " + ".join(f"{source} {amount}" for source, amount in camera.sources), "", name,
            ]  # fmt: skip
            things.append(_Thing(row=[*line, code, area_name(code), 0], sources=camera.sources))
        return things

    def _hub(self, one: OpenHub) -> _Thing:
        """A shared uplink, of the whole regency."""
        area = self._record.area
        paid = " + ".join(f"{source} {amount}" for source, amount in one.sources)
        row: list[Cell] = [
            "", one.hub, f"Sambungan bersama {one.hub}", "sambungan bersama", area, area_name(area), "", "",
            one.year, one.build_idr, one.yearly_idr, paid, f"dipakai {one.points} titik", "",
        ]  # fmt: skip
        return _Thing(row=[*row, area, area_name(area), 0], sources=one.sources)

    def _part_rows(self) -> list[tuple[str, PriceItem, int]]:
        return [
            (str(row[1]), self._prices[need.item], need.number)
            for row in self._rows
            if row[_COUNTS]
            for need in self._known[str(row[1])].needs
            if need.item in self._prices
        ]

    def _write_parts(self, sheet: Any) -> None:
        """What each point is put together from, with source, year and range of every price."""
        sheet.write_row(0, 0, _PART_COLUMNS, self._bold)
        for number, (point, price, count) in enumerate(self._parts, 1):
            line = number + 1
            sheet.write_row(number, 0, (point, ITEM_NAMES["id"][price.item], count))
            sheet.write(number, 3, price.each_idr, self._money)
            sheet.write_formula(number, 4, f"=C{line}*D{line}", self._money, price.each_idr * count)
            sheet.write(number, 5, price.yearly_idr, self._money)
            sheet.write_formula(number, 6, f"=C{line}*F{line}", self._money, price.yearly_idr * count)
            for column, each in ((7, price.low_idr), (8, price.high_idr)):
                sheet.write(number, column, each * count, self._money)
            sheet.write_row(number, 9, (price.source, price.year))
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 1, 28)
        sheet.set_column(2, 8, 16)
        sheet.set_column(9, 9, 44)

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
        put_together = {point for point, _price, _count in self._parts}
        for number, row in enumerate(self._rows, 1):
            for column, cell in enumerate(row):
                if column in (_BUILD, _YEARLY) and str(row[1]) in put_together:
                    self._write_sum_of_parts(sheet, number, column, cell)
                else:
                    sheet.write(number, column, cell, self._money if column in (_BUILD, _YEARLY) else None)
        last = len(self._rows) + 1
        sheet.write(last, _YEAR, "jumlah", self._bold)
        for column in (_BUILD, _YEARLY):
            total = sum(int(row[column]) for row in self._rows)
            sheet.write_formula(last, column, f"=SUM({self._points(column)[6:]})", self._total, total)
        sheet.autofilter(0, 0, max(last - 1, 1), len(_POINT_COLUMNS) - 1)
        sheet.freeze_panes(1, 3)
        sheet.set_column(2, 2, 34)
        sheet.set_column(12, 13, 70)

    def _write_sum_of_parts(self, sheet: Any, number: int, column: int, value: Cell) -> None:
        last, sums = len(self._parts) + 1, "E" if column == _BUILD else "G"
        formula = f"=SUMIFS(Rincian!${sums}$2:${sums}${last},Rincian!$A$2:$A${last},B{number + 1})"
        sheet.write_formula(number, column, formula, self._money, value)

    def _write_sources(self, sheet: Any) -> None:
        """Who pays which share of a point's building; the sum follows the price on the sheet of points."""
        head = ("titik", "tahun", "kode_kecamatan", "sumber", "rekening", "bagian", "jumlah", "hitung_titik")
        sheet.write_row(0, 0, head, self._bold)
        for number, (thing, source, amount, account) in enumerate(self._shares, 1):
            at = self._row_of[str(thing.row[1])]
            price = int(self._rows[at - 1][_BUILD])
            sheet.write(number, 0, thing.row[1])
            sheet.write_formula(number, 1, f"=Titik!{xl_rowcol_to_cell(at, _YEAR)}", None, thing.year)
            sheet.write(number, 2, self._rows[at - 1][_DISTRICT])
            sheet.write(number, 3, source)
            sheet.write_formula(number, 4, f"=rekening_{account}", None, _code(account))
            sheet.write(number, 5, amount / price if price else 0, self._percent)
            formula = f"=Titik!{xl_rowcol_to_cell(at, _BUILD)}*F{number + 1}"
            sheet.write_formula(number, 6, formula, self._money, amount)
            sheet.write(number, 7, thing.row[_COUNTS])
        sheet.set_column(0, 7, 18)

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

    def _lines_of(self, year: int) -> list[tuple[str, str, str]]:
        """(district, account, source) of every sum of that year, buildings first."""
        building = {
            (str(thing.row[_DISTRICT]), account, source)
            for thing, source, _amount, account in self._shares
            if thing.year == year
        }
        running = {
            (str(row[_DISTRICT]), "rutin", "") for row in self._rows if int(row[_YEAR]) <= year and row[_YEARLY]
        }
        return sorted(building) + sorted(running)

    def _write_line(self, sheet: Any, at: int, year: int, district: str, account: str, source: str) -> None:
        name = "Biaya rutin titik yang berdiri" if account == "rutin" else "Pembangunan titik kamera"
        sheet.write(at, 0, year, self._middle)
        sheet.write_row(at, 1, (district, area_name(AreaCode(district))))
        sheet.write_formula(at, 3, f"=rekening_{account}", None, _code(account))
        sheet.write_row(at, 4, (name, source or "APBD"))
        if account == "rutin":
            where = f'{self._points(_YEAR)},"<="&A{at + 1},{self._points(_DISTRICT)},B{at + 1}'
            mine = [row for row in self._rows if row[_DISTRICT] == district and int(row[_YEAR]) <= year]
            count, total = sum(int(row[_COUNTS]) for row in mine), sum(int(row[_YEARLY]) for row in mine)
            summed = f"=SUMIFS({self._points(_YEARLY)},{where})"
            counted = f"=SUMIFS({self._points(_COUNTS)},{where})"
        else:
            where = (
                f"{self._sources(1)},A{at + 1},{self._sources(2)},B{at + 1},"
                f"{self._sources(4)},D{at + 1},{self._sources(3)},F{at + 1}"
            )
            here = [
                (int(thing.row[_COUNTS]), amount)
                for thing, paid_by, amount, kind in self._shares
                if (thing.year, paid_by, kind, thing.row[_DISTRICT]) == (year, source, account, district)
            ]
            count, total = sum(one[0] for one in here), sum(one[1] for one in here)
            summed, counted = f"=SUMIFS({self._sources(6)},{where})", f"=SUMIFS({self._sources(7)},{where})"
        sheet.write_formula(at, 6, counted, None, count)
        sheet.write_formula(at, 7, summed, self._money, total)

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
            sheet.write_formula(row, 6, f"=SUMIF({year},A{line},{self._points(_COUNTS)})", None, account.points)
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
