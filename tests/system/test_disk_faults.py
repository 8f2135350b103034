"""The footage disk full, read-only, gone, or its index unreadable: one sentence, gaps, and on by itself.

A full disk is made for any user: the limit on file sizes of the running recorder is lowered from outside,
so that each further write fails, and lifted again. Rights on folders bind root too, once the process was
started without the privilege to pass over them.
"""

import asyncio
import hashlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.camera_kit import TestCamera, recorder_in, test_camera, until
from tests.needs import require_program

from ronda.core.ids import CameraId, HoldId
from ronda.core.time import TimeSpan
from ronda.store.disk.index import SqliteIndex
from ronda.video.cameras_file import CameraConfig
from ronda.video.check import Checked, check
from ronda.video.model import Gap, GapCause, Hold

CAM = CameraId("cam-1")
ALL = TimeSpan(0, 1 << 60)
RONDA = [sys.executable, "-c", "from ronda.app.cli import main; main()"]


class Told:
    """A running command and what it says on stderr."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process, self.text = process, ""
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        while data := await self.process.stderr.read(4096):
            self.text += data.decode()

    async def stop(self) -> int:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        status = await asyncio.wait_for(self.process.wait(), 20)
        await self._task
        return status


async def start(*arguments: object, before: tuple[str, ...] = ()) -> Told:
    process = await asyncio.create_subprocess_exec(*before, *RONDA, *map(str, arguments), stderr=subprocess.PIPE)
    return Told(process)


def installed(data: Path, camera: TestCamera) -> Path:
    """A data folder with one camera; gives its footage folder."""
    subprocess.run([*RONDA, "init", "--data", data], check=True, capture_output=True)
    (data / "recorder" / "cameras.json").write_text(json.dumps([{"camera": CAM, "url": camera.url}]))
    return data / "footage"


def files(footage: Path) -> list[Path]:
    return sorted(footage.glob("*/*/*/*.mp4"))


def footage_bytes(footage: Path) -> int:
    return sum(path.stat().st_size for path in files(footage))


def gaps(footage: Path) -> list[Gap]:
    return SqliteIndex(footage / "index.sqlite").gaps(CAM, ALL)


def agree(footage: Path) -> None:
    index = SqliteIndex(footage / "index.sqlite")
    assert list(check(index.all_segments(), footage, full=True, checked=Checked())) == []


def sentences(told: Told, part: str) -> list[str]:
    return [line for line in told.text.splitlines() if part in line]


async def grows(footage: Path, by_bytes: int = 20_000) -> None:
    before = footage_bytes(footage)
    await until(lambda: footage_bytes(footage) > before + by_bytes, 20)


async def test_a_disk_that_takes_no_more_is_one_sentence_and_a_gap_and_harms_no_held_footage(tmp_path: Path):
    """N62, for any user. The sentence comes once, not every two seconds."""
    async with test_camera(frame_bytes=20_000) as camera:
        footage = installed(tmp_path / "data", camera)
        told = await start("recorder", "--data", tmp_path / "data")
        await grows(footage, 200_000)
        index = SqliteIndex(footage / "index.sqlite")
        await until(lambda: index.segments(CAM, ALL) != [])
        held = files(footage)[0]
        span = index.segments(CAM, ALL)[0].span
        index.place_hold(Hold(hold_id=HoldId("h"), camera=CAM, span=span, until_us=None, reason="LP/1"))
        _, hard = resource.prlimit(told.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(told.process.pid, resource.RLIMIT_FSIZE, (100_000, hard))
        await until(lambda: "may not hold files this large" in told.text, 20)
        kept, size_bytes = hashlib.sha256(held.read_bytes()).hexdigest(), footage_bytes(footage)
        await asyncio.sleep(5)  # it tries again every two seconds
        assert told.process.returncode is None
        assert footage_bytes(footage) == size_bytes
        resource.prlimit(told.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        await grows(footage)
        assert await told.stop() == 0
    assert len(sentences(told, "may not hold files this large")) == 1
    assert "Next:" in sentences(told, "may not hold files this large")[0]
    assert "Traceback" not in told.text
    assert hashlib.sha256(held.read_bytes()).hexdigest() == kept
    disk = [gap for gap in gaps(footage) if gap.cause is GapCause.DISK]
    assert disk
    assert all(gap.end_us is not None for gap in disk)
    assert sum(gap.end_us - gap.start_us for gap in disk if gap.end_us) > 4_000_000
    agree(footage)


async def test_a_recorder_that_starts_without_its_disk_waits_and_then_records(tmp_path: Path):
    """A machine boots before its disk is there. The gap names the disk from the start of the waiting on."""
    async with test_camera() as camera:
        data = tmp_path / "data"
        footage, away = installed(data, camera), tmp_path / "away"
        first = await start("recorder", "--data", data)
        await until(lambda: footage_bytes(footage) > 20_000, 20)
        assert await first.stop() == 0
        footage.rename(away)
        told = await start("recorder", "--data", data)
        await until(lambda: "gone or empty" in told.text, 20)
        assert await told.stop() == 0  # waiting needs no kill -9
        second = await start("recorder", "--data", data)
        await until(lambda: "gone or empty" in second.text, 20)
        await asyncio.sleep(4)
        assert second.process.returncode is None
        assert len(sentences(second, "gone or empty")) == 1
        assert "Next:" in second.text
        assert not footage.exists()
        away.rename(footage)
        await grows(footage)
        assert await second.stop() == 0
    stopped, disk, last = gaps(footage)
    assert (stopped.cause, disk.cause, last.cause) == (GapCause.MACHINE, GapCause.DISK, GapCause.MACHINE)
    assert stopped.end_us == disk.start_us
    assert "gone or empty" in disk.evidence
    assert disk.end_us is not None
    agree(footage)


async def test_a_read_only_folder_is_said_at_the_start_and_recording_begins_when_it_is_not(tmp_path: Path):
    """N63: nothing is changed meanwhile, not even a lock file."""
    bound: tuple[str, ...] = ()
    if os.geteuid() == 0:
        without = "--bounding-set=-dac_override,-dac_read_search,-fowner"
        bound = (require_program("setpriv", "util-linux"), without, "--")
    async with test_camera() as camera:
        data = tmp_path / "data"
        footage = installed(data, camera)
        before = sorted(footage.rglob("*"))
        footage.chmod(0o500)
        try:
            told = await start("recorder", "--data", data, before=bound)
            await until(lambda: "may not be written by this user" in told.text, 20)
            assert sorted(footage.rglob("*")) == before
        finally:
            footage.chmod(0o700)
        await grows(footage)
        assert await told.stop() == 0
    assert "Next:" in told.text
    assert "Traceback" not in told.text
    agree(footage)


async def test_ronda_record_into_a_folder_it_may_not_use_ends_with_one_sentence(tmp_path: Path):
    """At a prompt nobody waits for a disk: exit status 1."""
    (tmp_path / "file").write_text("x")
    told = await start("record", "rtsp://127.0.0.1:1/x", "--out", tmp_path / "file" / "out")
    await told.process.wait()
    assert await told.stop() == 1
    assert told.text.count("\n") == 1
    assert "Next:" in told.text


async def test_an_index_that_is_no_index_is_said_and_waited_for(tmp_path: Path):
    """A torn disk: the footage stays untouched; with the index put back recording goes on by itself."""
    async with test_camera() as camera:
        data = tmp_path / "data"
        footage = installed(data, camera)
        first = await start("recorder", "--data", data)
        await until(lambda: footage_bytes(footage) > 20_000, 20)
        await first.stop()
        films = {path: path.read_bytes() for path in files(footage)}
        good = (footage / "index.sqlite").read_bytes()
        for left in ("index.sqlite-wal", "index.sqlite-shm"):
            (footage / left).unlink(missing_ok=True)
        (footage / "index.sqlite").write_bytes(b"no index at all" * 1000)
        second = await start("recorder", "--data", data)
        await until(lambda: "cannot be used" in second.text, 20)
        assert second.process.returncode is None
        assert (footage / "index.sqlite").read_bytes().startswith(b"no index at all")
        (footage / "index.sqlite").write_bytes(good)
        await grows(footage)
        assert await second.stop() == 0
    assert "Next:" in second.text
    assert "Traceback" not in second.text
    assert {path: path.read_bytes() for path in films} == films
    agree(footage)


async def test_an_index_taken_away_while_recording_is_a_fault_of_the_disk_until_it_is_back(tmp_path: Path):
    """Footage without rows could not be found again: better a gap that is told."""
    index, away = tmp_path / "f" / "index.sqlite", tmp_path / "away"
    async with test_camera() as camera, recorder_in(tmp_path / "f") as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
        await grows(tmp_path / "f")
        index.rename(away)
        await until(lambda: recorder.writer.state().fault is not None, 20)
        said = recorder.writer.state().fault or ""
        assert "the recording index" in said
        assert "Next:" in said
        assert not index.exists()
        away.rename(index)
        await until(lambda: recorder.writer.state().fault is None, 20)
        await grows(tmp_path / "f")
    assert GapCause.DISK in {gap.cause for gap in gaps(tmp_path / "f")}
    agree(tmp_path / "f")


def test_check_names_an_index_it_cannot_read(tmp_path: Path):
    """One sentence, exit status 1, no trace."""
    (tmp_path / "index.sqlite").write_bytes(b"SQLite format 3\0" + b"torn" * 2000)
    done = subprocess.run([*RONDA, "check", "--data", tmp_path], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Next:" in done.stderr


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_web(pid: int) -> bool:
    return b"\0web\0" in Path(f"/proc/{pid}/cmdline").read_bytes()


def sign_in_status(port: int) -> tuple[int, str]:
    """How the web answers a wrong password; each attempt is an entry of the log."""
    body = json.dumps({"login": "admin", "password": "wrong"}).encode()
    head = {"Content-Type": "application/json", "X-Ronda": "1"}
    question = urllib.request.Request(f"http://127.0.0.1:{port}/api/session", body, head)
    try:
        with urllib.request.urlopen(question, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


async def test_a_log_on_a_full_disk_refuses_acts_and_recording_goes_on(tmp_path: Path):
    """E6: nothing is looked at without an entry; but no camera stands still for the log's sake."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with test_camera() as camera:
        footage = installed(tmp_path / "data", camera)
        words = ("--site", "Pasar", "--purpose", "Keamanan jalan umum")
        told = await start("camera", "add", CAM, camera.url, *words, "--data", tmp_path / "data")
        assert await told.process.wait() == 0
        serving = await start("serve", "--data", tmp_path / "data", "--listen", port)
        try:
            async with asyncio.timeout(30):
                while (await asyncio.to_thread(sign_in_status, port))[0] != 401:
                    await asyncio.sleep(0.2)
            await grows(footage)
            (web,) = [pid for pid in children(serving.process.pid) if is_web(pid)]
            _, hard = resource.prlimit(web, resource.RLIMIT_FSIZE)
            resource.prlimit(web, resource.RLIMIT_FSIZE, (1000, hard))
            status, said = await asyncio.to_thread(sign_in_status, port)
            assert status == 503
            assert "access log" in said
            await grows(footage)
            resource.prlimit(web, resource.RLIMIT_FSIZE, (hard, hard))
            assert (await asyncio.to_thread(sign_in_status, port))[0] == 401
        finally:
            assert await serving.stop() == 0
    assert [gap.cause for gap in gaps(footage)] == [GapCause.MACHINE]  # the end of `serve`, nothing before
    agree(footage)
