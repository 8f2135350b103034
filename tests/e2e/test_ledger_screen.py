"""Who knows better names the cause of an interruption, on a desk and on a phone; the first cause stays visible."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page
from tests.e2e.conftest import CAMERAS, Served, look_at, sign_in

from ronda.core.ids import CameraId
from ronda.core.time import HOUR_US, TimeSpan
from ronda.video.model import Gap, GapCause

CAMERA = CameraId(CAMERAS[0])


def a_gap(served: Served, hours_ago: int) -> int:
    start_us = served.wiring.clock.now_us() - hours_ago * HOUR_US
    evidence = "the camera's address does not answer: its line or its power is down (no answer in 5 s)"
    gap = Gap(camera=CAMERA, start_us=start_us, end_us=start_us + HOUR_US, cause=GapCause.LINK, evidence=evidence)
    served.wiring.index.write(gaps=[gap])
    return start_us


def open_list(page: Page) -> None:
    page.goto("/health")
    page.get_by_label("Menurut").select_option("camera")
    ledger = page.locator("section", has=page.get_by_role("heading", name="Menit kamera"))
    ledger.get_by_role("button", name=re.compile(CAMERA)).click()
    page.get_by_role("heading", name=re.compile("^Gangguan ")).wait_for()


def test_a_cause_is_named_with_a_reason_and_the_first_one_stays_visible(
    page: Page, served: Served, tmp_path: Path
) -> None:
    start_us = a_gap(served, 3)
    sign_in(page, "nur")
    open_list(page)
    look_at(page, "ledger-gaps", tmp_path)
    name = page.get_by_role("button", name="Namai sebab")
    assert name.is_disabled()
    page.get_by_role("checkbox", name=re.compile("^Pilih gangguan")).first.check()
    name.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").select_option("power")
    dialog.get_by_label(re.compile("Bagaimana sebab ini diketahui")).fill("Laporan PLN 118/2026")
    look_at(page, "ledger-name-cause", tmp_path)
    dialog.get_by_role("button", name="Simpan sebab").click()
    dialog.wait_for(state="detached")
    page.get_by_text(re.compile("^Sebelumnya: ")).first.wait_for()
    look_at(page, "ledger-named", tmp_path)
    named = served.wiring.index.gap_history(CAMERA, TimeSpan(0, 1 << 60))
    assert named
    assert start_us > 0


def test_the_list_fits_a_phone(chromium: Browser, served: Served, tmp_path: Path) -> None:
    a_gap(served, 6)
    context = chromium.new_context(viewport={"width": 390, "height": 844}, base_url=served.address, has_touch=True)
    page = context.new_page()
    sign_in(page, "nur")
    open_list(page)
    page.get_by_role("heading", name=re.compile("^Gangguan ")).scroll_into_view_if_needed()
    look_at(page, "ledger-gaps-phone", tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()
