"""N67: limits that a system sets on processes. One falls, the others live, and it is started again."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.camera_kit import TestCamera, test_camera
from tests.system.test_disk_faults import CAM, Told, children, gaps, grows, installed, start

LONGEST_S = 30


def role_of(pid: int) -> str:
    """`recorder`, `web` or `worker`: the word of the command that a child of `ronda serve` was started with."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return ""
    return next((word for word in words if word in ("recorder", "web", "worker")), "")


async def child_of(parent: int, role: str, *, other_than: int = 0) -> int:
    async with asyncio.timeout(LONGEST_S):
        while True:
            found = [pid for pid in children(parent) if role_of(pid) == role and pid != other_than]
            if found:
                return found[0]
            await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def served(data: Path, camera: TestCamera) -> AsyncIterator[tuple[Told, Path, int]]:
    """`ronda serve` with this camera, recording: what it says, its footage, its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    footage = installed(data, camera)
    words = ("--site", "Pasar", "--purpose", "Keamanan jalan umum", "--data", data)
    told = await start("camera", "add", CAM, camera.url, *words)
    assert await told.process.wait() == 0
    serving = await start("serve", "--data", data, "--listen", port)
    try:
        await grows(footage)
        yield serving, footage, port
    finally:
        assert await serving.stop() == 0


async def test_a_process_that_the_kernel_kills_for_its_memory_is_started_again_and_recording_goes_on(
    tmp_path: Path,
):
    """Worker, then web, as the out-of-memory killer ends them: without a word.

    No frame is lost by it, and the pause before the next start doubles.
    """
    async with test_camera() as camera, served(tmp_path / "data", camera) as (serving, footage, _):
        recorder = await child_of(serving.process.pid, "recorder")
        for role, pause in (("worker", "0.2"), ("worker", "0.4"), ("web", "0.2")):
            before = await child_of(serving.process.pid, role)
            os.kill(before, signal.SIGKILL)
            await child_of(serving.process.pid, role, other_than=before)
            assert f"{role} ended with status -9; starting it again in {pause} s" in serving.text
        await grows(footage)
        assert await child_of(serving.process.pid, "recorder") == recorder
        assert [gap for gap in gaps(footage) if gap.end_us is not None] == []


def answers(port: int) -> int:
    """The status of the web's word on itself; 0 while there is no web."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=3) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


async def serving_web(port: int) -> None:
    async with asyncio.timeout(LONGEST_S):
        while await asyncio.to_thread(answers, port) != 200:
            await asyncio.sleep(0.2)


def memory_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()


async def test_a_process_without_memory_falls_or_refuses_alone_and_recording_goes_on(tmp_path: Path):
    """Not one byte more for web and worker: what fails is told or started again; the recorder loses no frame."""
    async with test_camera() as camera, served(tmp_path / "data", camera) as (serving, footage, port):
        await serving_web(port)
        recorder = await child_of(serving.process.pid, "recorder")
        for role in ("worker", "web", "recorder"):
            pid = await child_of(serving.process.pid, role)
            resource.prlimit(pid, resource.RLIMIT_AS, (memory_bytes(pid), resource.RLIM_INFINITY))
        await asyncio.gather(*(asyncio.to_thread(answers, port) for _ in range(5)))
        await grows(footage, 50_000)
        for role in ("worker", "web", "recorder"):
            pid = await child_of(serving.process.pid, role)
            resource.prlimit(pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await serving_web(port)
        await grows(footage)
        assert await child_of(serving.process.pid, "recorder") == recorder
        assert [gap for gap in gaps(footage) if gap.end_us is not None] == []


@pytest.fixture
def thread_limit() -> Iterator[Path]:
    """A group of processes whose number of threads can be bounded, also for root."""
    group = Path(f"/sys/fs/cgroup/pids/ronda-test-{os.getpid()}")
    try:
        group.mkdir()
    except OSError:
        pytest.skip("this machine lets nobody bound threads (/sys/fs/cgroup/pids is not there, or not ours)")
    yield group
    for _ in range(100):
        with contextlib.suppress(OSError):
            group.rmdir()
            return


POOLED = """
import asyncio, sys, threading
from pathlib import Path
from ronda.app.process import use_ready_threads

async def main():
    if sys.argv[2] == "ready":
        use_ready_threads()
    (Path(sys.argv[1]) / "cgroup.procs").write_text("0")
    (Path(sys.argv[1]) / "pids.max").write_text("1")
    print(len(await asyncio.gather(*(asyncio.to_thread(threading.get_ident) for _ in range(50)))))
    (Path(sys.argv[1]) / "pids.max").write_text("max")

asyncio.run(main())
"""


@pytest.mark.parametrize(("pool", "status"), [("ready", 0), ("as they are needed", 1)])
def test_work_in_threads_goes_on_where_no_thread_may_be_started(thread_limit: Path, pool: str, status: int):
    """Recorder, web and worker have their threads from the start; a pool that grows would fail in mid-work."""
    ran = subprocess.run(
        [sys.executable, "-c", POOLED, str(thread_limit), pool], capture_output=True, text=True, check=False
    )
    assert ran.returncode == status, ran.stderr
    assert ran.stdout == ("50\n" if status == 0 else "")
