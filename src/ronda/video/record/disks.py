"""Which disk new footage goes to, and which of the disks are there. Several disks, in order.

Disk 0 is the folder of the index. Further ones stand in the book (`DATA/recorder/disks.json`: path, number,
identity, in the order in which they are filled) and appear below disk 0 as links `.disks/<n>`, so that a
segment's path names its disk and every reader finds it without knowing of disks. A link is there only while
the right disk is: an absent or swapped disk is a fault with a sentence, and nothing is written to it.
`choose` gives the first disk that takes data and has room; one that failed is left out until a probe succeeds.
Invariant: footage is never deleted for room while another disk has room (`needs_room`).
Nothing here deletes footage.
"""

import contextlib
import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ronda.video.errors import FootageFolderError, StorageError
from ronda.video.model import DISKS
from ronda.video.record.footage_folder import DiskSpace, FootageFolder, explain
from ronda.video.retain.rules import reserve_bytes

PROBE_AGAIN_US = 5_000_000
HOME = "."
LOOK_S = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookEntry:
    """One disk in the book. path: a folder, or `.` for the folder of the index."""

    number: int
    path: str
    storage_id: str


@dataclass(slots=True)
class Disk:
    """One disk as it stands.

    fault  why it takes no data; None while it does
    there  the right disk is in its place
    """

    number: int
    folder: FootageFolder
    fault: str | None = None
    there: bool = False
    probed_us: int = 0
    full: bool = False  # the fault is that it takes no more: room on it still counts

    @property
    def prefix(self) -> str:
        """What begins the paths of segments on this disk."""
        return f"{DISKS}{self.number}/" if self.number else ""

    def space(self) -> DiskSpace | None:
        return self.folder.space() if self.there else None

    def has_room(self) -> bool:
        space = self.space()
        return space is not None and space.free_bytes >= reserve_bytes(space.total_bytes)


class DiskSet:
    """See the module. `look` is called about every second, by one thread; the rest from any."""

    def __init__(self, home: FootageFolder, book: Path | None = None) -> None:
        self.home = home
        self.before_use: Callable[[int], None] | None = None  # what a disk that is back needs before it is used
        self._book = book
        self._seen: tuple[int, int] | None = None
        self.disks: list[Disk] = [Disk(number=0, folder=home, there=True)]
        self.book_fault: str | None = None

    def look(self, now_us: int) -> list[int]:
        """Read the book if it changed, check every disk's identity, set the links, probe what failed.

        Gives the numbers of disks that have come back. `now_us` is monotonic.
        """
        self._read_if_changed()
        back = []
        for disk in self.disks:
            was_there = disk.there
            self._check(disk, now_us)
            if disk.there and not was_there and disk.number:
                back.append(disk.number)
        return back

    def choose(self) -> Disk | None:
        """Where the next segment goes: the first disk with room, else the first that takes data at all."""
        usable = [disk for disk in self.disks if disk.there and disk.fault is None]
        return next((disk for disk in usable if disk.has_room()), usable[0] if usable else None)

    def needs_room(self) -> bool:
        """Whether footage must go so that new footage fits: of the disks that could take some, none has room."""
        there = [disk for disk in self.disks if disk.there and (disk.fault is None or disk.full)]
        return bool(there) and not any(disk.has_room() for disk in there)

    def failed(self, number: int, sentence: str, now_us: int, *, full: bool = False) -> None:
        """A write to this disk failed."""
        for disk in self.disks:
            if disk.number == number:
                disk.fault, disk.probed_us, disk.full = sentence, now_us, full

    def mended(self, number: int) -> None:
        """The disk takes data again, by somebody's own probe."""
        for disk in self.disks:
            if disk.number == number:
                disk.fault, disk.full = None, False

    def present(self) -> frozenset[int]:
        """Numbers of the disks that are there: what is on others can be neither read nor removed."""
        found = {disk.number for disk in self.disks if disk.there}
        if all(disk.number for disk in self.disks):
            found.add(0)  # nothing new goes there, but the index is there
        with contextlib.suppress(OSError):
            for one in (self.home.root / DISKS).iterdir():
                if one.name.isdecimal() and not one.is_symlink():
                    found.add(int(one.name))  # a restored backup: what lay on a further disk lies here
        return frozenset(found)

    def faults(self) -> list[str]:
        """One sentence for each disk that cannot be used, for the status."""
        found = [disk.fault for disk in self.disks if disk.fault is not None]
        return [*found, self.book_fault] if self.book_fault else found

    def space(self) -> DiskSpace | None:
        """Of all disks that are there; None when none can be asked. A file system counts once."""
        total = free = 0
        seen: set[int] = set()
        for disk in self.disks:
            space = disk.space()
            device = _device(disk.folder.root)
            if space is not None and device is not None and device not in seen:
                seen.add(device)
                total, free = total + space.total_bytes, free + space.free_bytes
        return DiskSpace(total_bytes=total, free_bytes=free) if seen else None

    # -- inside ----------------------------------------------------------------------------------

    def _read_if_changed(self) -> None:
        if self._book is None:
            return
        try:
            facts = self._book.stat()
            mark = (facts.st_mtime_ns, facts.st_size)
        except OSError:
            mark = None
        if mark == self._seen:
            return
        self._seen = mark
        try:
            entries = read_book(self._book)
        except FootageFolderError as fault:
            self.book_fault = str(fault)  # the disks of before go on
            return
        self.book_fault = None
        known = {disk.number: disk for disk in self.disks}
        home = known.get(0) or Disk(number=0, folder=self.home, there=True)
        self.disks = [
            home if entry.number == 0 else known.get(entry.number) or self._open(entry) for entry in entries
        ] or [home]

    def _open(self, entry: BookEntry) -> Disk:
        folder = FootageFolder(Path(entry.path))
        folder.storage_id = entry.storage_id
        return Disk(number=entry.number, folder=folder)

    def _check(self, disk: Disk, now_us: int) -> None:
        try:
            disk.folder.check()
        except FootageFolderError as fault:
            disk.there, disk.fault = False, str(fault)
            self._unlink(disk)
            return
        try:
            self._link(disk)
            if not disk.there:
                self._make_ready(disk)
                disk.fault, disk.full, disk.there = None, False, True
            elif disk.fault is not None and now_us - disk.probed_us >= PROBE_AGAIN_US:
                disk.probed_us = now_us
                disk.folder.probe()
                self._make_ready(disk)
                disk.fault, disk.full = None, False
        except StorageError as fault:
            disk.fault = str(fault)
        except OSError as fault:
            disk.fault = explain(disk.folder.root, fault)

    def _make_ready(self, disk: Disk) -> None:
        if self.before_use is not None:
            self.before_use(disk.number)

    def _link(self, disk: Disk) -> None:
        link, target = self.home.root / DISKS / str(disk.number), str(disk.folder.root.absolute())
        if disk.number == 0 or (link.is_symlink() and os.readlink(link) == target):
            return
        link.parent.mkdir(exist_ok=True)
        made = link.with_name(f"{disk.number}.new")
        made.unlink(missing_ok=True)
        made.symlink_to(target, target_is_directory=True)
        made.replace(link)

    def _unlink(self, disk: Disk) -> None:
        if disk.number:
            with contextlib.suppress(OSError):
                (self.home.root / DISKS / str(disk.number)).unlink(missing_ok=True)


class DiskWatch:
    """Looks at the disks each second in a thread of its own: one that hangs holds up nobody else."""

    def __init__(self, disks: DiskSet, monotonic_us: Callable[[], int]) -> None:
        self._disks, self._monotonic_us = disks, monotonic_us
        self._said: list[str] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ronda-disks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=5)  # a thread that hangs on a dead disk ends with the process

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_S):
            for number in self._disks.look(self._monotonic_us()):
                _log.warning("footage disk %d is there", number)
            absent = [disk.fault for disk in self._disks.disks if disk.number and not disk.there and disk.fault]
            faults = [*absent, self._disks.book_fault] if self._disks.book_fault else absent
            for sentence in faults:  # what a write met with, the writer says itself
                if sentence not in self._said:
                    _log.error("%s", sentence)
            self._said = faults


def read_book(path: Path) -> list[BookEntry]:
    """The disks in order; empty without a book. Raises FootageFolderError when it is none."""
    try:
        rows = json.loads(path.read_text())["disks"]
        entries = [
            BookEntry(number=int(row["number"]), path=str(row["path"]), storage_id=str(row["storage_id"]))
            for row in rows
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise FootageFolderError(
            f"the list of footage disks {path} cannot be read ({fault!r}); the disks of before go on. "
            "Next: mend it, or write it anew with `ronda disk add`"
        ) from fault
    numbers = [entry.number for entry in entries]
    if len(set(numbers)) != len(numbers):
        raise FootageFolderError(
            f"the list of footage disks {path} names a number twice; the disks of before go on. Next: mend it"
        )
    return entries


def add_disk(book: Path, home: FootageFolder, root: Path) -> BookEntry:
    """Mark a folder as a further footage disk and put it at the end of the book. Raises FootageFolderError."""
    entries = read_book(book) or [BookEntry(number=0, path=HOME, storage_id=home.storage_id)]
    root = root.absolute()
    if root == home.root.absolute() or any(entry.path == str(root) for entry in entries):
        raise FootageFolderError(f"{root} is a footage disk already; nothing was changed")
    folder = FootageFolder(root)
    folder.prepare()
    if folder.storage_id == home.storage_id or folder.storage_id in {entry.storage_id for entry in entries}:
        raise FootageFolderError(
            f"{root} carries the identity {folder.storage_id} of a disk that is in use; nothing was changed. "
            "Next: give a folder of its own"
        )
    added = BookEntry(
        number=max(entry.number for entry in entries) + 1, path=str(root), storage_id=folder.storage_id
    )
    _write_book(book, [*entries, added])
    return added


def _write_book(path: Path, entries: list[BookEntry]) -> None:
    rows = [{"number": one.number, "path": one.path, "storage_id": one.storage_id} for one in entries]
    made = path.with_suffix(".new")
    with made.open("w") as file:
        json.dump({"disks": rows}, file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)


def _device(root: Path) -> int | None:
    try:
        return root.stat().st_dev
    except OSError:
        return None
