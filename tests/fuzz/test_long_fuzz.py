"""The long run itself: a short one of every target, the crashers it kept, and that it finds what it looks for.

RONDA_FUZZ_INPUTS sets how many inputs each target gets; ten million are some two hours of processor time.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.drill.footage import wait_for
from tests.fuzz import long
from tests.fuzz.long_kit import Target
from tests.fuzz.long_targets import TARGETS
from tests.fuzz.parsers import PARSERS
from tests.needs import ROOT, require_program

from ronda.core.errors import RondaError, WrongUsageError

INPUTS = int(os.environ.get("RONDA_FUZZ_INPUTS", "1000"))
RUN = [sys.executable, "-m", "tests.fuzz.long"]


def target(take, *seeds: bytes) -> Target:
    return Target(name="planted", seeds=lambda: seeds or (b"abcdefgh",), words=(b"word",), take=take)


def kept(name: str) -> list[Path]:
    return sorted(long.CRASHERS.glob(f"{name}-*.bin"))


@pytest.mark.parametrize("one", TARGETS, ids=lambda one: one.name)
def test_what_once_broke_a_target_is_a_value_or_our_error(one: Target):
    require_program("ffmpeg", "ffmpeg")
    for data in [*(path.read_bytes() for path in kept(one.name)), *one.seeds(), b""]:
        try:
            one.take(data)
        except RondaError:
            continue


def test_every_target_takes_its_inputs_in_bounded_memory():
    """One process of its own, whose memory is measured."""
    require_program("ffmpeg", "ffmpeg")
    done = subprocess.run(
        [*RUN, "all", "--inputs", str(INPUTS)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    told = [line.split() for line in done.stdout.splitlines()]
    assert [words[0] for words in told] == [one.name for one in TARGETS]
    assert all(int(words[1]) == INPUTS for words in told)


def test_every_parser_has_a_target_of_the_long_run():
    named = {name for parser in PARSERS for name in parser.long}
    assert named == {one.name for one in TARGETS}
    assert all(parser.long and (ROOT / "src" / "ronda" / parser.file).exists() for parser in PARSERS)


def test_a_planted_crash_is_found_kept_and_comes_again(tmp_path: Path):
    """A parser that fails on one byte after another: no lucky first input."""

    def breaks(data: bytes) -> None:
        if re.search(rb"[\x80-\xff]word", data):
            data[len(data)]

    found = long.run(target(breaks), inputs=100_000)
    assert found.crash is not None
    assert "IndexError" in found.crash[1]
    path = long.keep(found, tmp_path)
    assert path is not None
    with pytest.raises(IndexError):
        breaks(path.read_bytes())
    assert long.run(target(breaks), inputs=100_000).crash == found.crash, "the same seed, the same bytes"
    block = (found.inputs) // long.BLOCK * long.BLOCK
    again = long.run(target(breaks), first=block, inputs=long.BLOCK)
    assert again.crash is not None, "a part of the run alone finds it too"
    assert again.crash[0] == found.crash[0]
    assert "CRASH: IndexError" in str(found)


def test_a_broken_promise_is_a_crash_and_our_own_error_is_none():
    def promises(data: bytes) -> None:
        assert len(data) < 20

    def refuses(data: bytes) -> None:
        raise WrongUsageError("no")

    assert long.run(target(promises), inputs=10_000).crash is not None
    found = long.run(target(refuses), inputs=2_000)
    assert (found.crash, found.inputs, found.refused) == (None, 2_000, 2_000)


def test_memory_that_grows_beyond_the_limit_is_a_crash():
    held: list[bytearray] = []

    def hoards(data: bytes) -> None:
        held.append(bytearray(b"x") * (len(data) << 12))

    found = long.run(target(hoards), inputs=50_000)
    assert found.crash is not None
    assert "MemoryError" in found.crash[1]
    assert found.grown_mib > long.MOST_GROWTH_MIB


def test_an_input_without_end_is_a_crash(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(long, "BLOCK_CPU_S", 0.2)

    def turns(data: bytes) -> None:
        while data:
            pass

    found = long.run(target(turns), inputs=10)
    assert found.crash is not None
    assert "TooSlowError" in found.crash[1]
    assert found.crash[0]


def test_a_run_that_is_interrupted_says_how_far_it_came():
    """Also one that was begun in the background, where a shell lets nobody hear the signal of Ctrl-C."""
    command = [*RUN, "nut", "sdp", "--inputs", "1000000000"]
    shell = ["sh", "-c", '"$@" & echo $!; wait $!', "sh", *command]
    with subprocess.Popen(shell, cwd=ROOT, stdout=subprocess.PIPE, text=True) as begun:
        assert begun.stdout is not None
        number = int(begun.stdout.readline())
        wait_for(lambda: cpu_ticks(number) > START_TICKS, "it runs")
        os.kill(number, signal.SIGINT)
        words = begun.stdout.read().split()
    assert (words[0], words[-1]) == ("nut", "stopped")
    assert 0 < int(words[1]) < 1_000_000_000
    assert "sdp" not in words, "the rest is left"


START_TICKS = 250  # of processor time, in hundredths: more than it takes to begin


def cpu_ticks(number: int) -> int:
    words = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


def test_a_target_that_is_not_there_is_named():
    done = subprocess.run([*RUN, "sdpp"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "sdpp" in done.stderr


def test_changed_inputs_are_named_by_seed_and_number():
    seen: list[bytes] = []
    long.run(target(seen.append), inputs=3_000, seed=5)
    part: list[bytes] = []
    long.run(target(part.append), inputs=1_000, first=1_000, seed=5)
    other: list[bytes] = []
    long.run(target(other.append), inputs=1_000, first=1_000, seed=6)
    assert part == seen[1_000:2_000]
    assert part != other
    assert len(set(seen)) > 2_000
