"""A process that holds keys leaves no image of its memory when it falls, whatever the system would allow."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

from tests.peers_kit import free_port, wait_for

from ronda.app.data_folder import create
from ronda.app.wiring import Wiring


def allow_cores() -> None:
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def core_bytes(pid: int) -> set[str]:
    """The soft and the hard limit of a process, as the kernel tells them."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    (line,) = [one for one in lines if one.startswith("Max core file size")]
    return set(line.split()[4:6])


def test_no_other_program_of_the_same_user_may_read_the_memory(tmp_path: Path) -> None:
    """The kernel gives what is under /proc of such a process to root; as root the call itself is asked."""
    asked = "import ctypes, os; print(ctypes.CDLL(None).prctl(3), os.stat('/proc/self/environ').st_uid)"
    ours = "import contextlib, sys; from ronda.app.cli import main; sys.argv = ['ronda', '--version']\n"
    ours += "with contextlib.suppress(SystemExit): main()\n"
    plain = subprocess.run([sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True)
    kept = subprocess.run([sys.executable, "-c", ours + asked], capture_output=True, text=True, check=True)
    assert plain.stdout.split() == ["1", str(os.getuid())]
    assert kept.stdout.split()[-2:] == ["0", "0"]


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in found.read_text().split()] if found.exists() else []


def test_the_server_and_its_processes_leave_no_core(tmp_path: Path) -> None:
    Wiring(create(tmp_path / "data", training=False))
    call = [sys.executable, "-m", "ronda", "serve", "--data", str(tmp_path / "data"), "--listen", str(free_port())]
    served = subprocess.Popen(call, cwd=tmp_path, preexec_fn=allow_cores, start_new_session=True)
    try:
        wait_for("recorder and web", lambda: len(children(served.pid)) >= 2)
        wait_for("no cores of the children", lambda: all(core_bytes(one) == {"0"} for one in children(served.pid)))
        assert core_bytes(served.pid) == {"0"}
        os.kill(served.pid, signal.SIGABRT)
        _pid, status = os.waitpid(served.pid, 0)
        assert os.WTERMSIG(status) == signal.SIGABRT
        assert not os.WCOREDUMP(status)
        assert list(tmp_path.glob("core*")) == []
    finally:
        with contextlib.suppress(ProcessLookupError):  # they end with their parent
            os.killpg(served.pid, signal.SIGKILL)
