"""`ronda verify`, as an officer or a script calls it."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.evidence_kit import sealed_package
from tests.signing_kit import Maker, Signer, annex_b, moving, stripped


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


def test_a_single_film_is_checked_line_by_line_with_the_same_exit_codes(tmp_path: Path) -> None:
    """0 all proven, 1 broken, 2 not proven, 3 cannot be read, 64 wrong usage; never one word for all."""
    maker = Maker.new()
    signed = Signer(maker.camera()).sign(moving(30))
    sets = b"\x67\x64\x00\x1f\x42"
    (tmp_path / "ca.pem").write_bytes(maker.pem)
    film = tmp_path / "film.h264"
    film.write_bytes(annex_b([[sets, *signed[0]], *signed[1:]]))
    trust = ("--trust", str(tmp_path / "ca.pem"))
    good = run(str(film), *trust)
    assert (good.returncode, good.stderr) == (0, "")
    assert sum(line[:2].strip().isdigit() for line in good.stdout.splitlines()) == 6
    assert run(str(film)).returncode == 2
    assert len(json.loads(run(str(film), *trust, "--json").stdout)["report"]["kelompok"]) == 3
    copy = [list(nals) for nals in signed]
    copy[14][0] = copy[14][0][:-3] + b"\x01\x02\x42"
    film.write_bytes(annex_b([[sets, *copy[0]], *copy[1:]]))
    changed = run(str(film), *trust, "--lang", "en")
    assert changed.returncode == 1
    assert "pictures 14 changed" in changed.stdout
    film.write_bytes(annex_b([[sets, *nals] for nals in stripped(signed)]))
    assert run(str(film), *trust).returncode == 2
    bare = run(str(film), *trust, "--signed-at-intake", "--lang", "en")
    assert bare.returncode == 1
    assert "signature missing though the camera signed at intake" in bare.stdout
    film.write_bytes(b"no film")
    assert (run(str(film)).returncode, run(str(film)).stdout) == (3, "")
    assert run(str(film), "--trust", str(film)).returncode == 64
    assert run(str(tmp_path), "--signed-at-intake").returncode == 64
