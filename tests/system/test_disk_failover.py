"""Several footage disks: one fails while it is written, and the next goes on within seconds.

Real disks where the user may mount: a small tmpfs that fills up, is made read-only, or is taken away. Where
nobody may mount, folders are taken away and swapped, which any user can do.
"""

import contextlib
import errno
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.camera_kit import recorder_in, test_camera, until
from tests.needs import require_program

from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US, TimeSpan
from ronda.store.disk.index import SqliteIndex
from ronda.video.cameras_file import CameraConfig
from ronda.video.check import Checked, check
from ronda.video.check_index import fragments_fit, overlaps, unaccounted
from ronda.video.model import GapCause, Segment, SegmentState, disk_of
from ronda.video.playback import plan, read_part
from ronda.video.record.disk_calls import DiskCalls
from ronda.video.record.disks import add_disk
from ronda.video.record.footage_folder import FootageFolder
from ronda.video.recorder import Recorder

CAM = CameraId("cam-1")
ALL = TimeSpan(0, 1 << 60)


def two_disks(tmp_path: Path) -> Path:
    """A book in which the further disk `second` comes before the folder of the index."""
    home = FootageFolder(tmp_path / "home")
    home.prepare()
    book = tmp_path / "disks.json"
    add_disk(book, home, tmp_path / "second")
    rows = json.loads(book.read_text())["disks"]
    book.write_text(json.dumps({"disks": rows[::-1]}))
    return book


@contextlib.contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[None]:
    """A real file system of its own."""
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "ronda-test", place], capture_output=True, text=True
    )
    if done.returncode != 0:
        pytest.skip(f"only root may mount a disk here ({done.stderr.strip()})")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", place], check=False, capture_output=True)


@contextlib.contextmanager
def broken_ext4(
    place: Path, image: Path, megabytes: int
) -> Iterator[tuple[Callable[[], object], Callable[[], object]]]:
    """An ext4 on a loop device; gives what breaks it as an error of its disk would, and what mends it."""
    with image.open("wb") as file:
        file.truncate(megabytes * 1_000_000)
    place.mkdir()
    subprocess.run([require_program("mkfs.ext4", "e2fsprogs"), "-q", "-F", image], check=True)
    mount = ["mount", "-o", "loop", image, place]
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"only root may mount a disk here ({done.stderr.strip()})")

    def abort() -> None:
        subprocess.run(["mount", "-o", "remount,abort", place], check=True)

    def mend() -> None:
        subprocess.run(["umount", place], check=True)
        subprocess.run(mount, check=True)

    try:
        yield abort, mend
    finally:
        subprocess.run(["umount", "-l", place], check=False, capture_output=True)


def segments(recorder: Recorder, disk: int) -> list[Segment]:
    return [one for one in recorder.index.segments(CAM, ALL) if disk_of(one.path) == disk]


async def grows_on(recorder: Recorder, disk: int, frames: int = 20) -> None:
    def frames_there() -> int:
        return sum(one.frames for one in segments(recorder, disk))

    before = frames_there()
    await until(lambda: frames_there() > before + frames, 30)


def proven(folder: Path, disks: tuple[int, ...]) -> None:
    """Everything that `ronda check` proves, for the disks that are there; and every segment is readable."""
    index = SqliteIndex(folder / "index.sqlite")
    assert list(check(index.all_segments(), folder, full=True, checked=Checked(), disks=disks)) == []
    rows = index.segments(CAM, ALL)
    assert list(overlaps(rows)) == []
    assert list(unaccounted(index, CAM)) == []
    for one in rows:
        if disk_of(one.path) in disks:
            assert one.state is not SegmentState.OPEN
            assert list(fragments_fit(index, one)) == []
    index.close()


def disk_gaps(folder: Path) -> list[str]:
    index = SqliteIndex(folder / "index.sqlite")
    found = [gap for gap in index.gaps(CAM, ALL) if gap.cause is GapCause.DISK]
    assert all(gap.end_us is not None for gap in found)
    index.close()
    return [gap.evidence for gap in found]


async def test_a_disk_that_is_taken_away_is_followed_by_the_next_and_used_again_when_it_is_back(tmp_path: Path):
    """Gone and back: footage goes on elsewhere, the gap says disk, what it was left with is repaired."""
    book, home = two_disks(tmp_path), tmp_path / "home"
    async with test_camera() as camera, recorder_in(home, book=book) as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
        await grows_on(recorder, 1, 60)
        (tmp_path / "second").rename(tmp_path / "away")
        await grows_on(recorder, 0)
        (fault,) = recorder.disks.faults()
        assert "gone or empty" in fault
        assert "Next:" in fault
        assert recorder.writer.state().fault is None
        middle = segments(recorder, 0)[0].span.start_us + SECOND_US
        part = plan(recorder.index, CAM, TimeSpan(middle, middle + 1))[0]
        assert read_part(home, part.segment, part.fragments)
        (tmp_path / "away").rename(tmp_path / "second")
        await until(lambda: recorder.disks.faults() == [])
        await recorder.close_segment(CAM)
        await grows_on(recorder, 1)
        assert segments(recorder, 1)[0].state in (SegmentState.REPAIRED, SegmentState.CLOSED)
    proven(home, (0, 1))
    evidence = disk_gaps(home)
    assert evidence
    assert all("footage could not be written" in one for one in evidence)


async def test_another_disk_in_its_place_is_never_written_to(tmp_path: Path):
    """N65: a wrong disk of the same name is a fault with a sentence; its files stay as they are."""
    book, home = two_disks(tmp_path), tmp_path / "home"
    async with test_camera() as camera, recorder_in(home, book=book) as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
        await grows_on(recorder, 1)
        (tmp_path / "second").rename(tmp_path / "away")
        FootageFolder(tmp_path / "second").prepare()
        await grows_on(recorder, 0)
        assert "another recorder" in recorder.disks.faults()[0]
        assert [path.name for path in (tmp_path / "second").iterdir()] == ["ronda-footage.json"]
    index = SqliteIndex(home / "index.sqlite")
    left = [one for one in index.all_segments() if disk_of(one.path) == 1]
    index.close()
    assert left  # rows of the absent disk stay: nothing of them was forgotten or deleted
    proven(home, (0,))
    (tmp_path / "second" / "ronda-footage.json").unlink()
    (tmp_path / "second").rmdir()
    (tmp_path / "away").rename(tmp_path / "second")
    async with test_camera() as camera, recorder_in(home, book=book) as recorder:
        assert [repair.path for repair in recorder.repairs] == [one.path for one in left]
    proven(home, (0, 1))


async def test_a_start_without_one_of_the_disks_records_on_the_other(tmp_path: Path):
    """The machine boots while a disk is away: open rows on it wait for it."""
    book, home = two_disks(tmp_path), tmp_path / "home"
    (tmp_path / "second").rename(tmp_path / "away")
    async with test_camera() as camera, recorder_in(home, book=book) as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
        await grows_on(recorder, 0)
        assert recorder.writer.state().fault is None
    proven(home, (0,))


async def test_a_disk_that_fills_up_is_left_for_the_next_before_it_fails(tmp_path: Path):
    """N62: room is kept free, so no frame is lost and nothing is deleted while another disk has room."""
    with small_disk(tmp_path / "second", 80):
        book, home = two_disks(tmp_path), tmp_path / "home"
        async with test_camera(frame_bytes=30_000) as camera, recorder_in(home, book=book, retain=True) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            await grows_on(recorder, 1)
            (tmp_path / "second" / "something-else").write_bytes(bytes(16_000_000))  # below the reserve of 64 MB
            await recorder.close_segment(CAM)
            await grows_on(recorder, 0)
            assert recorder.disks.faults() == []
            assert len(segments(recorder, 1)) == 1
        assert disk_gaps(home) == []
        proven(home, (0, 1))


async def test_a_disk_without_a_byte_left_is_a_gap_of_seconds(tmp_path: Path):
    """N62: something else took the last byte in the middle of a segment (ENOSPC)."""
    with small_disk(tmp_path / "second", 100):
        book, home = two_disks(tmp_path), tmp_path / "home"
        async with test_camera(frame_bytes=30_000) as camera, recorder_in(home, book=book) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            await grows_on(recorder, 1)
            with contextlib.suppress(OSError), (tmp_path / "second" / "something-else").open("wb") as file:
                while True:
                    file.write(bytes(1_000_000))
            await grows_on(recorder, 0)
            assert "is full" in recorder.disks.faults()[0]
            (tmp_path / "second" / "something-else").unlink()
            await until(lambda: recorder.disks.faults() == [], 20)
        assert any("is full" in one for one in disk_gaps(home))
        proven(home, (0, 1))


async def test_a_disk_that_turns_read_only_is_followed_by_the_next(tmp_path: Path):
    """N63: what ext4 does after an error of its disk (EROFS in the middle of a file)."""
    with broken_ext4(tmp_path / "second", tmp_path / "image", 150) as (abort, mend):
        book, home = two_disks(tmp_path), tmp_path / "home"
        async with test_camera() as camera, recorder_in(home, book=book) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            await grows_on(recorder, 1)
            abort()
            await grows_on(recorder, 0)
            assert "is read-only" in recorder.disks.faults()[0]
            mend()
            await until(lambda: recorder.disks.faults() == [], 20)
            await recorder.close_segment(CAM)
            await grows_on(recorder, 1)
        proven(home, (0, 1))
        assert any("is read-only" in one for one in disk_gaps(home))


async def test_a_disk_that_takes_five_seconds_for_a_write_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """N64: the ring waits, the camera is read on, no gap is declared and none is there."""
    real, slow = os.fdatasync, [5.0, 5.0]

    def sleeping(fd: int) -> None:
        if slow:
            time.sleep(slow.pop())
        real(fd)

    async with test_camera() as camera, recorder_in(tmp_path / "home") as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
        await grows_on(recorder, 0)
        monkeypatch.setattr(os, "fdatasync", sleeping)
        await until(lambda: not slow, 30)
        await grows_on(recorder, 0)
        assert recorder.writer.state().dropped_frames == 0
        assert recorder.index.gaps(CAM, ALL)[1:] == []
    proven(tmp_path / "home", (0,))
    assert disk_gaps(tmp_path / "home") == []


async def test_a_used_up_quota_is_named_and_followed_by_the_next_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """EDQUOT needs a file system with quotas: made up at the system call."""
    book, home = two_disks(tmp_path), tmp_path / "home"
    real, used_up = os.writev, [False]

    def limited(fd: int, parts: list[bytes]) -> int:
        if used_up[0] and str(tmp_path / "second") in os.readlink(f"/proc/self/fd/{fd}"):
            raise OSError(errno.EDQUOT, "Disk quota exceeded")
        return real(fd, parts)

    monkeypatch.setattr(DiskCalls, "writev", staticmethod(limited))
    async with test_camera() as camera, recorder_in(home, book=book) as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
        await grows_on(recorder, 1)
        used_up[0] = True
        await grows_on(recorder, 0)
        assert "used up its quota" in recorder.disks.faults()[0]
        used_up[0] = False
        await until(lambda: recorder.disks.faults() == [], 20)
    proven(home, (0, 1))
    assert any("used up its quota" in one for one in disk_gaps(home))


async def test_a_disk_that_reports_errors_is_followed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """EIO comes from hardware alone: the one fault that is made up here, at the system call."""
    book, home = two_disks(tmp_path), tmp_path / "home"
    real = os.fdatasync
    broken = True

    def failing(fd: int) -> None:
        name = os.readlink(f"/proc/self/fd/{fd}")
        if broken and str(tmp_path / "second") in name:
            raise OSError(5, "Input/output error")
        real(fd)

    async with test_camera() as camera, recorder_in(home, book=book) as recorder:
        monkeypatch.setattr(os, "fdatasync", failing)
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
        await grows_on(recorder, 0)
        assert "reports read or write errors" in recorder.disks.faults()[0]
        assert segments(recorder, 1) == []  # nothing of it was durable, so no row names it
        broken = False
        await until(lambda: recorder.disks.faults() == [], 20)
    proven(home, (0, 1))
    assert any("read or write errors" in one for one in disk_gaps(home))
