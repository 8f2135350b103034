"""The seal alone: what signs, what does not, and that no bit of it is idle."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.evidence_kit import MORNING_US, sealing_identity

from ronda.core.errors import RondaError
from ronda.core.time import DAY_US
from ronda.evidence.authority import (
    SealingIdentity,
    fingerprint,
    key_pem,
    new_root,
    new_sealing_identity,
    printed_fingerprint,
    read_chain,
    read_key,
)
from ronda.evidence.errors import MalformedError, ProofError
from ronda.evidence.seal import check_seal, make_seal

MANIFEST = b"0" * 64 + b"  data/a.mp4\n"


def checked(seal: bytes, manifest: bytes = MANIFEST, identity: SealingIdentity | None = None) -> None:
    own = identity or sealing_identity()
    check_seal(seal, manifest, own.certificate, own.root)


def test_a_seal_is_for_its_manifest_alone() -> None:
    """One byte more, and it is another manifest."""
    seal = make_seal(MANIFEST, sealing_identity())
    checked(seal)
    for other in (MANIFEST + b"\n", b"", MANIFEST.replace(b"a", b"b")):
        with pytest.raises(ProofError, match="another manifest"):
            checked(seal, other)


def test_every_single_bit_of_a_seal_counts() -> None:
    """All of them, one after the other: none can be flipped unnoticed."""
    seal = make_seal(MANIFEST, sealing_identity())
    for at in range(len(seal) * 8):
        bad = bytearray(seal)
        bad[at // 8] ^= 1 << at % 8
        with pytest.raises(RondaError):
            checked(bytes(bad))


def test_somebody_with_the_certificate_but_not_its_key_cannot_seal() -> None:
    """Certificates are public; they are in every package."""
    forged = replace(sealing_identity(), key=ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(ProofError, match="not by the key"):
        checked(make_seal(MANIFEST, forged))


def test_a_certificate_of_another_root_does_not_count() -> None:
    """The same names, another office: the key decides."""
    stranger = new_sealing_identity(new_root("Pemerintah Kabupaten Kutai Timur", MORNING_US), "X", MORNING_US)
    mixed = replace(stranger, root=sealing_identity().root)
    with pytest.raises(ProofError, match="not issued by"):
        checked(make_seal(MANIFEST, stranger), identity=mixed)


def test_a_sealing_certificate_cannot_issue_another_one() -> None:
    """Otherwise whoever holds the yearly key could make an office of their own."""
    own = sealing_identity()
    with pytest.raises(ProofError):
        checked(make_seal(MANIFEST, own), identity=replace(own, root=own.certificate))


def test_a_certificate_that_was_not_valid_when_it_sealed_is_refused() -> None:
    """N33: validity is judged at the time of sealing, not of checking."""
    root = new_root("Pemerintah Kabupaten Kutai Timur", MORNING_US - 800 * DAY_US)
    expired = new_sealing_identity(root, "Diskominfo", MORNING_US - 700 * DAY_US)
    with pytest.raises(ProofError, match="not valid when"):
        checked(make_seal(MANIFEST, expired), identity=expired)


def test_fingerprints_are_printed_for_reading_aloud() -> None:
    """Groups of four; the digits are those that openssl shows."""
    digits = fingerprint(sealing_identity().root)
    assert printed_fingerprint(digits).replace(" ", "").lower() == digits
    assert len(printed_fingerprint(digits).split()) == 16


def test_keys_and_chains_read_back_and_nothing_may_stand_beside_them() -> None:
    """A file with a second certificate or a comment is not the one that was stated."""
    own = sealing_identity()
    assert key_pem(read_key(key_pem(own.key), "key")) == key_pem(own.key)
    assert read_chain(own.chain_pem(), "chain") == [own.certificate, own.root]
    for bad in (b"# x\n" + own.root_pem(), own.root_pem() + b"\n", own.root_pem()[:-5], b""):
        with pytest.raises(MalformedError):
            read_chain(bad, "chain")
