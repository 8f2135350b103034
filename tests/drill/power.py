"""A small ext4 file system in a file, and what a power cut would leave of it.

The image lies in memory where that is possible, is sparse and has few megabytes in use, so that a copy takes
milliseconds. A copy is not atomic: parts copied early may be older than parts copied late, which no honest
disk would leave behind. So the counter of writes to the loop device is read before and after; a copy during
which something was written is torn, thrown away and made again at once. What is left is the device exactly as
it stood at one instant: everything that a flush promised, and whatever else happened to be written.
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.needs import require_program

SIZE_MB = 192
MEMORY = Path("/dev/shm")  # the image is put into a new folder there
TRIES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A copy of the image, and when it began (UTC)."""

    image: Path
    at_us: int
    torn: int  # copies thrown away before


@dataclass(slots=True, kw_only=True)
class Disk:
    """A mounted image."""

    image: Path
    root: Path
    loop: str
    cuts: int = 0

    def cut(self) -> Cut:
        """The disk as a power cut would leave it now."""
        self.cuts += 1
        target = self.image.with_name(f"cut-{self.cuts}.img")
        for torn in range(TRIES):
            before, at_us = self._writes(), time.time_ns() // 1000
            subprocess.run(["cp", "--sparse=always", self.image, target], check=True)
            if self._writes() == before:
                return Cut(image=target, at_us=at_us, torn=torn)
        raise AssertionError(f"{TRIES} copies were torn: the disk is never quiet")

    def _writes(self) -> tuple[str, ...]:
        """Writes done and on their way; flushes are no writes."""
        fields = Path(f"/sys/block/{Path(self.loop).name}/stat").read_text().split()
        return (fields[4], fields[6], fields[8])


@contextmanager
def disk(folder: Path) -> Iterator[Disk]:
    """A new file system. `folder` is where it is mounted."""
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="ronda-power-", dir=place) as scratch:
        image = Path(scratch) / "disk.img"
        with image.open("wb") as file:
            file.truncate(SIZE_MB << 20)
        subprocess.run([require_program("mkfs.ext4", "e2fsprogs"), "-q", image], check=True)
        with mounted(image, folder) as loop:
            yield Disk(image=image, root=folder, loop=loop)


@contextmanager
def mounted(image: Path, folder: Path) -> Iterator[str]:
    """Mount an image: its journal is replayed. Gives the loop device."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["losetup", "--find", "--show", image], check=True, capture_output=True, text=True)
    loop = done.stdout.strip()
    try:
        subprocess.run(["mount", "-t", "ext4", loop, folder], check=True, capture_output=True)
        try:
            yield loop
        finally:
            subprocess.run(["umount", folder], check=True)
    finally:
        subprocess.run(["losetup", "--detach", loop], check=True)


def why_not() -> str | None:
    """Why images cannot be mounted here; None when they can."""
    with tempfile.TemporaryDirectory() as scratch:
        image = Path(scratch) / "try.img"
        with image.open("wb") as file:
            file.truncate(8 << 20)
        try:
            subprocess.run(["mkfs.ext4", "-q", image], check=True, capture_output=True)
            with mounted(image, Path(scratch) / "mount"):
                return None
        except (OSError, subprocess.CalledProcessError) as fault:
            return str(fault)
