"""The tutorial is run as it is written: what a reader copies must work."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.needs import ROOT, require_program

TUTORIALS = ROOT / "docs" / "tutorial"
LONGEST_S = 300  # a bound against hanging, not a measurement
ANYTHING = "…"
MARK = "@@ block {} @@"


def blocks(text: str) -> list[tuple[str, list[str]]]:
    """What stands between ```sh and ```, each with the lines that the page shows below it as its output."""
    found = re.findall(r"^```sh\n(.*?)^```$(?:\n+```text\n(.*?)^```$)?", text, re.MULTILINE | re.DOTALL)
    return [(commands, shown.splitlines()) for commands, shown in found]


def script_of(page: str) -> str:
    """The blocks in order, each led by a line of its own on the output."""
    return "\n".join(f"echo '{MARK.format(n)}'\n{commands}" for n, (commands, _) in enumerate(blocks(page)))


def absent(shown: list[str], said: str) -> str | None:
    """The first shown line that was not said after the ones before it; … stands for anything."""
    lines = iter(said.splitlines())
    for line in shown:
        pattern = ".*".join(re.escape(part) for part in line.split(ANYTHING))
        if not any(re.fullmatch(pattern, one) for one in lines):
            return line
    return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(page: Path, folder: Path) -> str:
    """Every block in order, in one shell that ends at the first command that fails; gives what was said."""
    for program, package in (("bash", "bash"), ("curl", "curl"), ("openssl", "openssl")):
        require_program(program, package)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PORT": str(free_port()), "RTSP_PORT": str(free_port())}
    log = folder / "said.txt"
    with log.open("w") as said:
        shell = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-m", "-c", script_of(page.read_text())],
            cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            status = shell.wait(LONGEST_S)
        except subprocess.TimeoutExpired:
            status = -1
        finally:
            end_session(shell.pid)
    assert status == 0, log.read_text()[-6000:]
    return log.read_text()


def test_the_first_case_leads_from_two_cameras_to_a_checked_package(tmp_path: Path) -> None:
    said = run(TUTORIALS / "first-case.md", tmp_path)
    assert "BELUM DAPAT DIPASTIKAN" in said
    assert "RUSAK" in (tmp_path / "laporan.txt").read_text()


def test_the_whole_circle_closes_and_says_what_its_page_shows(tmp_path: Path) -> None:
    """From an empty folder to the theft that is seen this time; each shown line is what a reader gets."""
    page = TUTORIALS / "whole-circle.md"
    said = run(page, tmp_path)
    for number, (_, shown) in enumerate(blocks(page.read_text())):
        part = said.partition(MARK.format(number))[2].partition(MARK.format(number + 1))[0]
        assert absent(shown, part) is None, (number, part)


def test_a_shown_line_that_is_not_said_is_found() -> None:
    assert absent(["rows: …", "done"], "rows: 3\nmore\ndone") is None
    assert absent(["rows: 4"], "rows: 3") == "rows: 4"
    assert absent(["done", "rows: …"], "rows: 3\ndone") == "rows: …", "in the order of the page"


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
