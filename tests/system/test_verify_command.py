"""`ronda verify`, as an officer or a script calls it."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.evidence_kit import sealed_package


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(sealed_package(tmp_path_factory.mktemp("cli"), tiny=True))[2]


def run(*call: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from ronda.app.cli import main; main()", "verify"]
    return subprocess.run([*program, *call], capture_output=True, text=True, timeout=60)


def test_an_intact_package_ends_with_2_and_says_what_is_not_proven(sealed: Path) -> None:
    """Ten lines and the four legal words; never a single OK."""
    done = run(str(sealed))
    assert done.returncode == 2
    assert sum(line[:2].strip().isdigit() for line in done.stdout.splitlines()) == 10
    for word in ("dapat diakses", "dapat ditampilkan", "terjamin keutuhannya", "dapat dipertanggungjawabkan"):
        assert word in done.stdout
    assert "RUSAK" not in done.stdout
    assert done.stderr == ""


def test_a_broken_package_ends_with_1_and_names_the_file(sealed: Path) -> None:
    """In both languages, and for programs."""
    file = sealed / "data/celah.csv"
    good = file.read_bytes()
    file.write_bytes(good.replace(b"link", b"disk"))
    try:
        for lang, word in (("id", "RUSAK"), ("en", "BROKEN")):
            done = run(str(sealed), "--lang", lang)
            assert done.returncode == 1
            assert word in done.stdout
            assert "data/celah.csv" in done.stdout
        said = json.loads(run(str(sealed), "--json").stdout)
        assert said["exit"] == 1
        assert said["broken_files"] == ["data/celah.csv"]
        assert len(said["lines"]) == 10
    finally:
        file.write_bytes(good)


def test_what_is_no_package_ends_with_3_and_a_wrong_root_with_64(sealed: Path, tmp_path: Path) -> None:
    """A script can tell a typing error from broken evidence."""
    missing = run(str(tmp_path / "nichts"))
    assert (missing.returncode, missing.stdout) == (3, "")
    assert "Next:" in missing.stderr
    assert run(str(sealed), "--root", "abc").returncode == 64


def test_it_starts_without_the_web_and_without_a_decoder() -> None:
    """It runs on a small PC at the court, and the expert reads few modules."""
    code = "import sys, ronda.app.commands.verify as v; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    for heavy in ("fastapi", "uvicorn", "sqlalchemy", "av", "numpy", "PIL", "typst", "asyncio"):
        assert heavy not in loaded, heavy
