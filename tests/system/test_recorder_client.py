"""The web's side of the recorder: its socket, and what comes through it."""

import asyncio
from pathlib import Path

import pytest
from tests.camera_kit import recorder_in, test_camera, until
from tests.needs import c_engine
from tests.stream_kit import DISTANCE_90K
from tests.system.test_recorder import CAM, recorded

from ronda.core.ids import CameraId
from ronda.media.fmp4_read import scan
from ronda.video.cameras_file import CameraConfig
from ronda.video.errors import RecorderBusyError, RecorderNotRunningError, RecorderRefusedError
from ronda.video.model import SegmentState
from ronda.video.recorder_client import LiveFragment, LiveInit, LiveNote, RecorderClient
from ronda.video.recorder_server import RecorderServer
from ronda.video.status_watch import StatusWatch


async def test_the_whole_conversation(tmp_path: Path):
    """Status, a segment closed for an export, live frames, and a reload; below a path of any length."""
    data = tmp_path / ("deep-" * 30)
    reloads = []

    async def reload() -> None:
        reloads.append(1)

    async with test_camera() as camera, recorder_in(data / "footage") as recorder:
        await recorder.apply(
            [
                CameraConfig(camera=CAM, url=camera.url),
                CameraConfig(camera=CameraId("gone"), url="rtsp://127.0.0.1:1/x"),
            ]
        )
        watch = StatusWatch(recorder)
        server = RecorderServer(recorder, watch, data / "run" / "recorder.sock", reload=reload)
        await server.start()
        client = RecorderClient(data)
        await recorded(recorder, 30)
        watch.sample()
        await asyncio.sleep(1)
        watch.sample()
        status = await client.status()
        assert status.cameras[CAM].state == "recording"
        assert (status.cameras[CAM].width_px, status.cameras[CAM].codec) == (640, "avc1.64001e")
        assert 15 < (status.cameras[CAM].fps or 0) < 35
        assert status.cameras[CameraId("gone")].state == "failed"
        assert "Next:" in (status.cameras[CameraId("gone")].last_error or "")
        assert (status.disk.free_bytes or 0) > 0
        number = await client.close_segment(CAM)
        assert number is not None
        assert recorder.index.segment(number).state is SegmentState.CLOSED
        await client.reload()
        assert reloads == [1]
        await see_live(client)
        assert await notes_of(client, CameraId("gone")) == "offline"
        for unknown in ("nobody", "../../etc"):
            with pytest.raises(RecorderRefusedError):
                await client.close_segment(CameraId(unknown))
        await server.close()
        with pytest.raises(RecorderNotRunningError):
            await client.status()


async def see_live(client: RecorderClient) -> None:
    """The picture stands at once: init and a key frame come before anything else."""
    content, kinds = b"", []
    async with asyncio.timeout(10):
        async for item in client.live(CAM):
            assert not isinstance(item, LiveNote)
            kinds.append((type(item), getattr(item, "key", None)))
            content += item.data
            if len(kinds) > 30:
                break
    assert kinds[:2] == [(LiveInit, None), (LiveFragment, True)]
    found = scan(content)
    times = [part.samples[0].dts_90k for part in found.fragments]
    assert times == sorted(set(times))


async def notes_of(client: RecorderClient, camera: CameraId) -> str:
    async with asyncio.timeout(10):
        async for item in client.live(camera):
            if isinstance(item, LiveNote):
                return item.kind
    return ""


async def test_a_camera_that_comes_back_goes_on_in_the_same_view(tmp_path: Path):
    """The viewer is told, and the new frames lie after the old ones in the player's time."""
    async with test_camera() as camera, recorder_in(tmp_path) as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
        await recorded(recorder, 10)
        watched, viewer = recorder.view(CAM, "main")
        items = [await viewer.next() for _ in range(10)]
        camera.drop()
        async with asyncio.timeout(15):
            while not (items and isinstance(items[-1], LiveNote)):
                items.append(await viewer.next())
            for _ in range(20):
                items.append(await viewer.next())
        await recorder.leave(watched, viewer)
    init = next(item for item in items if isinstance(item, LiveInit))
    found = scan(init.data + b"".join(item.data for item in items if isinstance(item, LiveFragment)))
    times = [part.samples[0].dts_90k for part in found.fragments]
    assert times == sorted(set(times))
    assert len(times) >= 25


@pytest.mark.parametrize("engine", ["python", "c"])
async def test_who_joins_in_the_middle_of_a_long_group_sees_it_whole(tmp_path: Path, engine: str):
    """Its key frame is fetched from the file: nobody waits eight seconds for a picture, and no frame is missing."""
    if engine == "c":
        c_engine()
    async with test_camera(group=200, frame_bytes=800) as camera, recorder_in(tmp_path, engine) as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
        await recorded(recorder, 60)
        watched, viewer = recorder.view(CAM, "main")
        async with asyncio.timeout(4):
            items = [await viewer.next() for _ in range(90)]
        await recorder.leave(watched, viewer)
    assert [type(item) for item in items] == [LiveInit] + 89 * [LiveFragment]
    assert [item.key for item in items[1:]] == [True] + 88 * [False]
    fragments = scan(b"".join(item.data for item in items)).fragments
    times = [part.samples[0].dts_90k for part in fragments]
    assert times == [index * DISTANCE_90K for index in range(89)]
    sizes = [part.samples[0].size_bytes for part in fragments]
    assert set(sizes[1:]) == {804}, "every frame whole"


async def test_a_viewer_far_behind_gets_the_newest_picture_first(tmp_path: Path):
    """On a thin line what is seconds old is left out as soon as a key frame comes."""
    async with test_camera() as camera, recorder_in(tmp_path) as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
        await recorded(recorder, 10)
        watched, viewer = recorder.view(CAM, "main")
        await viewer.next()  # the player has begun
        await recorded(recorder, 90)
        items = [await viewer.next() for _ in range(3)]
        await recorder.leave(watched, viewer)
    assert [getattr(item, "kind", None) for item in items if isinstance(item, LiveNote)] == ["skipped"]
    newest = next(item for item in items if isinstance(item, LiveFragment))
    assert newest.key
    assert recorder.arrival.now_us() - newest.start_us < 2_500_000


async def test_a_slow_viewer_is_skipped_to_a_key_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Its queue never grows without bound, and what it gets after the hole can be decoded."""
    from ronda.video.live import hub

    monkeypatch.setattr(hub, "MOST_WAITING_BYTES", 20_000)
    async with test_camera() as camera, recorder_in(tmp_path) as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
        await recorded(recorder, 10)
        watched, viewer = recorder.view(CAM, "main")
        await recorded(recorder, 60)
        items = [await viewer.next() for _ in range(8)]
        await recorder.leave(watched, viewer)
    kinds = [item.kind for item in items if isinstance(item, LiveNote)]
    assert "skipped" in kinds
    after = next(item for item in items if isinstance(item, LiveFragment))
    assert after.key


async def test_the_sub_stream_is_connected_only_while_somebody_watches(tmp_path: Path):
    """It would cost the village's line twice."""
    async with test_camera() as camera, test_camera() as sub, recorder_in(tmp_path) as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url, sub_url=sub.url)])
        await recorded(recorder, 10)
        assert sub.connections == 0
        watched, viewer = recorder.view(CAM, "sub")
        async with asyncio.timeout(10):
            while not isinstance(await viewer.next(), LiveFragment):
                pass
        assert sub.connections == 1
        frames = recorder.writer.recorder(CAM).frames
        await recorder.leave(watched, viewer)
        await recorded(recorder, frames + 10)
        sent = sub.frames_sent
        await asyncio.sleep(0.5)
        assert sub.frames_sent <= sent + 2


async def test_a_second_recorder_on_the_same_folder_is_refused(tmp_path: Path):
    """Two writers would overlap each other's footage."""
    from ronda.app.recorder_run import hold_folder

    with hold_folder(tmp_path), pytest.raises(RecorderBusyError, match="Next:"), hold_folder(tmp_path):
        pass
    with hold_folder(tmp_path):
        pass


async def test_nothing_is_lost_while_somebody_watches(tmp_path: Path):
    """The tap is beside the recording, never in its way."""
    async with test_camera() as camera:
        async with recorder_in(tmp_path) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            watched, viewer = recorder.view(CAM, "main")
            await until(lambda: recorder.writer.recorder(CAM) and recorder.writer.recorder(CAM).frames > 50)
            await recorder.leave(watched, viewer)
        assert recorder.index.gaps(CAM, recorder_span()) == []
        assert camera.frames_sent - recorder.writer.recorder(CAM).frames <= 3


def recorder_span() -> object:
    from tests.system.test_recorder import ALL

    return ALL
