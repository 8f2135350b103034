"""Read the whole log and say which entry does not fit: the question after a suspicion.

Checks each entry against its own hash in the tree, the hash in the published tile, the entry before
it, its columns and its openings; then every inner node against the two below it. Decides nothing
about signatures: the caller compares the root with a checkpoint.
"""

import sqlite3
from collections.abc import Iterator

from ronda.core.days import day_of
from ronda.core.errors import WrongUsageError
from ronda.core.time import parse_utc
from ronda.evidence.errors import MalformedError
from ronda.evidence.leaf import FIRST_PREV, FORM, Opening, entry_hash, opens, read_leaf
from ronda.evidence.log_tree import node_hash
from ronda.store.log_tiles import LogFolder


def troubles(db: sqlite3.Connection, files: LogFolder) -> Iterator[str]:
    """One sentence for each thing that does not fit, entries by number; nothing for a whole log."""
    hashes: dict[int, bytes] = dict(db.execute("SELECT position, hash FROM node WHERE level=0"))
    expected, prev = 0, FIRST_PREV
    rows = db.execute("SELECT seq, actor, action, case_id, leaf FROM entry ORDER BY seq")
    for index, actor, action, case, leaf in rows:
        for missing in range(expected, index):
            yield f"entry {missing} was removed"
        trouble = _bytes_trouble(index, leaf, hashes.get(index), files) or _field_trouble(
            index, (index, actor, action, case), leaf, prev
        )
        if trouble:
            yield trouble
        expected, prev = index + 1, hashes.get(index, FIRST_PREV)
    for missing in range(expected, max(hashes, default=-1) + 1):
        yield f"entry {missing} was removed"
    yield from _node_troubles(db)
    yield from _opening_troubles(db)


def _bytes_trouble(index: int, leaf: bytes, in_tree: bytes | None, files: LogFolder) -> str | None:
    own = entry_hash(leaf)
    if in_tree != own:
        return f"entry {index} was changed: it does not hash to its place in the tree"
    published = files.leaf_hash(index)
    if published is not None and published != own:
        return f"entry {index} was changed: the published tile holds another hash"
    return None


def _field_trouble(index: int, columns: tuple[int, str, str, str | None], leaf: bytes, prev: bytes) -> str | None:
    try:
        fields = read_leaf(leaf)
    except MalformedError as error:
        return f"entry {index} cannot be read: {error}"
    if columns != tuple(fields.get(name) for name in ("nomor", "pelaku", "aksi", "kasus")):
        return f"entry {index} was changed: its columns do not say what its leaf says"
    if fields.get("v") == FORM and fields.get("hari") != _day(fields.get("waktu")):
        return f"entry {index} states another day than its time"
    if fields.get("sebelum") != prev.hex():
        return f"entry {index} does not follow the entry before it"
    return None


def _day(stated: object) -> str | None:
    try:
        return day_of(parse_utc(str(stated)))
    except WrongUsageError:
        return None


def _node_troubles(db: sqlite3.Connection) -> Iterator[str]:
    query = """SELECT parent.level, parent.position, parent.hash, l.hash, r.hash FROM node AS parent
        LEFT JOIN node AS l ON l.level = parent.level - 1 AND l.position = parent.position * 2
        LEFT JOIN node AS r ON r.level = parent.level - 1 AND r.position = parent.position * 2 + 1
        WHERE parent.level > 0"""
    for level, position, value, left, right in db.execute(query):
        if left is None or right is None or node_hash(left, right) != value:
            first = position << level
            yield f"the tree over entries {first} to {first + (1 << level) - 1} does not fit them"


def _opening_troubles(db: sqlite3.Connection) -> Iterator[str]:
    query = """SELECT opening.seq, name, salt, value, leaf FROM opening
        LEFT JOIN entry ON entry.seq = opening.seq ORDER BY opening.seq, name"""
    for index, name, salt, value, leaf in db.execute(query):
        try:
            fits = leaf is not None and opens(read_leaf(leaf), Opening(name=name, salt=salt, value=value))
        except MalformedError:
            fits = False
        if not fits:
            yield f"entry {index}: the opening {name!r} is not what the entry committed to"
