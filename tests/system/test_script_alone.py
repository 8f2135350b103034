"""`verifikasi.py`, the script inside every package: Python alone, and it agrees with the verifier about damage."""

import asyncio
import base64
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.evidence_kit import APPROVER, INVESTIGATOR, office_root, sealed_package, sealing_identity
from tests.tsa_kit import Asked, new_tsa, serving

from ronda.evidence import canonical, layout
from ronda.evidence.authority import fingerprint
from ronda.evidence.folder import template
from ronda.store.synced import write_synced


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The script as a module, from the text that goes into packages."""
    path = tmp_path_factory.mktemp("script") / "verifikasi.py"
    path.write_bytes(template("verifikasi.py"))
    spec = importlib.util.spec_from_file_location("verifikasi", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Stamped, with stills, signed by both; beside it the root of the time-stamp authority."""
    root = tmp_path_factory.mktemp("whole")
    tsa = new_tsa(root / "tsa")
    with serving(tsa) as served:
        asked = Asked((served.authority,))
        home, case, package = asyncio.run(sealed_package(root / "house", stamps=asked, stills=True))
        for person in (APPROVER, INVESTIGATOR):
            home.service.sign_record(
                person.person_id, case.case_id, case.packages[0].package_id, write_synced, office_root
            )
    (root / "tsa.pem").write_bytes(tsa.pem)
    return package, root / "tsa.pem"


@pytest.fixture
def package(whole: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole[0], tmp_path / whole[0].name))


def run(package: Path, *more: str) -> tuple[int, dict[str, str], str]:
    """Exit status, verdict of each line, and all it said."""
    call = [sys.executable, "-I", str(package / layout.SCRIPT), *more]
    done = subprocess.run(call, capture_output=True, text=True, timeout=60)
    assert done.stderr == "", done.stderr
    rows = [line for line in done.stdout.splitlines() if line[:2].strip().isdigit()]
    return done.returncode, {row[4:26].strip(): row[26:].strip() for row in rows}, done.stdout


def test_it_stays_within_300_lines_and_imports_nothing_but_python(script: ModuleType) -> None:
    """An examiner reads it in an afternoon."""
    text = template("verifikasi.py").decode()
    assert len(text.splitlines()) <= 300
    imported = {
        line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))
    }
    assert imported <= {*sys.stdlib_module_names, "__future__"}


def test_ten_lines_and_what_it_can_prove_is_proven(whole: tuple[Path, Path]) -> None:
    """With root and authority from outside; the witness was not at work, so 2."""
    package, authority = whole
    root = fingerprint(sealing_identity().root)
    status, lines, said = run(package, "--root", root, "--authority", str(authority))
    assert len(lines) == 10
    assert status == 2, said
    proven = ("Berkas", "Segel", "Cap waktu", "Jejak akses", "Rekaman terputus", "Peran tiap salinan")
    assert [lines[name] for name in proven] == ["SESUAI"] * 6, said
    assert lines["Penjaga log"] == "BELUM DAPAT DIPASTIKAN"
    assert "2 tanda tangan utuh" in said
    assert run(package)[1]["Segel"] == "BELUM DAPAT DIPASTIKAN"
    assert run(package, "--root", "0" * 64)[0] == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (layout.SEAL, "Segel"),
        (layout.LOG_PROOF, "Jejak akses"),
        (layout.STAMPS[0], "Cap waktu"),
        (layout.BAST, "BAST"),
        (layout.GAPS, "Rekaman terputus"),
        ("data/foto/lembar-foto.pdf", "Berkas"),
        (layout.SCRIPT, "Berkas"),
    ],
)
def test_a_changed_file_breaks_its_own_line(package: Path, path: str, line: str) -> None:
    """And the line about files names it, whatever else it breaks."""
    data = bytearray((package / path).read_bytes())
    at = data.rindex(b"/ByteRange") + 12 if path == layout.BAST else len(data) // 2
    if path == layout.SCRIPT:
        data += b"\n"
    else:
        data[at] ^= 1
    (package / path).write_bytes(data)
    status, lines, said = run(package)
    assert status == 1
    assert lines[line] == "RUSAK", said
    assert f"{path} isinya berubah" in said


def test_a_statement_that_was_changed_with_its_lists_breaks_what_follows(package: Path) -> None:
    """The digests it holds, the roles and the gap list are compared with the files."""
    document = json.loads((package / layout.STATEMENT).read_bytes())
    document["berkas"][0]["sha256"] = "0" * 64
    document["berkas"][-1]["turunan_dari"] = document["berkas"][-1]["turunan_dari"][:-1]
    document["celah"] = []
    (package / layout.STATEMENT).write_bytes(canonical.write(document))
    _status, lines, said = run(package)
    assert (lines["Rekaman terputus"], lines["Peran tiap salinan"]) == ("RUSAK", "RUSAK")
    assert f"{document['berkas'][0]['path']} bukan yang dinyatakan" in said


def test_its_ed25519_is_that_of_the_standard(script: ModuleType) -> None:
    """RFC 8032, test 3, and fresh keys against another implementation; every flip of a few is refused."""
    key = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
    good = bytes.fromhex(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )
    assert script.signed_by(key, b"\xaf\x82", good)
    for number in range(4):
        own = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        public, message = own.public_key().public_bytes_raw(), b"pesan %d" % number
        signature = own.sign(message)
        assert script.signed_by(public, message, signature)
        assert not script.signed_by(public, message + b"x", signature)
        bad = bytearray(signature)
        bad[40] ^= 1
        assert not script.signed_by(public, message, bytes(bad))


def test_a_forged_log_proof_is_refused(script: ModuleType, package: Path) -> None:
    """N36: another index, another origin, another entry, a missing step."""
    key = script.read_key(json.loads((package / layout.STATEMENT).read_bytes())["log"]["vkey"])
    text = (package / layout.LOG_PROOF).read_text()
    leaf, index, _note = script.open_proof(text.encode(), key)
    lines = text.split("\n")
    other = base64.b64encode(leaf.replace(b"bukti.disegel", b"bukti.disegez")).decode()
    for forged in (
        text.replace(f"index {index}", f"index {index - 1}"),
        text.replace("kutaitimur", "lain"),
        text.replace(lines[1], f"extra {other}"),
        "\n".join([*lines[:3], *lines[4:]]),
    ):
        with pytest.raises((script.Fault, ValueError)):
            script.open_proof(forged.encode(), key)


def test_what_is_no_package_is_3_and_wrong_usage_64(tmp_path: Path, whole: tuple[Path, Path]) -> None:
    """A typing error is not broken evidence."""
    call = [sys.executable, "-I", str(whole[0] / layout.SCRIPT)]
    assert subprocess.run([*call, str(tmp_path)], capture_output=True).returncode == 3
    assert subprocess.run([*call, "--x"], capture_output=True).returncode == 64
