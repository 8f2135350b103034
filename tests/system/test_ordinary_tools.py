"""The commands of the read-me and of the page for examiners, run exactly as they are printed."""

import asyncio
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.evidence_kit import APPROVER, INVESTIGATOR, office_root, sealed_package
from tests.needs import ROOT, require_program
from tests.tsa_kit import Asked, new_tsa, serving

from ronda.evidence import layout
from ronda.store.synced import write_synced

PAGE = ROOT / "docs/howto/verify-a-package.md"
PROGRAMS = {"sha256sum": "coreutils", "openssl": "openssl", "pdfsig": "poppler-utils", "ffprobe": "ffmpeg"}
MEANS = {
    "sha256sum": "OK",
    "openssl cms": "Verification successful",
    "openssl x509": "Fingerprint=",
    "openssl ts": "Verification: OK",
    "pdfsig": "Signature is Valid.",
    "pyhanko": "judged VALID",
    "ffprobe": "h264,160,96",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stamped by one authority and signed by both parties."""
    root = tmp_path_factory.mktemp("tools")
    with serving(new_tsa(root / "tsa")) as served:
        home, case, package = asyncio.run(sealed_package(root / "house", stamps=Asked((served.authority,))))
        for person in (APPROVER, INVESTIGATOR):
            home.service.sign_record(
                person.person_id, case.case_id, case.packages[0].package_id, write_synced, office_root
            )
    return package


def printed() -> list[str]:
    part = PAGE.read_text().partition("## With ordinary tools")[2]
    return [line[2:] for line in part.splitlines() if line.startswith("$ ")]


def run(package: Path, line: str) -> str:
    """What the command said; it must end well. pyHanko's own command is not part of the installation."""
    call = shlex.split(line.replace("NAMA-KAMERA", "simpang-3"))
    if call[0] in PROGRAMS:
        require_program(call[0], PROGRAMS[call[0]])
    elif shutil.which(call[0]) is None:
        pytest.skip(f"{call[0]} is not installed: pip install pyhanko-cli")
    done = subprocess.run(call, cwd=package, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("line", printed())
def test_each_command_accepts_an_intact_package(package: Path, line: str) -> None:
    """Public tools alone, as printed."""
    told = run(package, line)
    key = next(key for key in MEANS if line.startswith(key))
    assert MEANS[key] in told


def test_the_read_me_in_the_package_prints_the_same_commands(package: Path) -> None:
    """The examiner may have nothing but the medium."""
    text = (package / layout.README).read_text()
    for line in printed():
        assert line in text, line


def test_each_tool_refuses_what_it_is_there_for(package: Path, tmp_path: Path) -> None:
    """A command that accepts everything would be no check."""
    broken = Path(shutil.copytree(package, tmp_path / package.name))
    for path in ("data/celah.csv", layout.README, layout.MANIFEST, layout.SEAL):
        data = bytearray((broken / path).read_bytes())
        data[len(data) // 2] ^= 1
        (broken / path).write_bytes(data)
    for line in printed()[:3] + printed()[4:5]:
        done = subprocess.run(shlex.split(line), cwd=broken, capture_output=True, timeout=60)
        assert done.returncode != 0, line
