"""The virtual cameras in a process of their own, as real ones would be: reached by RTSP alone."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from ronda.app.errors import StepFailedError

FIRST_START_S = 900.0  # drawing every scene on two busy cores; progress is on standard error
END_S = 5.0


@dataclass(frozen=True, slots=True)
class VirtualCameras:
    """Running cameras: their addresses and the port for faults on command."""

    process: asyncio.subprocess.Process
    urls: dict[str, str]
    sub_urls: dict[str, str | None]
    control_port: int

    async def stop(self) -> None:
        await _end(self.process)


async def start_cameras(data: Path, plan: Path | None = None) -> VirtualCameras:
    """Start `ronda sim` on free ports; draws its scenes at the first start, with progress on stderr.

    Raises StepFailedError when it does not come up.
    """
    arguments = [sys.executable, "-m", "ronda", "sim", "--data", str(data), "--port", "0", "--json"]
    if plan is not None:
        arguments += ["--plan", str(plan)]
    process = await asyncio.create_subprocess_exec(
        *arguments, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        if process.stdout is None:
            raise StepFailedError("the virtual cameras have no output")
        line = await asyncio.wait_for(process.stdout.readline(), FIRST_START_S)
        facts = json.loads(line)
    except (TimeoutError, ValueError):
        await _kill(process)
        raise StepFailedError(
            "the virtual cameras did not start; see their message above. Next: run `ronda sim` by itself"
        ) from None
    except asyncio.CancelledError:
        await _kill(process)
        raise
    return VirtualCameras(
        process=process,
        urls={camera["name"]: camera["url"] for camera in facts["cameras"]},
        sub_urls={camera["name"]: camera["sub_url"] for camera in facts["cameras"]},
        control_port=facts["control_port"],
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    """Let running cameras write down what they sent, then be sure that they are gone."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), END_S)
    await _kill(process)


async def _kill(process: asyncio.subprocess.Process) -> None:
    """End cameras and the helpers that draw their scenes, a process group of their own, at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
    if process.stdout is not None:
        await process.stdout.read()  # to its end, so that the pipe is closed while the loop still runs
