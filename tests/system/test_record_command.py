"""`ronda record`, sentence by sentence of what it promises: times, files, statistics, refusals."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.camera_kit import test_camera, until
from tests.needs import missing, require_program
from tests.sim_kit import reel

from ronda.core.time import TimeSpan
from ronda.media.fmp4_read import scan
from ronda.sim.control import SimControl
from ronda.sim.plan import SimPlan, cameras_of
from ronda.sim.server import Serving, SimClock, SimOptions, SimServer
from ronda.store.disk.index import SqliteIndex
from ronda.video.check import Checked, check
from ronda.video.engine.choose import engine_kind
from ronda.video.model import SegmentState

ALL = TimeSpan(0, 1 << 60)
RECORD = [sys.executable, "-c", "from ronda.app.cli import main; main()", "record"]


async def start(*arguments: object, before: tuple[str, ...] = ()) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *before, *RECORD, *map(str, arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


async def run(*arguments: object, before: tuple[str, ...] = ()) -> tuple[int, str]:
    """Exit status, and what was said on stderr."""
    process = await start(*arguments, before=before)
    _, errors = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, errors.decode()


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*/*/*.mp4"))


def frames_decoded(paths: list[Path]) -> int:
    ffprobe = require_program("ffprobe", "ffmpeg")
    total = 0
    for path in paths:
        call = [ffprobe, "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"]
        done = subprocess.run([*call, path], capture_output=True, text=True, check=True)
        assert done.stderr == ""
        total += int(done.stdout)
    return total


def agree(folder: Path) -> None:
    """Index and files say the same, and every file is closed and whole."""
    index = SqliteIndex(folder / "index.sqlite")
    assert list(check(index.all_segments(), folder, full=True, checked=Checked())) == []
    assert {segment.state for segment in index.all_segments()} <= {SegmentState.CLOSED, SegmentState.REPAIRED}
    assert all(scan(path.read_bytes()).closed for path in files(folder))


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Serving]:
    """Sixty cameras with pictures that decode."""
    plan = SimPlan(cameras=cameras_of([(f"cam-{number:02}", "test") for number in range(60)]))
    server = SimServer(plan, {"test": {0: reel(), 1: reel()}}, SimOptions(data=tmp_path), SimClock())
    serving = await server.start()
    yield serving
    await server.stop()


async def test_the_statistics_have_exactly_the_named_shape_and_count_what_decodes(sim: Serving, tmp_path: Path):
    """A frame that is counted must be there. `--for` counts from the start of the process: never more than that."""
    urls, out, stats = list(sim.urls.values())[:2], tmp_path / "out", tmp_path / "stats.json"
    assert await run(*urls, "--out", out, "--for", 4, "--stats", stats) == (0, "")
    counts = json.loads(stats.read_text())
    assert list(counts) == ["engine", "streams"]
    assert counts["engine"] == engine_kind("auto").name
    assert [list(stream) for stream in counts["streams"]] == [["url", "frames", "bytes", "gaps", "damaged"]] * 2
    assert [stream["url"] for stream in counts["streams"]] == urls
    for name, stream in zip(("cam-00", "cam-01"), counts["streams"], strict=True):
        own = sorted((out / name).glob("*/*/*.mp4"))
        assert stream["frames"] == frames_decoded(own) > 0
        assert 0 < stream["bytes"] < sum(path.stat().st_size for path in own)
        assert (stream["gaps"], stream["damaged"]) == (0, 0)
    assert all(0 < one.span.duration_s < 4 for one in SqliteIndex(out / "index.sqlite").all_segments())
    agree(out)


async def test_sigterm_writes_every_frame_that_came_and_closes_the_files(sim: Serving, tmp_path: Path):
    """A service manager stops it this way; the last second must not be lost."""
    out, stats, control = tmp_path / "out", tmp_path / "stats.json", SimControl(sim.control_port)
    process = await start(sim.urls["cam-00"], "--out", out, "--stats", stats)
    await until(lambda: any(path.stat().st_size > 10_000 for path in files(out)))
    await asyncio.to_thread(control.fault, "cam-00", "stall", 60)  # connected, but nothing more is sent
    sent = (await asyncio.to_thread(control.status))["cameras"]["cam-00"]["sent"]
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 20) == 0
    (stream,) = json.loads(stats.read_text())["streams"]
    assert stream["frames"] == frames_decoded(files(out)) == sent
    agree(out)


async def test_it_raises_its_own_limit_on_open_files(sim: Serving, tmp_path: Path):
    """Sixty streams need more than 64 files; nobody should have to know that."""
    (tmp_path / "urls").write_text("\n".join(sim.urls.values()))
    low = ("sh", "-c", 'ulimit -S -n 64 && exec "$@"', "sh")
    out, stats = tmp_path / "out", tmp_path / "stats.json"
    status, errors = await run("--urls", tmp_path / "urls", "--out", out, "--for", 6, "--stats", stats, before=low)
    assert (status, errors) == (0, "")
    streams = json.loads(stats.read_text())["streams"]
    assert len(streams) == 60
    assert all(stream["frames"] > 0 and stream["gaps"] == 0 for stream in streams)
    agree(out)


async def test_a_limit_that_cannot_be_raised_is_said_before_the_recording(tmp_path: Path):
    """Otherwise the last cameras would be missing without a word."""
    urls = [f"rtsp://127.0.0.1:1/{number}" for number in range(30)]
    setpriv = require_program("setpriv", "util-linux") if os.geteuid() == 0 else ""
    held = ("setpriv", "--bounding-set=-sys_resource", "--") if setpriv else ()
    low = (*held, "sh", "-c", 'ulimit -n 64 && exec "$@"', "sh")
    _, errors = await run(*urls, "--out", tmp_path / "out", "--for", 2, before=low)
    first = errors.splitlines()[0]
    assert "30 streams need 130 open files, this process may open 64" in first
    assert "Next:" in first


async def test_a_file_of_addresses_may_hold_comments_and_empty_lines(sim: Serving, tmp_path: Path):
    """It is written by hand, and read beside addresses on the command line."""
    urls = list(sim.urls.values())
    listed = tmp_path / "urls"
    listed.write_text(f"# the market\n\n  {urls[1]}  \n   # switched off: rtsp://x/y\n\n{urls[2]}\n")
    stats = tmp_path / "stats.json"
    assert (await run(urls[0], "--urls", listed, "--out", tmp_path / "out", "--for", 3, "--stats", stats))[0] == 0
    assert [stream["url"] for stream in json.loads(stats.read_text())["streams"]] == urls[:3]


async def test_equal_names_never_share_a_folder(tmp_path: Path):
    """Three cameras that call their stream alike, and one that is called as a number would be."""
    async with test_camera() as camera:
        paths = ["live-2", "live", "LIVE?channel=3", "x/live"]
        urls = [camera.url.replace("live", path) for path in paths]
        stats = tmp_path / "stats.json"
        status, _ = await run(*urls, "--out", tmp_path / "out", "--for", 3, "--stats", stats)
    assert status == 0
    assert [stream["url"] for stream in json.loads(stats.read_text())["streams"]] == urls
    named = sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_dir())
    assert named == ["live", "live-2", "live-3", "live-4"]


async def test_one_dead_camera_does_not_harm_the_others_and_makes_the_status_1(sim: Serving, tmp_path: Path):
    """Exit status 0 if every stream gave frames, 1 if some gave none."""
    urls, stats = [sim.urls["cam-00"], "rtsp://u:hush@127.0.0.1:1/dead"], tmp_path / "stats.json"
    status, errors = await run(*urls, "--out", tmp_path / "out", "--for", 4, "--stats", stats)
    assert status == 1
    assert errors.count("\n") == 1
    assert "rtsp://***@127.0.0.1:1/dead gave no frame" in errors
    assert "Next: check the port" in errors
    alive, dead = json.loads(stats.read_text())["streams"]
    assert alive["frames"] > 0
    assert (dead["url"], dead["frames"], dead["bytes"]) == ("rtsp://***@127.0.0.1:1/dead", 0, 0)


async def test_what_never_answers_is_told_apart_and_said(tmp_path: Path):
    """A dead host, one that takes the call and says nothing, one that speaks another language: three sentences."""

    async def chat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail ready\r\n\r\n")
        await reader.read()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    servers = [await asyncio.start_server(one, "127.0.0.1", 0) for one in (chat, mute)]
    dead = _full_port()
    ports = [*(server.sockets[0].getsockname()[1] for server in servers), dead[0].getsockname()[1]]
    urls = [f"rtsp://admin:hush@127.0.0.1:{port}/x" for port in ports]
    try:
        long, short = await asyncio.gather(
            run(*urls, "--out", tmp_path / "long", "--for", 10),
            run(urls[2], "--out", tmp_path / "short", "--for", 2),
        )
    finally:
        for one in [*servers, *dead]:
            one.close()
    assert (long[0], short[0]) == (1, 1)
    for line, says in zip(
        long[1].splitlines(), ("speaks no RTSP", "answers no request", "not answer"), strict=True
    ):
        assert says in line
        assert "Next:" in line
    assert "give it more time" in short[1]
    assert "hush" not in long[1] + short[1]


def _full_port() -> list[socket.socket]:
    """A port whose queue is full: the kernel drops what would connect, as a dead host would."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    queued = [socket.socket() for _ in range(4)]
    for one in queued:
        one.setblocking(False)
        one.connect_ex(listener.getsockname())
    return [listener, *queued]


async def test_jpeg_of_a_foreign_server_is_refused_in_one_sentence(tmp_path: Path):
    """A codec we do not record: said at once, not tried for ever."""
    python = require_program("/usr/bin/python3", "python3-gi")
    script = Path(__file__).with_name("gst_server.py")
    launch = "videotestsrc is-live=true ! jpegenc ! rtpjpegpay name=pay0 pt=26"
    server = await asyncio.create_subprocess_exec(
        python, str(script), f"launch:{launch}", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert server.stdout is not None
        line = (await server.stdout.readline()).split()
        if not line:
            missing("GStreamer's RTSP server is not installed: apt install gir1.2-gst-rtsp-server-1.0 python3-gi")
        url = f"rtsp://127.0.0.1:{int(line[1])}/c0"
        status, errors = await run(url, "--out", tmp_path / "out", "--for", 20)
    finally:
        server.terminate()
        await server.wait()
    assert status == 1
    assert "JPEG" in errors
    assert "Next:" in errors
    assert errors.count("\n") == 1
    assert files(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--for", "0"], "no length of time"),
        (["--for", "-3"], "no length of time"),
        (["--for", "nan"], "no length of time"),
        (["--stats", "/nowhere/at/all.json"], "cannot be written"),
        (["--stats", "/tmp"], "cannot be written"),
        (["--engine", "warp"], "no packet engine"),
        (["rtsp://u:hush@host:99999/x"], "no number from 1 to 65535"),
        (["rtsp://u:hush/hush@host/x"], "%2F"),
        (["u:hush@host/x"], "no rtsp:// or rtsps:// address"),
        (["rtspu://u:hush@host/x"], "no rtsp:// or rtsps:// address"),
    ],
)
async def test_what_cannot_be_meant_ends_with_64_before_anything_is_made(
    tmp_path: Path, arguments: list[str], says: str
):
    """One sentence, the next step, no password, nothing on disk."""
    status, errors = await run("rtsp://127.0.0.1:1/x", *arguments, "--out", tmp_path / "out")
    assert (status, errors.count("\n")) == (64, 1)
    assert says in errors
    assert "Next:" in errors
    assert "hush" not in errors
    assert not (tmp_path / "out" / "index.sqlite").exists()


async def test_a_bad_line_in_a_file_of_addresses_is_named_by_its_number(tmp_path: Path):
    """In a list of two hundred nobody finds it otherwise."""
    (tmp_path / "urls").write_text("rtsp://127.0.0.1:1/x\n\nhttp://u:hush@camera/x\n")
    status, errors = await run("--urls", tmp_path / "urls", "--out", tmp_path / "out")
    assert status == 64
    assert "line 3" in errors
    assert "hush" not in errors


async def test_what_is_recorded_already_is_not_harmed_by_a_run_that_fails(sim: Serving, tmp_path: Path):
    """A second recorder, an engine that does not exist: the footage stays byte for byte."""
    out, url = tmp_path / "out", sim.urls["cam-00"]
    assert (await run(url, "--out", out, "--for", 4))[0] == 0
    before = {path: path.read_bytes() for path in files(out)}
    assert before
    first = await start(sim.urls["cam-01"], "--out", out)
    await until(lambda: len(files(out)) > len(before))
    status, errors = await run(url, "--out", out, "--for", 3)
    assert (status, errors.count("\n")) == (1, 1)
    assert "another recorder writes to" in errors
    first.terminate()
    assert await asyncio.wait_for(first.wait(), 20) == 0
    assert (await run(url, "--out", out, "--engine", "warp"))[0] == 64
    assert {path: path.read_bytes() for path in before} == before
    agree(out)
