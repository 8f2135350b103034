"""A planner's morning in a browser, from a broken file to the papers: mend, solve, force in, compare, export."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.conftest import PASSWORD, Served, fresh_page, look_at, not_yet_served, serve, sign_in, stop, until

from ronda.access.model import Role
from ronda.access.service import new_person
from ronda.core.ids import AreaCode
from ronda.planning import virtual

HEAD = "titik,nama,jenis,lat,lon,listrik\n"
GOOD = [f"p{n},Simpang {n},simpang,{0.52 + n / 500:.4f},117.5300,pln" for n in range(1, 7)]
BAD = ["p7,Simpang 7,simpang,117.53,0.534,pln", "p8,Simpang 8,simpang,0.536,117.53,nuklir"]
INCIDENTS = "kejadian,lat,lon,jumlah\n" + "".join(
    f"pencurian kendaraan,{0.52 + n / 500:.4f},{117.53 + 0.0006:.4f},{20 - 2 * n}\n" for n in range(1, 7)
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A planner with a price list of things and nothing else."""
    made = not_yet_served(tmp_path_factory.mktemp("flow") / "data")
    roles, area = frozenset({Role.PLANNER}), AreaCode("64.08")
    person = new_person("bayu", "Bayu Pratama", "1989", "Bidang Infrastruktur, Diskominfo", roles, area)
    once = made.wiring.access.add_person(None, person)
    made.wiring.access.change_password(person, once, PASSWORD)
    made.wiring.plan_inputs.put_items(virtual.items())
    try:
        serve(made)
        yield made
    finally:
        for process in made.processes:
            stop(process)


def bring(page: Page, kind: str, file: Path) -> None:
    part = page.locator("details").filter(has=page.locator("input[type=file]")).first
    if part.get_attribute("open") is None:
        part.locator("summary").first.click()
    part.get_by_label(re.compile("^Isi berkas")).select_option(kind)
    part.locator("input[type=file]").set_input_files(file)


def made(page: Page, name: str) -> None:
    page.get_by_placeholder(re.compile("^Rencana 20")).fill(name)
    page.get_by_role("button", name="Buat rencana").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("masih dicari yang lebih baik")).to_have_count(0, timeout=60_000)


def test_from_a_broken_file_to_the_papers_of_the_hearing(chromium: Browser, here: Served, tmp_path: Path) -> None:
    with fresh_page(chromium, here) as page:
        sign_in(page, "bayu")
        page.goto("/plan")
        # A broken list of points: two rows are told, nothing is taken; mended, it goes in whole.
        file = tmp_path / "titik.csv"
        file.write_text(HEAD + "\n".join([*GOOD, *BAD]) + "\n")
        bring(page, "candidates", file)
        faults = page.locator("table.cards tbody tr")
        expect(faults).to_have_count(2)
        expect(faults.nth(1)).to_contain_text("nuklir")
        file.write_text(HEAD + "\n".join(GOOD) + "\n")
        bring(page, "candidates", file)
        page.get_by_role("button", name="Ambil semuanya").click()
        expect(page.get_by_text(re.compile("6.*diambil|6.*masuk", re.IGNORECASE)).first).to_be_visible()
        incidents = tmp_path / "kejadian.csv"
        incidents.write_text(INCIDENTS)
        bring(page, "incidents", incidents)
        page.get_by_role("button", name="Ambil semuanya").click()
        until(lambda: len(here.wiring.planning.cells()) == 6, "the incidents to be stored")

        # The budget by year and source, in million rupiah.
        page.get_by_text("Anggaran, batas biaya rutin, dan janji").click()
        form = page.locator("form").filter(has=page.get_by_role("button", name="Simpan anggaran"))
        form.get_by_label("Tahun pertama").fill("2027")
        form.get_by_label("Berapa tahun").fill("2")
        for year in ("2027", "2028"):
            form.get_by_label(year, exact=True).fill("110,5")
        form.get_by_label(re.compile("^Batas biaya rutin")).fill("500")
        look_at(page, "plan-money", tmp_path)
        form.get_by_role("button", name="Simpan anggaran").click()
        expect(form.get_by_role("status")).to_be_visible()
        terms = here.wiring.planning.terms()
        assert terms is not None
        assert [terms.given_idr(year) for year in terms.years] == [110_500_000] * 2

        # A plan whose cameras look at the thefts, to the east; a point is forced in, and what leaves is told.
        page.reload()
        made(page, "Rencana awal")
        expect(page.get_by_text(re.compile(r"kamera tetap ke timur \(90°\)")).first).to_be_visible()
        page.get_by_text(re.compile("Tidak masuk rencana")).click()
        left = page.locator("details[open] li").filter(has_text="Simpang 6")
        left.get_by_role("button", name="Paksa masuk").click()
        trade = page.locator(".trade")
        expect(trade).to_contain_text(re.compile("Simpang 6 masuk pada 20"), timeout=60_000)
        trade.get_by_role("button", name="Putuskan").click()
        order = page.get_by_role("tabpanel").locator("ol > li")
        expect(order.filter(has_text="Simpang 6")).to_contain_text("keputusan rapat", timeout=60_000)
        expect(page.get_by_text("masih dicari yang lebih baik")).to_have_count(0, timeout=60_000)
        order.filter(has_text="Simpang 6").get_by_role("button", name="Mengapa?").click()
        expect(page.get_by_text("Susunan biaya")).to_be_visible()
        expect(page.get_by_role("tabpanel").get_by_text("Seluruhnya")).to_be_visible()
        look_at(page, "plan-why-parts", tmp_path)

        # Another plan beside it, and the papers of the first.
        forced = page.url
        made(page, "Rencana bebas")
        page.get_by_role("tab", name="Andaikan").click()
        panel = page.get_by_role("tabpanel")
        other = panel.get_by_label("Rencana lain").locator("option").filter(has_text="Rencana awal")
        panel.get_by_label("Rencana lain").select_option(other.get_attribute("value"))
        expect(panel.get_by_text(re.compile(r"Hanya di Rencana awal \(1\)"))).to_be_visible()
        page.goto(forced)
        with page.expect_download() as download:
            page.get_by_role("link", name="RAB (XLSX)").click()
        book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
        assert book.sheetnames == ["RAB", "Titik", "Sumber", "Tahun", "Rekening", "Rincian"]
        page.get_by_text("Peta (GIS)").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Shapefile").click()
        with zipfile.ZipFile(Path(download.value.path())) as archive:
            assert "kamera.shp" in archive.namelist()
