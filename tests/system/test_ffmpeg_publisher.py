"""ffmpeg as a publisher: it serves no RTSP, but sends to a server, from which Ronda records."""

import asyncio
from pathlib import Path

import pytest
from tests.camera_kit import recorder_in, until
from tests.media_kit import annex_b, decoded_frames, ffmpeg, ffprobe
from tests.needs import require_program
from tests.system.test_camera_faults import ALL, CAM

from ronda.sim.publisher import PublishPoint
from ronda.store.disk.index import SqliteIndex
from ronda.video.cameras_file import CameraConfig


@pytest.mark.parametrize(("codec", "named"), [("h264", "h264"), ("h265", "hevc")])
async def test_what_ffmpeg_publishes_is_recorded_and_every_picture_decodes(
    tmp_path: Path, codec: str, named: str
) -> None:
    raw, clip = tmp_path / f"clip.{codec}", tmp_path / "clip.mp4"
    raw.write_bytes(annex_b(codec, params="bframes=0:keyint=10:repeat-headers=1"))
    await asyncio.to_thread(ffmpeg, "-r", "25", "-i", raw, "-c", "copy", clip)
    footage = tmp_path / "footage"
    async with PublishPoint() as point, recorder_in(footage) as recorder:
        publishing = await asyncio.create_subprocess_exec(
            require_program("ffmpeg", "ffmpeg"), "-v", "error", "-re", "-stream_loop", "-1", "-i", str(clip),
            "-c", "copy", "-f", "rtsp", "-rtsp_transport", "tcp", point.url("clip"),
        )  # fmt: skip
        try:
            await until(lambda: "clip" in point.descriptions)
            await recorder.apply([CameraConfig(camera=CAM, url=point.url("clip"))])

            def frames() -> int:
                writing = recorder.writer.recorder(CAM)
                return writing.frames if writing else 0

            await until(lambda: frames() > 50, 30)
        finally:
            publishing.terminate()
            await publishing.wait()
    index = SqliteIndex(footage / "index.sqlite")
    (segment,) = index.segments(CAM, ALL)
    index.close()
    assert segment.frames > 50
    assert ffprobe(footage / segment.path, "stream=codec_name") == [named]
    assert decoded_frames(footage / segment.path) == segment.frames
