"""The tables of the recording index, its versions, and its numbers for states.

A segment is one row. While it is open its fragments are small rows of `part`, appended at each sync and
known by their first byte in the file; when it closes they become one compact blob of `fragment_table`
(`packing`), so that a month of segments is read without touching them. Times are UTC microseconds.
Why SQLite beside the footage: recording must depend on nothing but the disk.
Why parts: at 500 cameras a blob that is read and written anew at each sync costs more than recording.

Version 2 (from 1, in place and in one transaction; blobs of version 1 stay as they are and are read):
parts, the disk a segment lies on, damage that the scrub found, sums of what is stored, what a gap was before
somebody named its cause better, where fetched footage is from, and hints of cameras.
"""

from ronda.video.model import GapCause, SegmentState

VERSION = 2

TABLES = """
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE camera (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE segment (
    id INTEGER PRIMARY KEY,
    camera INTEGER NOT NULL REFERENCES camera (id),
    start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL,
    state INTEGER NOT NULL,
    path TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    sha256 BLOB,
    codec TEXT NOT NULL,
    width_px INTEGER NOT NULL,
    height_px INTEGER NOT NULL,
    init_bytes INTEGER NOT NULL,
    training INTEGER NOT NULL,
    file_gone INTEGER NOT NULL DEFAULT 0,
    disk INTEGER NOT NULL DEFAULT 0,
    damaged INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX segment_by_time ON segment (camera, start_us);
CREATE INDEX segment_of_camera_by_age ON segment (camera, end_us) WHERE state IN (1, 2);
CREATE INDEX segment_of_disk_by_age ON segment (disk, end_us) WHERE state IN (1, 2);
CREATE INDEX segment_open ON segment (state) WHERE state = 0;
CREATE INDEX segment_to_remove ON segment (id) WHERE state = 3 AND file_gone = 0;
CREATE TABLE fragment_table (segment INTEGER PRIMARY KEY, fragments BLOB NOT NULL, clock BLOB NOT NULL) STRICT;
CREATE TABLE gap (
    camera INTEGER NOT NULL REFERENCES camera (id),
    start_us INTEGER NOT NULL,
    end_us INTEGER,
    cause TEXT NOT NULL,
    evidence TEXT NOT NULL,
    training INTEGER NOT NULL,
    PRIMARY KEY (camera, start_us)
) STRICT, WITHOUT ROWID;
CREATE TABLE hold (
    id TEXT PRIMARY KEY,
    camera INTEGER NOT NULL REFERENCES camera (id),
    start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL,
    until_us INTEGER,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE note (at_us INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL) STRICT;
"""

_NEW_IN_2 = """
CREATE TABLE part (
    segment INTEGER NOT NULL,
    first_byte INTEGER NOT NULL,
    fragments BLOB NOT NULL,
    clock BLOB NOT NULL,
    PRIMARY KEY (segment, first_byte)
) STRICT, WITHOUT ROWID;
CREATE TABLE gap_before (
    camera INTEGER NOT NULL REFERENCES camera (id),
    start_us INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    cause TEXT NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (camera, start_us, at_us)
) STRICT, WITHOUT ROWID;
CREATE TABLE stored (disk INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, segments INTEGER NOT NULL) STRICT;
CREATE TABLE origin (
    segment INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    offset_us INTEGER NOT NULL,
    uncertainty_us INTEGER NOT NULL
) STRICT;
CREATE TABLE hint (
    camera INTEGER NOT NULL REFERENCES camera (id),
    at_us INTEGER NOT NULL,
    kind TEXT NOT NULL,
    is_on INTEGER NOT NULL,
    topic TEXT NOT NULL,
    PRIMARY KEY (camera, at_us, kind, is_on)
) STRICT, WITHOUT ROWID;
"""

_FROM_1 = """
ALTER TABLE segment ADD COLUMN disk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE segment ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0;
DROP INDEX segment_by_age;
CREATE INDEX segment_of_camera_by_age ON segment (camera, end_us) WHERE state IN (1, 2);
CREATE INDEX segment_of_disk_by_age ON segment (disk, end_us) WHERE state IN (1, 2);
"""
_COUNT = (
    "INSERT INTO stored SELECT disk, sum(size_bytes), count(*) FROM segment WHERE state IN (1, 2) GROUP BY disk"
)
_MORE = (
    "INSERT INTO stored VALUES (NEW.disk, NEW.size_bytes, 1) ON CONFLICT (disk) DO UPDATE SET "
    "bytes = bytes + excluded.bytes, segments = segments + 1"
)
_LESS = "UPDATE stored SET bytes = bytes - OLD.size_bytes, segments = segments - 1 WHERE disk = OLD.disk"
# What closed footage holds of each disk is kept as a sum: to add up millions of rows takes seconds.
_TRIGGERS = (
    f"CREATE TRIGGER stored_new AFTER INSERT ON segment WHEN NEW.state IN (1, 2) BEGIN {_MORE}; END",
    "CREATE TRIGGER stored_more AFTER UPDATE OF state ON segment "
    f"WHEN NEW.state IN (1, 2) AND OLD.state NOT IN (1, 2) BEGIN {_MORE}; END",
    "CREATE TRIGGER stored_less AFTER UPDATE OF state ON segment "
    f"WHEN OLD.state IN (1, 2) AND NEW.state NOT IN (1, 2) BEGIN {_LESS}; END",
)


def _statements(text: str) -> list[str]:
    return text.split(";")[:-1]


NEW = (*_statements(TABLES), *_statements(_NEW_IN_2), *_TRIGGERS)  # what makes an index
# what takes an index of this version to the next one
STEPS = {1: (*_statements(_FROM_1), *_statements(_NEW_IN_2), _COUNT, *_TRIGGERS)}

STATES = [
    SegmentState.OPEN,
    SegmentState.CLOSED,
    SegmentState.REPAIRED,
    SegmentState.DELETED,
    SegmentState.HISTORY,
    SegmentState.REMOTE,
]
STATE_NUMBER = {state: number for number, state in enumerate(STATES)}
CAUSES = {cause.value: cause for cause in GapCause}
