"""A real hub in a process of its own, on loopback: what witnesses and edges speak to."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.edge.hub_process import HubProcess


def ronda(*arguments: str, timeout_s: float = 90) -> subprocess.CompletedProcess[str]:
    """A command of ours, as a person would run it."""
    call = [sys.executable, "-m", "ronda", *arguments]
    return subprocess.run(call, capture_output=True, text=True, timeout=timeout_s)


@contextmanager
def hub(data: Path) -> Iterator[HubProcess]:
    made = HubProcess(data)
    made.start()
    try:
        yield made
    finally:
        made.stop()
