"""Many cameras go and come back at once: the recorder is not the next fault of the network."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from tests.camera_kit import TestCamera, recorder_in, until

from ronda.core.ids import CameraId
from ronda.video.cameras_file import CameraConfig
from ronda.video.connect.pace import AGAIN_PER_S

MANY = 120


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
