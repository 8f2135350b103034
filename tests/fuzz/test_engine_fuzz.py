"""The packet engine in C under libFuzzer with address and undefined-behaviour sanitizers.

`native/fuzz` holds the target, the first inputs and every crasher ever found. Here: a short run, and the
crashers must stay harmless. RONDA_FUZZ_EXAMPLES sets the size, as everywhere.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.fuzz_kit import EXAMPLES
from tests.needs import ROOT, require_program

FOLDER = ROOT / "native" / "fuzz"
RUNS_AN_EXAMPLE = 500  # one run of this target takes a tenth of a millisecond


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_program("clang", "clang libclang-rt-14-dev")
    out = tmp_path_factory.mktemp("fuzz")
    subprocess.run(["make", "-s", "-C", FOLDER, out / "stream", "seeds", f"OUT={out}"], check=True, timeout=300)
    return out


def fuzz(target: Path, *arguments: str) -> str:
    """What libFuzzer printed; a crash fails with its report."""
    command = [str(target / "stream"), *arguments, f"-artifact_prefix={target}/"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=7200, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stderr


def test_every_crasher_ever_found_stays_harmless(target: Path):
    kept = [str(path) for path in sorted((FOLDER / "crashers").iterdir())]
    assert kept
    seeds = [str(path) for path in sorted((target / "seeds").iterdir())]
    assert "Executed" in fuzz(target, *kept, *seeds)


def test_whatever_a_camera_sends_breaks_nothing_and_memory_stays_bounded(target: Path):
    """Both codecs, sound, datagrams; blocks stay whole, the muxer and the ring take them."""
    runs = EXAMPLES * RUNS_AN_EXAMPLE
    told = fuzz(
        target,
        f"-runs={runs}",
        "-max_len=20000",
        "-timeout=20",
        "-rss_limit_mb=1500",
        "-print_final_stats=1",
        f"-seed={os.environ.get('RONDA_FUZZ_SEED', '7')}",
        str(target / "corpus"),
        str(target / "seeds"),
    )
    found = re.search(r"number_of_executed_units:\s*(\d+)", told)
    assert found is not None
    assert int(found[1]) >= runs
