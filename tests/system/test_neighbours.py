"""One camera's fault never costs another camera a frame: counted in the pictures themselves, for every fault.

Virtual cameras number their pictures (`ronda.sim.sei`), scripted ones fill them with their number. So the files of
the camera beside the faults show a missing, doubled or swapped picture, whatever the recorder says.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.camera_kit import recorder_in, until
from tests.drill.cameras import virtual_cameras
from tests.drill.footage import RecorderProcess, check_clean, make_data_folder, numbers, rows, wait_for
from tests.stream_kit import Sender
from tests.system import test_camera_faults as faulty
from tests.system import test_connect as hostile
from tests.system.test_camera_faults import CAM, ENGINES, Script, ScriptedCamera

from ronda.core.ids import CameraId
from ronda.sim.plan import FaultKind
from ronda.video.cameras_file import CameraConfig

LASTS_S = 2.0
COUNT = 120


def stamped(stamp: Callable[[int], int]) -> Script:
    return lambda number, sender: faulty.plain(number, sender, stamp=stamp(number))


def noisy(number: int, sender: Sender) -> None:
    faulty.plain(number, sender)
    sender.out += b"\x00noise$\x00 without a packet" if number % 7 == 3 else b""


SCRIPTS = {
    **{kind: stamped(stamp) for kind, (stamp, _) in faulty.STAMPS.items()},
    **faulty.BROKEN,
    "packets lost, doubled, swapped": faulty.lossy(0.3),
    "noise between the packets": noisy,
    "an SEI of 2 MB": faulty.huge_sei,
    "sound nobody asked for": faulty.unasked_sound,
}
TALKS = (
    hostile.never, hostile.one_byte_a_time, hostile.endless_header, hostile.endless_messages, hostile.hangs_up,
    hostile.speaks_http, hostile.answers(hostile.OK, f"{hostile.OK}\r\n\r\n{hostile.HUGE * 1000}"),
    hostile.answers(hostile.OK, 'RTSP/1.0 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n"'),
)  # fmt: skip


@pytest.mark.parametrize("engine", ["python", "c"])
def test_no_fault_of_a_virtual_camera_costs_the_others_a_frame(tmp_path: Path, engine: str):
    """One camera for each fault switch, all at once; one that is never touched."""
    data, names = tmp_path / "data", [f"cam-{number}" for number in range(1, len(FaultKind) + 2)]
    faults = dict(zip(names, [*FaultKind, None], strict=True))
    make_data_folder(data)
    with virtual_cameras(tmp_path / "cameras", len(names)) as cameras:
        cameras.list_for(data, names)
        recorder = RecorderProcess(data, engine=engine)
        wait_for(lambda: len({one.camera for one in rows(data / "footage").values()}) == len(names), "all recorded")
        for name, fault in faults.items():
            if fault is not None:
                cameras.control.fault(name, fault.value, LASTS_S, offset_s=3600)
        time.sleep(LASTS_S + 1.5)
        recorder.end()
    assert check_clean(data) == ""
    found = numbers(data / "footage")
    lossless = [name for name, fault in faults.items() if fault in (FaultKind.FREEZE, FaultKind.CLOCK, None)]
    sent = cameras.sent()  # without what a camera itself left out because the whole machine stood still
    for name in lossless:
        frames = found[CameraId(name)]
        runs = [range(one.first, one.last + 1) for one in sent if one.camera == name]
        given = [number for run in runs for number in run if frames[0] <= number <= frames[-1]]
        assert frames == given, f"{name} lost a frame"
        assert len({one.session for one in sent if one.camera == name}) == 1, f"{name} was connected anew"
        assert len(frames) > 60
    for name in set(names) - set(lossless):
        assert len(found[CameraId(name)]) < len(found[CameraId(names[-1])]) - 25, f"{name}: the fault did nothing"


@pytest.mark.parametrize("engine", ENGINES)
async def test_no_fault_that_a_camera_can_send_costs_the_one_beside_it_a_frame(tmp_path: Path, engine: str):
    """Wild times, broken and oversized pictures, lost packets, talks that mean no good: all beside a good one."""
    good = ScriptedCamera(count=COUNT, pace_s=0.02)
    bad = [ScriptedCamera(script=script, count=COUNT, pace_s=0.02) for script in SCRIPTS.values()]
    async with contextlib.AsyncExitStack() as stack:
        for camera in (good, *bad):
            await camera.start()
            stack.push_async_callback(camera.stop)
        had: set[int] = set()

        def counted(number: int) -> hostile.Serve:
            def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> object:
                had.add(number)
                return TALKS[number](reader, writer)

            return serve

        ports = [await stack.enter_async_context(hostile.listening(counted(n))) for n in range(len(TALKS))]
        urls = [*(camera.url for camera in bad), *(hostile.address(port) for port in ports)]
        configs = [CameraConfig(camera=CameraId(f"bad-{n}"), url=url) for n, url in enumerate(urls)]
        recorder = await stack.enter_async_context(recorder_in(tmp_path, engine))
        await recorder.apply([*configs, CameraConfig(camera=CAM, url=good.url)])
        await until(lambda: good.done.is_set() and all(camera.done.is_set() for camera in bad), 40)
        await faulty.settled(recorder)
    got = faulty.read(tmp_path, None)
    assert len(had) == len(TALKS), "each hostile talk was had"
    assert got.fills == faulty.numbers(COUNT)
    assert got.damaged == 0
    assert got.inner_gaps == []
