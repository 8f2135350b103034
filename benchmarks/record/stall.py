"""The writer stands still for 5 s at 200 streams: no frame may be lost.

The recorder runs in a process whose writer sleeps once, as a disk does that another program holds. The
generator then ends every stream in order, and the frame numbers in the files are compared with those sent.

    .venv/bin/python benchmarks/record/stall.py --cameras 200 --stall 5 --engine c
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from generator import Generator
from measure import memory_mib, numbers_by_camera

_AFTER_S = 8  # from the first block; by then all streams play


def main() -> int:
    if sys.argv[1:2] == ["--as-recorder"]:
        return _record_and_stall(float(sys.argv[2]), sys.argv[3:])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=200)
    parser.add_argument("--stall", type=float, default=5)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--work", default=None, help="folder for footage; the default is the system's")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="ronda-stall-", dir=options.work) as scratch,
        Generator(options.cameras, port=options.port) as load,
    ):
        result = run(options, load, Path(scratch))
    print(json.dumps(result, indent=1))
    good = result["stalled_s"] >= options.stall and not result["frames_missing"]
    return 0 if good and not result["frames_dropped_by_generator"] else 1


def run(options: argparse.Namespace, load: Generator, scratch: Path) -> dict[str, Any]:
    (scratch / "urls").write_text("\n".join(load.urls()))
    command = [sys.executable, __file__, "--as-recorder", str(options.stall), "record", "--urls", scratch / "urls"]
    command += ["--out", scratch / "footage", "--engine", options.engine]
    recorder = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        load.wait_playing()
        time.sleep(_AFTER_S)
        memory = 0.0
        for _ in range(round(2 * options.stall) + 8):
            time.sleep(0.5)
            memory = max(memory, memory_mib(recorder.pid)[0])
        load.ask("end")
        time.sleep(3)
        sent = load.ask()
    finally:
        recorder.terminate()
        said = recorder.communicate(timeout=120)[0].decode()
    found = numbers_by_camera(scratch)
    missing = sum(max(0, row[0] - len(set(found.get(camera, ())))) for camera, row in enumerate(sent.each, start=1))
    return {
        "cameras": options.cameras,
        "engine": options.engine,
        "stalled_s": float(said.partition("stalled ")[2].partition("\n")[0] or 0),
        "frames_sent": sent.sent,
        "frames_missing": missing,
        "frames_dropped_by_generator": sent.dropped,
        "most_rss_mib": round(memory, 1),
    }


def _record_and_stall(for_s: float, words: list[str]) -> int:
    """`ronda WORDS` with a writer that sleeps once, in the middle of its work."""
    from ronda.app.cli import main as ronda
    from ronda.video.record.writer import Writer

    take, began_s, done = Writer._take, [0.0], [False]

    def stalled(self: Writer, block: Any) -> None:
        began_s[0] = began_s[0] or time.monotonic()
        if not done[0] and time.monotonic() - began_s[0] > _AFTER_S:
            done[0] = True
            at_s = time.monotonic()
            time.sleep(for_s)
            print(f"stalled {time.monotonic() - at_s:.2f}", flush=True)
        take(self, block)

    Writer._take = stalled  # type: ignore[method-assign]
    sys.argv[1:] = words
    return ronda()


if __name__ == "__main__":
    sys.exit(main())
