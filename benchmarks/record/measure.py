"""What a process costs, exactly: run time from the scheduler, memory, system calls; and the frames in its files."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ronda.sim.sei import parse_all


def cpu_s(pid: int) -> float:
    """User and system time of all living threads in seconds, exact (not in 10 ms ticks)."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((thread / "schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended between the two
    return total / 1e9


def memory_mib(pid: int) -> tuple[float, float]:
    """(RSS, PSS): PSS counts each shared page by its share."""
    facts = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split()[:2]
        facts[name] = int(value) / 1024
    return facts["Rss:"], facts["Pss:"]


def machine_busy_s() -> tuple[float, float]:
    """(all busy CPU time, of it interrupts and softirq) of the whole machine since it started."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, _, _, irq, softirq, *_ = fields
    tick = os.sysconf("SC_CLK_TCK")
    return (user + nice + system + irq + softirq) / tick, (irq + softirq) / tick


def system_calls_a_second(pids: Sequence[int], for_s: float = 5) -> float | None:
    """As perf counts them; None where perf is missing or not allowed."""
    if shutil.which("perf") is None:
        return None
    command = ["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-p", ",".join(map(str, pids))]
    run = subprocess.run([*command, "--", "sleep", str(for_s)], capture_output=True, text=True)
    for line in run.stderr.splitlines():
        if "raw_syscalls" in line and line.split(",")[0].isdigit():
            return int(line.split(",")[0]) / for_s
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Over a steady window, all processes of one contender together."""

    window_s: float
    cpu_s: float
    rss_mib: float
    pss_mib: float
    threads: int
    calls_a_second: float | None
    load_average: float

    @property
    def core_percent(self) -> float:
        return 100 * self.cpu_s / self.window_s


def measure(pids: Sequence[int], window_s: float, *, count_calls: bool = True) -> Cost:
    """CPU over the window; system calls in 5 s of their own after it, because counting them costs."""
    before, began_s = sum(map(cpu_s, pids)), time.monotonic()
    time.sleep(window_s)
    after, ended_s = sum(map(cpu_s, pids)), time.monotonic()
    memory = [memory_mib(pid) for pid in pids]
    return Cost(
        window_s=ended_s - began_s,
        cpu_s=after - before,
        rss_mib=sum(rss for rss, _ in memory),
        pss_mib=sum(pss for _, pss in memory),
        threads=sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in pids),
        calls_a_second=system_calls_a_second(pids) if count_calls else None,
        load_average=os.getloadavg()[0],
    )


def footage_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".mp4", ".rtp") and path.is_file())


def marks(folder: Path) -> Iterator[tuple[int, int, int]]:
    """(camera, frame number, time in us) of every frame in every file below, whatever holds it.

    A mark stands in one packet, so it is found in MP4, in raw RTP and in fragments alike.
    """
    for path in footage_files(folder):
        for mark in parse_all(path.read_bytes()):
            yield mark.camera, mark.frame, mark.at_us


def numbers_by_camera(folder: Path) -> dict[int, list[int]]:
    """The frame numbers of each camera, sorted; a number that stands twice is there twice."""
    found: dict[int, list[int]] = {}
    for camera, frame, _ in marks(folder):
        found.setdefault(camera, []).append(frame)
    return {camera: sorted(numbers) for camera, numbers in found.items()}
