"""The worker: periodic jobs that may decode, count or send, kept away from recording and from the web.

A job that fails is told, counted and tried again at its next turn; it never stops another job. Each
job runs in a thread of its own and never twice at once.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do again and again.

    run      one turn; blocking; raises what it cannot mend
    every_s  pause between the end of one turn and the start of the next
    """

    name: str
    every_s: float
    run: Callable[[], object]


@dataclass(slots=True)
class JobState:
    """How a job fared so far; shown by `/metrics`."""

    turns: int = 0
    failures: int = 0
    last_fault: str | None = None
    last_s: float = 0.0


@dataclass(slots=True)
class Worker:
    """Runs `jobs` until cancelled and keeps their state in `state_path` for the web to read."""

    jobs: Sequence[Job]
    state_path: Path
    states: dict[str, JobState] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        tasks = [asyncio.create_task(self._repeat(job), name=job.name) for job in self.jobs]
        try:
            await stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _repeat(self, job: Job) -> None:
        state = self.states.setdefault(job.name, JobState())
        while True:
            started_s = time.monotonic()
            try:
                await asyncio.to_thread(job.run)
                state.last_fault = None
            except Exception as fault:  # the process boundary of a job: told, counted, tried again
                state.failures += 1
                state.last_fault = f"{type(fault).__name__}: {fault}"
                _log.exception("job %s failed; it is tried again in %.0f s", job.name, job.every_s)
            state.turns += 1
            state.last_s = time.monotonic() - started_s
            self._tell()
            await asyncio.sleep(job.every_s)

    def _tell(self) -> None:
        told = {name: vars_of(state) for name, state in self.states.items()}
        temporary = self.state_path.with_suffix(".new")
        with contextlib.suppress(OSError):  # a full disk must not stop the jobs
            temporary.write_text(json.dumps(told))
            temporary.replace(self.state_path)


def vars_of(state: JobState) -> dict[str, Any]:
    """The state as JSON values."""
    return {
        "turns": state.turns,
        "failures": state.failures,
        "last_fault": state.last_fault,
        "last_s": round(state.last_s, 3),
    }
