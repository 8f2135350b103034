"""Faults, their repair by proof, the village's page, service numbers and alerts, in a browser and on a phone.

One camera really falls: the simulator stops sending it, the recorder writes the gap, the worker raises
the fault, and the order closes only when picture and recording are back.
"""

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.e2e.conftest import CAMERAS, Served, look_at, sign_in, until
from tests.peers_kit import web_hook

from ronda.core.ids import AreaCode
from ronda.core.time import SECOND_US
from ronda.health.village_link import VillageLink, write_link
from ronda.sim.control import SimControl

PHONE = {"width": 390, "height": 844}
CAMERA = CAMERAS[1]
SLOW_MS = 100_000  # a proof is a minute of recording


@contextlib.contextmanager
def phone(chromium: Browser, here: Served, *, script: bool = True) -> Iterator[Page]:
    context = chromium.new_context(
        viewport=PHONE, base_url=here.address, has_touch=True, java_script_enabled=script
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


def is_not_wider_than_the_phone(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture
def control(served: Served) -> SimControl:
    facts = json.loads((served.root.parent / "sim" / "sim.json").read_text())
    return SimControl(facts["control_port"])


def test_a_repair_order_on_a_phone_closes_only_with_its_proof(
    chromium: Browser, served: Served, control: SimControl, tmp_path: Path
) -> None:
    served.wiring.settings.put("alert_after_s", 5)
    control.fault(CAMERA, "drop", 25)
    with phone(chromium, served) as page:
        sign_in(page, "nur")
        page.goto("/health")
        page.get_by_role("button", name="Buat tiket perbaikan").click(timeout=60_000)
        look_at(page, "order-phone", tmp_path)
        assert is_not_wider_than_the_phone(page)
        page.get_by_label("Apa yang rusak").fill("Kabel di tiang lepas")
        page.get_by_label("Siapa yang memperbaiki").fill("Teknisi Budi")
        page.get_by_role("button", name="Buat tiket", exact=True).click()
        page.get_by_role("button", name=re.compile("^Buka tiket")).click()
        close = page.get_by_role("button", name="Tutup tiket")
        close.click()
        page.get_by_role("alert").wait_for()
        page.get_by_text(", belum").first.wait_for()
        look_at(page, "repair-refused-phone", tmp_path)
        assert is_not_wider_than_the_phone(page)
        (order,) = [one for one in served.wiring.repairs.unfinished() if CAMERA in one.cameras]
        assert order.what == "Kabel di tiang lepas"
        passed = lambda: all(one.passed for one in served.wiring.repairs.proofs(order))  # noqa: E731
        until(passed, "a minute of recording and a good picture", longest_s=SLOW_MS / 1000)
        close.click()
        page.get_by_text("Bukti saat ditutup").wait_for()
        assert served.wiring.repairs.get(order.repair_id).closed_us is not None
        look_at(page, "repair-closed-phone", tmp_path)


def test_a_village_reports_a_fault_on_a_phone_without_script(
    chromium: Browser, served: Served, tmp_path: Path
) -> None:
    until_s = served.wiring.clock.now_us() // SECOND_US + 3600
    token = write_link(served.wiring.village_key, VillageLink(area=AreaCode("64.08.04"), until_s=until_s))
    with phone(chromium, served, script=False) as page:
        answer = page.goto(f"/desa/{token}")
        assert answer is not None
        assert len(answer.body()) < 150_000
        assert is_not_wider_than_the_phone_without_script(page)
        page.get_by_text("Laporkan kerusakan").click()
        page.locator("#camera").select_option(CAMERAS[0])
        page.locator("#what").fill("Tiang miring sejak hujan semalam")
        page.locator("form button").click()
        page.get_by_role("status").wait_for()
        page.get_by_text("Tiang miring sejak hujan semalam").first.wait_for()
        look_at(page, "village-phone", tmp_path)
    (report,) = [one for one in served.wiring.repairs.unfinished() if "Tiang miring" in one.what]
    assert report.deadline_us is None
    assert report.cameras == (CAMERAS[0],)


def is_not_wider_than_the_phone_without_script(page: Page) -> bool:
    """Without script of its own the page can still be measured from outside."""
    box = page.locator("body").bounding_box()
    return box is not None and box["width"] <= PHONE["width"]


def test_service_is_registered_with_drawn_zones_and_hours_across_midnight(
    page: Page, served: Served, tmp_path: Path
) -> None:
    sign_in(page, "nur")
    page.goto("/service")
    page.get_by_role("button", name="Daftarkan kamera").click()
    page.get_by_role("combobox", name="Kamera").select_option(CAMERAS[0])
    field = page.get_by_role("img", name="Zona")
    box = field.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7, steps=4)
    page.mouse.up()
    page.get_by_label("Senin").fill("22.00-06.00")
    page.get_by_label("Tujuan").fill("Mutu layanan loket malam")
    page.get_by_label("Dasar hukum").fill("Perbup standar pelayanan 1/2026")
    look_at(page, "service-editor", tmp_path)
    page.get_by_role("button", name="Simpan").click()
    page.get_by_text("Senin: tutup pada hari berikutnya").wait_for()
    (point,) = served.wiring.service.points()
    (zone,) = point.zones
    assert (zone.left, zone.right) == (pytest.approx(0.2, abs=0.02), pytest.approx(0.6, abs=0.02))
    assert (zone.top, zone.bottom) == (pytest.approx(0.2, abs=0.02), pytest.approx(0.7, abs=0.02))
    page.get_by_role("button", name="Apa yang tersimpan").click()
    page.get_by_text(re.compile(r"angka dalam \d+ baris, 0 gambar")).wait_for()
    look_at(page, "service-stored", tmp_path)


def test_the_ledger_has_a_calendar_and_a_csv(page: Page, served: Served, tmp_path: Path) -> None:
    sign_in(page, "nur")
    page.goto("/health")
    page.get_by_label("Menurut").select_option("camera")
    page.get_by_role("heading", name="Menit kamera").wait_for()
    row = page.locator("section", has=page.get_by_role("heading", name="Menit kamera"))
    row.get_by_role("button", name=re.compile(CAMERAS[0])).click()
    page.get_by_text(re.compile("^Kalender")).wait_for()
    look_at(page, "ledger", tmp_path)
    with page.expect_download() as waiting:
        row.get_by_role("link", name="Unduh CSV").click()
    text = waiting.value.path().read_text()
    assert text.startswith("month,camera,name,cameras,span_min,recorded_min,availability")
    assert CAMERAS[0] in text


def test_an_alert_channel_is_added_and_tried(page: Page, served: Served, tmp_path: Path) -> None:
    sign_in(page, "sinta")
    page.goto("/health")
    with web_hook() as hook:
        page.get_by_text("Tambah saluran").click()
        page.get_by_label("Jenis").select_option("webhook")
        page.get_by_label("Nama saluran").fill("Kait piket malam")
        page.get_by_label("Alamat").fill(hook.url)
        page.get_by_label("Rahasia bersama").fill("kenari")
        page.get_by_role("button", name="Simpan", exact=True).click()
        page.get_by_role("button", name="Coba kirim").click()
        page.get_by_text("Pesan percobaan diterima.").wait_for()
        assert [json.loads(body)["event"] for _head, body in hook.got if b"trial" in body] == ["trial"]
    page.get_by_role("button", name="Coba kirim").click()
    page.get_by_text(re.compile("Pesan percobaan tidak diterima")).wait_for()
    look_at(page, "alert-channels", tmp_path)
    (channel,) = served.wiring.health.channels()
    served.wiring.health.drop_channel(channel.channel_id)
