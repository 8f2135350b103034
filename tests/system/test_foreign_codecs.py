"""GStreamer's RTSP server recorded: H.265 and H.264 with sound, by TCP and by UDP; a foreign reader agrees."""

import asyncio
from pathlib import Path

import pytest
from tests.camera_kit import recorder_in, until
from tests.media_kit import decoded_frames, ffprobe
from tests.system.test_foreign_control import pipelines
from tests.system.test_foreign_server import serve

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.media.rtsp_transport import Transport
from ronda.store.disk.index import SqliteIndex
from ronda.video.cameras_file import CameraConfig
from ronda.video.playback import plan, read_init_bytes, read_part, samples_of

CAMERAS = [CameraId(name) for name in ("hevc-alaw", "hevc-aac", "avc-mulaw")]
TRACKS = [["hevc", "pcm_alaw"], ["hevc", "aac"], ["h264", "pcm_mulaw"]]


@pytest.mark.parametrize("sound", [True, False], ids=["sound", "silent"])
@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
async def test_what_is_sent_is_recorded_and_decodes(tmp_path: Path, transport: Transport, sound: bool):
    """Every picture decodes; the sound track is there where it is allowed, and nowhere else."""
    server, port = await serve(pipelines(tmp_path))
    try:
        async with recorder_in(tmp_path / "out") as recorder:
            configs = [
                CameraConfig(camera=one, url=f"rtsp://127.0.0.1:{port}/c{number}", transport=transport, sound=sound)
                for number, one in enumerate(CAMERAS)
            ]
            await recorder.apply(configs)

            def frames(camera: CameraId) -> int:
                writing = recorder.writer.recorder(camera)
                return writing.frames if writing else 0

            await until(lambda: all(frames(one) >= 90 for one in CAMERAS), 30)
    finally:
        server.terminate()
        await server.wait()
    index = SqliteIndex(tmp_path / "out/index.sqlite")
    for camera, tracks in zip(CAMERAS, TRACKS, strict=True):
        segment = index.segments(camera, TimeSpan(0, 2**62))[0]
        path = tmp_path / "out" / segment.path
        assert ffprobe(path, "stream=codec_name") == (tracks if sound else tracks[:1])
        assert decoded_frames(path) == segment.frames
        if sound:
            heard = ffprobe(path, "packet=duration_time", "-select_streams", "a")
            seen = segment.frames / 25
            assert sum(map(float, heard)) == pytest.approx(seen, abs=1.5)
        part = plan(index, camera, segment.span)[0]
        shown = read_init_bytes(tmp_path / "out", segment), read_part(tmp_path / "out", segment, part.fragments)
        assert len(list(samples_of(*shown))) == segment.frames
        screen = tmp_path / f"{camera}.mp4"
        await asyncio.to_thread(screen.write_bytes, b"".join(shown))
        assert ffprobe(screen, "stream=codec_name") == tracks[:1]
    index.close()
