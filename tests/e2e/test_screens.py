"""What people see and do in the browser, from the live wall to the verified package."""

import hashlib
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.conftest import CAMERAS, LIVE, PASSWORD, Served, look_at, played_s, sign_in, until

from ronda.access.model import Role
from ronda.access.service import new_person
from ronda.core.ids import AreaCode, camera_id
from ronda.core.time import SECOND_US
from ronda.video.model import CameraHint


def test_the_first_sign_in_asks_for_a_password_of_ones_own(page: Page, served: Served) -> None:
    person = new_person("baru", "Orang Baru", "777", "Kantor", frozenset({Role.OPERATOR}), AreaCode("64.08"))
    once = served.wiring.access.add_person(None, person)
    page.goto("/")
    page.get_by_label("Nama akun").fill("baru")
    page.get_by_label("Kata sandi").fill(once)
    page.get_by_role("button", name="Masuk", exact=True).click()
    page.get_by_label("Kata sandi sekali pakai").fill(once)
    page.get_by_label("Kata sandi baru").fill(PASSWORD)
    page.get_by_role("button", name="Simpan dan masuk lagi").click()
    page.get_by_label("Nama akun").fill("baru")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page.get_by_role("link", name="Pantauan Langsung")).to_be_visible()


def test_a_wrong_password_is_told_in_words(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Nama akun").fill("nur")
    page.get_by_label("Kata sandi").fill("bukan ini")
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Nama akun atau kata sandi salah")


def test_the_wall_plays_live_and_offers_nothing_older(page: Page) -> None:
    sign_in(page, "nur")
    expect(page.get_by_text(LIVE).first).to_be_visible()
    before = played_s(page)
    until(lambda: played_s(page) > before + 1.0, "the live picture to advance")
    start_s = page.evaluate("document.querySelector('video').buffered.start(0)")
    end_s = page.evaluate("document.querySelector('video').buffered.end(0)")
    assert end_s - start_s < 60, "live holds more than it was watched"
    assert page.locator("input[type=range]").count() == 0
    expect(page.get_by_text("Gambar yang lampau tidak ada di sini.")).to_be_visible()


def test_a_case_goes_from_the_letter_to_a_verified_package(
    chromium: Browser, served: Served, page: Page, tmp_path: Path
) -> None:
    """Two people, one theft: the whole line as its users walk it."""
    until(lambda: _age_s(served) > 14, "some recorded past")
    sign_in(page, "rahmat")
    page.goto("/cases/new")
    _fill_letter(page, served)
    page.get_by_role("button", name="Kirim dan kunci rekaman").click()
    expect(page.get_by_text("menunggu orang kedua")).to_be_visible()
    address = page.url

    other = chromium.new_context(base_url=served.address).new_page()
    sign_in(other, "hadi")
    other.goto(address)
    other.get_by_label(re.compile("Catatan keputusan")).fill("Sesuai dengan surat permintaan")
    other.get_by_role("button", name="Setujui rentang ini").click()
    expect(other.get_by_text("Disetujui")).to_be_visible()
    expect(other.locator("video")).to_have_count(0)
    other.context.close()

    expect(_hints(page, address)).to_contain_text("Tidak ada petunjuk pada rentang ini")
    at_us = _hint_in_the_span(served)
    hints = _hints(page, address)
    expect(hints).to_contain_text("petunjuk untuk mencari, bukan temuan")
    hints.get_by_role("button", name=re.compile("gerakan mulai")).click()
    expect(page.locator("canvas").first).to_be_in_viewport()
    expect(hints.locator(".time")).to_have_text(f"{_clock(at_us)} WITA")
    look_at(page, "hints", tmp_path)
    _watch(page)
    _take_a_still(page)
    page.get_by_role("button", name="Kemas dan segel").click()
    page.get_by_role("button", name="Periksa paket").click(timeout=60_000)
    expect(page.get_by_text("Utuh; ada yang belum dapat dipastikan")).to_be_visible(timeout=60_000)
    expect(page.locator(".package ol li")).to_have_count(10)


def _hints(page: Page, address: str) -> Locator:
    page.goto(address)
    return page.get_by_role("region", name="Petunjuk dari kamera")


def _hint_in_the_span(served: Served) -> int:
    """As the worker keeps what a camera said of itself."""
    (case,) = [one for one in served.wiring.case_store.all() if one.approval]
    assert case.approval is not None
    scope = case.approval.scope
    at_us = scope.span.start_us + SECOND_US
    hint = CameraHint(kind="motion", on=True, at_us=at_us, topic="tns1:RuleEngine/MotionDetector/Motion")
    served.wiring.index.write_hints(scope.cameras[0], [hint], 0)
    return at_us


def _clock(at_us: int) -> str:
    return time.strftime("%H.%M.%S", time.gmtime(at_us / SECOND_US + 8 * 3600))


def _take_a_still(page: Page) -> None:
    """It opens with its exact time and the whole digest of the picture that was served."""
    page.get_by_role("button", name="Gambar (S)").click()
    page.locator(".stills button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile(r"\d\d\.\d\d\.\d\d,\d{6} WITA"))
    picture = page.request.get(dialog.locator("img").get_attribute("src") or "")
    expect(dialog).to_contain_text(hashlib.sha256(picture.body()).hexdigest())
    page.keyboard.press("Escape")


def _fits(page: Page) -> None:
    """Pictures, controls and timeline are seen at once at desk size."""
    bottom = page.evaluate("document.querySelector('canvas').getBoundingClientRect().bottom")
    assert bottom <= 900, "the timeline lies below the window"
    assert page.evaluate("document.querySelector('.tiles').getBoundingClientRect().height") > 350


def _watch(page: Page) -> None:
    """The picture is there, advances, stops, and a seek lands."""
    until(lambda: page.evaluate("document.querySelector('video')?.readyState ?? 0") >= 2, "the first picture")
    _fits(page)
    page.locator("h1").first.click()
    at = played_s(page)
    page.keyboard.press("l")
    until(lambda: played_s(page) > at + 1.5, "the film to advance")
    page.keyboard.press("k")
    stopped = played_s(page)
    page.keyboard.press("ArrowUp")
    until(lambda: abs(played_s(page) - stopped - 1.0) < 0.4, "a seek by one second to land")
    page.keyboard.press(".")
    page.keyboard.press("[")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("]")
    page.keyboard.press("b")
    page.keyboard.type("Orang di depan sepeda motor")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Orang di depan sepeda motor")).to_be_visible()
    _go_back(page)


def _go_back(page: Page) -> None:
    """J shows earlier and earlier pictures; a browser cannot play backwards, so it steps."""
    before = played_s(page)
    page.keyboard.press("j")
    until(lambda: played_s(page) < before - 0.8, "the picture to go back")
    page.keyboard.press("k")


def _age_s(served: Served) -> float:
    from tests.e2e.conftest import recorded_s

    return recorded_s(served, CAMERAS[0])


def _fill_letter(page: Page, served: Served) -> None:
    now = served.wiring.clock.now_us()
    local = [time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(us / SECOND_US + 8 * 3600))
             for us in (now - 12 * SECOND_US, now - 2 * SECOND_US)]  # fmt: skip
    page.get_by_role("textbox", name="Nomor Laporan Polisi").fill(
        "LP/B/147/XI/2026/SPKT/POLRES KUTAI TIMUR/POLDA KALTIM"
    )
    page.get_by_role("textbox", name="Nomor surat permintaan").fill("B/412/XI/2026/Satreskrim")
    page.get_by_role("textbox", name="Nama penyidik").fill("Rahmat Hidayat")
    page.get_by_role("textbox", name="Pangkat").fill("Aipda")
    page.get_by_role("textbox", name="NRP").fill("84071129")
    page.get_by_role("textbox", name="Dugaan tindak pidana").fill("Pencurian sepeda motor")
    page.get_by_role("textbox", name="Tempat kejadian (TKP)").fill("Jl. Yos Sudarso")
    page.get_by_role("textbox", name="Mengapa rekaman ini").fill("Mencari pelaku pencurian sepeda motor")
    page.get_by_label("Kejadian dari").fill(local[0])
    page.get_by_label("Kejadian sampai").fill(local[1])
    page.get_by_label("Rekaman dari").fill(local[0])
    page.get_by_label("Rekaman sampai").fill(local[1])
    page.get_by_role("checkbox", name=re.compile(CAMERAS[0])).check()


def test_a_layout_of_the_wall_is_an_address_that_can_be_sent(page: Page) -> None:
    sign_in(page, "nur")
    page.goto(f"/live?layout=2..{CAMERAS[1]}..")
    expect(page.locator("figure")).to_have_count(1)
    expect(page.locator("figure")).to_contain_text(CAMERAS[1])
    page.get_by_role("button", name="Kotak 4").click()
    page.locator("aside").get_by_role("button", name=CAMERAS[0]).click()
    expect(page.locator("figure")).to_have_count(2)
    assert page.url.endswith(f"/live?layout=2..{CAMERAS[1]}..{CAMERAS[0]}")


def test_a_camera_that_was_dead_from_the_start_says_why_and_since_when(page: Page, served: Served) -> None:
    """In Indonesian, with what was measured in small print: the operator phones the right person."""
    sign_in(page, "sinta")
    camera = {
        "camera": "tiang-mati", "name": "Tiang Mati", "site": "Jalan desa", "area": "64.08.04",
        "purpose": "Keamanan jalan umum", "legal_basis": "UU 27/2022", "retention_days": 7,
        "url": "rtsp://127.0.0.1:9/mati",
    }  # fmt: skip
    assert page.request.post("/api/cameras", data=camera, headers={"x-ronda": "1"}).ok
    page.context.clear_cookies()
    sign_in(page, "nur")
    page.goto("/live?layout=1.tiang-mati")
    tile = page.locator("figure")
    expect(tile).to_contain_text("Kamera tidak mengirim gambar")
    expect(tile).to_contain_text(re.compile(r"sejak \d+ \w+ \d{4} \d\d\.\d\d"), timeout=30_000)
    expect(tile).to_contain_text("host kamera menjawab, layanan videonya tidak")
    expect(tile.locator("small")).to_contain_text("127.0.0.1:9")
    served.wiring.register.set_off(camera_id("tiang-mati"), "planned_off: uji selesai")


def test_a_letter_that_lacks_something_is_answered_in_indonesian(page: Page, served: Served) -> None:
    sign_in(page, "rahmat")
    page.goto("/cases/new")
    _fill_letter(page, served)
    page.get_by_label("Nomor Laporan Polisi").fill("LP 147")
    page.get_by_role("button", name="Kirim dan kunci rekaman").click()
    answer = page.get_by_role("alert")
    expect(answer).to_contain_text("Permintaan belum diterima")
    expect(answer).to_contain_text("Nomor LP: tulis lengkap")
    assert "no full number" not in answer.inner_text()


def test_footage_can_be_locked_without_being_seen(page: Page, served: Served) -> None:
    sign_in(page, "nur")
    page.get_by_role("button", name="Kunci sementara").click()
    page.get_by_label("Alasan").fill("Warga melapor kehilangan motor")
    page.get_by_role("button", name=re.compile("Kunci .* kamera")).click()
    expect(page.get_by_text("Terkunci sampai")).to_be_visible()


def test_the_story_bar_does_not_exist_on_real_data(page: Page) -> None:
    """Changing roles without a password must be impossible anywhere but on training data."""
    sign_in(page, "nur")
    expect(page.get_by_text("Ganti peran")).to_have_count(0)
    assert page.request.get("/api/demo").status == 404
    assert page.request.post("/api/demo/role/p-1", headers={"x-ronda": "1"}).status in (404, 405)


@pytest.mark.parametrize("login", ["nur", "dewi", "rahmat"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_screen_is_wider_than_its_window_or_lacks_a_text(page: Page, login: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, login)
    for language in ("ID", "EN"):
        page.get_by_role("button", name=language, exact=True).click()
        for path in ("/live", "/cases", "/cases/new", "/health", "/log", "/cameras"):
            page.goto(path)
            page.wait_for_load_state("networkidle") if path != "/live" else page.locator("main").wait_for()
            over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert over <= 0, (path, language, over)
            text = page.locator("body").inner_text()
            assert not re.search(r"\b[a-z]+\.[a-z_]+\.[a-z_]+\b|\{[a-z]+\}|undefined|NaN", text), (path, text)


def test_every_control_has_a_name_and_can_be_reached_by_keyboard(page: Page) -> None:
    sign_in(page, "nur")
    page.goto("/live")
    page.locator("aside li").first.wait_for()
    nameless = page.evaluate(
        """[...document.querySelectorAll('button, a, input, select')].filter(e =>
             !(e.innerText || e.getAttribute('aria-label') || e.labels?.length || e.title)).map(e => e.outerHTML)"""
    )
    assert nameless == []
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Mundur, berhenti, maju")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
