"""CPU, memory, system calls and lost frames of Ronda's recorder and its peers, one after another in one run.

The generator (`load.c`) serves 1080p25 at 2 Mbit/s to each in turn. After all streams play and 6 s more,
CPU time of all threads is read from the scheduler at two instants. Then the generator ends every stream
in order, and the frame numbers in the files are compared with those that were sent.

    .venv/bin/python benchmarks/record/run.py --cameras 100 --seconds 20
    .venv/bin/python benchmarks/record/run.py --cameras 500 --seconds 20 --engine c

Use ratios of one run, not single figures: other work on the machine moves all sides alike.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generator import Counts, Generator, build
from measure import Cost, cpu_s, footage_files, measure, numbers_by_camera

RONDA = [sys.executable, "-c", "from ronda.app.cli import main; main()"]
SETTLE_S = 6
END_S = 120
Processes = list[subprocess.Popen[bytes]]


def main() -> int:
    options = _options()
    contenders = {"ronda": _ronda, "ffmpeg": _ffmpeg, "pyav": _pyav, "floor": _floor}
    results: dict[str, dict[str, Any]] = {}
    with Generator(options.cameras, streams=options.streams, port=options.port, stap=options.stap) as load:
        for name in ("ronda", *options.peers):
            with tempfile.TemporaryDirectory(prefix=f"ronda-bench-{name}-", dir=options.work) as scratch:
                results[name] = _contend(contenders[name], load, options, Path(scratch))
            print(f"{name}: {results[name]}", file=sys.stderr)
    report = {
        "cameras": options.cameras,
        "streams": options.streams,
        "hash": options.hash,
        "engine": options.engine,
        "contenders": results,
        "ratio": {
            name: round(results[name]["cpu_s_a_stream_minute"] / results["ronda"]["cpu_s_a_stream_minute"], 2)
            for name in options.peers
        },
    }
    print(json.dumps(report, indent=1))
    lost = results["ronda"]
    return 1 if lost["frames_missing"] or lost["frames_dropped_by_generator"] else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20, help="the steady window")
    parser.add_argument("--engine", default="auto", help="auto, c or python")
    parser.add_argument("--hash", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--peers", help="some of ffmpeg,pyav,floor; over 200 cameras only floor by default")
    parser.add_argument("--streams", default="ad", help="letters of what is sent: a, d H.264; b B-frames; c H.265")
    parser.add_argument("--stap", action="store_true", help="parameter sets together in one packet")
    parser.add_argument("--calls", action=argparse.BooleanOptionalAction, default=True, help="count with perf")
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--work", default=None, help="folder for footage, such as /dev/shm; default: the system's")
    options = parser.parse_args()
    if options.peers is None:
        options.peers = "ffmpeg,pyav,floor" if options.cameras <= 200 else "floor"
    options.peers = [name for name in options.peers.split(",") if name]
    for name in options.peers:
        if name == "ffmpeg" and shutil.which("ffmpeg") is None:
            raise SystemExit("ffmpeg is not installed: apt install ffmpeg")
        if name not in ("ffmpeg", "pyav", "floor"):
            raise SystemExit(f"no such peer: {name}")
    return options


def _contend(
    start: Callable[[Generator, argparse.Namespace, Path], Processes],
    load: Generator,
    options: argparse.Namespace,
    scratch: Path,
) -> dict[str, Any]:
    before = load.ask("fresh")
    processes = start(load, options, scratch)
    try:
        opened_s = load.wait_playing()
        time.sleep(SETTLE_S)
        sim_s, late = cpu_s(load.process.pid), load.ask("fresh")
        cost = measure([process.pid for process in processes], options.seconds, count_calls=False)
        sim_s, window = cpu_s(load.process.pid) - sim_s, load.ask()
        calls = measure([process.pid for process in processes], 0.1, count_calls=options.calls).calls_a_second
        load.ask("end")
        sent = _ended(load)
    finally:
        _stop(processes)
    return {
        **_cost(cost, options.cameras, calls),
        "all_play_after_s": round(opened_s, 1),
        **_frames(sent, before, scratch),
        "sent_of_nominal": round((window.sent - late.sent) / (25 * options.cameras * cost.window_s), 3),
        "generator_core_percent": round(100 * sim_s / cost.window_s, 1),
        "generator_late_ms": window.worst_late_ms,
    }


def _ended(load: Generator) -> Counts:
    """Once every session was sent to its end and has been read."""
    until_s = time.monotonic() + 15
    while load.ask().playing and time.monotonic() < until_s:
        time.sleep(0.1)
    time.sleep(2)
    return load.ask()


def _stop(processes: Processes) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _cost(cost: Cost, cameras: int, calls: float | None) -> dict[str, Any]:
    return {
        "core_percent": round(cost.core_percent, 2),
        "cpu_s_a_stream_minute": round(cost.cpu_s / cameras / cost.window_s * 60, 5),
        "rss_mib": round(cost.rss_mib, 1),
        "pss_mib": round(cost.pss_mib, 1),
        "rss_mib_a_stream": round(cost.rss_mib / cameras, 2),
        "threads": cost.threads,
        "system_calls_a_stream_second": "not measured" if calls is None else round(calls / cameras, 2),
        "load_average": round(cost.load_average, 2),
    }


def _frames(sent: Counts, before: Counts, scratch: Path) -> dict[str, Any]:
    """Sent and found, by the numbers that the frames carry; a session that was lost and came again counts too."""
    found = numbers_by_camera(scratch)
    missing = twice = 0
    for camera, (now, then) in enumerate(zip(sent.each, before.each, strict=True), start=1):
        numbers = set(found.get(camera, ()))
        twice += len(found.get(camera, ())) - len(numbers)
        missing += max(0, now[0] - then[0] - len(numbers))
    return {
        "frames_sent": sent.sent - before.sent,
        "frames_found": sum(map(len, found.values())),
        "frames_missing": missing,
        "frames_twice": twice,
        "frames_dropped_by_generator": sent.dropped - before.dropped,
        "mbyte_written": round(sum(path.stat().st_size for path in footage_files(scratch)) / 1e6),
    }


# -- the contenders: each gives its processes ------------------------------------------------------------


def _ronda(load: Generator, options: argparse.Namespace, scratch: Path) -> Processes:
    (scratch / "urls").write_text("\n".join(load.urls()))
    command = [*RONDA, "record", "--urls", scratch / "urls", "--out", scratch / "footage"]
    command += ["--engine", options.engine]
    return [subprocess.Popen(command, env={**os.environ, "RONDA_RECORD_HASH": str(int(options.hash))})]


def _ffmpeg(load: Generator, options: argparse.Namespace, scratch: Path) -> Processes:
    processes = []
    for url in load.urls():
        command = ["ffmpeg", "-nostdin", "-loglevel", "quiet", "-rtsp_transport", "tcp", "-i", url]
        command += ["-c", "copy", "-an", "-f", "segment", "-segment_time", "60", "-segment_format", "mp4"]
        command += ["-reset_timestamps", "1", str(scratch / f"{url.rpartition('/')[2]}_%05d.mp4")]
        processes.append(subprocess.Popen(command))
        time.sleep(0.02)
    return processes


def _pyav(load: Generator, options: argparse.Namespace, scratch: Path) -> Processes:
    (scratch / "urls").write_text("\n".join(load.urls()))
    command = [sys.executable, Path(__file__).with_name("peer_pyav.py"), scratch / "urls", scratch]
    return [subprocess.Popen(command)]


def _floor(load: Generator, options: argparse.Namespace, scratch: Path) -> Processes:
    return [subprocess.Popen([build("floor.c"), scratch, load.host, str(load.port), str(load.cameras)])]


if __name__ == "__main__":
    sys.exit(main())
