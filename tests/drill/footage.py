"""A recorder as a process, and what it left: rows of the index, frame numbers in the files, `ronda check`."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.needs import require_program

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.sim.sei import parse_all
from ronda.store.disk.index import SqliteIndex
from ronda.video.model import Segment, SegmentState

RONDA = [sys.executable, "-c", "from ronda.app.cli import main; main()"]
ALL = TimeSpan(0, 1 << 60)
ENGINE = os.environ.get("RONDA_TEST_ENGINE", "auto")


@cache
def failpoints() -> Path:
    """The preloaded library of failpoints; built once for a run."""
    gcc = require_program("gcc", "gcc")
    library = Path(tempfile.mkdtemp(prefix="ronda-failpoints-")) / "failpoints.so"
    source = Path(__file__).with_name("failpoints.c")
    subprocess.run([gcc, "-O2", "-Wall", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


@dataclass(slots=True)
class RecorderProcess:
    """`ronda recorder` on a data folder; `failpoint` as in failpoints.c."""

    data: Path
    failpoint: str = ""
    engine: str = ENGINE
    log: Path | None = None
    began_us: int = field(init=False)
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        extra = {}
        if self.failpoint:
            extra = {"LD_PRELOAD": str(failpoints()), "RONDA_FAILPOINT": self.failpoint}
            extra |= {"RONDA_FAILPOINT_LOG": str(self.log)} if self.log else {}
        self.began_us = time.time_ns() // 1000
        command = [*RONDA, "recorder", "--data", self.data, "--engine", self.engine]
        self.process = subprocess.Popen(command, env={**os.environ, **extra}, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def make_data_folder(data: Path) -> None:
    subprocess.run([*RONDA, "init", "--data", data], check=True, capture_output=True)


def rows(footage: Path) -> dict[int, Segment]:
    """What the index names, read from a copy: the next start finds the database as the crash left it."""
    if not (footage / "index.sqlite").exists():
        return {}
    with tempfile.TemporaryDirectory() as scratch:
        for suffix in ("", "-wal"):
            source = footage / f"index.sqlite{suffix}"
            if source.exists():
                shutil.copyfile(source, Path(scratch) / source.name)
        if not _has_tables(Path(scratch) / "index.sqlite"):
            return {}
        index = SqliteIndex(Path(scratch) / "index.sqlite")
        found = {int(one.segment_id): one for one in index.all_segments() if one.state is not SegmentState.DELETED}
        index.close()
        return found


def _has_tables(path: Path) -> bool:
    """The very first start was not killed before it made them."""
    with sqlite3.connect(path) as db:
        return db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'segment'").fetchone()[0] > 0


def numbers(footage: Path) -> dict[CameraId, list[int]]:
    """The frame numbers in the files that the index names, camera by camera in order of time."""
    found: dict[CameraId, list[int]] = {}
    for one in sorted(rows(footage).values(), key=lambda one: one.span.start_us):
        marks = parse_all((footage / one.path).read_bytes())
        found.setdefault(one.camera, []).extend(mark.frame for mark in marks)
    return found


def newest_frames(footage: Path) -> dict[str, int]:
    """The newest frame number of each camera."""
    return {str(camera): max(found) for camera, found in numbers(footage).items() if found}


def files_without_row(footage: Path) -> list[str]:
    known = {one.path for one in rows(footage).values()}
    found = {path.relative_to(footage).as_posix() for path in footage.glob("*/*/*/*.mp4")}
    return sorted(found - known)


def check_clean(data: Path) -> str:
    """What `ronda check --full` finds; empty when index and files agree."""
    done = subprocess.run([*RONDA, "check", "--data", data, "--full"], capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def wait_for(condition: Callable[[], bool], what: str, timeout_s: float = 60) -> None:
    """The limit only ends a broken run."""
    end_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end_s:
            raise AssertionError(f"waited {timeout_s:g} s in vain: {what}")
        time.sleep(0.05)
