"""Enrolment: a camera is found, probed and seen before it is registered, in both languages, desk and phone."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.conftest import Served, fresh_page, look_at, not_yet_served, serve, sign_in, stop

from ronda.app.identities import read_identities
from ronda.core.ids import camera_id
from ronda.sim.onvif import VirtualDevice, VirtualOnvif

PASSWORD = "p@ss/w:rd"


@pytest.fixture
def device() -> VirtualDevice:
    return VirtualDevice(
        name="gerbang",
        url="rtsp://127.0.0.1:9/gerbang",
        sub_url="rtsp://127.0.0.1:9/gerbang/sub",
        serial="SN-4711",
        password=PASSWORD,
        clock_offset_us=-95_000_000,
    )


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("RONDA_CAMERA_NETWORKS", "127.0.0.0/8")
    here = not_yet_served(tmp_path / "data")
    try:
        serve(here)
        yield here
    finally:
        for process in here.processes:
            stop(process)


@pytest.fixture
def onvif(device: VirtualDevice) -> Iterator[VirtualOnvif]:
    with VirtualOnvif([device]) as served:
        yield served


def open_dialog(page: Page) -> None:
    sign_in(page, "sinta")
    page.goto("/cameras")
    page.get_by_role(
        "button", name=re.compile("^(Tambah kamera|Add a camera|Daftarkan kamera|Register a camera)$")
    ).click()


def probe(page: Page, address: str, password: str = PASSWORD) -> None:
    page.get_by_label(re.compile("Alamat kamera|Camera's address")).first.fill(address)
    page.get_by_label(re.compile("Akun di kamera|Account in the camera")).fill("admin")
    page.get_by_label(re.compile("Kata sandi kamera|Camera's password")).fill(password)
    page.get_by_role("button", name=re.compile("Periksa kamera|Probe the camera")).click()


@pytest.mark.parametrize("width_px", [1440, 390])
def test_a_camera_is_seen_before_it_is_registered(
    chromium: Browser, office: Served, onvif: VirtualOnvif, tmp_path: Path, width_px: int
) -> None:
    with fresh_page(chromium, office) as page:
        page.set_viewport_size({"width": width_px, "height": 900})
        open_dialog(page)
        probe(page, onvif.address("gerbang"))
        section = page.get_by_role("region", name="Perangkat")
        expect(section.get_by_role("img", name="Gambar dari kamera, baru saja")).to_be_visible()
        expect(section).to_contain_text("Ronda SIM-1")
        expect(section).to_contain_text("SN-4711")
        expect(section).to_contain_text(re.compile(r"9[45](,\d)? detik lebih lambat dari mesin ini"))
        look_at(page, f"enrol-probed-id-{width_px}", tmp_path)
        page.get_by_role("button", name="Pakai alamat ini").click()
        look_at(page, f"enrol-used-id-{width_px}", tmp_path)
        wide = page.evaluate(
            "document.querySelector('dialog').scrollWidth - document.querySelector('dialog').clientWidth"
        )
        assert wide <= 0, "the dialog scrolls sideways"
        form = page.locator("dialog form").last
        form.get_by_label("Nama pendek").or_(form.locator("input").first).first.fill("gerbang")
        form.locator("label", has_text=re.compile("Titik|Tempat")).locator("input").first.fill("Gerbang kantor")
        form.locator("label", has_text="dalam satu kalimat").locator("input").fill("Keamanan gerbang kantor")
        page.get_by_role("button", name=re.compile("^(Daftarkan|Simpan)")).last.click()
        expect(page.locator("dialog")).to_have_count(0)
    entry = office.wiring.register.camera(camera_id("gerbang"))
    assert entry is not None
    assert entry.url == "rtsp://admin:p%40ss%2Fw%3Ard@127.0.0.1:9/gerbang"
    assert read_identities(office.wiring.folder)["gerbang"].serial == "SN-4711"
    assert entry.sub_url == "rtsp://admin:p%40ss%2Fw%3Ard@127.0.0.1:9/gerbang/sub"


@pytest.mark.parametrize("width_px", [1440, 390])
def test_what_answers_and_what_does_not_is_told_in_words(
    chromium: Browser, office: Served, onvif: VirtualOnvif, tmp_path: Path, width_px: int
) -> None:
    """The list is given by hand here: who answers on the network of a test machine is not ours to say."""
    rows = [
        {"host": "10.20.0.15", "address": "http://10.20.0.15/onvif/device_service", "name": "Simpang Tiga",
         "hardware": "X1", "location": "Sangatta Utara", "known": False},
        {"host": "10.20.0.16", "address": "http://10.20.0.16/onvif/device_service", "name": "",
         "hardware": "X2", "location": "", "known": True},
    ]  # fmt: skip
    with fresh_page(chromium, office) as page:
        page.set_viewport_size({"width": width_px, "height": 900})
        page.add_init_script("localStorage.setItem('ronda-language', 'en')")
        open_dialog(page)
        page.route(
            "**/api/enrol/discover",
            lambda route: route.fulfill(body=json.dumps(rows), content_type="application/json"),
        )
        page.get_by_role("button", name=re.compile("Search the network|Cari di jaringan")).click()
        expect(page.get_by_text(re.compile("2 cameras answered|2 kamera menjawab"))).to_be_visible()
        look_at(page, f"enrol-found-en-{width_px}", tmp_path)
        probe(page, onvif.address("gerbang"), password="wrong")
        expect(page.get_by_role("alert")).to_contain_text(re.compile("refuses this account|menolak akun"))
        look_at(page, f"enrol-refused-en-{width_px}", tmp_path)
        probe(page, "169.254.169.254")
        expect(page.get_by_role("alert")).to_contain_text(re.compile("No camera stands|bukan tempat kamera"))
        probe(page, "rtsp://127.0.0.1:9/x")
        expect(page.get_by_text(re.compile("No picture could be taken|Gambar belum dapat diambil"))).to_be_visible()
        look_at(page, f"enrol-no-picture-en-{width_px}", tmp_path)
