"""Several footage disks: which one is written, and what an absent, swapped, full or mended one means."""

import json
from pathlib import Path

import pytest

from ronda.core.time import SECOND_US
from ronda.store.footage_files import FootageFolder as FootageFiles
from ronda.video.errors import FootageFolderError
from ronda.video.record.disks import PROBE_AGAIN_US, Disk, DiskSet, add_disk, read_book
from ronda.video.record.footage_folder import DiskSpace, FootageFolder


@pytest.fixture
def disks(tmp_path: Path) -> DiskSet:
    """The folder of the index and two further disks, all there."""
    home = FootageFolder(tmp_path / "home")
    home.prepare()
    for name in ("a", "b"):
        add_disk(tmp_path / "disks.json", home, tmp_path / name)
    made = DiskSet(home, tmp_path / "disks.json")
    made.look(0)
    return made


def room(monkeypatch: pytest.MonkeyPatch, disks: DiskSet, free: dict[int, int]) -> None:
    """How many bytes are free on each disk of a terabyte."""
    numbers = {disk.folder.root: disk.number for disk in disks.disks}

    def space(self: FootageFolder) -> DiskSpace:
        return DiskSpace(total_bytes=10**12, free_bytes=free[numbers[self.root]])

    monkeypatch.setattr(FootageFolder, "space", space)


def chosen(disks: DiskSet) -> int | None:
    disk = disks.choose()
    return None if disk is None else disk.number


def test_disks_are_filled_in_order_and_nothing_is_deleted_while_one_has_room(
    disks: DiskSet, monkeypatch: pytest.MonkeyPatch
):
    """Footage goes to the first with room; only when all are full has something to go."""
    room(monkeypatch, disks, {0: 10**11, 1: 10**11, 2: 10**11})
    assert (chosen(disks), disks.needs_room()) == (0, False)
    room(monkeypatch, disks, {0: 10**9, 1: 10**9, 2: 10**11})
    assert (chosen(disks), disks.needs_room()) == (2, False)
    room(monkeypatch, disks, {0: 10**9, 1: 10**9, 2: 10**9})
    assert (chosen(disks), disks.needs_room()) == (0, True)


def test_the_order_is_the_books(disks: DiskSet, tmp_path: Path):
    """An operator may let the index's own disk come last, or not at all; its old footage is still read."""
    book = tmp_path / "disks.json"
    rows = json.loads(book.read_text())["disks"]
    book.write_text(json.dumps({"disks": rows[1:]}))
    disks.look(1)
    assert chosen(disks) == 1
    assert disks.present() == {0, 1, 2}


def test_a_disk_that_failed_is_left_out_until_it_takes_data_again(disks: DiskSet):
    """New segments go on at once; the disk is tried again every few seconds."""
    disks.failed(0, "the disk reports errors", 0)
    assert chosen(disks) == 1
    disks.failed(1, "the disk reports errors", 0)
    assert chosen(disks) == 2
    disks.look(SECOND_US)
    assert disks.faults() == ["the disk reports errors"] * 2
    disks.look(PROBE_AGAIN_US)
    assert (chosen(disks), disks.faults()) == (0, [])


def test_an_absent_disk_and_another_in_its_place_are_sentences(disks: DiskSet, tmp_path: Path):
    """Nothing is written to either, and no link leads to the wrong one."""
    link = tmp_path / "home" / ".disks" / "1"
    assert link.resolve() == tmp_path / "a"
    (tmp_path / "a").rename(tmp_path / "away")
    disks.look(1)
    assert disks.present() == {0, 2}
    assert not link.is_symlink()
    assert "gone or empty" in disks.faults()[0]
    FootageFolder(tmp_path / "a").prepare()  # another disk, with another mark
    disks.look(2)
    assert disks.present() == {0, 2}
    assert "another recorder" in disks.faults()[0]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["ronda-footage.json"]
    (tmp_path / "a" / "ronda-footage.json").unlink()
    (tmp_path / "a").rmdir()
    (tmp_path / "away").rename(tmp_path / "a")
    assert disks.look(3) == [1]
    assert (disks.faults(), link.resolve()) == ([], tmp_path / "a")


def test_a_disk_that_is_back_is_made_ready_before_it_is_used(disks: DiskSet, tmp_path: Path):
    """What it was left with is repaired first: a segment that is being written must not look like a torn one."""
    seen: list[tuple[int, bool]] = []

    def repair(number: int) -> None:
        seen.append((number, next(disk for disk in disks.disks if disk.number == number).there))

    disks.before_use = repair
    (tmp_path / "b").rename(tmp_path / "away")
    disks.look(1)
    (tmp_path / "away").rename(tmp_path / "b")
    disks.look(2)
    assert seen == [(2, False)]
    disks.failed(2, "slow", 0)
    disks.look(PROBE_AGAIN_US)
    assert seen == [(2, False), (2, True)]


def test_a_disk_that_cannot_be_made_ready_is_not_used(disks: DiskSet, tmp_path: Path):
    """It stays out with its sentence, and is tried again."""

    def broken(number: int) -> None:
        raise OSError(5, "Input/output error")

    disks.before_use = broken
    (tmp_path / "b").rename(tmp_path / "away")
    disks.look(1)
    (tmp_path / "away").rename(tmp_path / "b")
    assert disks.look(2) == []
    assert "reports read or write errors" in disks.faults()[0]
    disks.before_use = None
    assert disks.look(3) == [2]


def test_a_book_that_cannot_be_read_changes_nothing(disks: DiskSet, tmp_path: Path):
    """A typing error in the file must not stop recording."""
    for text in ("{", '{"disks": [{"number": 1}]}', '{"disks": 5}'):
        (tmp_path / "disks.json").write_text(text)
        disks.look(1)
        assert [disk.number for disk in disks.disks] == [0, 1, 2]
        assert "Next:" in disks.faults()[0]
    twice = {"number": 1, "path": str(tmp_path / "a"), "storage_id": "x"}
    (tmp_path / "disks.json").write_text(json.dumps({"disks": [twice, twice]}))
    disks.look(2)
    assert "names a number twice" in disks.faults()[0]


def test_a_folder_is_a_disk_once(disks: DiskSet, tmp_path: Path):
    """Neither the same folder nor a copy of its mark counts as another disk."""
    book = tmp_path / "disks.json"
    before = book.read_text()
    with pytest.raises(FootageFolderError, match="already"):
        add_disk(book, disks.home, tmp_path / "a")
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "ronda-footage.json").write_text((tmp_path / "a" / "ronda-footage.json").read_text())
    with pytest.raises(FootageFolderError, match="in use"):
        add_disk(book, disks.home, tmp_path / "copy")
    assert book.read_text() == before
    assert [entry.number for entry in read_book(book)] == [0, 1, 2]


def test_files_on_further_disks_are_read_and_other_links_are_not(disks: DiskSet, tmp_path: Path):
    """A link that somebody put into the folder leads nowhere; the disks' own links do."""
    film = tmp_path / "a" / "pasar-1" / "x.mp4"
    film.parent.mkdir()
    film.write_bytes(b"film")
    files = FootageFiles(tmp_path / "home")
    assert files.path(".disks/1/pasar-1/x.mp4").read_bytes() == b"film"
    (tmp_path / "home" / "pasar-2").symlink_to(tmp_path)
    (tmp_path / "a" / "out").symlink_to(tmp_path)
    for path in ("pasar-2/disks.json", ".disks/1/out/disks.json", ".disks/1/../../disks.json"):
        with pytest.raises(Exception, match="not in the footage folder"):
            files.path(path)


def test_disks_of_one_file_system_count_once(disks: DiskSet, tmp_path: Path):
    """Two folders on one disk have not twice the room."""
    one, together = disks.home.space(), disks.space()
    assert one is not None
    assert together is not None
    assert together.total_bytes == one.total_bytes
    assert isinstance(disks.disks[0], Disk)


def test_a_full_disk_makes_room_and_a_broken_one_does_not(disks: DiskSet, monkeypatch: pytest.MonkeyPatch):
    """Deleting footage mends a full disk; it mends no read error, and stops once there is room."""
    room(monkeypatch, disks, {0: 10**9, 1: 10**9, 2: 10**9})
    for number in (0, 1, 2):
        disks.failed(number, "is full", 0, full=True)
    assert disks.needs_room()
    room(monkeypatch, disks, {0: 10**11, 1: 10**9, 2: 10**9})
    assert not disks.needs_room()  # although it was not probed yet
    for number in (0, 1, 2):
        disks.failed(number, "reports errors", 0)
    assert not disks.needs_room()


def test_what_a_backup_put_back_without_the_disk_is_there(tmp_path: Path):
    """Restored elsewhere, footage of a further disk lies in the folder itself."""
    home = FootageFolder(tmp_path / "home")
    home.prepare()
    (tmp_path / "home" / ".disks" / "2").mkdir(parents=True)
    assert DiskSet(home).present() == {0, 2}
