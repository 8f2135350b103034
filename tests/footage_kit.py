"""A footage folder with an index, two disks and a scrub, for tests of what happens to stored footage.

Files are made up of counting bytes: enough for sizes, hashes and checksums, not for a decoder.
"""

import hashlib
import zlib
from pathlib import Path

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import DAY_US, SECOND_US, TimeSpan
from ronda.store.disk.index import SqliteIndex
from ronda.video.model import Fragment, Segment, SegmentState, SegmentWrite
from ronda.video.record.disks import DiskSet, add_disk
from ronda.video.record.footage_folder import FootageFolder
from ronda.video.retain.scrub import Scrub

CAM = CameraId("pasar-1")
NOW_US = 20_000 * DAY_US


class Place:
    """A footage folder with an index, two disks, and files made up of counting bytes."""

    closed = SegmentState.CLOSED

    def __init__(self, root: Path, book: Path | None = None) -> None:
        self.home = FootageFolder(root / "footage")
        self.home.prepare()
        book = book or root / "disks.json"
        add_disk(book, self.home, root / "second")
        self.disks = DiskSet(self.home, book)
        self.disks.look(0)
        self.index = SqliteIndex(self.home.index_path, create=True)
        self.now_us = NOW_US
        self.scrub = Scrub(self.index, self.disks, now_us=lambda: self.now_us)

    def add(self, number: int, *, disk: int = 0) -> Path:
        start_us = NOW_US - DAY_US + number * 60 * SECOND_US
        content = bytes(range(256)) * 39 + bytes(256)  # ten fragments of 1,000 bytes after 240
        prefix = f".disks/{disk}/" if disk else ""
        path = f"{prefix}{CAM}/2024-10-03/00/{start_us}.mp4"
        file = self.home.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        parts = tuple(
            Fragment(
                offset=240 + at * 1000,
                size_bytes=1000,
                start_us=start_us + at * SECOND_US,
                start_90k=at * 90_000,
                duration_90k=90_000,
                frames=25,
                key=True,
                damaged=False,
                inter_bytes=1,
                crc32=zlib.crc32(content[240 + at * 1000 : 1240 + at * 1000]),
            )
            for at in range(10)
        )
        segment = Segment(
            segment_id=SegmentId(number),
            camera=CAM,
            span=TimeSpan(start_us, start_us + 60 * SECOND_US),
            path=path,
            state=SegmentState.CLOSED,
            size_bytes=len(content),
            frames=250,
            sha256=hashlib.sha256(content).hexdigest(),
            codec="avc1",
            width_px=1,
            height_px=1,
            init_bytes=240,
            training=False,
        )
        self.index.write(segments=[SegmentWrite(segment=segment, new_fragments=parts)])
        return file

    def round(self) -> None:
        """One round over everything, a week later."""
        self.now_us += 8 * DAY_US
        while self.scrub.step():
            pass

    def notes(self) -> list[str]:
        return [note.text for note in self.index.notes(TimeSpan(0, 1 << 60))]


def flip(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 4
    file.write_bytes(content)
