"""N67: limits that a system sets on processes. One falls, the others live, and it is started again."""

import asyncio
import os
import signal
import socket
from pathlib import Path

from tests.camera_kit import test_camera
from tests.system.test_disk_faults import CAM, children, gaps, grows, installed, start

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


async def test_a_process_that_the_kernel_kills_for_its_memory_is_started_again_and_recording_goes_on(
    tmp_path: Path,
):
    """Worker, then web, as the out-of-memory killer ends them: without a word.

    No frame is lost by it, and the pause before the next start doubles.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with test_camera() as camera:
        footage = installed(tmp_path / "data", camera)
        words = ("--site", "Pasar", "--purpose", "Keamanan jalan umum")
        told = await start("camera", "add", CAM, camera.url, *words, "--data", tmp_path / "data")
        assert await told.process.wait() == 0
        serving = await start("serve", "--data", tmp_path / "data", "--listen", port)
        try:
            await grows(footage)
            recorder = await child_of(serving.process.pid, "recorder")
            for role, pause in (("worker", "0.2"), ("worker", "0.4"), ("web", "0.2")):
                before = await child_of(serving.process.pid, role)
                os.kill(before, signal.SIGKILL)
                await child_of(serving.process.pid, role, other_than=before)
                assert f"{role} ended with status -9; starting it again in {pause} s" in serving.text
            await grows(footage)
            assert await child_of(serving.process.pid, "recorder") == recorder
            assert [gap for gap in gaps(footage) if gap.end_us is not None] == []
        finally:
            assert await serving.stop() == 0
