"""A file that is written has room reserved behind its end, and keeps none of it when it is done."""

import os
from pathlib import Path

import pytest
from tests.stream_kit import PPS, SPS

from ronda.media.codec import VideoCodec
from ronda.media.picture_sets import empty_sets, taken
from ronda.video.record.disk_calls import SYSTEM_CALLS, DiskCalls
from ronda.video.record.segment_file import RESERVE_BYTES, SegmentFile

SETS = taken(empty_sets(VideoCodec.H264), (SPS, PPS))


class NoRoom(DiskCalls):
    """A file system that reserves nothing."""

    def reserve(self, fd: int, from_bytes: int, room_bytes: int) -> bool:
        return False


class Stingy(DiskCalls):
    """A disk that fills up: no write succeeds after the first three."""

    def __init__(self) -> None:
        self.left = 3

    def writev(self, fd: int, parts: object) -> int:  # type: ignore[override]
        self.left -= 1
        if self.left < 0:
            os.write(fd, b"half")
            raise OSError(28, "No space left on device")
        return os.writev(fd, parts)  # type: ignore[arg-type]


def written(path: Path, calls: DiskCalls, fragments: int) -> SegmentFile:
    file = SegmentFile(path, SETS, None, calls=calls)
    for number in range(fragments):
        data = bytes((number,)) * 300_000
        file.add([b"head", data], 4 + len(data), number if number % 2 == 0 else None)
    return file


def room_bytes(path: Path) -> int:
    return path.stat().st_blocks * 512


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    with (tmp_path / "probe").open("wb") as probe:
        if not SYSTEM_CALLS.reserve(probe.fileno(), 0, RESERVE_BYTES):
            pytest.skip(f"the file system of {tmp_path} reserves no room")
    return tmp_path


def test_a_growing_file_has_room_ahead_and_its_size_is_what_was_written(disk: Path) -> None:
    file = written(disk / "one.mp4", SYSTEM_CALLS, 8)
    assert file.path.stat().st_size == file.size_bytes
    assert file.size_bytes < room_bytes(file.path) <= file.size_bytes + RESERVE_BYTES + 4096


@pytest.mark.parametrize("end", ["finished", "released"])
def test_a_file_that_ends_keeps_no_room(disk: Path, end: str) -> None:
    file = written(disk / "one.mp4", SYSTEM_CALLS, 3)
    if end == "finished":
        file.finish()
    else:
        file.release()
    file.close()
    assert file.path.stat().st_size == file.size_bytes
    assert room_bytes(file.path) < file.size_bytes + 64 * 1024


def test_room_is_no_condition_and_changes_no_byte(tmp_path: Path) -> None:
    for name, calls in (("with", SYSTEM_CALLS), ("without", NoRoom())):
        written(tmp_path / name, calls, 12).finish()
    assert (tmp_path / "with").read_bytes() == (tmp_path / "without").read_bytes()


def test_a_write_that_fails_gives_the_room_back_too(disk: Path) -> None:
    calls = Stingy()
    file = written(disk / "one.mp4", calls, 2)
    with pytest.raises(OSError, match="No space"):
        file.add([b"x"], 1, None)
    assert file.path.stat().st_size == file.size_bytes
    assert room_bytes(file.path) < file.size_bytes + 64 * 1024
