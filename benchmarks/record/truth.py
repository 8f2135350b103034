"""Prove that what is missing is declared: kill the recorder, break lines, count every frame.

Virtual cameras mark each frame with a running number and its time. Afterwards the numbers found in
all files must be exactly those sent outside the declared gaps, and each gap must agree with the
hole in the numbers within a second.

    .venv/bin/python benchmarks/record/truth.py --cameras 12 --seconds 600
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # the judge is shared with the tests

from tests.drill.footage import ALL, numbers
from tests.drill.truth import declared, doubled, edge_s, holes, undeclared, unfounded

from ronda.core.time import SECOND_US
from ronda.sim.control import SimControl
from ronda.sim.truth import read_truth
from ronda.store.disk.index import SqliteIndex
from ronda.video.model import GapCause

RONDA = [sys.executable, "-c", "from ronda.app.cli import main; main()"]
FAULTS = ("drop", "stall", "drop", "stop", "drop")
KILLS = (0.2, 0.45, 0.7)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--scene", default="simpang-3")
    parser.add_argument("--port", type=int, default=8656)
    parser.add_argument("--scenes", type=Path, default=Path(tempfile.gettempdir()) / "ronda-bench-scenes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ronda-truth-") as scratch:
        result = run(options, Path(scratch) / "data")
    print(json.dumps(result, indent=1))
    return 0 if not result["frames_missing_outside_gaps"] and result["worst_gap_edge_s"] <= 1 else 1


def run(options: argparse.Namespace, data: Path) -> dict[str, Any]:
    subprocess.run([*RONDA, "init", "--data", data], check=True, capture_output=True)
    (options.scenes / "sim.json").unlink(missing_ok=True)
    command = [*RONDA, "sim", "--data", options.scenes, "--cameras", str(options.cameras)]
    command += ["--scene", options.scene, "--port", str(options.port)]
    sim = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not (options.scenes / "sim.json").exists():
            time.sleep(0.2)
        facts = json.loads((options.scenes / "sim.json").read_text())
        rows = [{"camera": name, "url": url} for name, url in facts["urls"].items()]
        (data / "recorder" / "cameras.json").write_text(json.dumps(rows))
        kills = _play(options.seconds, data, SimControl(facts["control_port"]), list(facts["urls"]))
    finally:
        sim.terminate()
        sim.wait()
    return _judge(options.scenes / "truth.jsonl", data / "footage", kills)


def _play(seconds: float, data: Path, control: SimControl, cameras: list[str]) -> list[float]:
    """Three kills and five broken lines, spread over the time; gives when it was killed."""
    events = [(at * seconds, "kill") for at in KILLS]
    events += [((0.1 + 0.17 * number) * seconds, fault) for number, fault in enumerate(FAULTS)]
    recorder, started, kills = _start(data), time.time(), []
    names = cycle(cameras)
    for at, what in sorted(events):
        time.sleep(max(0.0, started + at - time.time()))
        if what == "kill":
            kills.append(time.time())
            recorder.send_signal(signal.SIGKILL)
            recorder.wait()
            recorder = _start(data)
        else:
            control.fault(next(names), what, 4)
    time.sleep(max(0.0, started + seconds - time.time()))
    recorder.terminate()
    recorder.wait()
    return kills


def _start(data: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*RONDA, "recorder", "--data", data], stderr=subprocess.DEVNULL)


def _judge(truth: Path, footage: Path, kills: list[float]) -> dict[str, Any]:
    """By the same judge as tests/system/test_gap_truth.py."""
    index = SqliteIndex(footage / "index.sqlite")
    beats = {row["camera"]: (row["epoch_us"], row["frame_us"]) for row in read_truth(truth, "camera")}
    frames, hidden, empty, worst_edge, worst_kill = 0, 0, 0, 0.0, 0.0
    for camera, found in numbers(footage).items():
        if doubled(found):
            raise SystemExit(f"{camera}: a frame is doubled or out of order")
        epoch_us, frame_us = beats[str(camera)]
        last_us = epoch_us + found[-1] * frame_us
        gaps = [gap for gap in index.gaps(camera, ALL) if gap.end_us and gap.start_us < last_us - SECOND_US]
        missing, spans = holes(found, epoch_us, frame_us), declared(gaps)
        frames += len(found)
        hidden += sum((end_us - start_us) // frame_us - 1 for start_us, end_us in undeclared(missing, spans))
        empty += len(unfounded(spans, missing))
        worst_edge = max([worst_edge, *(edge_s(span, missing) for span in spans)])
        for gap in gaps:  # a camera that was off the air at the kill lost nothing by it
            if gap.cause is GapCause.MACHINE and gap.end_us is not None:
                within = [kill for kill in kills if gap.start_us <= kill * 1e6 <= gap.end_us]
                # A second kill in the same gap found nothing that could be lost.
                worst_kill = max(worst_kill, min(within, default=0.0) - gap.start_us / 1e6)
    return {
        "frames": frames,
        "frames_missing_outside_gaps": hidden,
        "gaps_without_a_missing_frame": empty,
        "worst_gap_edge_s": round(worst_edge, 2),
        "worst_loss_before_a_kill_s": round(worst_kill, 2),
    }


if __name__ == "__main__":
    sys.exit(main())
