"""What a screen says and does when the browser, the web process or the camera will not do their part."""

import os
import signal
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.e2e.conftest import CAMERAS, LIVE, Served, played_s, sign_in, until

from ronda.core.ids import camera_id
from ronda.core.time import SECOND_US, TimeSpan

PLAYS_NOTHING = "MediaSource.isTypeSupported = () => false;"
# Refuses the first format it is asked about, each time again: the main stream's.
PLAYS_ONLY_THE_SECOND = """
    const plays = MediaSource.isTypeSupported.bind(MediaSource);
    let asked = 0;
    MediaSource.isTypeSupported = (type) => ++asked > 1 && plays(type);
"""


def test_a_format_the_browser_cannot_play_is_said_in_the_tile(page: Page) -> None:
    """A black tile without a word is what other products show; an operator would take it for a dead camera."""
    page.add_init_script(PLAYS_NOTHING)
    sign_in(page, "nur")
    tile = page.locator("figure").first
    expect(tile).to_contain_text("Peramban ini tidak dapat memutar")
    expect(tile).to_contain_text("rekaman tetap berjalan")


def test_the_second_stream_is_shown_where_the_first_cannot_be_played(page: Page) -> None:
    page.add_init_script(PLAYS_ONLY_THE_SECOND)
    asked: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda sent: asked.append(str(sent))))
    sign_in(page, "nur")
    page.goto(f"/live?layout=1.{CAMERAS[0]}")
    expect(page.get_by_text(LIVE).first).to_be_visible()
    assert any('"stream":"sub"' in message for message in asked)
    assert page.evaluate("document.querySelector('video').videoWidth") < 1280


def test_the_wall_comes_back_by_itself_after_the_web_process_was_killed(page: Page, served: Served) -> None:
    """The recorder is another process: killing the web must cost no frame."""
    sign_in(page, "nur")
    expect(page.get_by_text(LIVE).first).to_be_visible()
    killed_us = served.wiring.clock.now_us()
    os.kill(child_of(served.processes[0].pid, "web"), signal.SIGKILL)
    expect(page.get_by_text("Sambungan terputus").first).to_be_visible()
    expect(page.get_by_text(LIVE).first).to_be_visible(timeout=60_000)
    before = played_s(page)
    until(lambda: played_s(page) > before + 1.0, "the live picture to advance again")
    span = TimeSpan(killed_us - 2 * SECOND_US, served.wiring.clock.now_us())
    for camera in CAMERAS:
        assert served.wiring.index.gaps(camera_id(camera), span) == []


def child_of(parent: int, command: str) -> int:
    """The child process of `ronda serve` that runs `ronda <command>`."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            above = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended while we looked
        if above == str(parent) and command.encode() in words:
            return int(folder.name)
    raise AssertionError(f"no `ronda {command}` under process {parent}")
