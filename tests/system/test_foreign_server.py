"""A foreign RTSP server and foreign readers: real pictures, some with B-frames."""

import asyncio
import subprocess
from pathlib import Path

from tests.camera_kit import recorder_in, until
from tests.needs import missing, require_program, require_shared
from tests.system.test_recorder import ALL, CAM, CameraConfig

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.store.disk.index import SqliteIndex
from ronda.video.check import Checked, check
from ronda.video.live.muxer import LiveFragment, LiveInit

CLIPS = ["motorway-720p.mp4", "tud-stadtmitte.mp4", "motorway-720p-vfr.mp4"]  # reorder depth 1, 2 and none


async def serve(paths: list[Path]) -> tuple[asyncio.subprocess.Process, int]:
    python = require_program("/usr/bin/python3", "python3-gi")
    script = Path(__file__).with_name("gst_server.py")
    process = await asyncio.create_subprocess_exec(
        python, str(script), *map(str, paths), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).split()
    if not line:
        missing("GStreamer's RTSP server is not installed: apt install gir1.2-gst-rtsp-server-1.0 python3-gi")
    return process, int(line[1])


def probe(path: Path, *options: str) -> str:
    ffprobe = require_program("ffprobe", "ffmpeg")
    done = subprocess.run([ffprobe, "-v", "error", *options, path], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


async def test_clips_with_b_frames_are_recorded_and_decode_without_an_error(tmp_path: Path):
    """ffprobe agrees on frame count, key frames and durations; ffmpeg decodes every frame."""
    ffmpeg = require_program("ffmpeg", "ffmpeg")
    server, port = await serve([require_shared(f"footage/{name}") for name in CLIPS])
    cameras = [CameraId(f"clip-{number}") for number in range(len(CLIPS))]
    try:
        async with recorder_in(tmp_path) as recorder:
            urls = [f"rtsp://127.0.0.1:{port}/c{number}" for number in range(len(CLIPS))]
            await recorder.apply(
                [CameraConfig(camera=one, url=url) for one, url in zip(cameras, urls, strict=True)]
            )
            await until(lambda: all(_frames(recorder, one) >= 100 for one in cameras), 25)
    finally:
        server.terminate()
        await server.wait()
    index = SqliteIndex(tmp_path / "index.sqlite")
    assert list(check(index.all_segments(), tmp_path, full=True, checked=Checked())) == []
    for camera in cameras:
        for segment in index.segments(camera, ALL):
            path = tmp_path / segment.path
            frames = probe(path, "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0")
            assert int(frames) == segment.frames
            fragments = index.fragments(segment.segment_id)
            keys = probe(path, "-show_entries", "packet=flags", "-of", "csv=p=0").split()
            assert sum(1 for key in keys if "K" in key) >= sum(1 for one in fragments if one.key)
            seconds = float(probe(path, "-show_entries", "format=duration", "-of", "csv=p=0"))
            last = fragments[-1]
            assert abs(seconds - (last.start_90k + last.duration_90k) / 90_000) < 0.05
            decoded = subprocess.run(
                [ffmpeg, "-v", "error", "-i", path, "-f", "null", "-"], capture_output=True, check=True
            )
            assert decoded.stderr == b""


def _frames(recorder: object, camera: CameraId) -> int:
    found = recorder.writer.recorder(camera)  # type: ignore[attr-defined]
    return found.frames if found else 0


async def test_live_begins_at_a_key_frame_and_decodes(tmp_path: Path):
    """What a browser gets: an init segment, then one-frame fragments from the newest key frame on."""
    ffmpeg = require_program("ffmpeg", "ffmpeg")
    server, port = await serve([require_shared("footage/tud-stadtmitte.mp4")])
    content, fragments = b"", []
    try:
        async with recorder_in(tmp_path / "out") as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=f"rtsp://127.0.0.1:{port}/c0")])
            await until(lambda: _frames(recorder, CAM) >= 60)
            joined_us = recorder.arrival.now_us()
            watched, viewer = recorder.view(CAM, "main")
            async with asyncio.timeout(10):
                while len(fragments) < 60:
                    item = await viewer.next()
                    if isinstance(item, LiveInit | LiveFragment):
                        content += item.data
                    if isinstance(item, LiveFragment):
                        fragments.append(item)
            await recorder.leave(watched, viewer)
    finally:
        server.terminate()
        await server.wait()
    assert fragments[0].key
    assert sum(1 for one in fragments if one.key and one.start_us < joined_us) <= 1
    path = tmp_path / "live.mp4"
    path.write_bytes(content)
    done = subprocess.run([ffmpeg, "-v", "error", "-i", path, "-f", "null", "-"], capture_output=True, check=True)
    assert done.stderr == b""
    assert TimeSpan(fragments[0].start_us, fragments[-1].start_us).duration_s > 1
