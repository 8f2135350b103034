"""`ronda disk`: further disks for footage."""

from pathlib import Path

from ronda.app.data_folder import data_path, open_folder
from ronda.video.record.disks import DiskSet, add_disk
from ronda.video.record.footage_folder import FootageFolder

BOOK = "disks.json"


def disk_set(data: Path) -> DiskSet:
    """The footage disks of a data folder."""
    home = FootageFolder(data / "footage", outside=data / "recorder" / "storage.json")
    return DiskSet(home, data / "recorder" / BOOK)


def add(folder: Path, *, data: Path | None = None) -> None:
    """Give footage a further disk, filled after those before; a running recorder takes it up by itself.

    Parameters
    ----------
    folder
        A folder on the new disk. It gets a mark, so that another disk in its place is noticed.
    data
        The data folder.
    """
    root = open_folder(data_path(data)).root
    disks = disk_set(root)
    disks.home.prepare()
    added = add_disk(root / "recorder" / BOOK, disks.home, folder)
    disks.look(0)
    print(f"disk {added.number}: {added.path}, identity {added.storage_id}")
    if folder.stat().st_dev == disks.home.root.stat().st_dev:
        print("it lies on the same file system as the index: that protects from nothing and adds no room")


def show(*, data: Path | None = None) -> int:
    """Tell which footage disks there are, how full each is, and what is wrong with it; exit 1 when one is.

    Parameters
    ----------
    data
        The data folder.
    """
    root = open_folder(data_path(data)).root
    disks = disk_set(root)
    disks.home.prepare()
    disks.look(0)
    for disk in disks.disks:
        space = disk.space()
        free = (
            "free room unknown"
            if space is None
            else f"{space.free_bytes / 1e9:.1f} of {space.total_bytes / 1e9:.1f} GB free"
        )
        print(f"disk {disk.number}\t{disk.folder.root}\t{free}\t{disk.fault or 'takes data'}")
    if disks.book_fault:
        print(disks.book_fault)
    return 1 if disks.faults() else 0
