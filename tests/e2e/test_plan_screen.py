"""Plan and joint review in a browser: the slider, a request forced in, the record, planned cameras."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.conftest import (
    PASSWORD,
    Served,
    fresh_page,
    look_at,
    not_yet_served,
    serve,
    sign_in,
    stop,
)
from tests.plan_kit import regency_question

from ronda.access.model import Role
from ronda.access.service import new_person
from ronda.core.ids import AreaCode
from ronda.planning import virtual
from ronda.registry.model import CameraState


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`ronda serve` on a folder with 1,500 candidate points, a budget, and a planner."""
    root = tmp_path_factory.mktemp("plan")
    made = not_yet_served(root / "data")
    person = new_person(
        "bayu",
        "Bayu Pratama",
        "1989",
        "Bidang Infrastruktur, Diskominfo",
        frozenset({Role.PLANNER}),
        AreaCode("64.08"),
    )
    once = made.wiring.access.add_person(None, person)
    made.wiring.access.change_password(person, once, PASSWORD)
    question = regency_question()
    store = made.wiring.planning
    store.put_candidates(question.candidates)
    store.put_cells("uji", question.cells)
    store.put_prices(virtual.prices())
    store.put_terms(question.terms)
    made.add_camera("simpang-3", "rtsp://127.0.0.1:9/main")
    try:
        serve(made)
        yield made
    finally:
        for process in made.processes:
            stop(process)


def slide(page: Page, rupiah: int) -> None:
    """Put the slider there as a hand would: its value, and the event of having moved."""
    page.locator("input[type=range]").evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', { bubbles: true })); }",
        str(rupiah),
    )


def say(page: Page, party: str, stance: str, reason: str, point: str = "") -> None:
    """Take the minutes for one party; `point` is looked up by its name."""
    form = page.locator("form").filter(has=page.get_by_role("button", name="Catat pendapat"))
    form.get_by_label("Pihak").select_option(party)
    form.get_by_label(re.compile("^Pendapat")).select_option(stance)
    if point:
        form.get_by_label("Titik").fill(point)
        form.get_by_role("button", name=point, exact=True).first.click()
    form.get_by_label("Nama yang berbicara").fill("Budi Santoso")
    form.get_by_label("Kantornya").fill("Kantor Budi")
    form.get_by_label("Alasan").fill(reason)
    form.get_by_role("button", name="Catat pendapat").click()
    expect(page.get_by_text(reason)).to_be_visible()


def test_a_budget_becomes_a_plan_and_the_parties_agree_on_its_points(
    chromium: Browser, here: Served, tmp_path: Path
) -> None:
    with fresh_page(chromium, here) as page:
        sign_in(page, "bayu")
        page.goto("/plan")
        page.get_by_role("button", name="Buat rencana").click()
        proof = page.get_by_text(re.compile(r"manfaat \d+,\d%, paling tinggi \d+,\d%"))
        expect(proof).to_be_visible(timeout=60_000)
        expect(page.get_by_text(re.compile(r"selisih 0,\d\d%")).first).to_be_visible(timeout=60_000)
        whole = proof.inner_text()

        slide(page, 1_550_000_000)
        expect(page.get_by_text("Rp1,55 miliar").first).to_be_visible()
        expect(proof).not_to_have_text(whole, timeout=60_000)
        slide(page, 0)
        expect(page.get_by_text(re.compile("Aturan: kantor kecamatan, 18 titik paling lambat 2027"))).to_be_visible(
            timeout=60_000
        )
        page.get_by_role("button", name=re.compile("Kembali ke Rp3,1 miliar")).click()
        expect(proof).to_be_visible()
        # Decisions wait for the refinement, which makes a new revision.
        expect(page.get_by_text("masih dicari yang lebih baik")).to_have_count(0, timeout=60_000)
        page.reload()

        page.get_by_text(re.compile("Tidak masuk rencana")).click()
        left = page.locator("details[open] li").first
        wanted = left.locator("span").first.inner_text()
        page.get_by_role("tab", name="Pembahasan").click()
        say(page, "police", "ask", "banyak laporan kehilangan di sini", wanted)
        row = page.locator("tr").filter(has_text=wanted)
        expect(row).to_contain_text("tidak masuk rencana", timeout=60_000)
        row.get_by_role("button", name="Paksa masuk").click()
        trade = page.locator(".trade")
        expect(trade).to_contain_text(re.compile(r"titik yang keluar|tidak ada titik lain"), timeout=60_000)
        look_at(page, "plan-trade", tmp_path)
        trade.get_by_role("button", name="Putuskan").click()
        expect(row).to_contain_text(re.compile("direncanakan 20"), timeout=60_000)

        expect(page.get_by_text("masih dicari yang lebih baik")).to_have_count(0, timeout=60_000)
        page.reload()
        page.get_by_role("tab", name="Pembahasan").click()
        say(page, "transport", "accept", "tidak mengganggu rambu")
        say(page, "village", "accept", "warga sudah setuju semua")
        say(page, "diskominfo", "accept", "jaringan tersedia di sini")
        page.get_by_text("Tutup dengan kesepakatan").first.click()
        page.get_by_role("button", name="Tutup dengan kesepakatan").click()
        expect(
            page.get_by_text(re.compile(r"Disepakati .*: \d+ titik menjadi kamera berstatus rencana"))
        ).to_be_visible()
        look_at(page, "plan-agreed", tmp_path)
        with page.expect_download() as download:
            page.get_by_role("link", name="Berita acara (PDF)").click()
        assert Path(download.value.path()).read_bytes()[:5] == b"%PDF-"
        planned = [entry for entry in here.wiring.register.cameras() if entry.state is CameraState.PLANNED]
        assert wanted in {entry.name for entry in planned}


def test_the_plan_can_be_read_on_a_phone_by_somebody_who_does_not_plan(chromium: Browser, here: Served) -> None:
    """Nothing wider than the screen, and no button that would be refused."""
    with fresh_page(chromium, here) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        sign_in(page, "dewi")
        page.goto("/plan")
        expect(page.get_by_text(re.compile(r"manfaat \d+,\d%"))).to_be_visible(timeout=60_000)
        assert page.evaluate("document.querySelector('main').scrollWidth <= 390")
        expect(page.get_by_role("button", name=re.compile("Paksa masuk|Keluarkan|Buat rencana"))).to_have_count(0)
        slide(page, 4_000_000_000)
        expect(page.get_by_text("Rp4 miliar").first).to_be_visible()
        expect(page.get_by_role("button", name="Pakai anggaran ini")).to_have_count(0)


BROKEN = "Nama Titik Usulan;Kode;Macam;Koordinat Y;Koordinat X\n{rows}"


@pytest.mark.parametrize(("language", "width"), [("id", 1440), ("en", 390)])
def test_a_file_with_other_headers_is_matched_mended_and_taken(
    chromium: Browser, here: Served, tmp_path: Path, language: str, width: int
) -> None:
    """One column is set by hand, two rows are wrong and told, the mended file goes in whole."""
    choose, take = {"id": ("Isi berkas", "Ambil semuanya"), "en": ("What the file holds", "Take them all in")}[
        language
    ]
    name = f"usulan-{language}"
    rows = [f"Simpang {n};{name}-{n};pasar;0,5{n};117,51" for n in range(1, 4)]
    file = tmp_path / "usulan.csv"
    file.write_text(
        BROKEN.format(rows="\n".join([*rows, f"Tertukar;{name}-8;pasar;117,51;0,57", ";x;pasar;0,58;117,51"]))
    )
    with fresh_page(chromium, here) as page:
        page.set_viewport_size({"width": width, "height": 1000})
        sign_in(page, "bayu")
        page.goto("/plan")
        if language == "en":
            page.evaluate("localStorage.setItem('ronda-language', 'en')")
            page.reload()
        part = page.locator("details").filter(has=page.locator("input[type=file]")).first
        part.locator("summary").click()
        part.get_by_label(re.compile(f"^{choose}")).select_option("candidates")
        part.locator("input[type=file]").set_input_files(file)
        kind = part.locator(".wanting select")
        expect(kind).to_have_count(1)
        kind.select_option("macam")
        faults = part.locator("tbody tr")
        expect(faults).to_have_count(2)
        expect(faults.nth(0)).to_contain_text("0.57, 117.51")
        look_at(page, f"plan-import-{language}-{width}", tmp_path)
        assert page.evaluate("document.querySelector('main').scrollWidth <= document.documentElement.clientWidth")
        file.write_text(BROKEN.format(rows="\n".join(rows)))
        part.locator("input[type=file]").set_input_files(file)
        part.get_by_role("button", name=take).click()
        expect(part.get_by_role("status")).to_contain_text("3")
    assert {f"{name}-{n}" for n in range(1, 4)} <= {one.point for one in here.wiring.planning.candidates()}


def test_what_if_answers_without_storing_and_a_change_is_undone(
    chromium: Browser, here: Served, tmp_path: Path
) -> None:
    with fresh_page(chromium, here) as page:
        sign_in(page, "bayu")
        page.goto("/plan")
        for name in ("Rencana besar", "Rencana kecil"):
            page.get_by_placeholder(re.compile("^Rencana 20")).fill(name)
            page.get_by_role("button", name="Buat rencana").click()
            expect(page.get_by_role("heading", name=name)).to_be_visible(timeout=60_000)
            expect(page.get_by_text("masih dicari yang lebih baik")).to_have_count(0, timeout=60_000)
        slide(page, 2_000_000_000)
        page.get_by_role("button", name="Pakai anggaran ini").click()
        expect(page.get_by_role("button", name="Batalkan perubahan terakhir")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("masih dicari yang lebih baik")).to_have_count(0, timeout=60_000)

        page.get_by_role("tab", name="Andaikan").click()
        panel = page.get_by_role("tabpanel")
        expect(panel.locator("tbody tr").filter(has_text="Sangatta Utara")).to_contain_text("%")
        panel.get_by_role("button", name="25% lebih mahal").click()
        expect(panel.get_by_text(re.compile(r"\d+ titik tetap, \d+ keluar"))).to_be_visible(timeout=60_000)
        panel.get_by_label("Potongan").fill("300")
        panel.get_by_role("button", name="Hitung").click()
        expect(panel.get_by_role("status")).to_contain_text(re.compile("Berhenti lebih dulu.*menghemat", re.DOTALL))
        other = panel.get_by_label("Rencana lain").locator("option").filter(has_text="Rencana besar")
        panel.get_by_label("Rencana lain").select_option(other.get_attribute("value"))
        expect(panel.get_by_text(re.compile(r"Hanya di Rencana besar \(\d+\)"))).to_be_visible()
        look_at(page, "plan-whatif", tmp_path)

        page.get_by_role("button", name="Batalkan perubahan terakhir").click()
        expect(page.get_by_role("button", name="Batalkan perubahan terakhir")).to_have_count(0, timeout=60_000)
        expect(page.get_by_text("Rp3,1 miliar").first).to_be_visible()
        for button, start in (("Usulan (PDF)", b"%PDF-"), ("RAB (XLSX)", b"PK")):
            with page.expect_download() as download:
                page.get_by_role("link", name=button).click()
            assert Path(download.value.path()).read_bytes().startswith(start)
