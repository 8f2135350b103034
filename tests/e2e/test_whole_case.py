"""Two cases from end to end in Indonesian, by four people: investigator, operator, approver, inspector."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from tests.e2e.conftest import CAMERAS, Served, fresh_page, look_at, recorded_s, sign_in, until

from ronda.cases.model import LegalGround, Officer, Purpose, Request, Scope
from ronda.core.ids import CameraId, CaseId
from ronda.core.time import SECOND_US, TimeSpan

LP = "LP/B/147/XI/2026/SPKT/POLRES KUTAI TIMUR/POLDA KALTIM"
PDF = b"%PDF-1.7\n" + b"1 0 obj << /Type /Catalog >> endobj\n" * 8 + b"trailer\n%%EOF\n"
LIST = f"""Nomor LP;Penyidik;Pangkat;NRP;Tindak Pidana;TKP;Pasal
{LP};Rahmat;Aipda;84071129;Curanmor;Jl. Yos Sudarso;Pasal 477
"""


def as_person(chromium: Browser, served: Served, login: str, walk: Callable[[Page], None]) -> None:
    with fresh_page(chromium, served) as page:
        sign_in(page, login)
        walk(page)


def approved_case(served: Served, now: int) -> CaseId:
    """A case on the last seconds of the first camera, asked by Rahmat and allowed by Hadi."""
    cases, found = served.wiring.cases, served.wiring.people.by_login
    (rahmat, _), (hadi, _) = found("rahmat") or (None, ""), found("hadi") or (None, "")
    assert rahmat is not None
    assert hadi is not None
    span = TimeSpan(now - 12 * SECOND_US, now - 3 * SECOND_US)
    asked = Request(
        lp_number=LP, lp_date="2026-11-18", letter_number="B/413/XI/2026", letter_date="2026-11-18",
        requester=Officer(name="Rahmat", rank="Aipda", nrp="84071129", unit="Satreskrim"),
        crime_kind="Curanmor", place="Jl. Yos Sudarso", lat_deg=None, lon_deg=None, incident=span,
        scope=Scope(cameras=(CameraId(CAMERAS[0]),), span=span), purpose=Purpose.INVESTIGATION,
        ground=LegalGround.CRIMINAL_INVESTIGATION, reason="Mencari pelaku pencurian", from_letter=False,
    )  # fmt: skip
    case = cases.request(rahmat.person_id, asked)
    cases.approve(hadi.person_id, case.case_id, scope_version=1, note="Sesuai surat permintaan")
    return case.case_id


def local(us: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(us / SECOND_US + 8 * 3600))


def test_a_police_case_with_its_papers_ends_with_a_hand_over_and_the_inspector_reads_every_step(
    chromium: Browser, served: Served, tmp_path: Path
) -> None:
    until(lambda: recorded_s(served, CAMERAS[0]) > 14, "some recorded past")
    now = served.wiring.clock.now_us()
    address: list[str] = []

    def investigator_asks(page: Page) -> None:
        page.goto("/cases/new")
        page.get_by_text("Isi dari daftar perkara kepolisian").click()
        csv = {"name": "perkara.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
        page.get_by_label("Berkas CSV").set_input_files(csv)  # type: ignore[arg-type]
        page.get_by_role("button", name="Pakai").click()
        expect(page.get_by_label("Nomor Laporan Polisi")).to_have_value(LP)
        page.get_by_label("Nomor surat permintaan").fill("B/412/XI/2026/Satreskrim")
        page.get_by_label("Sp.Sidik (Surat Perintah Penyidikan)", exact=True).fill("Sp.Sidik/98/XI/2026")
        page.get_by_label("Tanggal Sp.Sidik").fill(local(now)[:10])
        letter = {"name": "surat.pdf", "mimeType": "application/pdf", "buffer": PDF}
        page.get_by_label("Surat permintaan (PDF)").set_input_files(letter)  # type: ignore[arg-type]
        page.get_by_label("Mengapa rekaman ini").fill("Mencari pelaku pencurian sepeda motor")
        for label, us in (("dari", now - 12 * SECOND_US), ("sampai", now - 3 * SECOND_US)):
            page.get_by_label(f"Kejadian {label}").fill(local(us))
            page.get_by_label(f"Rekaman {label}").fill(local(us))
        page.get_by_role("checkbox", name=re.compile(CAMERAS[0])).check()
        page.get_by_role("button", name="Kirim dan kunci rekaman").click()
        papers = page.get_by_role("region", name="Surat kepolisian")
        expect(papers).to_contain_text("Sp.Sidik/98/XI/2026")
        expect(papers).to_contain_text("Pasal 477")
        expect(papers).to_contain_text("Ikut masuk ke dalam paket")
        look_at(page, "papers", tmp_path)
        address.append(page.url)

    def approver_allows(page: Page) -> None:
        page.goto(address[0])
        page.get_by_label(re.compile("Catatan keputusan")).fill("Sesuai dengan surat permintaan")
        page.get_by_role("button", name="Setujui rentang ini").click()
        expect(page.get_by_text("Disetujui")).to_be_visible()

    def investigator_packs_hands_over_and_closes(page: Page) -> None:
        page.goto(address[0])
        page.get_by_role("button", name="Kemas dan segel").click()
        page.get_by_role("button", name="Catat serah terima").click(timeout=60_000)
        expect(page.get_by_text(re.compile("Diserahkan"))).to_be_visible()
        page.locator("form", has_text="Hasil").get_by_role("textbox").fill("Pelaku dikenali dari jaketnya")
        page.locator("form", has_text="Hasil").get_by_role("button").click()
        expect(page.get_by_text("Kasus selesai")).to_be_visible()

    def inspector_reads(page: Page) -> None:
        page.goto("/log")
        for act in ("menyimpan surat permintaan", "menyetujui permintaan"):
            expect(page.get_by_text(act).first).to_be_visible()
        page.goto(address[0])
        expect(page.locator("video")).to_have_count(0)

    as_person(chromium, served, "rahmat", investigator_asks)
    as_person(chromium, served, "hadi", approver_allows)
    as_person(chromium, served, "rahmat", investigator_packs_hands_over_and_closes)
    as_person(chromium, served, "dewi", inspector_reads)


def test_a_citizen_gets_a_copy_that_was_drawn_on_looked_through_and_released(
    chromium: Browser, served: Served, tmp_path: Path
) -> None:
    """The editor of redacted copies, too: a rectangle drawn, the film played out, review, release."""
    until(lambda: recorded_s(served, CAMERAS[0]) > 14, "some recorded past")
    now = served.wiring.clock.now_us()
    address: list[str] = []

    def operator_takes_it_down(page: Page) -> None:
        page.goto("/cases")
        page.get_by_role("link", name="Permintaan warga").click()
        page.get_by_label("Nama", exact=True).fill("Siti Aminah")
        page.get_by_label("Telepon atau alamat").fill("KTP 6408041212900001")
        page.get_by_label("Tempat").fill("Simpang Jl. Yos Sudarso")
        page.get_by_label("Ciri pemohon di gambar").fill("Jaket merah, motor biru")
        page.get_by_label("Untuk keperluan apa").fill("Motor terserempet, untuk klaim asuransi")
        page.get_by_label("Rekaman dari").fill(local(now - 9 * SECOND_US))
        page.get_by_label("Rekaman sampai").fill(local(now - 5 * SECOND_US))
        page.get_by_role("checkbox", name=re.compile(CAMERAS[0])).check()
        page.get_by_role("button", name="Kirim dan kunci rekaman").click()
        expect(page.get_by_role("alert")).to_contain_text("tanpa nomor KTP")
        page.get_by_label("Telepon atau alamat").fill("0812 5555 1234")
        page.get_by_role("button", name="Kirim dan kunci rekaman").click()
        expect(page.get_by_text("Jawaban paling lambat")).to_be_visible()
        address.append(page.url)

    def approver_allows(page: Page) -> None:
        page.goto(address[0])
        page.get_by_label(re.compile("Catatan keputusan")).fill("Identitas sudah dilihat petugas")
        page.get_by_role("button", name="Setujui rentang ini").click()
        expect(page.get_by_text("Disetujui")).to_be_visible()

    def operator_makes_the_copy(page: Page) -> None:
        page.goto(address[0])
        expect(page.get_by_role("button", name="Kemas dan segel")).to_have_count(0)
        copies = page.get_by_role("region", name="Salinan samaran")
        copies.get_by_role("button", name="Buat salinan samaran").click()
        copies.get_by_role("button", name="Lihat dan betulkan").click(timeout=60_000)
        film = copies.locator("video")
        until(lambda: bool(film.evaluate("film => film.readyState >= 2")), "the film of the copy")
        _draw(page)
        copies.get_by_role("button", name="Tambahkan ke daftar").click()
        expect(copies.get_by_text("baru: ditutup")).to_be_visible()
        expect(copies.get_by_role("button", name="Sudah saya lihat seluruhnya")).to_be_disabled()
        copies.get_by_role("button", name="Buat ulang dengan bidang ini").click()
        expect(copies.get_by_text("konsep, versi 2")).to_be_visible(timeout=60_000)
        until(lambda: bool(film.evaluate("film => film.readyState >= 2")), "the film made anew")
        film.evaluate("film => { film.playbackRate = 4; film.play(); }")
        copies.get_by_role("button", name="Sudah saya lihat seluruhnya").click(timeout=60_000)
        expect(copies.get_by_text("menunggu orang kedua")).to_be_visible()
        expect(copies.get_by_role("button", name="Lepas salinan")).to_have_count(0)
        look_at(page, "copy", tmp_path)

    def approver_releases(page: Page) -> None:
        page.goto(address[0])
        page.get_by_role("button", name="Lepas salinan").click()
        expect(page.get_by_text("dilepas Nama hadi")).to_be_visible()

    def operator_gives_it(page: Page) -> None:
        page.goto(address[0])
        page.get_by_role("button", name="Catat penyerahan").click()
        expect(page.get_by_text("tepat waktu")).to_be_visible()
        letter = page.get_by_role("link", name="Surat jawaban (PDF)").get_attribute("href") or ""
        assert page.request.get(letter).body().startswith(b"%PDF")
        look_at(page, "citizen", tmp_path)

    def inspector_reads(page: Page) -> None:
        page.goto("/log")
        expect(page.get_by_text("menyerahkan salinan samaran kepada warga").first).to_be_visible()

    as_person(chromium, served, "nur", operator_takes_it_down)
    as_person(chromium, served, "hadi", approver_allows)
    as_person(chromium, served, "nur", operator_makes_the_copy)
    as_person(chromium, served, "hadi", approver_releases)
    as_person(chromium, served, "nur", operator_gives_it)
    as_person(chromium, served, "dewi", inspector_reads)


def _draw(page: Page) -> None:
    """A rectangle over the middle of the picture, with the mouse."""
    page.locator(".canvas").scroll_into_view_if_needed()
    box = page.locator(".canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7, steps=4)
    page.mouse.up()
    left = float(page.get_by_label("Kiri %").input_value())
    assert 28 < left < 32, "the numbers follow the hand"


def test_an_operator_is_assigned_and_taken_off_and_another_scope_waits_for_the_approver(
    chromium: Browser, served: Served, tmp_path: Path
) -> None:
    """Who helps is said by who asked; what was approved stops counting once something else is asked for."""
    until(lambda: recorded_s(served, CAMERAS[0]) > 14, "some recorded past")
    now, people = served.wiring.clock.now_us(), served.wiring.people
    case = approved_case(served, now)
    nur = people.by_login("nur")
    assert nur is not None

    def investigator_assigns(page: Page) -> None:
        page.goto(f"/cases/{case}")
        helpers = page.get_by_role("region", name="Petugas yang membantu")
        helpers.get_by_role("combobox").select_option(label="Nama nur · Kantor")
        helpers.get_by_role("button", name="Tugaskan").click()
        expect(helpers).to_contain_text("Nama nur")
        look_at(page, "members", tmp_path)

    def operator_looks(page: Page) -> None:
        page.goto(f"/cases/{case}")
        expect(page.locator("video")).to_have_count(1)
        expect(page.get_by_role("button", name="Lepas Nama nur dari kasus ini")).to_have_count(0)

    def investigator_asks_for_more(page: Page) -> None:
        page.goto(f"/cases/{case}")
        page.get_by_role("button", name="Lepas Nama nur dari kasus ini").click()
        expect(page.get_by_text("Belum ada petugas yang ditugaskan")).to_be_visible()
        page.get_by_role("button", name="Minta lingkup lain").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("checkbox", name=re.compile(CAMERAS[1])).check()
        dialog.get_by_label(re.compile("Mengapa lingkupnya berubah")).fill("Pelaku lari ke arah simpang")
        look_at(page, "scope", tmp_path)
        dialog.get_by_role("button", name="Minta lingkup ini").click()
        expect(page.get_by_text("menunggu orang kedua").first).to_be_visible()
        expect(page.locator("video")).to_have_count(0)

    as_person(chromium, served, "rahmat", investigator_assigns)
    as_person(chromium, served, "nur", operator_looks)
    as_person(chromium, served, "rahmat", investigator_asks_for_more)
    asked = served.wiring.case_store.get(case)
    assert asked is not None
    assert (asked.approval, set(asked.request.scope.cameras)) == (None, set(CAMERAS))


def test_a_person_in_the_footage_asks_for_its_deletion_and_two_people_answer(
    chromium: Browser, served: Served, tmp_path: Path
) -> None:
    """The admin takes the wish down, the approver reads exactly that; it is somebody's right, so it says whose."""

    def admin_asks(page: Page) -> None:
        page.goto("/changes")
        page.get_by_role("button", name="Minta penghapusan rekaman").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Kamera").select_option(CAMERAS[1])
        dialog.get_by_label("Rekaman dari").fill(local(1_700_000_000 * SECOND_US))
        dialog.get_by_label("Rekaman sampai").fill(local(1_700_000_600 * SECOND_US))
        dialog.get_by_role("checkbox").check()
        dialog.get_by_label(re.compile("Alasan")).fill("Permohonan tertulis Siti Aminah")
        look_at(page, "erase", tmp_path)
        dialog.get_by_role("button", name="Minta penghapusan").click()
        expect(page.get_by_text("Sudah diajukan")).to_be_visible()

    def approver_allows(page: Page) -> None:
        page.goto("/changes")
        wish = page.get_by_role("listitem").filter(has_text="Permohonan tertulis Siti Aminah")
        expect(wish).to_contain_text("Diminta oleh orang yang terlihat")
        wish.get_by_role("button", name="Setujui dan laksanakan").click()
        expect(wish).to_contain_text("Semua berkas yang diminta sudah terhapus")

    as_person(chromium, served, "sinta", admin_asks)
    as_person(chromium, served, "hadi", approver_allows)
