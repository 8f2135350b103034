"""Hash the NAL units of a film and keep where the camera's claims stand between them.

Hashed are the slices that both standards name: H.264 types 1 and 5, H.265 types 0, 1 and 16 to 21, and the signing
SEIs that are signed by the next one. Trailing zero bytes are no part of a unit. Other slice kinds exist and carry
pictures no camera signs here: they are counted, so that nothing slips in that way. Parameter sets are not signed
by either standard. Memory: about 75 bytes a unit, at most MAX_UNITS.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256, sha384, sha512

from cryptography.hazmat.primitives import hashes

from ronda.evidence.camera_signing import axis, onvif
from ronda.evidence.camera_signing.claim import Claim
from ronda.evidence.camera_signing.film import FilmSource
from ronda.evidence.camera_signing.tlv import AXIS_UUID, read_sei, uuid_of
from ronda.evidence.errors import MalformedError
from ronda.media.codec import VideoCodec

MAX_UNITS = 4_000_000
MAX_CLAIMS = 500_000
BULK = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
SHORT = {"sha256": sha256, "sha384": sha384, "sha512": sha512}
_BULK_BYTES = 4096
KEY, SLICE, SEI, OTHER, UNSIGNED_KIND = 0, 1, 2, 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A signing SEI: between which units and at which picture it stands; no claim when it cannot be read."""

    position: int  # units before it
    picture: int
    claim: Claim | None
    fault: str = ""
    own_unit: int | None = None  # its own place among the units, when the next SEI signs it


@dataclass(slots=True)
class Units:
    """Columns, one entry a hashed unit."""

    algorithm: str
    kinds: bytearray = field(default_factory=bytearray)
    digests: list[bytes] = field(default_factory=list)
    pictures: "array[int]" = field(default_factory=lambda: array("L"))
    events: list[Event] = field(default_factory=list)
    times_90k: "array[int]" = field(default_factory=lambda: array("q"))  # of each picture; empty for raw streams
    picture_count: int = 0
    unsigned_kinds: list[int] = field(default_factory=list)  # pictures with slices that no camera signs

    def hashed_slice(self, data: memoryview) -> bytes:
        """The digest of a whole unit; OpenSSL's own code, which is several times faster for long ones."""
        if not self.algorithm:
            return b""
        if len(data) < _BULK_BYTES:
            return self.hashed(data)
        digest = hashes.Hash(BULK[self.algorithm])
        digest.update(data)
        return digest.finalize()

    def hashed(self, *parts: bytes | memoryview) -> bytes:
        return SHORT[self.algorithm](b"".join(parts)).digest()

    def add(self, kind: int, digest: bytes, picture: int) -> None:
        if len(self.digests) >= MAX_UNITS:
            raise MalformedError(f"the film has more than {MAX_UNITS} slices; cut it and check the parts")
        self.kinds.append(kind)
        self.digests.append(digest)
        self.pictures.append(picture)


def collect(source: FilmSource) -> Units:
    """All units of a film and all claims in it. Raises MalformedError when it cannot be read as a film."""
    bare = _collect(source, "")
    if not bare.events:
        return bare
    units = _collect(source, "sha256")
    named = next((event.claim.algorithm for event in units.events if event.claim), "sha256")
    return units if named == "sha256" else _collect(source, named)


def _collect(source: FilmSource, algorithm: str) -> Units:
    """With no algorithm nothing is hashed, and the first signing SEI ends the look: most cameras sign nothing."""
    units = Units(algorithm)
    for at_90k, nals in source.pictures(not algorithm):
        carries_picture = False
        for nal in nals:
            kind = kind_of(nal, source.codec)
            if kind in (KEY, SLICE):
                units.add(kind, units.hashed_slice(_trimmed(nal)), units.picture_count)
            elif kind == SEI and (uuid := uuid_of(nal, source.codec)):
                if not algorithm:
                    units.events.append(Event(position=0, picture=0, claim=None))
                    return units
                units.events.append(_event(units, nal, uuid, source.codec))
                if len(units.events) > MAX_CLAIMS:
                    raise MalformedError(f"the film has more than {MAX_CLAIMS} signing SEIs")
            elif kind == UNSIGNED_KIND and len(units.unsigned_kinds) < 1000:
                units.unsigned_kinds.append(units.picture_count)
            carries_picture |= kind in (KEY, SLICE, UNSIGNED_KIND)
        if carries_picture:
            units.picture_count += 1
            if at_90k is not None:
                units.times_90k.append(at_90k)
    return units


def _event(units: Units, nal: memoryview, uuid: bytes, codec: VideoCodec) -> Event:
    position, picture = len(units.digests), units.picture_count
    try:
        sei = read_sei(nal, codec)
        claim = (axis if uuid == AXIS_UUID else onvif).read_claim(sei, units.algorithm)
    except MalformedError as fault:
        return Event(position=position, picture=picture, claim=None, fault=str(fault))
    own = None
    if claim.signature is None:
        own = position
        plain = sei.raw if sei.flags & onvif.ESCAPED else sei.head + sei.body + b"\x80"
        units.add(SEI, units.hashed(plain), picture)
    return Event(position=position, picture=picture, claim=claim, own_unit=own)


def kind_of(nal: memoryview | bytes, codec: VideoCodec) -> int:
    """What a NAL unit is to a signing camera."""
    if codec is VideoCodec.H264:
        if len(nal) < 2:
            return OTHER
        number = nal[0] & 0x1F
        if number == 5:
            return KEY if nal[1] & 0x80 else SLICE
        return {1: SLICE, 6: SEI}.get(number, UNSIGNED_KIND if number in (2, 3, 4, 19, 20, 21) else OTHER)
    if len(nal) < 3:
        return OTHER
    number = nal[0] >> 1 & 0x3F
    if 16 <= number <= 21:
        return KEY if nal[2] & 0x80 else SLICE
    if number in (0, 1):
        return SLICE
    if number in (39, 40):
        return SEI
    return UNSIGNED_KIND if number < 32 else OTHER


def _trimmed(nal: memoryview) -> memoryview:
    end = len(nal)
    while end and nal[end - 1] == 0:
        end -= 1
    return nal[:end]


def pictures_of(units: Units, chosen: Iterator[int]) -> list[int]:
    """The pictures that these units belong to, each once, in order."""
    return sorted({units.pictures[index] for index in chosen})
