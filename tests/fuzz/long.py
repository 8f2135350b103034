"""The long fuzz run of the Python parsers: millions of inputs, bounded memory, every crash kept.

    .venv/bin/python -m tests.fuzz.long sdp h265 --inputs 10000000 --seed 1
    .venv/bin/python -m tests.fuzz.long all --inputs 2000
    .venv/bin/python -m tests.fuzz.long sdp --seed 1 --first 4711000 --inputs 1000     a part of a run once more

An input is a value, one of our own errors, or a crash: another exception, a broken promise of the target, more than
`BLOCK_CPU_S` for a block of inputs, or a process that grew by more than `MOST_GROWTH_MIB`. The bytes of a crash go
into `crashers/`, named after the target; `test_long_fuzz.py` tries them first from then on. The chance begins anew
with each block of a thousand inputs, so that a seed and a number name an input, and a run can be taken up again.
"""

import argparse
import hashlib
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tests.fuzz.long_kit import Target
from tests.fuzz.long_targets import TARGETS
from tests.fuzz.mutate import mutated

from ronda.core.errors import RondaError

CRASHERS = Path(__file__).parent / "crashers"
BLOCK = 1000
BLOCK_CPU_S = 60
MOST_GROWTH_MIB = 64
TOLD_EVERY_S = 30


class TooSlowError(Exception):
    """A block of inputs took more than its share of processor time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run of one target came to. crash: None when there was none; else the bytes and what happened."""

    target: str
    inputs: int
    refused: int
    cpu_s: float
    peak_mib: float
    grown_mib: float
    crash: tuple[bytes, str] | None
    stopped: bool = False

    def __str__(self) -> str:
        rate = self.inputs / self.cpu_s if self.cpu_s else 0.0
        end = f"CRASH: {self.crash[1].strip().splitlines()[-1]}" if self.crash else "no crash"
        return (
            f"{self.target:15} {self.inputs:9} inputs, {self.cpu_s:7.0f} CPU-s ({rate:.0f} a second), "
            f"{100 * self.refused / max(1, self.inputs):3.0f} % refused, peak {self.peak_mib:.0f} MiB "
            f"(grew by {self.grown_mib:.1f}), {end}{', stopped' if self.stopped else ''}"
        )


def run(target: Target, *, inputs: int, seed: int = 1, first: int = 0) -> Outcome:
    """Feed inputs number `first` and following. Ends at the first crash, and cleanly when interrupted."""
    seeds, words, take, grown = tuple(target.seeds()), tuple(target.words), target.take, target.grown
    before_mib = start_measuring_mib()
    began_s, told_s = time.process_time(), time.monotonic()
    done = refused = 0
    data, crash, stopped = b"", None, False
    try:
        for block in range(first // BLOCK, -(-(first + inputs) // BLOCK)):
            chance = random.Random(f"{target.name} {seed} {block}")
            with at_most(BLOCK_CPU_S):
                for _ in range(min(BLOCK, inputs - done)):
                    if grown is not None and chance.random() < 0.5:
                        data = grown(chance)
                    else:
                        data = mutated(seeds, words, chance)
                    try:
                        take(data)
                    except RondaError:
                        refused += 1
                    done += 1
            if peak_mib() > before_mib + MOST_GROWTH_MIB:
                raise MemoryError(f"the process grew by more than {MOST_GROWTH_MIB} MiB in the block before {done}")
            if time.monotonic() - told_s > TOLD_EVERY_S:
                told_s = time.monotonic()
                print(f"... {target.name} {done} of {inputs}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        stopped = True
    except Exception:  # whatever a parser raises is what is looked for
        crash = (data, traceback.format_exc())
    peak = peak_mib()
    return Outcome(
        target=target.name, inputs=done, refused=refused, cpu_s=time.process_time() - began_s,
        peak_mib=peak, grown_mib=max(0.0, peak - before_mib), crash=crash, stopped=stopped,
    )  # fmt: skip


@contextmanager
def at_most(cpu_s: float) -> Iterator[None]:
    """Raise inside when it takes more processor time. Time in which the process is stopped does not count."""
    before = signal.signal(signal.SIGPROF, _too_slow)
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _too_slow(_number: int, _frame: FrameType | None) -> None:
    raise TooSlowError(f"a block of {BLOCK} inputs took more than {BLOCK_CPU_S} CPU seconds")


def start_measuring_mib() -> float:
    """The peak begins anew at what is held now, where the kernel can do that."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak_mib()


def peak_mib() -> float:
    """The most memory the process held. /proc, because getrusage counts what stood there before an exec too."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def keep(outcome: Outcome, folder: Path = CRASHERS) -> Path | None:
    """Write the bytes of a crash beside the targets, for good."""
    if outcome.crash is None:
        return None
    path = folder / f"{outcome.target}-{hashlib.sha256(outcome.crash[0]).hexdigest()[:12]}.bin"
    path.write_bytes(outcome.crash[0])
    return path


def chosen(words: Sequence[str]) -> list[Target]:
    """Targets by name, in the order of the table."""
    known = {target.name for target in TARGETS}
    if unknown := set(words) - known - {"all"}:
        raise SystemExit(f"no such target: {', '.join(sorted(unknown))}. Known: all, {', '.join(sorted(known))}")
    return [target for target in TARGETS if target.name in words or "all" in words]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="+", help="names of targets, or all")
    parser.add_argument("--inputs", type=int, default=10_000_000, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="where to take up a run: a multiple of 1000")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell gives what it starts in the background a deaf ear
        signal.signal(number, signal.default_int_handler)
    failed = False
    for target in chosen(options.targets):
        outcome = run(target, inputs=options.inputs, seed=options.seed, first=options.first // BLOCK * BLOCK)
        print(outcome, flush=True)
        if (path := keep(outcome)) is not None and outcome.crash is not None:
            print(f"{outcome.crash[1]}kept as {path}", file=sys.stderr, flush=True)
            failed = True
        if outcome.stopped:
            return 130
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
