"""The story played unattended: cameras filmed over RTSP, a theft, two people, a sealed package, a check.

Everything goes the way a user's would: virtual cameras in their own process, `ronda serve`'s process
tree, the API over HTTP, `ronda verify` as a command. Each step asserts what it claims; the first one
that does not hold ends the run with its reason in the report.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from ronda.app.demo.setup import build_once, open_demo, register_cameras, tell
from ronda.app.demo.sim_process import start_cameras
from ronda.app.demo.story import Story
from ronda.app.supervisor import LOOPBACK, run_tree
from ronda.app.wiring import Wiring
from ronda.core.errors import RondaError

Report = dict[str, Any]


async def play_once(root: Path) -> Report:
    """Play every step; the report says what was seen. Footage and package stay in `root`."""
    started_s = time.monotonic()
    report: Report = {"ok": False, "data": str(root), "steps": []}
    try:
        wiring = open_demo(root)
        cameras = await start_cameras(root / "sim")
    except RondaError as error:
        return {**report, "failed": str(error)}
    try:
        register_cameras(wiring, cameras.urls, cameras.sub_urls)
        build_s = time.monotonic()
        await asyncio.to_thread(build_once, wiring, root / "sim")
        _note(report, "history", {"built_s": round(time.monotonic() - build_s, 1)})
        async with _serving(wiring) as address:
            await _play(Story(wiring, cameras, address), report)
        report["ok"] = True
    except (RondaError, AssertionError, OSError) as error:
        report["failed"] = f"{type(error).__name__}: {error}"
    finally:
        await cameras.stop()
    report["took_s"] = round(time.monotonic() - started_s, 1)
    return report


async def _play(story: Story, report: Report) -> None:
    steps: tuple[tuple[str, Callable[[], Awaitable[dict[str, Any]]]], ...] = (
        ("cameras", story.all_record),
        ("theft", story.film_the_theft),
        ("request", story.request),
        ("approval", story.approve),
        ("not watching people", story.nobody_looks_without_a_case),
        ("found", story.find),
        ("package", story.pack),
        ("verified", story.verify),
        ("hand-over", story.hand_over),
        ("account of time", story.account_for_time),
        ("log", story.check_log),
    )
    for name, step in steps:
        tell(f"{name} ...")
        _note(report, name, await step())


def _note(report: Report, name: str, figures: dict[str, Any]) -> None:
    report["steps"].append({"step": name, **figures})
    tell(f"{name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))


@contextlib.asynccontextmanager
async def _serving(wiring: Wiring) -> AsyncIterator[str]:
    """The process tree of `ronda serve` on a free port; gives its address."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = int(probe.getsockname()[1])
    tree = asyncio.create_task(run_tree(wiring.folder, LOOPBACK, port))
    address = f"http://{LOOPBACK}:{port}"
    try:
        await Story.until(lambda: Story.answers(address), 60, "the web to answer", tree)
        yield address
    finally:
        tree.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await tree


def as_text(report: Report) -> str:
    """The report for people."""
    lines = [
        f"{step['step']}: " + ", ".join(f"{key} {value}" for key, value in step.items() if key != "step")
        for step in report["steps"]
    ]
    if "failed" in report:
        lines.append(f"FAILED: {report['failed']}")
    return "\n".join([*lines, f"{'ok' if report['ok'] else 'not ok'} in {report.get('took_s', 0)} s"])
