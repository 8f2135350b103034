"""The wheel is reproducible: who builds the same sources elsewhere and later gets the same bytes."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.needs import ROOT

EPOCH = "1790000000"
PARTS = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "src", "native", "requirements")
LEFT_OUT = shutil.ignore_patterns("*.so", "__pycache__", "*.egg-info", "build")
BUILD = "import sys, setuptools.build_meta as build; print(build.build_wheel(sys.argv[1]))"


def built(at: Path, *, mtime: int) -> Path:
    """A wheel from a copy of the sources at another place, of another age."""
    at.mkdir(parents=True)
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, at / name, ignore=LEFT_OUT)
        else:
            shutil.copy(source, at / name)
    for path in at.rglob("*"):
        os.utime(path, (mtime, mtime))
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(at / "dist")],
        cwd=at,
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH, "PYTHONHASHSEED": str(mtime % 1000)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return next((at / "dist").glob("*.whl"))


def test_two_builds_of_the_same_sources_are_equal_to_the_byte(tmp_path: Path) -> None:
    """S10: in folders of other names, from files of other dates; the engine in C included where gcc is there."""
    first = built(tmp_path / "a", mtime=1_700_000_000)
    second = built(tmp_path / "elsewhere" / "deeper", mtime=1_780_000_123)
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        names = one.namelist()
        assert names == other.namelist()
        assert [name for name in names if one.read(name) != other.read(name)] == []
        assert "ronda/app/cli.py" in names
        assert any("_native" in name for name in names) == (shutil.which("gcc") is not None)
    assert first.read_bytes() == second.read_bytes()
