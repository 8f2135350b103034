"""GStreamer's RTSP server recorded by both engines: H.265 and H.264 with B-frames and sound, by TCP and by UDP.

A foreign reader agrees with the rows. ffmpeg as a publisher is left out: it cannot serve RTSP, only push to a
server (ANNOUNCE), and a recorder that opens ports for whoever wants to publish is not what Ronda is.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.camera_kit import recorder_in, until
from tests.media_kit import decoded_frames, ffprobe
from tests.needs import c_engine
from tests.system.test_foreign_control import pipelines
from tests.system.test_foreign_server import serve

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.media.rtsp_transport import Transport
from ronda.store.disk.index import SqliteIndex
from ronda.video.cameras_file import CameraConfig
from ronda.video.playback import plan, read_init_bytes, read_part, samples_of
from ronda.video.recorder import Recorder

c_engine()
ENGINES = ("c", "python")
CAMERAS = [CameraId(name) for name in ("hevc-alaw", "hevc-aac", "avc-mulaw", "avc-aac")]
TRACKS = [["hevc", "pcm_alaw"], ["hevc", "aac"], ["h264", "pcm_mulaw"], ["h264", "aac"]]


@pytest.mark.parametrize("sound", [True, False], ids=["sound", "silent"])
@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
async def test_what_is_sent_is_recorded_and_decodes(tmp_path: Path, transport: Transport, sound: bool):
    """Every picture decodes; the sound track is there where it is allowed, and nowhere else."""
    server, port = await serve(pipelines(tmp_path))
    try:
        async with AsyncExitStack() as stack:
            recorders = [await stack.enter_async_context(recorder_in(tmp_path / one, one)) for one in ENGINES]
            configs = [
                CameraConfig(camera=one, url=f"rtsp://127.0.0.1:{port}/c{number}", transport=transport, sound=sound)
                for number, one in enumerate(CAMERAS)
            ]
            for recorder in recorders:
                await recorder.apply(configs)
            await until(lambda: all(frames(one, name) >= 90 for one in recorders for name in CAMERAS), 40)
    finally:
        server.terminate()
        await server.wait()
    for engine in ENGINES:
        index = SqliteIndex(tmp_path / engine / "index.sqlite")
        for camera, tracks in zip(CAMERAS, TRACKS, strict=True):
            await judge(index, tmp_path / engine, camera, tracks if sound else tracks[:1])
        index.close()


def frames(recorder: Recorder, camera: CameraId) -> int:
    writing = recorder.writer.recorder(camera)
    return writing.frames if writing else 0


async def judge(index: SqliteIndex, folder: Path, camera: CameraId, tracks: list[str]) -> None:
    """What a foreign reader and our own player make of the camera's first file."""
    segment = index.segments(camera, TimeSpan(0, 2**62))[0]
    path = folder / segment.path
    assert ffprobe(path, "stream=codec_name") == tracks
    assert decoded_frames(path) == segment.frames
    assert "B" in ffprobe(path, "frame=pict_type", "-select_streams", "v")
    for number in range(len(tracks)):
        times = [int(one) for one in ffprobe(path, "packet=dts", "-select_streams", str(number))]
        assert times == sorted(set(times))
    if len(tracks) > 1:
        heard = ffprobe(path, "packet=duration_time", "-select_streams", "a")
        assert sum(map(float, heard)) == pytest.approx(segment.frames / 25, abs=1.5)
    part = plan(index, camera, segment.span)[0]
    shown = read_init_bytes(folder, segment), read_part(folder, segment, part.fragments)
    assert len(list(samples_of(*shown))) == segment.frames
    screen = folder / f"{camera}.mp4"
    await asyncio.to_thread(screen.write_bytes, b"".join(shown))
    assert ffprobe(screen, "stream=codec_name") == tracks[:1]
