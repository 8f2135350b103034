"""The recording index: rows that survive, holds that retention respects, versions that are refused."""

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ronda.core.errors import WrongUsageError
from ronda.core.ids import CameraId, HoldId, SegmentId
from ronda.core.time import DAY_US, MINUTE_US, SECOND_US, TimeSpan
from ronda.store.disk import schema
from ronda.store.disk.index import SqliteIndex
from ronda.store.disk.packing import pack_clock, pack_rows
from ronda.video.errors import IndexVersionError, StorageError
from ronda.video.model import (
    ClockPair,
    Fragment,
    Gap,
    GapCause,
    Hold,
    Note,
    Segment,
    SegmentGrowth,
    SegmentState,
    SegmentWrite,
)

CAM = CameraId("simpang-3")
ALL = TimeSpan(0, 1 << 60)


@pytest.fixture
def index(tmp_path: Path) -> SqliteIndex:
    return SqliteIndex(tmp_path / "index.sqlite", create=True)


def segment(number: int, start_us: int, end_us: int, state: SegmentState = SegmentState.CLOSED) -> Segment:
    return Segment(
        segment_id=SegmentId(number),
        camera=CAM,
        span=TimeSpan(start_us, end_us),
        path=f"{CAM}/2026-11-18/02/{start_us}.mp4",
        state=state,
        size_bytes=1000,
        frames=25,
        sha256=None if state is SegmentState.OPEN else "ab" * 32,
        codec="avc1.64001f",
        width_px=1280,
        height_px=720,
        init_bytes=600,
        training=False,
    )


def fragment(offset: int, start_us: int) -> Fragment:
    return Fragment(
        offset=offset,
        size_bytes=500,
        start_us=start_us,
        start_90k=offset * 90,
        duration_90k=45_000,
        frames=12,
        key=offset == 0,
        damaged=offset == 500,
        inter_bytes=100,
        crc32=0xFFFFFFFF,
        shift_90k=-7200,
    )


def save(index: SqliteIndex, *segments: Segment) -> None:
    index.write(segments=[SegmentWrite(segment=one) for one in segments])


def test_a_segment_grows_and_closes_in_place(index: SqliteIndex):
    """One row from the first sync to the last; its fragments add up."""
    pair = ClockPair(arrival_us=5, ntp=(1 << 64) - 1, rtp_90k=(1 << 32) - 1)
    opened = segment(1, 0, 10, SegmentState.OPEN)
    index.write(segments=[SegmentWrite(segment=opened, new_fragments=(fragment(0, 0),), new_clock=(pair,))])
    assert index.unfinished() == [opened]
    closed = segment(1, 0, 20)
    index.write(segments=[SegmentWrite(segment=closed, new_fragments=(fragment(500, 10),))])
    assert index.segment(SegmentId(1)) == closed
    assert index.fragments(SegmentId(1)) == [fragment(0, 0), fragment(500, 10)]
    assert index.clock_pairs(SegmentId(1)) == [pair]
    assert index.unfinished() == []
    assert index.next_segment_id() == 2


def test_what_an_open_segment_has_grown_is_written_without_its_row(index: SqliteIndex):
    opened = segment(1, 0, 10, SegmentState.OPEN)
    index.write(segments=[SegmentWrite(segment=opened, new_fragments=(fragment(0, 0),))])
    index.write(grown=[SegmentGrowth(opened.segment_id, 20, 4_000, 30, [fragment(500, 10)], [PAIR])])
    grown = replace(opened, span=TimeSpan(0, 20), size_bytes=4_000, frames=30)
    assert index.segment(opened.segment_id) == grown
    assert index.fragments(opened.segment_id) == [fragment(0, 0), fragment(500, 10)]
    assert index.clock_pairs(opened.segment_id) == [PAIR]


def test_a_segment_that_grows_but_is_not_there_is_said_and_nothing_is_written(index: SqliteIndex):
    save(index, segment(1, 0, 10, SegmentState.OPEN))
    known, unknown = (SegmentGrowth(SegmentId(n), 20, 4_000, 30, [fragment(500, 10)], []) for n in (1, 2))
    with pytest.raises(StorageError, match="no longer has every segment"):
        index.write(grown=[known, unknown], notes=[Note(at_us=1, kind="x", text="y")])
    assert index.segment(SegmentId(1)) == segment(1, 0, 10, SegmentState.OPEN)
    assert index.fragments(SegmentId(1)) == []


def test_segments_and_gaps_are_found_by_overlap(index: SqliteIndex):
    """Half-open spans: what only touches is not asked for."""
    save(index, segment(1, 0, 60), segment(2, 60, 120), segment(3, 120, 180))
    gap = Gap(camera=CAM, start_us=200, end_us=None, cause=GapCause.LINK, evidence="x")
    index.write(gaps=[gap])
    assert [one.segment_id for one in index.segments(CAM, TimeSpan(60, 120))] == [2]
    assert index.gaps(CAM, TimeSpan(100, 200)) == []
    assert index.gaps(CAM, TimeSpan(500, 600)) == [gap]
    assert index.open_gap(CAM) == gap
    assert index.segments(CameraId("other"), ALL) == []


def test_recorded_time_is_joined_and_leaves_gaps_out(index: SqliteIndex):
    """A gap inside a segment must not look recorded."""
    second = SECOND_US
    save(index, segment(1, 0, 60 * second), segment(2, 60 * second + 900_000, 120 * second))
    inside = Gap(camera=CAM, start_us=10 * second, end_us=12 * second, cause=GapCause.CAMERA, evidence="x")
    index.write(gaps=[inside])
    assert index.recorded(CAM, TimeSpan(0, 200 * second)) == [
        TimeSpan(0, 10 * second),
        TimeSpan(12 * second, 120 * second),
    ]


def test_a_gap_is_written_over_by_its_start(index: SqliteIndex):
    """It opens without an end, gets a better cause, and ends."""
    for end_us, cause in ((None, GapCause.CAMERA), (None, GapCause.LINK), (90, GapCause.LINK)):
        index.write(gaps=[Gap(camera=CAM, start_us=50, end_us=end_us, cause=cause, evidence="x")])
    assert [(gap.end_us, gap.cause) for gap in index.gaps(CAM, ALL)] == [(90, GapCause.LINK)]
    assert index.restate_gap(CAM, 50, GapCause.POWER, "the power company reported it")
    assert index.gaps(CAM, ALL)[0].cause is GapCause.POWER
    assert not index.restate_gap(CAM, 51, GapCause.POWER, "x")


def test_due_footage_is_taken_oldest_first_and_held_footage_never(index: SqliteIndex):
    """The hold is looked at in the transaction that deletes."""
    save(index, *(segment(n, n * 60, n * 60 + 60) for n in range(1, 6)), segment(6, 360, 420, SegmentState.OPEN))
    index.place_hold(Hold(hold_id=HoldId("h"), camera=CAM, span=TimeSpan(130, 140), until_us=None, reason="LP/1"))
    index.place_hold(Hold(hold_id=HoldId("over"), camera=CAM, span=TimeSpan(60, 120), until_us=500, reason="over"))
    taken = index.take_due(camera=CAM, before_us=10_000, now_us=1000, limit=2)
    assert [one.segment_id for one in taken] == [1, 3]
    assert [one.segment_id for one in index.take_due(camera=None, before_us=10_000, now_us=1000, limit=9)] == [4, 5]
    assert [one.segment_id for one in index.segments(CAM, ALL)] == [2, 6]
    assert {one.segment_id for one in index.files_to_remove(10)} == {1, 3, 4, 5}
    index.files_removed([SegmentId(1)])
    assert {one.segment_id for one in index.files_to_remove(10)} == {3, 4, 5}
    index.end_hold(HoldId("h"), 2000)
    assert index.take_due(camera=CAM, before_us=10_000, now_us=1999, limit=9) == []
    assert len(index.take_due(camera=CAM, before_us=10_000, now_us=2000, limit=9)) == 1


def test_ending_a_hold_that_is_not_there_is_said(index: SqliteIndex):
    """A typing error must not look like a lifted hold."""
    with pytest.raises(WrongUsageError, match="no hold"):
        index.end_hold(HoldId("nobody"), 1)


def test_a_month_of_history_is_added_and_read_quickly(index: SqliteIndex):
    """Training history: many rows, one transaction, no pictures; retention never takes it."""
    spans = [TimeSpan(n * MINUTE_US, (n + 1) * MINUTE_US) for n in range(43_200)]
    gap = Gap(camera=CAM, start_us=5, end_us=9, cause=GapCause.POWER, evidence="x", training=True)
    assert index.add_history(CAM, spans, [gap]) == 43_200
    assert index.last_end_us(CAM) == spans[-1].end_us  # a gap begins where history ends
    assert index.take_due(camera=CAM, before_us=1 << 60, now_us=0, limit=5) == []
    found = index.segments(CAM, TimeSpan(7 * DAY_US, 7 * DAY_US + 1))
    assert [(one.state, one.training, one.sha256) for one in found] == [(SegmentState.HISTORY, True, None)]
    assert index.recorded(CAM, TimeSpan(DAY_US, 3 * DAY_US)) == [TimeSpan(DAY_US, 3 * DAY_US)]


def test_notes_and_facts_are_kept(index: SqliteIndex):
    """A stepped clock is part of the record."""
    note = Note(at_us=7, kind="clock-forward", text="x")
    index.write(notes=[note])
    index.set_fact("ended", "no")
    index.set_fact("ended", "in order")
    assert index.notes(TimeSpan(0, 10)) == [note]
    assert (index.fact("ended"), index.fact("other")) == ("in order", None)


def test_another_version_is_refused_and_not_changed(index: SqliteIndex):
    """An older or newer Ronda must not guess at the tables."""
    with sqlite3.connect(index.path) as db:
        db.execute("PRAGMA user_version = 99")
    before = index.path.read_bytes()
    with pytest.raises(IndexVersionError, match="version 99"):
        SqliteIndex(index.path)
    assert index.path.read_bytes() == before


def test_a_missing_or_foreign_file_is_one_sentence(tmp_path: Path):
    """Neither is turned into an empty index."""
    with pytest.raises(StorageError, match="no recording index"):
        SqliteIndex(tmp_path / "none.sqlite")
    (tmp_path / "foreign.sqlite").write_bytes(b"not a database at all, but long enough to be looked at" * 30)
    with pytest.raises(StorageError, match="cannot be used"):
        SqliteIndex(tmp_path / "foreign.sqlite")


def test_many_threads_may_write(index: SqliteIndex):
    """The recorder, retention and the web's holds meet here."""

    def work(number: int) -> None:
        for step in range(10):
            save(index, segment(number * 100 + step, (number * 100 + step) * 60, (number * 100 + step) * 60 + 60))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(index.segments(CAM, ALL)) == 40


def test_a_file_put_back_is_opened_anew(index: SqliteIndex, tmp_path: Path):
    """The footage disk was taken away and put back: no connection may write to the old file."""
    save(index, segment(1, 0, 60))
    index.close()
    moved = tmp_path / "away.sqlite"
    index.path.rename(moved)
    with pytest.raises(StorageError):
        index.segments(CAM, ALL)
    moved.rename(index.path)
    assert len(index.segments(CAM, ALL)) == 1


def version_1(path: Path) -> None:
    """An index as version 1 left it: one closed segment, and one that was open when the program ended."""
    tables = """
    CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE camera (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE segment (
        id INTEGER PRIMARY KEY, camera INTEGER NOT NULL REFERENCES camera (id), start_us INTEGER NOT NULL,
        end_us INTEGER NOT NULL, state INTEGER NOT NULL, path TEXT NOT NULL, size_bytes INTEGER NOT NULL,
        frames INTEGER NOT NULL, sha256 BLOB, codec TEXT NOT NULL, width_px INTEGER NOT NULL,
        height_px INTEGER NOT NULL, init_bytes INTEGER NOT NULL, training INTEGER NOT NULL,
        file_gone INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX segment_by_time ON segment (camera, start_us);
    CREATE INDEX segment_by_age ON segment (end_us) WHERE state IN (1, 2);
    CREATE INDEX segment_open ON segment (state) WHERE state = 0;
    CREATE INDEX segment_to_remove ON segment (id) WHERE state = 3 AND file_gone = 0;
    CREATE TABLE fragment_table (
        segment INTEGER PRIMARY KEY, fragments BLOB NOT NULL, clock BLOB NOT NULL
    ) STRICT;
    CREATE TABLE gap (
        camera INTEGER NOT NULL REFERENCES camera (id), start_us INTEGER NOT NULL, end_us INTEGER,
        cause TEXT NOT NULL, evidence TEXT NOT NULL, training INTEGER NOT NULL, PRIMARY KEY (camera, start_us)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE hold (
        id TEXT PRIMARY KEY, camera INTEGER NOT NULL REFERENCES camera (id), start_us INTEGER NOT NULL,
        end_us INTEGER NOT NULL, until_us INTEGER, reason TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE note (at_us INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL) STRICT;
    PRAGMA user_version = 1;
    """
    with sqlite3.connect(path) as db:
        db.executescript(tables)
        db.execute("INSERT INTO camera VALUES (1, ?)", (CAM,))
        for number, state in ((1, 1), (2, 0)):
            start_us = number * 60
            name = f"{CAM}/2026-11-18/02/{start_us}.mp4"
            digest = None if state == 0 else bytes.fromhex("ab" * 32)
            row = (
                number,
                1,
                start_us,
                start_us + 60,
                state,
                name,
                1000,
                25,
                digest,
                "avc1.64001f",
                1280,
                720,
                600,
                0,
            )
            db.execute("INSERT INTO segment VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,0)", row)
            blob = pack_rows([fragment(0, start_us)])
            db.execute("INSERT INTO fragment_table VALUES (?, ?, ?)", (number, blob, pack_clock([PAIR])))
        db.execute("INSERT INTO hold VALUES ('h', 1, 0, 70, NULL, 'LP/1')")
    db.close()


PAIR = ClockPair(arrival_us=5, ntp=(1 << 64) - 1, rtp_90k=(1 << 32) - 1)


def test_an_index_of_version_1_is_brought_up_in_place(tmp_path: Path):
    """Footage of before the change is found as it was, and an open segment goes on where it stood."""
    version_1(tmp_path / "index.sqlite")
    index = SqliteIndex(tmp_path / "index.sqlite")
    assert [one.segment_id for one in index.segments(CAM, ALL)] == [1, 2]
    assert index.fragments(SegmentId(1)) == [fragment(0, 60)]
    assert index.clock_pairs(SegmentId(1)) == [PAIR]
    assert [one.hold_id for one in index.holds(CAM, ALL)] == ["h"]
    closed = segment(2, 120, 190)
    index.write(segments=[SegmentWrite(segment=closed, new_fragments=(fragment(500, 150),), new_clock=(PAIR,))])
    assert index.fragments(SegmentId(2)) == [fragment(0, 120), fragment(500, 150)]
    assert index.clock_pairs(SegmentId(2)) == [PAIR, PAIR]
    new = SqliteIndex(tmp_path / "new.sqlite", create=True)
    tables = "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
    columns = "SELECT name, type, \"notnull\", dflt_value FROM pragma_table_info('segment') ORDER BY cid"
    for question in (tables, columns):
        with sqlite3.connect(index.path) as old, sqlite3.connect(new.path) as made:
            assert old.execute(question).fetchall() == made.execute(question).fetchall()


def test_bringing_up_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A power cut in the middle leaves version 1, which the next start brings up."""
    path = tmp_path / "index.sqlite"
    version_1(path)
    monkeypatch.setitem(schema.STEPS, 1, (*schema.STEPS[1], "SELECT no_such_function()"))
    with pytest.raises(StorageError, match="stays as it was"):
        SqliteIndex(path)
    monkeypatch.undo()
    assert len(SqliteIndex(path).segments(CAM, ALL)) == 2


def test_many_open_segments_grow_side_by_side(index: SqliteIndex):
    """One sync writes the news of all of them; none gets the fragments of another."""
    for sync in range(3):
        state = SegmentState.CLOSED if sync == 2 else SegmentState.OPEN
        index.write(
            segments=[
                SegmentWrite(
                    segment=segment(number, number * 60, number * 60 + sync, state),
                    new_fragments=(fragment(sync * 500, number * 60 + sync),),
                    new_clock=(PAIR,) if number == 7 else (),
                )
                for number in range(1, 50)
            ]
        )
        for number in (1, 7, 49):
            expected = [fragment(done * 500, number * 60 + done) for done in range(sync + 1)]
            assert index.fragments(SegmentId(number)) == expected
        assert len(index.clock_pairs(SegmentId(7))) == sync + 1
        assert index.clock_pairs(SegmentId(8)) == []
    with sqlite3.connect(index.path) as db:
        assert db.execute("SELECT count(*) FROM part").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM fragment_table").fetchone() == (49,)


def test_a_sync_that_fails_leaves_nothing_and_can_be_repeated(index: SqliteIndex):
    """The writer keeps what is pending and writes it with the next sync; a new camera is no stumbling block."""
    good = SegmentWrite(segment=segment(1, 0, 10, SegmentState.OPEN), new_fragments=(fragment(0, 0),))
    bad = Gap(camera=CAM, start_us=0, end_us=1 << 70, cause=GapCause.LINK, evidence="x")  # no 64-bit number
    with pytest.raises(OverflowError):
        index.write(segments=[good], gaps=[bad])
    assert index.cameras() == []
    index.write(segments=[good])
    assert index.fragments(SegmentId(1)) == [fragment(0, 0)]


def test_a_damaged_table_of_fragments_is_one_sentence(index: SqliteIndex):
    """Bits of the index can flip too: it is said, and the file is left alone."""
    index.write(segments=[SegmentWrite(segment=segment(1, 0, 20), new_fragments=(fragment(0, 0),))])
    with sqlite3.connect(index.path) as db:
        db.execute("UPDATE fragment_table SET fragments = substr(fragments, 1, 20)")
    with pytest.raises(StorageError, match="damaged at segment 1"):
        index.fragments(SegmentId(1))
