"""Many cameras go and come back at once: the recorder is not the next fault of the network."""

import asyncio
import socket
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.camera_kit import TestCamera, recorder_in, until

from ronda.core.ids import CameraId
from ronda.video.cameras_file import CameraConfig
from ronda.video.connect.back_off import BackOff
from ronda.video.connect.pace import AGAIN_PER_S, OpeningPace
from ronda.video.gap_cause import Finding

MANY = 120


def closed_port() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"rtsp://127.0.0.1:{probe.getsockname()[1]}/live"


@dataclass(slots=True)
class CountedCamera(TestCamera):
    """One server for many entries; notes when each connection came."""

    came_s: list[float] = field(default_factory=list)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came_s.append(asyncio.get_running_loop().time())
        await TestCamera._serve(self, reader, writer)


async def test_after_a_fault_no_second_sees_more_than_20_new_connections(tmp_path: Path):
    """R7 and N76: 120 cameras off and on, off for long enough that all of them try in vain."""
    camera = CountedCamera(frame_bytes=200, pace_s=0.2)
    await camera.start()
    configs = [CameraConfig(camera=CameraId(f"cam-{n:02}"), url=f"{camera.url}/{n}") for n in range(MANY)]
    try:
        async with recorder_in(tmp_path) as recorder:
            await recorder.apply(configs)

            def recording() -> int:
                return sum(keeper.state.state == "recording" for keeper in recorder.keepers.values())

            await until(lambda: recording() == MANY, 20)
            first = len(camera.came_s)
            await camera.stop()
            await until(lambda: recording() == 0, 20)
            await asyncio.sleep(1.5)
            await camera.start()
            await until(lambda: recording() == MANY, 40)
            again = camera.came_s[first:]
    finally:
        await camera.stop()
    assert first == MANY
    assert len(again) == MANY
    for index, at in enumerate(again):
        # twice the pace: a busy machine may hold some back and let them go at once; unpaced it would be 80
        assert sum(other < at + 1 for other in again[index:]) <= 2 * AGAIN_PER_S


async def test_each_camera_has_the_quick_pace_once_after_our_start_and_the_slow_one_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """150 a second for the first attempt of each, 20 for every one after it, whoever asks."""
    given: list[bool] = []
    real = OpeningPace.slot

    def slot(pace: OpeningPace, now_us: int, *, first: bool) -> int:
        given.append(first)
        return real(pace, now_us, first=first)

    monkeypatch.setattr(OpeningPace, "slot", slot)
    configs = [CameraConfig(camera=CameraId(f"cam-{n}"), url=closed_port()) for n in range(12)]
    async with recorder_in(tmp_path) as recorder:
        await recorder.apply(configs)
        await until(lambda: len(given) >= 3 * len(configs), 30)
    assert given.count(True) == len(configs)
    assert not any(given[2 * len(configs) :])


async def test_a_camera_that_the_footage_knows_of_today_is_looked_for_every_five_seconds_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What was recorded before the restart counts as seen; a camera that never came waits longer."""
    asked: dict[str, list[bool]] = {}
    known, new = CameraId("known"), CameraId("new")
    camera = TestCamera()
    await camera.start()
    async with recorder_in(tmp_path) as recorder:
        await recorder.apply([CameraConfig(camera=known, url=camera.url)])
        await until(lambda: camera.frames_sent > 40)
    await camera.stop()
    real = BackOff.failed
    async with recorder_in(tmp_path) as recorder:

        def failed(back_off: BackOff, finding: Finding, chance: float, *, seen_lately: bool = False) -> float:
            owner = next(name for name, one in recorder.keepers.items() if one._back_off is back_off)
            asked.setdefault(owner, []).append(seen_lately)
            return real(back_off, finding, chance, seen_lately=seen_lately)

        monkeypatch.setattr(BackOff, "failed", failed)
        await recorder.apply(
            [CameraConfig(camera=known, url=camera.url), CameraConfig(camera=new, url=closed_port())]
        )
        await until(lambda: len(asked.get(known, [])) >= 2 and len(asked.get(new, [])) >= 2)
    assert all(asked[known])
    assert not any(asked[new])
