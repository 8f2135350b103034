"""Clips with B-frames from a server that is not ours: recorded, live, and within a case."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.conftest import (
    FORCED_LOGINS,
    LIVE,
    PASSWORD,
    Served,
    fresh_page,
    look_at,
    next_code,
    not_yet_served,
    played_s,
    recorded_s,
    serve,
    sign_in,
    stop,
    until,
)
from tests.needs import missing, require_program, require_shared

from ronda.core.ids import camera_id
from ronda.core.time import SECOND_US, TimeSpan

# Reorder depth 1 and 2: pictures arrive in another order than they are shown.
CLIPS = {"jalan-raya": "motorway-720p.mp4", "botol": "intel-bottle-detection.mp4"}
GST_SERVER = Path(__file__).parents[1] / "system" / "gst_server.py"


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`ronda serve` in front of GStreamer's RTSP server."""
    clips = [str(require_shared(f"footage/{clip}")) for clip in CLIPS.values()]
    python = require_program("/usr/bin/python3", "python3-gi")
    server = subprocess.Popen([python, str(GST_SERVER), *clips], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    here = not_yet_served(tmp_path_factory.mktemp("foreign") / "data")
    try:
        assert server.stdout is not None
        line = server.stdout.readline().split()
        if not line:
            missing("GStreamer's RTSP server is not there: apt install gir1.2-gst-rtsp-server-1.0 python3-gi")
        for number, name in enumerate(CLIPS):
            here.add_camera(name, f"rtsp://127.0.0.1:{int(line[1])}/c{number}")
        serve(here)
        until(lambda: all(recorded_s(here, name) > 14 for name in CLIPS), "fourteen recorded seconds of each clip")
        yield here
    finally:
        for process in here.processes:
            stop(process)
        server.terminate()
        server.wait()


@pytest.fixture
def page(chromium: Browser, foreign: Served) -> Iterator[Page]:
    with fresh_page(chromium, foreign) as page:
        yield page


def test_a_foreign_camera_shows_on_the_wall(page: Page) -> None:
    sign_in(page, "nur")
    for name in CLIPS:
        expect(page.locator("figure", has_text=name).get_by_text(LIVE)).to_be_visible()
    before = played_s(page)
    until(lambda: played_s(page) > before + 1.0, "the live picture to advance")


def test_a_foreign_recording_plays_in_a_case_and_a_seek_lands(page: Page, foreign: Served, tmp_path: Path) -> None:
    span = _recorded_by_all(foreign)
    case = _approved_case(page, foreign, span)
    sign_in(page, "rahmat")
    page.goto(f"/cases/{case}")
    pictures = "[...document.querySelectorAll('video')].map((video) => [video.videoWidth, video.readyState])"
    until(lambda: all(w > 0 and ready >= 2 for w, ready in page.evaluate(pictures)), "a picture in every tile")
    page.locator("h1").first.click()
    page.keyboard.press("l")
    before = [played_s(page, tile) for tile in range(len(CLIPS))]
    until(lambda: all(played_s(page, n) > at + 1.5 for n, at in enumerate(before)), "both films to advance")
    page.keyboard.press("k")
    stopped = [played_s(page, tile) for tile in range(len(CLIPS))]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    until(
        lambda: all(abs(played_s(page, n) - at - 3.0) < 0.5 for n, at in enumerate(stopped)),
        "a seek by three seconds to land in both",
    )
    until(lambda: all(ready >= 2 for _, ready in page.evaluate(pictures)), "the pictures at that instant")
    assert all(width > 0 for width, _ in page.evaluate(pictures))
    look_at(page, "foreign-footage", tmp_path)


def _recorded_by_all(foreign: Served) -> TimeSpan:
    """About ten seconds near the start that every clip has."""
    everything = TimeSpan(0, 1 << 60)
    first = [foreign.wiring.index.recorded(camera_id(name), everything)[0] for name in CLIPS]
    start_us = max(span.start_us for span in first) + SECOND_US
    end_us = min(start_us + 10 * SECOND_US, *(span.end_us for span in first))
    assert end_us - start_us > 7 * SECOND_US
    return TimeSpan(start_us, end_us)


def _approved_case(page: Page, foreign: Served, span: TimeSpan) -> str:
    """A request by one person, allowed by another."""
    scope = {"cameras": list(CLIPS), "from_us": span.start_us, "to_us": span.end_us}
    officer = {
        "name": "Rahmat Hidayat",
        "rank": "Aipda",
        "nrp": "84071129",
        "unit": "Satreskrim Polres Kutai Timur",
    }
    request = {
        "lp_number": "LP/B/147/XI/2026/SPKT/POLRES KUTAI TIMUR/POLDA KALTIM",
        "lp_date": "2026-11-23",
        "letter_number": "B/412/XI/2026/Satreskrim",
        "letter_date": "2026-11-23",
        "requester": officer,
        "crime_kind": "Tabrak lari",
        "place": "Jalan raya",
        "incident_from_us": span.start_us,
        "incident_to_us": span.end_us,
        "scope": scope,
        "purpose": "investigation",
        "ground": "criminal_investigation",
        "reason": "Mencari kendaraan yang melarikan diri",
    }
    case = str(_post(page, "rahmat", "/api/cases", request)["case_id"])
    decision = {"scope": scope, "scope_version": 1, "note": "Sesuai dengan surat permintaan"}
    _post(page, "hadi", f"/api/cases/{case}/approval", decision)
    page.context.clear_cookies()
    return case


def _post(page: Page, login: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"x-ronda": "1"}
    signed = page.request.post("/api/session", data={"login": login, "password": PASSWORD}, headers=headers)
    assert signed.ok, signed.text()
    if login in FORCED_LOGINS:
        shown = page.request.post("/api/session/factors/show", data={"code": next_code(login)}, headers=headers)
        assert shown.ok, shown.text()
    answer = page.request.post(path, data=body, headers=headers)
    assert answer.ok, answer.text()
    done: dict[str, Any] = answer.json()
    return done
