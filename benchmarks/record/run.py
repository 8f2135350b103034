"""CPU of Ronda's recorder beside `ffmpeg -c copy`, one process a camera, both in one run.

Virtual cameras serve both at the same time; after all streams play, CPU time is read from /proc at
two instants. Use the ratio, not the single figures: other work on the machine moves both alike.

    .venv/bin/python benchmarks/record/run.py --cameras 50 --seconds 30
    .venv/bin/python benchmarks/record/run.py --cameras 50 --seconds 25 --mbit 2
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.media.fmp4_read import scan
from ronda.sim.control import SimControl
from ronda.sim.sei import parse
from ronda.store.disk.index import SqliteIndex

RONDA = [sys.executable, "-c", "from ronda.app.cli import main; main()"]
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    options = _options()
    if shutil.which("ffmpeg") is None:
        print("ffmpeg is not installed: apt install ffmpeg", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="ronda-bench-", dir=options.work) as scratch:
        result = run(options, Path(scratch))
    print(json.dumps(result, indent=1))
    return 0 if result["ronda"]["lost_frames"] == 0 else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30, help="the steady window")
    parser.add_argument("--scene", default="simpang-3")
    parser.add_argument("--mbit", type=float, help="720p at 25 frames a second and this rate, not a scene")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--port", type=int, default=8655)
    parser.add_argument("--work", default=None, help="folder for footage; the default is the system's")
    parser.add_argument("--scenes", type=Path, default=Path(tempfile.gettempdir()) / "ronda-bench-scenes")
    return parser.parse_args()


def run(options: argparse.Namespace, scratch: Path) -> dict[str, object]:
    sim = _start_sim(options)
    processes: list[subprocess.Popen[bytes]] = [sim]
    try:
        facts = json.loads((options.scenes / "sim.json").read_text())
        urls = dict(facts["urls"])
        (scratch / "urls").write_text("\n".join(urls.values()))
        command = [*RONDA, "record", "--urls", scratch / "urls", "--out", scratch / "ronda"]
        command += ["--engine", options.engine, "--stats", scratch / "stats.json"]
        ours = subprocess.Popen(command)
        processes.append(ours)
        peers = _start_peers(urls, scratch)
        processes += peers
        time.sleep(8)
        before = _cpu_s(ours.pid), sum(_cpu_s(peer.pid) for peer in peers), _cpu_s(sim.pid)
        started = time.monotonic()
        time.sleep(options.seconds)
        window_s = time.monotonic() - started
        after = _cpu_s(ours.pid), sum(_cpu_s(peer.pid) for peer in peers), _cpu_s(sim.pid)
        memory = _rss_mib(ours.pid), sum(_rss_mib(peer.pid) for peer in peers)
        for process in (ours, *peers):
            process.terminate()
        for process in (ours, *peers):
            process.wait()
        dropped = _dropped_by_sim(facts["control_port"])
    finally:
        for process in processes:
            if process.poll() is None:
                process.terminate()
                process.wait()
    ours_s, peer_s, sim_s = (end - begin for begin, end in zip(before, after, strict=True))
    frames, lost, size_bytes = _lost_frames(scratch / "ronda", urls)
    minutes = options.cameras * window_s / 60
    return {
        "cameras": options.cameras,
        "window_s": round(window_s, 1),
        "load_average": [round(one, 2) for one in os.getloadavg()],
        "ronda": {
            "engine": json.loads((scratch / "stats.json").read_text())["engine"],
            "core_percent": round(100 * ours_s / window_s, 2),
            "cpu_s_per_stream_minute": round(ours_s / minutes, 4),
            "rss_mib": round(memory[0], 1),
            "frames": frames,
            "kbyte_per_frame": round(size_bytes / 1000 / max(frames, 1), 2),
            "lost_frames": lost,
        },
        "ffmpeg": {
            "core_percent": round(100 * peer_s / window_s, 2),
            "cpu_s_per_stream_minute": round(peer_s / minutes, 4),
            "rss_mib": round(memory[1], 1),
        },
        "sim_core_percent": round(100 * sim_s / window_s, 2),
        "frames_dropped_by_sim": dropped,
        "ratio": round(peer_s / ours_s, 2),
    }


def _start_sim(options: argparse.Namespace) -> subprocess.Popen[bytes]:
    (options.scenes / "sim.json").unlink(missing_ok=True)
    command = [*RONDA, "sim", "--data", options.scenes, "--cameras", str(options.cameras)]
    command += ["--scene", options.scene, "--port", str(options.port)]
    if options.mbit:
        command = [sys.executable, Path(__file__).with_name("load_server.py"), "--data", options.scenes]
        command += ["--cameras", str(options.cameras), "--mbit", str(options.mbit), "--port", str(options.port)]
    sim = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while not (options.scenes / "sim.json").exists():
        if sim.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("the virtual cameras did not start")
        time.sleep(0.2)
    time.sleep(1)
    return sim


def _start_peers(urls: dict[str, str], scratch: Path) -> list[subprocess.Popen[bytes]]:
    peers = []
    for name, url in urls.items():
        folder = scratch / "ffmpeg"
        folder.mkdir(exist_ok=True)
        command = ["ffmpeg", "-nostdin", "-loglevel", "quiet", "-rtsp_transport", "tcp", "-i", url]
        command += ["-c", "copy", "-an", "-f", "segment", "-segment_time", "60", "-segment_format", "mp4"]
        command += ["-reset_timestamps", "1", str(folder / f"{name}_%05d.mp4")]
        peers.append(subprocess.Popen(command))
        time.sleep(0.02)
    return peers


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _rss_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _dropped_by_sim(port: int) -> int:
    status = SimControl(port).status()
    return sum(int(camera.get("dropped", 0)) for camera in status["cameras"].values())


def _lost_frames(folder: Path, urls: dict[str, str]) -> tuple[int, int, int]:
    """Frames recorded, frames missing between the first and the last of each camera, bytes."""
    index = SqliteIndex(folder / "index.sqlite")
    frames = lost = size_bytes = 0
    for name in urls:
        numbers: list[int] = []
        for segment in index.segments(CameraId(name), TimeSpan(0, 1 << 60)):
            content = (folder / segment.path).read_bytes()
            size_bytes += len(content)
            for fragment in scan(content).fragments:
                for sample in fragment.samples:
                    mark = parse(content[sample.offset : sample.offset + sample.size_bytes])
                    if mark is not None:
                        numbers.append(mark.frame)
        frames += len(numbers)
        lost += numbers[-1] - numbers[0] + 1 - len(numbers) if numbers else 1
    return frames, lost, size_bytes


if __name__ == "__main__":
    sys.exit(main())
