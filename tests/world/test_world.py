"""Random faults in a simulated world: every rule holds for every seed, and a seed is the same run each time.

`RONDA_WORLD_SEEDS` says how many seeds are run; a broken one is run again, with all that happened, by
`python -m tests.world --seeds 1 --from SEED`.
"""

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.world.disk import SimDisk
from tests.world.world import ALL_FAULTS, run_seed

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import TimeSpan
from ronda.store.disk.index import SqliteIndex
from ronda.video.model import Segment, SegmentState, SegmentWrite
from ronda.video.retain.runner import remove_files

SEEDS = int(os.environ.get("RONDA_WORLD_SEEDS", "100"))
STEP = 20


@pytest.mark.parametrize("first", range(0, SEEDS, STEP))
def test_the_rules_hold_in_every_world(first: int):
    """Nothing acknowledged is lost, no second unaccounted for, no held footage deleted, and more: see `checks`."""
    outcomes = [run_seed(seed) for seed in range(first, min(first + STEP, SEEDS))]
    assert [f"seed {one.seed}: {one.broken}" for one in outcomes if one.broken is not None] == []
    assert sum((one.faults for one in outcomes), Counter()).total() > 2 * len(outcomes)


def test_another_disk_in_the_place_of_ours_gets_no_new_file():
    """Seed 829 of ten thousand: the folder was looked at and refused, and the writer had not heard of it yet."""
    assert run_seed(829).broken is None


def test_what_a_repair_finds_after_a_pause_is_dated_where_it_came():
    """Seed 3999: decoding times told of the pause one picture too late, and it was counted twice."""
    assert run_seed(3999).broken is None


def test_a_repaired_file_ends_where_the_next_one_begins():
    """Seed 4555: the machine's clock ran slower than the camera's, whose times date the repaired end."""
    assert run_seed(4555).broken is None


def test_a_run_that_died_before_its_gap_was_written_leaves_the_gap_all_the_same():
    """Seed 6297: killed twice; the adopted file of the second run began half a second after the first one's end."""
    assert run_seed(6297).broken is None


def test_a_hole_inside_a_repaired_file_is_declared():
    """Seed 7615: a slow disk made groups be left out, and the power went before the ledger had said so."""
    assert run_seed(7615).broken is None


def test_a_single_picture_lost_right_before_a_kill_is_declared():
    """Seed 8315: the line dropped it, and the recorder died before the ledger had said so."""
    assert run_seed(8315).broken is None


def test_a_seed_is_the_same_run_each_time_and_in_each_process():
    """Whatever order Python gives its sets: without this, a broken seed could not be looked into."""
    seeds = range(3, 6)
    here = [f"{seed} {run_seed(seed).digest}" for seed in seeds]
    assert [f"{seed} {run_seed(seed).digest}" for seed in seeds] == here
    assert len({line.split()[1] for line in here}) == len(here)
    for hash_seed in ("1", "2"):
        arguments = ["--from", "3", "--seeds", "3", "--digest"]
        ran = subprocess.run(
            [sys.executable, "-m", "tests.world", *arguments],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=Path(__file__).parents[2],
            check=True,
            capture_output=True,
            text=True,
        )
        assert ran.stdout.splitlines()[: len(here)] == here


def broken(seeds: range, *only: str) -> list[str]:
    outcomes = [run_seed(seed, only=only) for seed in seeds]
    assert {kind for one in outcomes for kind in one.faults} == set(only)
    return [f"seed {one.seed}: {one.broken}" for one in outcomes if one.broken is not None]


def test_a_failed_sync_is_never_believed_later():
    """N63: the next sync succeeds, and the power cut shows what it was worth. Odd seeds: all cameras are hit."""
    assert broken(range(101, 125, 2), "sync_fails", "power_cut", "kill") == []


def test_any_clock_keeps_the_account_whole():
    """N66: set by an hour or forty days either way, frozen, 10 % fast, and the recorder started anew meanwhile."""
    assert broken(range(201, 225, 2), "clock_set", "clock_rate", "restart", "kill") == []


def test_footage_that_was_deleted_does_not_come_back_with_the_power(tmp_path: Path):
    """N61: its folder is synced before the index forgets the file."""
    disk = SimDisk(random.Random(1))
    camera, root = CameraId("cam-1"), tmp_path
    path = root / "cam-1/2026-09-21/14/1.mp4"
    path.parent.mkdir(parents=True)
    os.close(disk.create(path))
    disk.sync_folder(path.parent)
    index = SqliteIndex(root / "index.sqlite", create=True)
    row = Segment(
        segment_id=SegmentId(1), camera=camera, span=TimeSpan(1, 2), path="cam-1/2026-09-21/14/1.mp4",
        state=SegmentState.DELETED, size_bytes=0, frames=1, sha256=None, codec="avc1.64001f", width_px=640,
        height_px=360, init_bytes=0, training=False,
    )  # fmt: skip
    index.write(segments=[SegmentWrite(segment=row)])
    remove_files(index, root, calls=disk)
    assert index.files_to_remove(10) == []
    for _ in range(20):  # each time the disk may keep it or not
        disk.power_cut()
        assert not path.exists()


def test_every_kind_of_fault_is_played():
    """Counted over the seeds, so that a kind that is never drawn is noticed."""
    played = sum((run_seed(seed, 40).faults for seed in range(100, 130)), Counter())
    assert len(played) >= len(set(ALL_FAULTS)) * 2 // 3
