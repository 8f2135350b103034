"""The ten steps of the story played unattended: a theft, a plan, a witness, a repair, a village behind a thin line.

Everything goes the way a user's would: virtual cameras in their own process, `ronda serve`'s process
tree, the API over HTTP, `ronda verify` as a command. Each step asserts what it claims; the first one
that does not hold ends the run with its reason in the report.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from ronda.app.demo.setup import VILLAGE, build_once, open_demo, register_cameras, tell
from ronda.app.demo.sim_process import VirtualCameras, start_cameras
from ronda.app.demo.stage import Stage
from ronda.app.demo.story import Theft
from ronda.app.demo.story_city import City
from ronda.app.demo.story_plan import Money
from ronda.app.demo.story_trust import Trust
from ronda.app.demo.time_authority import TrainingAuthorities
from ronda.app.edge.village import VillageBox
from ronda.app.supervisor import LOOPBACK, run_tree
from ronda.app.wiring import Wiring
from ronda.core.errors import RondaError
from ronda.sim.regency import VILLAGE_EDGE

Report = dict[str, Any]
Step = Callable[[], Awaitable[dict[str, Any]]]
CUT_AFTER_S, CUT_S = 8.0, 40.0


async def play_once(root: Path) -> Report:
    """Play every step; the report says what was seen. Footage and package stay in `root`."""
    started_s = time.monotonic()
    report: Report = {"ok": False, "data": str(root), "started_s": started_s, "steps": []}
    try:
        wiring = open_demo(root)
        cameras = await start_cameras(root / "sim")
    except RondaError as error:
        del report["started_s"]
        return {**report, "failed": str(error)}
    village, authorities = VillageBox(wiring, root / VILLAGE, edge=VILLAGE_EDGE), TrainingAuthorities()
    try:
        authorities.start(wiring.time_stamps, wiring.clock.now_us())
        register_cameras(wiring, cameras.urls, cameras.sub_urls)
        build_s = time.monotonic()
        await asyncio.to_thread(build_once, wiring, root / "sim")
        note(report, 0, "history", {"built_s": round(time.monotonic() - build_s, 1)})
        async with _serving(wiring, village) as address:
            await _play(wiring, cameras, village, address, report)
        report["ok"] = True
    except (RondaError, AssertionError, OSError) as error:
        report["failed"] = f"{type(error).__name__}: {error}"
    finally:
        authorities.stop()
        await asyncio.to_thread(village.stop)
        await cameras.stop()
    report["steps"].sort(key=lambda step: step["of_story"])
    del report["started_s"]
    report["took_s"] = round(time.monotonic() - started_s, 1)
    return report


async def _play(wiring: Wiring, cameras: VirtualCameras, village: VillageBox, address: str, report: Report) -> None:
    """All ten steps. What does not wait for each other runs beside each other, as in a real office."""
    theft = Theft(wiring, cameras, address, village)
    money, trust = Money(wiring, address), Trust(wiring, address)
    city = City(wiring, address, theft.control, village)

    async def play(of_story: int, name: str, step: Step) -> None:
        tell(f"{of_story}. {name} ...")
        note(report, of_story, name, await step())

    async def evening() -> None:
        await play(1, "theft", theft.film_the_theft)
        await play(1, "request", theft.request)
        await play(2, "approval", theft.approve)
        await play(8, "not watching people", theft.nobody_looks_without_a_case)
        await play(3, "found", theft.find)
        await _together(
            play(3, "from the village", theft.from_the_village), play(8, "tampering", trust.tampering_is_named)
        )
        await play(4, "package", theft.pack)
        await play(4, "verified", theft.verify)
        await play(4, "hand-over", theft.hand_over)
        await play(4, "account of time", theft.account_for_time)

    async def planner() -> None:
        await play(5, "learning", money.learn)
        await play(6, "budget", money.budget)
        await play(7, "agreed", money.agree)

    async def desk() -> None:
        await play(9, "a switch dies", city.switch_dies)
        await play(8, "citizen", trust.citizen_reads)
        await play(9, "village page", city.village_reads)
        await play(9, "counter", city.counter)
        await play(9, "repaired", city.repaired)

    async def thin_line() -> None:
        await asyncio.sleep(CUT_AFTER_S)
        await asyncio.to_thread(village.cut)
        await asyncio.sleep(CUT_S)
        await asyncio.to_thread(village.heal)

    await play(1, "cameras", theft.all_record)
    await play(10, "channels", city.listen)
    try:
        await _together(evening(), planner(), desk(), thin_line())
        await play(10, "line heals", city.line_heals)
        await play(10, "interfaces", city.interfaces)
        await play(8, "log", theft.check_log)
    finally:
        await city.close()


async def _together(*stories: Coroutine[Any, Any, None]) -> None:
    """Run them beside each other; the first that fails ends the others."""
    tasks = [asyncio.ensure_future(story) for story in stories]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def note(report: Report, of_story: int, name: str, figures: dict[str, Any]) -> None:
    """Put a step's figures into the report and say them."""
    at_s = round(time.monotonic() - report["started_s"], 1)
    report["steps"].append({"step": name, "of_story": of_story, "at_s": at_s, **figures})
    tell(f"{of_story}. {name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))


@contextlib.asynccontextmanager
async def _serving(wiring: Wiring, village: VillageBox) -> AsyncIterator[str]:
    """The process tree of `ronda serve` on a free port, and the village's box behind its line."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = int(probe.getsockname()[1])
    tree = asyncio.create_task(run_tree(wiring.folder, LOOPBACK, port))
    address = f"http://{LOOPBACK}:{port}"
    try:
        await Stage.until(lambda: Stage.answers(address), 60, "the web to answer", tree)
        await asyncio.to_thread(village.start, port)
        yield address
    finally:
        tree.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await tree


def as_text(report: Report) -> str:
    """The report for people."""
    lines = [
        f"{step['of_story']}. {step['step']}: "
        + ", ".join(f"{key} {value}" for key, value in step.items() if key not in ("step", "of_story", "at_s"))
        for step in report["steps"]
    ]
    if "failed" in report:
        lines.append(f"FAILED: {report['failed']}")
    return "\n".join([*lines, f"{'ok' if report['ok'] else 'not ok'} in {report.get('took_s', 0)} s"])
