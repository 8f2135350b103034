"""The access log on disk: order, durability, what it refuses, and how it names a changed entry."""

import multiprocessing
import resource
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.evidence_kit import FixedClock

from ronda.access.errors import LogUnavailableError
from ronda.evidence.checkpoint import NoteSigner, open_checkpoint
from ronda.evidence.entry import AuditEvent, Phase
from ronda.evidence.errors import TooLargeError
from ronda.evidence.leaf import entry_hash, hashed, read_leaf
from ronda.evidence.log_tree import MemoryTree, check_consistency, check_inclusion
from ronda.store.errors import LogRolledBackError
from ronda.store.log import SqliteLog

SIGNER = NoteSigner("log.example/jejak", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def event(number: int = 0, actor: str = "person-1", case: str | None = None) -> AuditEvent:
    return AuditEvent(
        action="rekaman.putar",
        actor=actor,
        role="operator",
        phase=Phase.INTENT,
        outcome="boleh",
        objects={"kamera": "simpang-3", "nomor": number},
        case=case,
        private={"alasan": f"alasan nomor {number}"},
    )


def filled(root: Path, count: int) -> SqliteLog:
    log = SqliteLog(root / "log", FixedClock())
    for number in range(count):
        log.append(event(number))
    return log


def as_root(root: Path, *statements: str) -> None:
    """Change the database as somebody who owns the machine would: without the triggers."""
    with sqlite3.connect(root / "log" / "log.sqlite") as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement)


def copied(root: Path, name: str) -> None:
    """A copy as the backup makes it: what is committed, wherever it lies."""
    with closing(sqlite3.connect(root / "log" / "log.sqlite")) as db, closing(sqlite3.connect(root / name)) as copy:
        db.backup(copy)


class CountingLog(SqliteLog):
    """Counts its commits."""

    commits = 0

    def _connect(self) -> sqlite3.Connection:
        db = super()._connect()
        db.set_trace_callback(self._seen)
        return db

    def _seen(self, statement: str) -> None:
        self.commits += statement == "COMMIT"


class Gate(FixedClock):
    """Holds the first write until it is opened, so that others have to wait for their turn."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = threading.Event()

    def now_us(self) -> int:
        assert self.opened.wait(30)
        return super().now_us()


def crowd(log: SqliteLog, gate: Gate, events: list[AuditEvent]) -> list[Future[int]]:
    """All of them ask while the first one is being written; what became of each, in order."""
    with ThreadPoolExecutor(len(events)) as pool:
        asked = [pool.submit(log.append, events[0])]
        wait_until(lambda: log._turns._writing)
        asked += [pool.submit(log.append, one) for one in events[1:]]
        wait_until(lambda: len(log._turns._waiting) == len(events) - 1)
        gate.opened.set()
    return asked


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_crowd_shares_one_commit_and_each_gets_its_own_index(tmp_path: Path) -> None:
    """Ten at once: the first is written alone, the nine that came meanwhile together."""
    gate = Gate()
    log = CountingLog(tmp_path / "log", gate)
    asked = crowd(log, gate, [event(number) for number in range(10)])
    assert sorted(one.result() for one in asked) == list(range(10))
    assert log.commits == 2
    stored = {entry.index: entry.fields["objek"]["nomor"] for entry in log.entries()}
    assert [stored[one.result()] for one in asked] == list(range(10))
    assert log.verify_all() == []


def test_an_entry_that_is_too_large_fails_alone(tmp_path: Path) -> None:
    """The others of its turn are written, without a hole in their numbers."""
    gate = Gate()
    log = CountingLog(tmp_path / "log", gate)
    large = replace(event(), objects={"kamera": "k" * 5000})
    asked = crowd(log, gate, [event(0), event(1), large, event(2)])
    with pytest.raises(TooLargeError):
        asked.pop(2).result()
    assert sorted(one.result() for one in asked) == [0, 1, 2]
    assert (log.size(), log.verify_all()) == (3, [])


def test_a_crowd_that_cannot_be_written_is_refused_to_the_last(tmp_path: Path) -> None:
    """Nobody is told an index that the disk does not hold; the next one is written again."""

    class Broken(SqliteLog):
        def _insert(self, db: sqlite3.Connection, size: int, one: AuditEvent) -> int:
            index = super()._insert(db, size, one)
            if one.objects["nomor"] == 3:
                raise sqlite3.OperationalError("disk I/O error")
            return index

    gate = Gate()
    log = Broken(tmp_path / "log", gate)
    asked = crowd(log, gate, [event(number) for number in range(5)])
    assert asked.pop(0).result() == 0
    for one in asked:
        with pytest.raises(LogUnavailableError, match="disk I/O error"):
            one.result()
    assert log.size() == 1
    assert log.append(event(9)) == 1


def test_what_is_written_goes_to_the_file_that_lies_there_now(tmp_path: Path) -> None:
    """A copy was put back while the log was open: an entry never goes to a file that has no name any more."""
    log = filled(tmp_path, 3)
    copied(tmp_path, "copy.sqlite")
    for file in (tmp_path / "log").glob("log.sqlite*"):
        file.unlink()
    shutil.copy(tmp_path / "copy.sqlite", tmp_path / "log" / "log.sqlite")
    assert log.append(event(7)) == 3
    assert SqliteLog(tmp_path / "log", FixedClock()).size() == 4


def test_entries_are_numbered_in_order_and_each_names_the_one_before(tmp_path: Path) -> None:
    """Read in order, the log proves itself."""
    log = filled(tmp_path, 5)
    entries = log.entries()
    assert [entry.index for entry in entries] == [0, 1, 2, 3, 4]
    for before, entry in pairwise(entries):
        assert entry.fields["sebelum"] == entry_hash(before.leaf).hex()
    assert log.verify_all() == []


def test_the_root_is_that_of_the_leaves(tmp_path: Path) -> None:
    """The incremental tree is the tree of RFC 6962, at every size on the way."""
    log = filled(tmp_path, 21)
    tree = MemoryTree(hashed(entry.leaf) for entry in log.entries())
    assert [log.root(size) for size in range(22)] == [tree.root(size) for size in range(22)]


def test_proofs_lead_to_the_signed_root(tmp_path: Path) -> None:
    """What an inspector needs: this entry is in, and the log of yesterday is a beginning of today's."""
    log = filled(tmp_path, 13)
    first = open_checkpoint(log.checkpoint(SIGNER), SIGNER.verifier)
    log.append(event(99))
    second = open_checkpoint(log.checkpoint(SIGNER), SIGNER.verifier)

    check_consistency(first.size, second.size, first.root, second.root, log.consistency(13, 14))
    entry = log.entry(6)
    assert entry is not None
    check_inclusion(entry_hash(entry.leaf), 6, second.size, log.inclusion(6, second.size), second.root)


def test_updates_and_deletions_are_refused_by_the_database_itself(tmp_path: Path) -> None:
    """A mistake in our own code, or a stolen connection, cannot rewrite history."""
    filled(tmp_path, 3)
    db = sqlite3.connect(tmp_path / "log" / "log.sqlite")
    for statement in (
        "UPDATE entry SET actor='x' WHERE seq=1",
        "DELETE FROM entry WHERE seq=1",
        "UPDATE node SET hash=x'00'",
        "DELETE FROM node",
        "UPDATE opening SET value='x'",
    ):
        with pytest.raises(sqlite3.IntegrityError, match=r"append-only|never changed"):
            db.execute(statement)
    db.close()


def append_some(root: str, actor: str, count: int) -> None:
    log = SqliteLog(Path(root) / "log", FixedClock())
    for number in range(count):
        log.append(event(number, actor))


def test_several_processes_append_without_losing_or_doubling_an_entry(tmp_path: Path) -> None:
    """The web, the recorder and a command may write at once; the tree has one order all the same."""
    SqliteLog(tmp_path / "log", FixedClock())
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=append_some, args=(str(tmp_path), f"p{n}", 25)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    log = SqliteLog(tmp_path / "log", FixedClock())
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert log.size() == 75
    assert log.verify_all() == []
    assert [len(log.entries(0, 100, actor=f"p{n}")) for n in range(3)] == [25, 25, 25]


def test_entries_are_found_by_actor_case_and_action_and_from_the_end(tmp_path: Path) -> None:
    """The inspector's page asks this way."""
    log = SqliteLog(tmp_path / "log", FixedClock())
    for number in range(6):
        log.append(event(number, f"p{number % 2}", f"case-{number % 3}"))
    assert [e.index for e in log.entries(case="case-1")] == [1, 4]
    assert [e.index for e in log.entries(actor="p1", case="case-1")] == [1]
    assert [e.index for e in log.entries(action="lain")] == []
    assert [e.index for e in log.entries(5, 2, newest_first=True)] == [5, 4]
    assert [e.index for e in log.entries(2, 2)] == [2, 3]


def test_an_erased_opening_is_gone_and_the_tree_stays_whole(tmp_path: Path) -> None:
    """Personal data can be erased from a log that can never be changed."""
    log = filled(tmp_path, 4)
    other_process = sqlite3.connect(tmp_path / "log" / "log.sqlite")  # keeps the write-ahead file alive
    other_process.execute("SELECT count(*) FROM entry").fetchone()
    root = log.root()
    assert [opening.value for opening in log.openings(2)] == ["alasan nomor 2"]

    assert log.erase_opening(2) == 1

    assert log.openings(2) == []
    assert log.root() == root
    assert log.verify_all() == []
    stored = b"".join(path.read_bytes() for path in (tmp_path / "log").rglob("*") if path.is_file())
    assert b"alasan nomor 2" not in stored
    assert b"alasan nomor 3" in stored
    other_process.close()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (
            "UPDATE entry SET leaf=CAST(replace(leaf, 'person', 'x') AS BLOB) WHERE seq=2",
            "entry 2 was changed",
        ),
        ("UPDATE entry SET actor='person-2' WHERE seq=2", "entry 2 was changed"),
        ("DELETE FROM entry WHERE seq=2", "entry 2 was removed"),
        ("DELETE FROM entry WHERE seq=6", "entry 6 was removed"),
        ("UPDATE node SET hash=zeroblob(32) WHERE level=1 AND position=1", "entries 2 to 3"),
        ("UPDATE opening SET value='alasan lain' WHERE seq=3", "entry 3"),
    ],
)
def test_a_line_changed_on_disk_is_named(tmp_path: Path, statement: str, named: str) -> None:
    """An administrator with root rights can edit the file, but not unseen."""
    log = filled(tmp_path, 7)
    as_root(tmp_path, statement)
    assert any(named in trouble for trouble in log.verify_all())


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["DELETE FROM opening WHERE seq=2", "DELETE FROM entry WHERE seq=2"], "entry 2 was removed"),
        (["DELETE FROM opening WHERE seq=6", "DELETE FROM entry WHERE seq=6"], "entry 6 was removed"),
        (["DELETE FROM node WHERE level=0 AND position=3"], "entry 3 was changed"),
        (
            [f"DELETE FROM {table}" for table in ("opening WHERE seq=4", "entry WHERE seq=4")]
            + ["DELETE FROM node WHERE level=0 AND position=4"],
            "entry 4 was removed",
        ),
    ],
)
def test_a_line_removed_by_hand_is_named_at_the_next_start(
    tmp_path: Path, statements: list[str], named: str
) -> None:
    """Nobody should have to think of asking: the log takes no more entries, and says which is gone."""
    filled(tmp_path, 7).checkpoint(SIGNER)
    as_root(tmp_path, *statements)
    opened = SqliteLog(tmp_path / "log", FixedClock())
    with pytest.raises(LogRolledBackError, match=rf"{named}.*no entry is written.*Next:"):
        opened.append(event())
    with pytest.raises(LogRolledBackError):
        opened.checkpoint(SIGNER)
    assert any(named in trouble for trouble in opened.verify_all())
    assert opened.entries()


def test_a_rewritten_entry_with_its_tree_made_to_fit_differs_from_the_tiles(tmp_path: Path) -> None:
    """Whoever also recomputes the hashes still meets what was published, and is refused."""
    log = filled(tmp_path, 7)
    log.checkpoint(SIGNER)
    entry = log.entry(6)
    assert entry is not None
    forged = entry.leaf.replace(b"person-1", b"person-9")
    as_root(
        tmp_path,
        f"UPDATE entry SET leaf=x'{forged.hex()}', actor='person-9' WHERE seq=6",
        f"UPDATE node SET hash=x'{entry_hash(forged).hex()}' WHERE level=0 AND position=6",
    )
    assert "entry 6 was changed: the published tile holds another hash" in log.verify_all()
    with pytest.raises(LogRolledBackError, match="not those of the checkpoint"):
        SqliteLog(tmp_path / "log", FixedClock()).append(event())


def test_an_old_copy_put_back_takes_no_entries(tmp_path: Path) -> None:
    """Otherwise a restored backup would quietly start a second history."""
    log = filled(tmp_path, 3)
    copied(tmp_path, "old.sqlite")
    for number in range(4):
        log.append(event(number))
    log.checkpoint(SIGNER)
    for file in (tmp_path / "log").glob("log.sqlite*"):
        file.unlink()
    shutil.copy(tmp_path / "old.sqlite", tmp_path / "log" / "log.sqlite")

    restored = SqliteLog(tmp_path / "log", FixedClock())

    with pytest.raises(LogRolledBackError, match=r"3 entries, its checkpoint 7.*Next:"):
        restored.append(event())
    with pytest.raises(LogRolledBackError):
        restored.checkpoint(SIGNER)
    assert len(restored.entries()) == 3


def test_a_full_disk_is_said_in_one_sentence_and_nothing_is_written(tmp_path: Path) -> None:
    """The act is refused then; recording does not hang on the log."""
    log = filled(tmp_path, 3)

    class Full(SqliteLog):
        def _connect(self) -> sqlite3.Connection:
            db = super()._connect()
            pages = db.execute("PRAGMA page_count").fetchone()[0]
            db.execute(f"PRAGMA max_page_count={pages}")
            return db

    full = Full(tmp_path / "log", FixedClock())

    def fill() -> None:
        for number in range(500):
            full.append(event(number))

    with pytest.raises(LogUnavailableError, match="full"):
        fill()
    assert log.verify_all() == []


def test_a_disk_that_takes_no_more_loses_no_entry_and_the_log_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """A limit on file sizes stands for the full disk: each index that was returned is there afterwards."""
    log = filled(tmp_path, 3)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    written = 3

    def fill() -> None:
        nonlocal written
        for number in range(2000):
            written = log.append(event(number)) + 1

    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        for _ in range(2):
            with pytest.raises(LogUnavailableError, match=r"recording goes on.*Next:"):
                fill()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert log.append(event()) == written
    assert SqliteLog(tmp_path / "log", FixedClock()).verify_all() == []


def test_a_log_whose_place_cannot_be_written_refuses_to_open(tmp_path: Path) -> None:
    """A file where the folder belongs: as good as a vanished disk, and it holds for root too."""
    (tmp_path / "log").write_text("no folder")
    with pytest.raises(LogUnavailableError, match="recording goes on"):
        SqliteLog(tmp_path / "log", FixedClock())


def test_tiles_hold_the_leaves_and_their_hashes_as_witnesses_read_them(tmp_path: Path) -> None:
    """256 entries make a whole tile; what is beyond stands in a partial one, and old ones go."""
    log = filled(tmp_path, 100)
    log.checkpoint(SIGNER)
    for number in range(199):
        log.append(event(number))
    log.checkpoint(SIGNER)
    log.append(event())
    log.checkpoint(SIGNER)
    log.append(event())
    log.checkpoint(SIGNER)
    folder = tmp_path / "log" / "tile"
    assert sorted(path.name for path in (folder / "0" / "001.p").iterdir()) == ["44", "45"]
    hashes = (folder / "0" / "000").read_bytes() + (folder / "0" / "001.p" / "45").read_bytes()
    entries = log.entries(0, 1000)
    assert hashes == b"".join(entry_hash(entry.leaf) for entry in entries)
    assert (folder / "1" / "000.p" / "1").read_bytes() == MemoryTree(hashed(e.leaf) for e in entries[:256]).root()
    bundle = (folder / "entries" / "000").read_bytes()
    size = int.from_bytes(bundle[:2], "big")
    assert read_leaf(bundle[2 : 2 + size])["nomor"] == 0


def test_a_tile_half_written_beside_the_others_is_no_tile(tmp_path: Path) -> None:
    """The web signs a checkpoint each minute while an inspector checks; and the power may go in between."""
    log = filled(tmp_path, 5)
    log.checkpoint(SIGNER)
    whole = next(path for path in (tmp_path / "log").rglob("*.p/5"))
    whole.with_name("6.new").write_bytes(b"\0" * 7)
    assert log.verify_all() == []
    log.append(event(5))
    assert open_checkpoint(log.checkpoint(SIGNER), SIGNER.verifier).size == 6
