"""Several footage disks: one fails while it is written, and the next goes on within seconds.

Real disks where the user may mount: a small tmpfs that fills up, is made read-only, or is taken away. Where
nobody may mount, folders are taken away and swapped, which any user can do.
"""

import asyncio
import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.camera_kit import recorder_in, test_camera, until

from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US, TimeSpan
from ronda.store.disk.index import SqliteIndex
from ronda.video.cameras_file import CameraConfig
from ronda.video.check import Checked, check
from ronda.video.check_index import fragments_fit, overlaps, unaccounted
from ronda.video.model import GapCause, Segment, SegmentState, disk_of
from ronda.video.playback import plan, read_part
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
    """N63: what a file system does after an error (EROFS)."""
    with small_disk(tmp_path / "second", 100):
        book, home = two_disks(tmp_path), tmp_path / "home"
        async with test_camera() as camera, recorder_in(home, book=book) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            await grows_on(recorder, 1)
            await recorder.close_segment(CAM)
            await asyncio.sleep(0.3)
            remount = ["mount", "-o", "remount,ro", tmp_path / "second"]
            if subprocess.run(remount, capture_output=True).returncode != 0:  # a file is open for writing
                subprocess.run(["mount", "-o", "remount,ro,bind", tmp_path / "second"], check=False)
                pytest.skip("this kernel does not make a busy disk read-only")
            await grows_on(recorder, 0)
            assert "is read-only" in recorder.disks.faults()[0]
            subprocess.run(["mount", "-o", "remount,rw", tmp_path / "second"], check=True)
            await until(lambda: recorder.disks.faults() == [], 20)
        proven(home, (0, 1))


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
