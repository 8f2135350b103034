"""Keys as files: made once, private, renewed when due, and said in a sentence when unusable."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from tests.evidence_kit import MORNING_US

from ronda.cases.errors import NothingRecordedError
from ronda.core.time import DAY_US
from ronda.store.errors import KeyFileError
from ronda.store.footage_files import FootageFolder
from ronda.store.keys import log_signer, sealing_identity

OFFICE = "Diskominfo Kutai Timur"


def test_keys_are_made_once_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    """A restart must not change who seals, and a neighbour on the machine must not seal at all."""
    first = sealing_identity(tmp_path / "keys", OFFICE, MORNING_US)
    again = sealing_identity(tmp_path / "keys", OFFICE, MORNING_US + DAY_US)
    assert first.certificate == again.certificate
    assert first.root == again.root
    assert log_signer(tmp_path / "keys", "a.b/c").verifier == log_signer(tmp_path / "keys", "a.b/c").verifier
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert modes == {0o600}


def test_an_expired_sealing_certificate_is_renewed_under_the_same_root(tmp_path: Path) -> None:
    """The root on paper stays the same; only the yearly key changes."""
    first = sealing_identity(tmp_path, OFFICE, MORNING_US)
    later = sealing_identity(tmp_path, OFFICE, MORNING_US + 400 * DAY_US)
    assert later.root == first.root
    assert later.certificate != first.certificate
    later.certificate.verify_directly_issued_by(later.root)


def test_without_the_roots_key_the_old_certificate_goes_on(tmp_path: Path) -> None:
    """The root's key may lie in a safe; expiry never stops the handing over."""
    first = sealing_identity(tmp_path, OFFICE, MORNING_US)
    (tmp_path / "sealing-root.key").unlink()
    later = sealing_identity(tmp_path, OFFICE, MORNING_US + 400 * DAY_US)
    assert later.certificate.fingerprint(hashes.SHA256()) == first.certificate.fingerprint(hashes.SHA256())


def test_a_key_that_others_can_read_or_that_is_broken_is_refused(tmp_path: Path) -> None:
    """With the file's name and what to do, and never with the key."""
    sealing_identity(tmp_path, OFFICE, MORNING_US)
    (tmp_path / "sealing.key").chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        sealing_identity(tmp_path, OFFICE, MORNING_US)
    log_signer(tmp_path, "a.b/c")
    (tmp_path / "log.key").write_text("no key")
    with pytest.raises(KeyFileError, match="no key that can be read"):
        log_signer(tmp_path, "a.b/c")


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "", "link", "nothing", "a\0b", "a"])
def test_only_files_below_the_footage_folder_are_opened(tmp_path: Path, path: str) -> None:
    """N3: a path in the index is data, and data can be wrong."""
    (tmp_path / "x").write_text("outside")
    root = tmp_path / "footage"
    (root / "a").mkdir(parents=True)
    (root / "a" / "1.mp4").write_text("inside")
    (root / "link").symlink_to(tmp_path / "x")
    folder = FootageFolder(root)
    assert folder.path("a/1.mp4").read_text() == "inside"
    with pytest.raises(NothingRecordedError):
        folder.path(path)
