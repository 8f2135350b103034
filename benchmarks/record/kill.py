"""`kill -9` of the recorder at random moments: what the index named must stay, at most a second of video goes.

Before each kill the index is read: every segment row, its end and its file. After the last kill every such
row must still stand, reach at least as far, and its file be as large. The frame numbers in the files tell,
for each camera and kill, how much of what was sent before the kill is missing, and when after each start the
first, the 100th and the 500th camera was recorded again.

    .venv/bin/python benchmarks/record/kill.py --cameras 100 --kills 20 --engine c
    .venv/bin/python benchmarks/record/kill.py --cameras 12 --kills 1000 --pause 3
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import Generator
from measure import marks

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.store.disk.index import SqliteIndex

RONDA = [sys.executable, "-c", "from ronda.app.cli import main; main()"]
ALL = TimeSpan(0, 1 << 60)
GOALS_S = {1: 2.0, 100: 5.0, 500: 10.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One start of the recorder: when it began and was killed (UTC), and what the index named just before."""

    began_us: int
    killed_us: int
    named: dict[int, tuple[str, int, int]]  # segment: path, end, bytes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=100)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--pause", type=float, default=6, help="mean seconds between a start and its kill")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--work", default=None, help="folder for footage; the default is the system's")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="ronda-kill-", dir=options.work) as scratch,
        Generator(options.cameras, port=options.port) as load,
    ):
        data = Path(scratch) / "data"
        lives = _live(options, load, data)
        result = _judge(options, data / "footage", lives)
    print(json.dumps(result, indent=1))
    late = [goal for count, goal in GOALS_S.items() if result["again_after_s"].get(str(count), 0) > goal]
    return 1 if result["rows_lost"] or result["most_lost_by_a_kill_s"] > 1 or late else 0


def _live(options: argparse.Namespace, load: Generator, data: Path) -> list[Life]:
    subprocess.run([*RONDA, "init", "--data", data], check=True, capture_output=True)
    rows = [{"camera": url.rpartition("/")[2], "url": url} for url in load.urls()]
    (data / "recorder" / "cameras.json").write_text(json.dumps(rows))
    chance, lives = random.Random(options.seed), []
    for _ in range(options.kills + 1):
        began_us = time.time_ns() // 1000
        recorder = _start(data, options.engine)
        time.sleep(options.pause * (0.5 + chance.random()))
        named = _named(data / "footage", options.cameras)
        lives.append(Life(began_us=began_us, killed_us=time.time_ns() // 1000, named=named))
        recorder.send_signal(signal.SIGKILL if len(lives) <= options.kills else signal.SIGTERM)
        recorder.wait()
    return lives


def _start(data: Path, engine: str) -> subprocess.Popen[bytes]:
    command = [*RONDA, "recorder", "--data", data, "--engine", engine]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def _named(footage: Path, cameras: int) -> dict[int, tuple[str, int, int]]:
    """What the index names now: whoever reads it may rely on that."""
    if not (footage / "index.sqlite").exists():
        return {}
    index = SqliteIndex(footage / "index.sqlite")
    return {
        int(segment.segment_id): (str(segment.path), segment.span.end_us, segment.size_bytes)
        for number in range(1, cameras + 1)
        for segment in index.segments(CameraId(f"load-{number}"), ALL)
    }


def _judge(options: argparse.Namespace, footage: Path, lives: list[Life]) -> dict[str, Any]:
    now = _named(footage, options.cameras)
    lost_rows = {
        segment
        for life in lives[:-1]
        for segment, (path, end_us, size_bytes) in life.named.items()
        if segment not in now
        or now[segment][1] < end_us
        or not (footage / path).is_file()
        or (footage / path).stat().st_size < size_bytes
    }
    times: dict[int, list[int]] = {}
    for camera, _, at_us in marks(footage):
        times.setdefault(camera, []).append(at_us)
    for found in times.values():
        found.sort()
    losses = [_lost_s(found, life) for life in lives[:-1] for found in times.values()]
    again = {count: _again_s(times, lives, count) for count in GOALS_S if count <= options.cameras}
    return {
        "cameras": options.cameras,
        "kills": options.kills,
        "engine": options.engine,
        "rows_named_before_kills": sum(len(life.named) for life in lives[:-1]),
        "rows_lost": len(lost_rows),
        "most_lost_by_a_kill_s": round(max(losses, default=0.0), 2),
        "mean_lost_by_a_kill_s": round(sum(losses) / max(len(losses), 1), 2),
        "cameras_never_recorded": options.cameras - len(times),
        "again_after_s": {str(count): seconds for count, seconds in again.items() if seconds is not None},
    }


def _lost_s(times: list[int], life: Life) -> float:
    """Video that was sent before the kill, while this life had the camera, and is in no file."""
    place = bisect_left(times, life.killed_us)
    if place == 0 or times[place - 1] < life.began_us:
        return 0.0  # this life never came to record the camera: that is counted by `again_after_s`
    return (life.killed_us - times[place - 1]) / 1e6


def _again_s(times: dict[int, list[int]], lives: list[Life], count: int) -> float | None:
    """The longest time from a start to the first recorded frame of the `count`-th camera.

    Of lives that lasted as long as the goal asks; None when there was none.
    """
    worst = None
    for life in lives:
        if (life.killed_us - life.began_us) / 1e6 < GOALS_S[count]:
            continue
        firsts = sorted(_first_us(found, life) for found in times.values())
        first_us = firsts[count - 1] if len(firsts) >= count else life.killed_us
        worst = max(worst or 0.0, round((first_us - life.began_us) / 1e6, 2))
    return worst


def _first_us(times: list[int], life: Life) -> int:
    place = bisect_left(times, life.began_us)
    return min(times[place] if place < len(times) else life.killed_us, life.killed_us)


if __name__ == "__main__":
    sys.exit(main())
