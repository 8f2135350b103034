"""No effect without an entry before it, whatever moment the process is killed at (E6).

`tests/drill/acts.py` lets people act on cases and kills them; each effect (a case stored, a lock set or ended,
footage opened, the sealing key used) is noted in a book before it happens, with how many entries the log held.
Here book and log are held against each other. RONDA_ACTS and RONDA_ACT_KILLS set how many.
"""

import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.evidence_kit import FixedClock
from tests.needs import ROOT

from ronda.evidence.leaf import read_leaf
from ronda.store.log import SqliteLog

ACTS = int(os.environ.get("RONDA_ACTS", "300"))
KILLS = int(os.environ.get("RONDA_ACT_KILLS", "20"))


@dataclass(slots=True)
class Lived:
    killed: int
    acts: int
    effects: Counter[str]
    bare: list[str]  # effects before which nobody had said what they were about to do
    phases: list[str]  # of every entry in the log
    troubles: list[str]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = tmp_path_factory.mktemp("acts")
    call = [sys.executable, "-m", "tests.drill.acts", str(folder), "20261127", str(ACTS), str(KILLS)]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=60 + 2 * KILLS + ACTS)
    assert done.returncode == 0, done.stderr[-2000:]
    return held_together(folder, int(done.stdout.split()[0]))


def held_together(folder: Path, killed: int) -> Lived:
    """For each effect: was an intent written between the start of its act and the effect, and is it still there?"""
    log = SqliteLog(folder / "log", FixedClock())
    phases = [str(read_leaf(leaf)["tahap"]) for _, leaf in log.leaves(0, log.size())]
    effects: Counter[str] = Counter()
    bare, acts, began = [], 0, 0
    for line in (folder / "book.txt").read_text().splitlines():
        kind, *rest = line.split()
        if kind == "act":
            acts, began = acts + 1, int(rest[0])
            continue
        name, size = rest[0], int(rest[1])
        effects[name] += 1
        if "niat" not in phases[began:size]:
            bare.append(f"act {acts}: {line}")
    return Lived(killed, acts, effects, bare, phases, log.verify_all())


def test_no_act_has_an_effect_without_an_entry_before_it(lived: Lived) -> None:
    """Held against the bytes in the log's file at that moment, read by somebody else than the log."""
    print(f"{lived.acts} acts, {lived.killed} kills, effects {dict(lived.effects)}, {len(lived.phases)} entries")
    assert lived.bare == []
    assert (lived.acts >= ACTS, lived.killed >= KILLS) == (True, True)
    assert {"add", "save", "place_hold", "path", "seal"} <= set(lived.effects)


def test_the_kills_came_between_an_intent_and_its_result_too(lived: Lived) -> None:
    """Or the drill would have tried nothing; such an intent stands in the log for good."""
    assert lived.phases.count("niat") > lived.phases.count("hasil") > 0


def test_the_log_is_whole_after_all_of_it(lived: Lived) -> None:
    """No kill leaves half an entry, a hole in the numbers or a tree that does not fit."""
    assert lived.troubles == []
