"""`ronda disk`: a further disk is added and listed; what is wrong with one is a sentence and the exit status."""

import shutil
import subprocess
import sys
from pathlib import Path

RONDA = [sys.executable, "-c", "from ronda.app.cli import main; main()"]


def ronda(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RONDA, *map(str, words)], capture_output=True, text=True)


def test_a_disk_is_added_listed_and_missed(tmp_path: Path):
    """Exit status 1 as soon as one of them cannot be used; nothing is done twice."""
    data, second = tmp_path / "data", tmp_path / "second"
    assert ronda("init", "--data", data).returncode == 0
    alone = ronda("disk", "list", "--data", data)
    assert (alone.returncode, alone.stdout.count("\n")) == (0, 1)
    added = ronda("disk", "add", second, "--data", data)
    assert added.returncode == 0, added.stderr
    assert "disk 1" in added.stdout
    assert "same file system" in added.stdout
    again = ronda("disk", "add", second, "--data", data)
    assert (again.returncode, "already" in again.stderr) == (1, True)
    listed = ronda("disk", "list", "--data", data)
    assert (listed.returncode, listed.stdout.count("takes data")) == (0, 2)
    shutil.move(second, tmp_path / "away")
    missed = ronda("disk", "list", "--data", data)
    assert missed.returncode == 1
    assert "gone or empty" in missed.stdout
    checked = ronda("check", "--data", data)
    assert "Traceback" not in checked.stderr
