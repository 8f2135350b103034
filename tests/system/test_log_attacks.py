"""E7: whoever has the disk and the log's own key changes the log; the start, the whole check or a witness sees it.

Each attack is drawn from a seed: how long the log is, how much of it the witness saw, what is done and how well.
RONDA_LOG_ATTACKS asks for more of them (1,000 before a release).
"""

import json
import os
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ronda.access.errors import LogUnavailableError
from ronda.app.hub_http import Answer, HubUnreachableError
from ronda.app.witness.round import Round
from ronda.evidence.checkpoint import NoteSigner
from ronda.evidence.entry import AuditEvent, Phase
from ronda.evidence.errors import EvidenceError
from ronda.evidence.leaf import entry_hash
from ronda.store.log import SqliteLog
from ronda.store.witness_state import WitnessState

ATTACKS = int(os.environ.get("RONDA_LOG_ATTACKS", "60"))
SIGNER = NoteSigner("ronda.kutim/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
START_US = 1_795_700_000_000_000


class Ticking:
    """A clock that goes on by a second with each look."""

    def __init__(self) -> None:
        self.us = START_US

    def now_us(self) -> int:
        self.us += 1_000_000
        return self.us

    def monotonic_us(self) -> int:
        return self.us


class Disk:
    """A hub as the witness sees it: answers from the log as it lies on the disk now."""

    def __init__(self, log: SqliteLog) -> None:
        self.log = log

    def send(self, method: str, path: str, body: bytes | None = None) -> Answer:
        try:
            return self._answer(200, self._said(path))
        except LogUnavailableError as error:
            return self._answer(503, {"code": "log_rolled_back", "message": str(error)})
        except EvidenceError as error:
            return self._answer(422, {"code": "proof", "message": str(error)})

    def _said(self, path: str) -> object:
        address, _, query = path.partition("?")
        asked = {name: int(value) for name, _, value in (part.partition("=") for part in query.split("&") if part)}
        if address.endswith("/key"):
            return SIGNER.verifier.vkey()
        if address.endswith("/checkpoint"):
            return self.log.checkpoint(SIGNER)
        if address.endswith("/consistency"):
            return {"proof": [step.hex() for step in self.log.consistency(asked["old"], asked["new"])]}
        if address.endswith("/hashes"):
            found = dict(self.log.leaves(asked["start"], asked["count"]))
            wanted = range(asked["start"], min(asked["start"] + asked["count"], self.log.size()))
            return {"hashes": [entry_hash(found[at]).hex() if at in found else None for at in wanted]}
        return {}

    def _answer(self, status: int, said: object) -> Answer:
        body = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        return Answer(status=status, body=body, headers={}, sent_bytes=0, received_bytes=0)


@dataclass
class Place:
    """A log folder, a witness, and what the attacker may use."""

    root: Path
    chance: random.Random
    clock: Ticking
    size: int
    seen: int

    @property
    def log(self) -> Path:
        return self.root / "log"

    def witness(self) -> Round:
        log = SqliteLog(self.log, self.clock)
        return Round(state=WitnessState(self.root / "witness"), hub=Disk(log), clock=self.clock)  # type: ignore[arg-type]

    def database(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.log / "log.sqlite")
        for trigger in ("entry_keeps", "entry_stays", "node_keeps", "node_stays", "opening_keeps"):
            db.execute(f"DROP TRIGGER {trigger}")
        return db

    def rewrite(self, events: list[AuditEvent]) -> None:
        """A whole new log in place of the old one, with good hashes and the log's own signature."""
        made = self.root / "made"
        log = SqliteLog(made, Ticking())
        for event in events:
            log.append(event)
        log.checkpoint(SIGNER)
        shutil.rmtree(self.log)
        made.rename(self.log)


def event(number: int, who: str = "p-nur") -> AuditEvent:
    return AuditEvent(
        action="rekaman.putar",
        actor=who,
        role="operator",
        phase=Phase.INTENT,
        outcome="boleh",
        objects={"kamera": f"cam-{number % 7}", "nomor_uji": number},
        private={"sebab": f"alasan {number}"},
    )


def built(root: Path, seed: int) -> Place:
    """A log that a witness saw in part, and that went on after it."""
    chance, clock = random.Random(seed), Ticking()
    seen = chance.randint(3, 40)
    size = seen + chance.randint(0, 12)
    log = SqliteLog(root / "log", clock)
    for number in range(seen):
        log.append(event(number))
    WitnessState.create(root / "witness", "inspektorat.example/penjaga")
    place = Place(root, chance, clock, size, seen)
    assert place.witness().run().signed
    for number in range(seen, size):
        log.append(event(number))
    if chance.random() < 0.5:
        log.checkpoint(SIGNER)
    return place


def change_an_entry(place: Place) -> None:
    """The bytes alone: who looked becomes somebody else."""
    with place.database() as db:
        at = place.chance.randrange(place.size)
        (leaf,) = db.execute("SELECT leaf FROM entry WHERE seq=?", (at,)).fetchone()
        db.execute("UPDATE entry SET leaf=? WHERE seq=?", (leaf.replace(b"p-nur", b"p-ica"), at))


def take_an_entry_out(place: Place) -> None:
    with place.database() as db:
        at = place.chance.randrange(place.size)
        db.execute("DELETE FROM opening WHERE seq=?", (at,))
        db.execute("DELETE FROM entry WHERE seq=?", (at,))


def take_an_entry_and_its_hash_out(place: Place) -> None:
    """One that a witness saw: what nobody saw yet is the limit below."""
    with place.database() as db:
        at = place.chance.randrange(place.seen)
        for table in ("opening", "entry"):
            db.execute(f"DELETE FROM {table} WHERE seq=?", (at,))
        db.execute("DELETE FROM node WHERE level=0 AND position=?", (at,))


def swap_two_entries(place: Place) -> None:
    with place.database() as db:
        one, other = place.chance.sample(range(place.size), 2)
        for old, new in ((one, 10_000), (other, one), (10_000, other)):
            db.execute("PRAGMA foreign_keys=OFF")
            db.execute("UPDATE entry SET seq=? WHERE seq=?", (new, old))


def change_a_hash(place: Place) -> None:
    with place.database() as db:
        rows = db.execute("SELECT level, position, hash FROM node").fetchall()
        level, position, kept = place.chance.choice(rows)
        changed = bytes([kept[0] ^ 1]) + kept[1:]
        db.execute("UPDATE node SET hash=? WHERE level=? AND position=?", (changed, level, position))


def cut_the_end_off(place: Place) -> None:
    """As if the last looks had not been: entries and hashes go, and the checkpoint that knew of them."""
    shorter = place.chance.randrange(1, place.seen)
    place.rewrite([event(number) for number in range(shorter)])


def rewrite_one_entry_with_the_key(place: Place) -> None:
    """Everything worked out anew and signed: the log alone cannot see it."""
    changed = place.chance.randrange(place.seen)
    place.rewrite([event(n, "p-ica" if n == changed else "p-nur") for n in range(place.size)])


def leave_one_out_with_the_key(place: Place) -> None:
    gone = place.chance.randrange(place.seen)
    place.rewrite([event(n) for n in range(place.size + 1) if n != gone])


def put_one_in_with_the_key(place: Place) -> None:
    events = [event(n) for n in range(place.size)]
    events.insert(place.chance.randrange(place.seen), event(999))
    place.rewrite(events)


def reorder_with_the_key(place: Place) -> None:
    events = [event(n) for n in range(place.size)]
    one = place.chance.randrange(place.seen - 1)
    events[one], events[one + 1] = events[one + 1], events[one]
    place.rewrite(events)


def fork_with_the_key(place: Place) -> None:
    """The same beginning, another end, longer than the true one."""
    at = place.chance.randrange(1, place.seen)
    place.rewrite([event(n, "p-nur" if n < at else "p-ica") for n in range(place.size + 5)])


def put_an_old_copy_back(place: Place) -> None:
    """An honest backup from before the last looks, with its own good checkpoint."""
    copy = place.root / "copy"
    shutil.copytree(place.log, copy)
    log = SqliteLog(place.log, place.clock)
    for number in range(place.size, place.size + place.chance.randint(1, 9)):
        log.append(event(number))
    assert place.witness().run().signed
    shutil.rmtree(place.log)
    copy.rename(place.log)


KINDS: tuple[Callable[[Place], None], ...] = (
    change_an_entry,
    take_an_entry_out,
    take_an_entry_and_its_hash_out,
    swap_two_entries,
    change_a_hash,
    cut_the_end_off,
    rewrite_one_entry_with_the_key,
    leave_one_out_with_the_key,
    put_one_in_with_the_key,
    reorder_with_the_key,
    fork_with_the_key,
    put_an_old_copy_back,
)
BY_THE_LOG_ALONE = KINDS[:5]


def found_by(place: Place) -> list[str]:
    """Who says that something is wrong."""
    log, found = SqliteLog(place.log, place.clock), []
    if log.verify_all():
        found.append("check")
    try:
        log.append(event(0))
    except LogUnavailableError:
        found.append("start")
    try:
        outcome = place.witness().run()
    except HubUnreachableError:
        pass  # the log signs nothing any more, and says why
    except EvidenceError:
        found.append("witness")
    else:
        if outcome.changes or not outcome.signed:
            found.append("witness")
    return found


def test_every_attack_is_found(tmp_path: Path) -> None:
    """By number of the seed, so that one that gets through can be looked into."""
    missed, by = [], Counter()  # type: ignore[var-annotated]
    for seed in range(ATTACKS):
        attack = KINDS[seed % len(KINDS)]
        place = built(tmp_path / str(seed), seed)
        attack(place)
        found = found_by(place)
        by.update(found)
        if not found or (attack not in BY_THE_LOG_ALONE and "witness" not in found):
            missed.append(f"seed {seed}: {attack.__name__}, found by {found}")
        shutil.rmtree(place.root)
    print(f"{ATTACKS} attacks: {dict(by)}")
    assert missed == []


@pytest.mark.parametrize("seed", range(6))
def test_a_log_that_nobody_touched_raises_no_alarm(tmp_path: Path, seed: int) -> None:
    place = built(tmp_path, seed)
    assert found_by(place) == []


def test_what_no_witness_saw_yet_can_be_taken_back(tmp_path: Path) -> None:
    """The limit, as docs/design/log.md says: looks younger than the last round, by whoever has disk and key."""
    place = built(tmp_path, 3)
    copy = place.root / "copy"
    assert place.witness().run().signed
    shutil.copytree(place.log, copy)
    SqliteLog(place.log, place.clock).append(event(777))
    shutil.rmtree(place.log)
    copy.rename(place.log)
    assert found_by(place) == []
