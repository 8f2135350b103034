"""500 cameras go off and come back at once: how soon 95 % record again, and how fast the recorder knocks.

`--how reset`: every session is reset and every new connection too (each is counted), as when the cameras'
switch restarts. `--how kill`: the generator is killed and started again, nothing listens in between.

    .venv/bin/python benchmarks/record/off_on.py --cameras 500 --off 20 --engine c
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from generator import Counts, Generator

RONDA = [sys.executable, "-c", "from ronda.app.cli import main; main()"]
GOAL_S, GOAL_SHARE, GOAL_KNOCKS = 30.0, 0.95, 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=500)
    parser.add_argument("--off", type=float, default=20, help="seconds without cameras")
    parser.add_argument("--how", choices=("reset", "kill"), default="reset")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--port", type=int, default=8700)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="ronda-off-") as scratch,
        Generator(options.cameras, port=options.port) as load,
    ):
        result = run(options, load, Path(scratch))
    print(json.dumps(result, indent=1))
    good = result["share_again_after_s"] <= GOAL_S and result["most_connections_a_second"] <= GOAL_KNOCKS
    return 0 if good else 1


def run(options: argparse.Namespace, load: Generator, scratch: Path) -> dict[str, Any]:
    (scratch / "urls").write_text("\n".join(load.urls()))
    command = [*RONDA, "record", "--urls", scratch / "urls", "--out", scratch / "footage"]
    recorder = subprocess.Popen([*command, "--engine", options.engine], stderr=subprocess.DEVNULL)
    try:
        first_s = load.wait_playing()
        time.sleep(5)
        first_second = _switch_off(load, options.how)
        time.sleep(options.off)
        on_s = time.monotonic()
        if options.how == "kill":
            load.start()
        else:
            load.ask("on")
        load.wait_playing(GOAL_SHARE)
        share_s = time.monotonic() - on_s
        load.wait_playing(timeout_s=60)
        all_s = time.monotonic() - on_s
        counts = load.ask()
    finally:
        recorder.terminate()
        recorder.wait(120)
    return {
        "cameras": options.cameras,
        "how": options.how,
        "engine": options.engine,
        "off_s": options.off,
        "all_play_at_first_after_s": round(first_s, 1),
        "share_again_after_s": round(share_s, 1),
        "all_again_after_s": round(all_s, 1),
        "connections_after_the_fault": sum(_knocks(counts, first_second)),
        "most_connections_a_second": max(_knocks(counts, first_second), default=0),
        "cameras_not_playing_at_the_end": options.cameras - counts.playing,
    }


def _switch_off(load: Generator, how: str) -> int:
    """The generator's second from which connections count as made after the fault."""
    if how == "kill":
        load.stop()
        return 0
    return load.ask("off").second + 1


def _knocks(counts: Counts, first_second: int) -> list[int]:
    """Connections in each second of the generator's clock, taken or refused."""
    return counts.accepts_a_second[first_second:]


if __name__ == "__main__":
    sys.exit(main())
