"""The tables of the access log, and the triggers that refuse every change to what was written.

`entry` and `node` are append-only. `opening` holds names and free text; its rows may be erased, but
not changed. A root user can of course drop a trigger: that is what the hash tree, the checkpoints
and the witnesses are for. The triggers are there for mistakes and for stolen database access.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    case_id TEXT,
    leaf BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entry_actor ON entry (actor, seq);
CREATE INDEX IF NOT EXISTS entry_action ON entry (action, seq);
CREATE INDEX IF NOT EXISTS entry_case ON entry (case_id, seq) WHERE case_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS node (
    level INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS opening (
    seq INTEGER NOT NULL REFERENCES entry (seq),
    name TEXT NOT NULL,
    salt BLOB NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (seq, name)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS entry_keeps BEFORE UPDATE ON entry
    BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entry_stays BEFORE DELETE ON entry
    BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS node_keeps BEFORE UPDATE ON node
    BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS node_stays BEFORE DELETE ON node
    BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS opening_keeps BEFORE UPDATE ON opening
    BEGIN SELECT RAISE(ABORT, 'an opening is erased, never changed'); END;
PRAGMA user_version = 1;
"""
SCHEMA_VERSION = 1
