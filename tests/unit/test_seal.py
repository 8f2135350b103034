"""The seal alone: what signs, what does not, and that no bit of it is idle."""

import random
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.evidence_kit import MORNING_US, sealing_identity
from tests.needs import require_program

from ronda.core.errors import RondaError
from ronda.core.time import DAY_US
from ronda.evidence.authority import (
    Root,
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
    seal = make_seal(MANIFEST, sealing_identity(), MORNING_US)
    checked(seal)
    for other in (MANIFEST + b"\n", b"", MANIFEST.replace(b"a", b"b")):
        with pytest.raises(ProofError, match="another manifest"):
            checked(seal, other)


def test_every_single_bit_of_a_seal_counts() -> None:
    """All of them, one after the other: none can be flipped unnoticed."""
    seal = make_seal(MANIFEST, sealing_identity(), MORNING_US)
    for at in range(len(seal) * 8):
        bad = bytearray(seal)
        bad[at // 8] ^= 1 << at % 8
        with pytest.raises(RondaError):
            checked(bytes(bad))


def test_openssl_alone_notices_nearly_every_flipped_bit(tmp_path: Path) -> None:
    """The seal must not need Ronda. All 12,592 bits were tried once: openssl passed over 94, at these places."""
    require_program("openssl", "openssl")
    identity = sealing_identity()
    seal, file = make_seal(MANIFEST, identity, MORNING_US), tmp_path / "manifest.p7s"
    (tmp_path / "manifest").write_bytes(MANIFEST)
    (tmp_path / "root.pem").write_bytes(identity.root_pem())

    def accepted(data: bytes) -> bool:
        file.write_bytes(data)
        call = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", file, "-out", "/dev/null"]
        call += ["-content", tmp_path / "manifest", "-CAfile", tmp_path / "root.pem", "-purpose", "any"]
        call += ["-attime", str(MORNING_US // 1_000_000)]  # openssl judges the certificate by today otherwise
        return subprocess.run(call, capture_output=True).returncode == 0

    version, data_type = b"\x02\x01\x03", bytes.fromhex("06092a864886f70d010701")
    lenient = {seal.index(version) + 2, seal.index(version + b"\x80") + 2}
    lenient |= {seal.index(data_type) + 2 + at for at in range(9)}
    assert accepted(seal)
    passed = set()
    for bit in random.Random(20261123).sample(range(len(seal) * 8), 300):
        bad = bytearray(seal)
        bad[bit // 8] ^= 1 << bit % 8
        is_form = bit % 8 == 5 and seal[bit // 8] in (0x31, 0xA0)  # "holds elements", of a set: not looked at
        if accepted(bytes(bad)) and not is_form:
            passed.add(bit // 8)
    assert passed <= lenient


def test_the_certificate_of_a_seal_has_no_idle_bits_at_its_end() -> None:
    """A bit string says how many of its last bits do not count: with the last one set, none can be hidden."""
    root = new_root("Pemerintah Kabupaten Kutai Timur", MORNING_US)
    for _ in range(5):
        assert new_sealing_identity(root, "Diskominfo", MORNING_US).certificate.signature[-1] & 1


def test_an_ecdsa_key_from_an_earlier_installation_still_seals() -> None:
    """A key that is valid is never replaced."""
    key, root = ec.generate_private_key(ec.SECP256R1()), new_root("Kutai Timur", MORNING_US)
    own = SealingIdentity(key, _certificate_for(key, root), root.certificate)
    checked(make_seal(MANIFEST, own, MORNING_US), identity=own)


def _certificate_for(key: ec.EllipticCurvePrivateKey, root: Root) -> x509.Certificate:
    made = new_sealing_identity(root, "Diskominfo", MORNING_US).certificate
    builder = x509.CertificateBuilder(issuer_name=made.issuer, subject_name=made.subject)
    builder = builder.public_key(key.public_key()).serial_number(7)
    builder = builder.not_valid_before(made.not_valid_before_utc).not_valid_after(made.not_valid_after_utc)
    usage = made.extensions.get_extension_for_class(x509.KeyUsage)
    named = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(usage.value, critical=True).add_extension(named, critical=False)
    return builder.sign(root.key, hashes.SHA256())


def test_somebody_with_the_certificate_but_not_its_key_cannot_seal() -> None:
    """Certificates are public; they are in every package."""
    own = sealing_identity()
    with pytest.raises(ProofError, match="not by the key"):
        checked(make_seal(MANIFEST, replace(own, key=rsa.generate_private_key(65537, 3072)), MORNING_US))
    with pytest.raises(MalformedError, match="does not know"):
        checked(make_seal(MANIFEST, replace(own, key=ec.generate_private_key(ec.SECP256R1())), MORNING_US))


def test_a_certificate_of_another_root_does_not_count() -> None:
    """The same names, another office: the key decides."""
    stranger = new_sealing_identity(new_root("Pemerintah Kabupaten Kutai Timur", MORNING_US), "X", MORNING_US)
    mixed = replace(stranger, root=sealing_identity().root)
    with pytest.raises(ProofError, match="not issued by"):
        checked(make_seal(MANIFEST, stranger, MORNING_US), identity=mixed)


def test_a_sealing_certificate_cannot_issue_another_one() -> None:
    """Otherwise whoever holds the yearly key could make an office of their own."""
    own = sealing_identity()
    with pytest.raises(ProofError):
        checked(make_seal(MANIFEST, own, MORNING_US), identity=replace(own, root=own.certificate))


def test_a_certificate_that_was_not_valid_when_it_sealed_is_refused() -> None:
    """N33: validity is judged at the time of sealing, not of checking."""
    root = new_root("Pemerintah Kabupaten Kutai Timur", MORNING_US - 800 * DAY_US)
    expired = new_sealing_identity(root, "Diskominfo", MORNING_US - 700 * DAY_US)
    with pytest.raises(ProofError, match="not valid when"):
        checked(make_seal(MANIFEST, expired, MORNING_US), identity=expired)


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
