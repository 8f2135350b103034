"""`ronda registry import`: the whole file, or a line for each mistake and nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from ronda.app.data_folder import create
from ronda.app.wiring import Wiring

HEAD = "kamera,titik,wilayah,tujuan,dasar_hukum,alamat"
GOOD = "simpang-9,Simpang 9,Swarga Bara,Keselamatan lalu lintas,UU 27/2022,rtsp://u:rahasia@10.0.0.9/1"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return create(tmp_path / "data", training=False).root


def registry_import(data: Path, text: str, *more: str) -> subprocess.CompletedProcess[str]:
    file = data.parent / "kamera.csv"
    file.write_text(text)
    call = [sys.executable, "-m", "ronda", "registry", "import", str(file), "--data", str(data), *more]
    return subprocess.run(call, capture_output=True, text=True, timeout=60)


def cameras(data: Path) -> list[str]:
    return [entry.camera for entry in Wiring(create(data, training=False)).register.cameras()]


def test_a_clean_file_is_taken_in_and_the_recorder_told(data: Path) -> None:
    seen = registry_import(data, f"{HEAD}\n{GOOD}\n", "--dry-run")
    assert (seen.returncode, cameras(data)) == (0, [])
    assert "can be taken in; nothing was changed" in seen.stdout
    done = registry_import(data, f"{HEAD}\n{GOOD}\n")
    assert (done.returncode, cameras(data)) == (0, ["simpang-9"])
    assert "simpang-9" in (data / "recorder" / "cameras.json").read_text()


def test_every_mistake_is_a_line_and_nothing_is_taken_in(data: Path) -> None:
    bad = GOOD.replace("simpang-9", "simpang-10").replace("Swarga Bara", "Swarga Barra").replace("rtsp:", "http:")
    refused = registry_import(data, f"{HEAD}\n{GOOD}\n{bad}\nsimpang-11,x\n")
    assert (refused.returncode, cameras(data)) == (65, [])
    lines = refused.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["row 3, column alamat", "row 3, column wilayah", "row 4"]
    assert "Swarga Bara (64.08.04.2012)" in lines[1]
    assert "nothing was taken in" in refused.stderr
    assert "rahasia" not in refused.stdout + refused.stderr


def test_a_file_that_is_not_there_is_a_wrong_use(data: Path) -> None:
    call = [sys.executable, "-m", "ronda", "registry", "import", str(data / "keine.csv"), "--data", str(data)]
    refused = subprocess.run(call, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 64
    assert "cannot be read" in refused.stderr
