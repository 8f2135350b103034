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
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.media.fmp4_read import scan
from ronda.sim.control import SimControl
from ronda.sim.sei import parse
from ronda.store.disk.index import SqliteIndex
from ronda.video.model import Gap, GapCause

RONDA = [sys.executable, "-c", "from ronda.app.cli import main; main()"]
FAULTS = ("drop", "stall", "drop", "stop", "drop")
KILLS = (0.2, 0.45, 0.7)
ALL = TimeSpan(0, 1 << 60)


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
    index = SqliteIndex(footage / "index.sqlite")
    frames, outside, worst_edge, worst_kill = 0, 0, 0.0, 0.0
    rows = [json.loads(line) for line in truth.read_text().splitlines()]
    newest = {row["camera"]: row for row in rows if row["kind"] == "camera"}  # the file grows over runs
    for name in index.cameras():
        row = newest[name]
        camera, epoch_us, frame_us = CameraId(row["camera"]), row["epoch_us"], row["frame_us"]
        numbers = _numbers(index, footage, camera)
        gaps = index.gaps(camera, ALL)
        frames += len(numbers)
        for first, last in _holes(numbers):
            start_us, end_us = epoch_us + first * frame_us, epoch_us + last * frame_us
            outside += sum(not _declared(gaps, at) for at in range(start_us, end_us + 1, frame_us))
            worst_edge = max(worst_edge, _edge_s(gaps, start_us, end_us + frame_us))
        for gap in gaps:  # a camera that was off the air at the kill lost nothing by it
            if gap.cause is GapCause.MACHINE and gap.end_us is not None:
                losses = [kill - gap.start_us / 1e6 for kill in kills if gap.start_us <= kill * 1e6 <= gap.end_us]
                worst_kill = max(worst_kill, *losses, 0.0)
    return {
        "frames": frames,
        "frames_missing_outside_gaps": outside,
        "worst_gap_edge_s": round(worst_edge, 2),
        "worst_loss_before_a_kill_s": round(worst_kill, 2),
    }


def _numbers(index: SqliteIndex, footage: Path, camera: CameraId) -> list[int]:
    """The frame numbers in all files, in order; a doubled one ends the run."""
    numbers: list[int] = []
    for segment in index.segments(camera, ALL):
        content = (footage / segment.path).read_bytes()
        for fragment in scan(content).fragments:
            for sample in fragment.samples:
                mark = parse(content[sample.offset : sample.offset + sample.size_bytes])
                if mark is None or (numbers and mark.frame <= numbers[-1]):
                    raise SystemExit(f"{segment.path}: a frame without a mark, doubled, or out of order")
                numbers.append(mark.frame)
    return numbers


def _holes(numbers: list[int]) -> list[tuple[int, int]]:
    pairs = pairwise(numbers)
    return [(before + 1, after - 1) for before, after in pairs if after > before + 1]


def _declared(gaps: list[Gap], at_us: int) -> bool:
    return any(gap.start_us <= at_us and (gap.end_us is None or at_us < gap.end_us) for gap in gaps)


def _edge_s(gaps: list[Gap], start_us: int, end_us: int) -> float:
    """How far the declared gaps around a hole begin and end from it."""
    near = [gap for gap in gaps if gap.start_us < end_us and (gap.end_us or end_us) > start_us]
    if not near:
        return float("inf")
    last_us = near[-1].end_us if near[-1].end_us is not None else end_us
    return max(abs(near[0].start_us - start_us), abs(last_us - end_us)) / 1e6


if __name__ == "__main__":
    sys.exit(main())
