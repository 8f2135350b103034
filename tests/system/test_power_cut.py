"""Power cuts (N61): the disk as it stood at one instant is mounted again, and nothing on it is a lie.

RONDA_POWER_CUTS sets how many; `make test-long` asks for 200. A recorder writes footage and index to a file
system in a file (tests/drill/power.py says how it is copied). Half of the cuts come at random instants; for the
other half the recorder is stopped right before, in the middle of or right after a call that creates, writes,
syncs or cuts a file (tests/drill/failpoints.c), and the disk is copied while it stands still.
Needs root and loop devices; elsewhere it is skipped with that reason, under RONDA_TEST_STRICT=1 too, because no
package can bring them.
"""

import os
import random
import shutil
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.drill.cameras import VirtualCameras, virtual_cameras
from tests.drill.footage import (
    RecorderProcess,
    check_clean,
    files_without_row,
    make_data_folder,
    newest_frames,
    numbers,
    rows,
    wait_for,
)
from tests.drill.power import Cut, disk, mounted, why_not
from tests.needs import require_program

from ronda.core.time import SECOND_US
from ronda.store.disk.index import SqliteIndex

CUTS = int(os.environ.get("RONDA_POWER_CUTS", "4"))
CAMERAS = 6
MOST_LOST_S = 3.0
STEP = 37  # the recorder stands still at every so many-th step: prime, so that all steps have their turn


def test_a_power_cut_leaves_a_disk_that_tells_the_truth(tmp_path: Path):
    """After the mount: the database is whole, no row lacks its file, no file its row, at most 3 s are gone."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system: run this test as root")
    if (why := why_not()) is not None:
        pytest.skip(f"no loop device can be mounted here ({why})")
    require_program("losetup", "mount")
    chance, log, worst_s, torn = random.Random(61), tmp_path / "steps.log", 0.0, 0
    with virtual_cameras(tmp_path / "cameras", CAMERAS) as cameras, disk(tmp_path / "disk") as place:
        data = place.root / "data"
        done = 0
        while done < CUTS:
            with Pushed(start(cameras, data, log)) as recorder:
                wait_for(lambda: every_camera_has_rows(data / "footage"), "every camera is recorded")
                for _ in range(min(20, CUTS - done)):
                    if done % 2:
                        time.sleep(chance.uniform(0.2, 2.5))
                        cut = place.cut()
                    else:
                        cut = recorder.while_it_stands(place.cut)
                    worst_s = max(worst_s, judge(cut, cameras, tmp_path / "after"))
                    torn += cut.torn
                    cut.image.unlink()
                    done += 1
            shutil.rmtree(data)  # room for the next one on the small disk
    steps = Counter(log.read_text().split())
    print(f"{CUTS} cuts, most lost {worst_s:.2f} s, {torn} torn copies made again; stood still at {dict(steps)}")


def start(cameras: VirtualCameras, data: Path, log: Path) -> RecorderProcess:
    make_data_folder(data)
    cameras.list_for(data, list(cameras.urls))
    return RecorderProcess(data, f"any:{STEP}:stop", log=log)


def every_camera_has_rows(footage: Path) -> bool:
    return len({one.camera for one in rows(footage).values() if one.frames > 50}) == CAMERAS


class Pushed:
    """A recorder that stands still at every so many-th step, and is sent on at once unless that is wanted."""

    def __init__(self, recorder: RecorderProcess) -> None:
        self.recorder = recorder
        self._wanted, self._over = threading.Event(), threading.Event()
        self._stands = threading.Event()
        self._thread = threading.Thread(target=self._push, daemon=True)

    def __enter__(self) -> "Pushed":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()
        self.recorder.kill()

    def while_it_stands(self, cut: Callable[[], Cut]) -> Cut:
        """Copy the disk while the recorder stands still at its next step."""
        self._wanted.set()
        try:
            wait_for(self._stands.is_set, "the recorder stands still")
            return cut()
        finally:
            self._stands.clear()
            self._wanted.clear()

    def _push(self) -> None:
        while not self._over.wait(0.005):
            if not self._is_stopped():
                continue
            if self._wanted.is_set():
                self._stands.set()
            else:
                os.kill(self.recorder.process.pid, signal.SIGCONT)

    def _is_stopped(self) -> bool:
        facts = Path(f"/proc/{self.recorder.process.pid}/stat").read_text()
        return facts.rpartition(")")[2].split()[0] == "T"


def judge(cut: Cut, cameras: VirtualCameras, folder: Path) -> float:
    """Mount the copy, start a recorder on it, prove what it holds; the most seconds lost of a camera."""
    with mounted(cut.image, folder):
        data, footage = folder / "data", folder / "data" / "footage"
        with sqlite3.connect(footage / "index.sqlite") as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        db.close()
        named = rows(footage)
        for one in named.values():  # before any repair: the index names nothing that is not there
            assert (footage / one.path).stat().st_size >= one.size_bytes, one.path
        (data / "recorder" / "cameras.json").write_text("[]")
        socket = data / "run" / "recorder.sock"
        socket.unlink(missing_ok=True)
        recorder = RecorderProcess(data)
        wait_for(socket.exists, "the recorder serves")
        recorder.end()
        assert recorder.process.returncode == 0
        now = rows(footage)
        assert set(named) <= set(now)
        assert all(now[number].span.end_us >= one.span.end_us for number, one in named.items())
        assert files_without_row(footage) == []
        assert check_clean(data) == ""
        time_never_goes_back(footage)
        newest = newest_frames(footage)
    lost_s = 0.0
    for camera, (epoch_us, frame_us) in cameras.beats().items():
        sent = (cut.at_us - epoch_us) // frame_us
        lost_s = max(lost_s, (sent - newest[camera]) * frame_us / SECOND_US)
    assert lost_s <= MOST_LOST_S
    return lost_s


def time_never_goes_back(footage: Path) -> None:
    """Fragments of a camera follow each other in time, and so do the pictures in them."""
    index = SqliteIndex(footage / "index.sqlite")
    last: dict[str, int] = {}
    for one in sorted(rows(footage).values(), key=lambda one: one.span.start_us):
        for part in index.fragments(one.segment_id):
            assert part.start_us > last.get(one.camera, 0)
            last[one.camera] = part.start_us
    index.close()
    for camera, found in numbers(footage).items():
        assert found == sorted(set(found)), f"{camera}: a frame is doubled or out of order"
