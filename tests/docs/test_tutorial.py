"""The tutorial is run as it is written: what a reader copies must work."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.needs import ROOT, require_program

TUTORIAL = ROOT / "docs" / "tutorial" / "first-case.md"
LONGEST_S = 240  # a bound against hanging, not a measurement


def blocks(text: str) -> list[str]:
    """What stands between ```sh and ```."""
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_tutorial_leads_from_two_cameras_to_a_checked_package(tmp_path: Path) -> None:
    """Every block in order, in one shell that ends at the first command that fails."""
    for program, package in (("bash", "bash"), ("curl", "curl"), ("openssl", "openssl")):
        require_program(program, package)
    script = "\n".join(blocks(TUTORIAL.read_text()))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PORT": str(free_port()), "RTSP_PORT": str(free_port())}
    log = tmp_path / "said.txt"
    with log.open("w") as said:
        shell = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-m", "-c", script],
            cwd=tmp_path, env=environment, stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            status = shell.wait(LONGEST_S)
        except subprocess.TimeoutExpired:
            status = -1
        finally:
            end_session(shell.pid)
    assert status == 0, log.read_text()[-6000:]
    assert "BELUM DAPAT DIPASTIKAN" in log.read_text()
    assert "RUSAK" in (tmp_path / "laporan.txt").read_text()


def end_session(session: int) -> None:
    """End what the script started, also when it failed half way: everything of its session."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            try:
                os.kill(int(stat.parent.name), signal.SIGTERM)
            except ProcessLookupError:
                continue
