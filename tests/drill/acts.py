"""People who act on cases, killed again and again; started by `tests/system/test_acts_killed.py`.

    python -m tests.drill.acts FOLDER SEED ACTS KILLS

Each life is a fork with a new case over one shared log and footage. Every port through which an act has an effect
notes the effect in a book before it lets it happen, with what the log's file held at that moment, read past all of
our code by a connection of its own. Every second life ends at a chosen point of an entry or an effect, the others
at any time.
"""

import asyncio
import os
import random
import signal
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.evidence_kit import (
    APPROVER,
    INSPECTOR,
    INVESTIGATOR,
    NIGHT_US,
    OPERATOR,
    FakeRecorder,
    FakeStore,
    House,
    house,
    letter,
    record_the_theft,
    scope,
    sealing_identity,
)

from ronda.cases import package
from ronda.cases.model import Case, CaseState, Officer, OutcomeKind
from ronda.core.errors import RondaError
from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US
from ronda.evidence.entry import AuditEvent
from ronda.store.log import SqliteLog

PEOPLE = (INVESTIGATOR, APPROVER, OPERATOR, INSPECTOR)
OWN_STEP = {"approve": APPROVER, "refuse": APPROVER, "lock": OPERATOR}  # all else: the investigator's
CAMERAS = ("simpang-3", "pasar")
POLICE = Officer(name="Rina Wulandari", rank="IPDA", nrp="87010203", unit="Satreskrim")
MOST_ACTS = 24  # of one life; then it ends by itself, and counts as no kill


class Life:
    """One fork: its book, the act under way, and where it is to die."""

    def __init__(self, folder: Path, chance: random.Random, dies_at: int | None) -> None:
        self.book = os.open(folder / "book.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.log_file = sqlite3.connect(
            folder / "log" / "log.sqlite", isolation_level=None, check_same_thread=False
        )
        self.chance, self.dies_at, self.points = chance, dies_at, 0

    def write(self, *words: object) -> None:
        os.write(self.book, (" ".join(map(str, words)) + "\n").encode())

    def size(self) -> int:
        return int(self.log_file.execute("SELECT coalesce(max(seq), -1) + 1 FROM entry").fetchone()[0])

    def point(self) -> None:
        """A place where a life may be told to end."""
        self.points += 1
        if self.points == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def effect(self, name: str) -> None:
        self.point()
        self.write("effect", name, self.size())
        self.point()

    def noting(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any, **named: Any) -> Any:
            self.effect(name)
            done = act(*given, **named)
            self.point()
            return done

        return noted


class DyingLog(SqliteLog):
    """May end the life right before and right after an entry."""

    life: Life

    def append(self, event: AuditEvent) -> int:
        self.life.point()
        index = super().append(event)
        self.life.point()
        return index


def at_home(folder: Path, life: Life, footage: FakeRecorder) -> House:
    """A house whose every effect is noted first."""
    home = house(folder)
    home.log.__class__ = DyingLog
    home.log.life = life  # type: ignore[attr-defined]
    for name in ("stored", "pieces", "gap_rows", "clock_rows"):
        setattr(home.recorder, name, getattr(footage, name))
    for port, names in ((FakeRecorder, ("path", "place_hold", "end_hold")), (FakeStore, ("add", "save"))):
        own = home.recorder if port is FakeRecorder else home.store
        for name in names:
            setattr(own, name, life.noting(name, getattr(own, name)))
    package.make_seal = life.noting("seal", package.make_seal)  # the sealing key is used
    return home


def one_act(home: House, chance: random.Random, case: Case | None) -> Case | None:
    """Somebody tries something; who may not is refused, which is no effect."""
    waiting = case is not None and case.state is CaseState.WAITING
    act = chance.choices(ACTS, WEIGHTS)[0] if not waiting or chance.random() < 0.4 else "approve"
    entitled = chance.random() < 0.8
    who = (OWN_STEP.get(act, INVESTIGATOR) if entitled else chance.choice(PEOPLE)).person_id
    camera = CameraId(chance.choice(CAMERAS))
    start = chance.randrange(0, 18)
    place, span = NIGHT_US + start * SECOND_US, scope(camera, start_s=start, end_s=start + 2).span
    service = home.service
    if case is None:
        return service.request(who, letter(scope(*CAMERAS)))
    if act == "approve":
        service.approve(who, case.case_id, scope_version=case.scope_version)
    elif act == "refuse":
        service.refuse(who, case.case_id, scope_version=case.scope_version, reason="bukan untuk perkara ini")
    elif act == "look":
        service.open_past(who, case.case_id, camera, span)
        for segment in home.recorder.segments(camera, span):
            home.recorder.path(segment.path).read_bytes()
    elif act == "still":
        service.still(who, case.case_id, camera, place)
    elif act == "mark":
        service.mark(who, case.case_id, camera, span, "motor merah")
    elif act == "scope":
        service.change_scope(who, case.case_id, scope(camera, end_s=start + 1), "tempat lain menurut saksi")
    elif act == "assign":
        service.assign(who, case.case_id, OPERATOR.person_id)
    elif act == "lock":
        service.lock_unseen(who, camera, span, "surat menyusul dari Polres")
    elif act == "pack":
        asyncio.run(service.pack(who, case.case_id))
    elif act == "hand over" and case.packages:
        service.hand_over(who, case.case_id, case.packages[-1].package_id, POLICE, "USB")
    elif act == "close" and chance.random() < 0.1:
        service.close(who, case.case_id, OutcomeKind.SOLVED_WITH_FOOTAGE, "")
    return home.store.get(case.case_id)


ACTS = ("approve", "refuse", "look", "still", "mark", "scope", "assign", "lock", "pack", "hand over", "close")
WEIGHTS = (2, 1, 10, 5, 8, 1, 4, 6, 3, 3, 2)


def live(folder: Path, seed: int, dies_at: int | None, footage: FakeRecorder) -> None:
    chance = random.Random(seed)
    life = Life(folder, chance, dies_at)
    home = at_home(folder, life, footage)
    case: Case | None = None
    for _ in range(MOST_ACTS):
        life.write("act", life.size())
        with suppress(RondaError):
            case = one_act(home, chance, case)


def main() -> None:
    folder, seed, acts, kills = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    chance = random.Random(seed)
    made = house(folder)
    record_the_theft(made.recorder, tiny=True)
    sealing_identity()
    killed, lives = 0, 0
    while killed < kills or acts_in(folder) < acts:
        lives += 1
        by_point = lives % 2 == 0
        dies_at = chance.randrange(1, 160) if by_point else None
        life_seed, rest_s = chance.randrange(1 << 30), chance.uniform(0, 0.25)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                live(folder, life_seed, dies_at, made.recorder)
                status = 0
            except Exception:  # the end of a process
                traceback.print_exc()
            os._exit(status)
        if not by_point:
            time.sleep(rest_s)
            os.kill(child, signal.SIGKILL)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if ended not in (0, -signal.SIGKILL):
            sys.exit(f"life {lives} ended by a fault of its own, status {ended}")
        killed += ended == -signal.SIGKILL
    print(killed, lives)


def acts_in(folder: Path) -> int:
    book = folder / "book.txt"
    return book.read_bytes().count(b"act ") if book.exists() else 0


if __name__ == "__main__":
    main()
