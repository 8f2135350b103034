"""A camera that signs its stream, written from the standards and not from our reader: test code only.

Pictures are lists of NAL units. `sign` puts the signing SEIs between them as a camera would: one picture after a
group has closed, and a last one at the end. Films in memory need no encoder; `film_of` gives them to the reader.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from ronda.evidence.camera_signing.film import FilmSource, Picture
from ronda.media.codec import VideoCodec

Pictures = list[list[bytes]]
ONVIF = bytes.fromhex("005bc93f2d715e95ada4796f90877a6f")
AXIS = b"Signed Video...0"
NIGHT = datetime(2026, 11, 17, 18, 10, tzinfo=UTC)
_1601_S = 11_644_473_600
_SHA256_OID = bytes.fromhex("0609608648016503040201")


@dataclass(frozen=True)
class Maker:
    """A maker's root, and what it issues."""

    key: ec.EllipticCurvePrivateKey
    root: x509.Certificate

    @classmethod
    def new(cls, name: str = "Pabrik Kamera") -> "Maker":
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(key, _certificate(name, key.public_key(), name, key, NIGHT - timedelta(days=900), 4000, ca=True))

    @property
    def pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    def camera(
        self, name: str = "Kamera 1", *, begins: datetime = NIGHT - timedelta(days=30), days: int = 365
    ) -> "Key":
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self.root.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        leaf = _certificate(name, key.public_key(), str(issuer), self.key, begins, days, ca=False)
        return Key(key, leaf)

    def revokes(self, leaf: x509.Certificate) -> bytes:
        now = datetime.now(UTC)
        row = x509.RevokedCertificateBuilder().serial_number(leaf.serial_number).revocation_date(NIGHT).build()
        found = x509.CertificateRevocationListBuilder().issuer_name(self.root.subject).last_update(now)
        built = (
            found.next_update(now + timedelta(days=9)).add_revoked_certificate(row).sign(self.key, hashes.SHA256())
        )
        return built.public_bytes(Encoding.PEM)


@dataclass(frozen=True)
class Key:
    private: ec.EllipticCurvePrivateKey
    leaf: x509.Certificate

    @property
    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _certificate(
    name: str,
    key: ec.EllipticCurvePublicKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
    begins: datetime,
    days: int,
    *,
    ca: bool,
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(issuer)).public_key(key)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begins)
    builder = builder.not_valid_after(begins + timedelta(days=days))
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return builder.sign(signer, hashes.SHA256())


@dataclass
class Signer:
    """One camera. See the fields for what the standards leave open."""

    key: Key
    codec: VideoCodec = VideoCodec.H264
    axis: bool = False
    version: int = 2  # of ONVIF's general tag
    lists: bool = True  # False: only the group hash ("low bitrate")
    escaped: bool = True  # with emulation prevention
    part: int = 0  # a partial group after so many pictures; 0: none
    sign_every: int = 1  # several groups under one signature
    certificate: str = "each"  # in each SEI, or in a certificate SEI of its own: "first", "later"
    late: int = 1  # pictures between the end of a group and its SEI
    start: datetime | None = NIGHT  # None: its clock was never set
    fps: int = 25
    counter: int = 0
    linked: bytes = bytes(32)
    first: bytes = b""
    anchor: bytes = b""
    group: list[bytes] = field(default_factory=list)
    number: int = 0
    begun: int = 0

    def sign(self, pictures: Pictures, *, last: bool = True) -> Pictures:
        """The same pictures with SEIs between them. `last`: close the final group too, as an orderly end does."""
        out: Pictures = []
        waiting: list[tuple[int, bytes]] = []
        if self.certificate == "first":
            waiting.append((0, self._certificate_sei()))
        for at, nals in enumerate(pictures):
            key = _is_key(nals[0], self.codec)
            full = bool(self.part) and len(self.group) >= self.part
            if self.group and (key or full):
                waiting.append((at + self.late, self._close(partial=not key)))
            due = [sei for when, sei in waiting if when <= at]
            waiting = [(when, sei) for when, sei in waiting if when > at]
            for sei in due:
                self._hash_unsigned(sei)
            if self.certificate == "later" and at == len(pictures) // 2:
                due.append(self._certificate_sei())
            out.append([*due, *nals])
            for nal in nals:
                self._hash(nal, key)
            self.number += 1
        tail = [sei for _, sei in waiting]
        if last and self.group:
            tail.append(self._close(partial=bool(self.part), force=True))
        if tail:
            out.append(tail)
        return out

    def _hash(self, nal: bytes, key: bool) -> None:
        plain = sha256(nal).digest()
        if key and not self.group:
            self.anchor = plain
        digest = plain if key and not self.group else sha256(self.anchor + plain).digest()
        if not self.group:
            self.begun = self.number
        self.group.append(digest)

    def _hash_unsigned(self, sei: bytes) -> None:
        if _loose(sei):
            self.group.append(sha256(sei).digest())

    def _ticks(self, number: int) -> int:
        """Microseconds since 1970, or since the camera was switched on."""
        base = 0 if self.start is None else round(self.start.timestamp() * 1e6)
        return base + number * 1_000_000 // self.fps

    def _close(self, *, partial: bool, force: bool = False) -> bytes:
        self.counter += 1
        joined = b"".join(self.group)
        general = self._general(partial, sha256(joined).digest())
        tags = [(1, general)]
        if self.lists:
            tags.append(((4 if self.axis else 2), b"\x01" + joined))
        if self.certificate == "each":
            tags = [*self._key_tags(), *tags]
        self.linked, self.group = self.group[0], []
        signed = force or self.counter % self.sign_every == 0
        return self._sei(tags, signed=signed)

    def _general(self, partial: bool, group_hash: bytes) -> bytes:
        count, counter = len(self.group).to_bytes(2, "big"), self.counter.to_bytes(4, "big")
        begun, ended = self._ticks(self.begun), self._ticks(self.number)
        if self.axis:
            flags = 1 | partial << 1
            head = b"\x03" + counter + count + b"\x02\x00\x03" + bytes([flags]) + begun.to_bytes(8, "big")
            return head + self.linked + group_hash
        shift = 0 if self.start is None else _1601_S * 1_000_000
        times = [((at + shift) * 10).to_bytes(8, "big") for at in (begun, ended)][: self.version]
        head = bytes([self.version]) + b"\x00\x00\x07" + bytes([partial]) + b"".join(times)
        return head + counter + count + group_hash + self.linked

    def _key_tags(self) -> list[tuple[int, bytes]]:
        if self.axis:
            product = b"\x01" + b"".join(
                bytes([len(t)]) + t for t in (b"M1\0", b"11.2\0", b"ACCC8E\0", b"Axis\0", b"\0")
            )
            return [(2, b"\x02" + self.key.public_pem), (3, product), (7, b"\x01\x0b" + _SHA256_OID)]
        vendor = b"\x01" + b"".join(bytes([len(text)]) + text for text in (b"1.0", b"SN-7", b"Pabrik"))
        chain = b"\x01\x00" + self.key.leaf.public_bytes(Encoding.PEM)
        return [(4, b"\x01\x0b" + _SHA256_OID + b"\x00\x00\x00"), (5, vendor), (6, chain)]

    def _certificate_sei(self) -> bytes:
        return self._sei(self._key_tags(), signed=True, certificate=True)

    def _sei(self, tags: list[tuple[int, bytes]], *, signed: bool, certificate: bool = False) -> bytes:
        body = b"".join(self._tag(tag, value) for tag, value in tags)
        signature = self._tag(5 if self.axis else 3, self._signature_value(b"\x30" * 64)) if signed else b""
        flags = (self.escaped << 7) if self.axis else certificate << 7 | self.escaped << 6
        uuid = AXIS if self.axis else ONVIF
        size = len(uuid) + 1 + len(body) + len(signature)
        sizes = b"\xff" * (size // 255) + bytes([size % 255])
        header = b"\x06" if self.codec is VideoCodec.H264 else b"\x4e\x01"
        plain = header + b"\x05" + sizes + uuid + bytes([flags]) + body
        document = sha256(_escape(plain) if self.escaped else plain).digest()
        if signed:
            made = self.key.private.sign(document, ec.ECDSA(Prehashed(hashes.SHA256())))
            plain += self._tag(5 if self.axis else 3, self._signature_value(made))
        return (_escape(plain) if self.escaped else plain) + b"\x80"

    def _signature_value(self, made: bytes) -> bytes:
        head = b"\x02\x00" if self.axis else b"\x01"
        return head + len(made).to_bytes(2, "big") + made + b"\x01" * (80 - len(made))

    def _tag(self, tag: int, value: bytes) -> bytes:
        width = 1 if self.axis and tag in (1, 7) else 2
        return bytes([tag]) + len(value).to_bytes(width, "big") + value


def _escape(plain: bytes) -> bytes:
    out, zeros = bytearray(), 0
    for byte in plain:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def _loose(sei: bytes) -> bool:
    """Has no signature tag: the next SEI signs it. The signature's value ends in its padding of ones."""
    return sei[-9:-1] != b"\x01" * 8


def _is_key(nal: bytes, codec: VideoCodec) -> bool:
    return nal[0] & 31 == 5 if codec is VideoCodec.H264 else nal[0] >> 1 in (19, 20)


def is_sei(nal: bytes) -> bool:
    return nal[:2] == b"\x06\x05" or nal[:3] == b"\x4e\x01\x05"


def moving(
    count: int, *, every: int = 10, codec: VideoCodec = VideoCodec.H264, seed: int = 1, slices: int = 1
) -> Pictures:
    """Pictures that no decoder would show, but whose NAL units look right from outside."""
    rng = random.Random(seed)

    def slice_of(key: bool, first: bool) -> bytes:
        head = (b"\x65" if key else b"\x41") if codec is VideoCodec.H264 else (b"\x28\x01" if key else b"\x02\x01")
        return head + (b"\xb8" if first else b"\x38") + rng.randbytes(rng.randint(20, 90)) + b"\x42"

    return [[slice_of(at % every == 0, part == 0) for part in range(slices)] for at in range(count)]


def film_of(pictures: Sequence[Sequence[bytes]], codec: VideoCodec = VideoCodec.H264, fps: int = 25) -> FilmSource:
    def read(_heads: bool) -> Iterator[Picture]:
        for at, nals in enumerate(pictures):
            yield at * 90_000 // fps, [memoryview(nal) for nal in nals]

    return FilmSource(codec=codec, pictures=read)


def annex_b(pictures: Sequence[Sequence[bytes]]) -> bytes:
    return b"".join(b"\x00\x00\x00\x01" + nal for nals in pictures for nal in nals)


def stripped(pictures: Pictures) -> Pictures:
    return [kept for nals in pictures if (kept := [nal for nal in nals if not is_sei(nal)])]
