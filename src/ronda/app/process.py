"""Child processes that end with their parent, and are started again when they fall."""

import asyncio
import ctypes
import os
import resource
import signal
import sys
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_PARENT = "RONDA_PARENT"  # in a supervised child's environment: the process id of who started it
T = TypeVar("T")

LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0


def end_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies, so that nothing is left behind.

    On a busy machine a parent may be killed while we are still being loaded: it told us who it was.
    """
    parent = int(os.environ.pop(_PARENT, os.getppid()))
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), signal.SIGTERM)


def keep_memory_to_ourselves() -> None:
    """Keys and pictures stand in our memory: no image of it is written when we fall, and no other program of the
    same user reads it while we run; root still can. Each process asks for itself: a new program forgets it.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0)


async def cancelled_by_sigterm(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`; SIGTERM cancels it as Ctrl-C does, so that what it started is ended too."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def use_ready_threads() -> None:
    """Give the running loop a pool whose threads are all there at once.

    A pool that starts them when they are needed fails in the middle of its work where the system allows no more:
    a camera that is just being connected, a checkpoint that is just being signed.
    """
    count = min(32, (os.cpu_count() or 1) + 4)
    pool, everybody = ThreadPoolExecutor(count), threading.Barrier(count + 1)
    for _ in range(count):
        pool.submit(everybody.wait)
    everybody.wait()
    asyncio.get_running_loop().set_default_executor(pool)


class Supervised:
    """One child that is kept alive: a crash is told on stderr and mended after a short pause."""

    def __init__(self, name: str, arguments: Sequence[str]) -> None:
        self.name = name
        self._arguments = [sys.executable, "-m", "ronda", *arguments]
        self._child: asyncio.subprocess.Process | None = None
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    async def run(self) -> None:
        """Start, wait, start again; ends only by cancellation, which ends the child first."""
        loop = asyncio.get_running_loop()
        pause_s = 0.2
        try:
            while True:
                started_s = loop.time()
                self._child = await asyncio.create_subprocess_exec(
                    *self._arguments,
                    env=os.environ | {_PARENT: str(os.getpid())},
                    stdout=sys.stderr,  # the standard output belongs to the command that was asked
                    start_new_session=True,
                )
                status = await self._child.wait()
                if loop.time() - started_s > STEADY_AFTER_S:
                    pause_s = 0.2
                self.restarts += 1
                print(
                    f"ronda: {self.name} ended with status {status}; starting it again in {pause_s:.1f} s",
                    file=sys.stderr,
                )
                await asyncio.sleep(pause_s)
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
        finally:
            await self._end()

    async def _end(self) -> None:
        child = self._child
        if child is None or child.returncode is not None:
            return
        child.terminate()
        try:
            await asyncio.wait_for(asyncio.shield(child.wait()), timeout=15)
        except TimeoutError:
            child.kill()
            await child.wait()


def stop_on_signals(stop: threading.Event) -> None:
    """SIGTERM and Ctrl-C set `stop`: for commands that wait in a plain loop."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
