"""Read the claim of an Axis Signed Video SEI: general tag versions 1 to 3.

Since 2.0 (version 3) a claim holds group hash and link as ONVIF's does. Before, the list of a group ends with the
key picture of the next one, which is the link. The oldest form, a signature over the pictures without a list,
is said to be unread. The key stands bare in the stream, or in a chain of the maker's own tag.
"""

from hashlib import new as new_hash

from ronda.evidence.camera_signing.claim import Claim, KeyMaterial, Scheme
from ronda.evidence.camera_signing.tlv import Fields, SignedSei, algorithm_of, signed_part, split_hashes, tags
from ronda.evidence.errors import MalformedError

GENERAL, PUBLIC_KEY, PRODUCT, HASH_LIST, SIGNATURE, CRYPTO, VENDOR = 1, 2, 3, 4, 5, 7, 129
ESCAPED = 0x80
_SHORT = frozenset({GENERAL, CRYPTO})
_YEAR_2000_US, _YEAR_2200_US = 946_684_800_000_000, 7_258_118_400_000_000
_OVER_PICTURES = 0  # of the old signature tag: signs the chain of picture hashes, not the SEI


def read_claim(sei: SignedSei, known_algorithm: str) -> Claim:
    """What the camera claims. Raises MalformedError."""
    found = {tag: (at, value) for tag, at, value in tags(sei.body, _SHORT)}
    algorithm = known_algorithm
    if CRYPTO in found:
        fields = _versioned(found[CRYPTO][1])
        algorithm = algorithm_of(fields.take(fields.number(1)))
    signature, end = _signature(found, len(sei.body))
    document = new_hash(algorithm, signed_part(sei, end, bool(sei.flags & ESCAPED))).digest()
    key, hashes = _key(found), b""
    if HASH_LIST in found:
        hashes = _versioned(found[HASH_LIST][1]).rest()
    if GENERAL not in found:
        return Claim(scheme=Scheme.AXIS, algorithm=algorithm, document=document, signature=signature, key=key)
    fields = Fields(found[GENERAL][1])
    version, counter, count = fields.number(1), fields.number(4), fields.number(2)
    if version not in (1, 2, 3):
        raise MalformedError(f"version {version} of the general tag is not read; 1 to 3 are")
    fields.take(3)  # version of the signing software
    flags = fields.number(1) if version >= 2 else 0
    ticks = fields.number(8) if flags & 1 else None
    utc_us = ticks if ticks is not None and _YEAR_2000_US <= ticks <= _YEAR_2200_US else None
    size = len(document)
    return Claim(
        scheme=Scheme.AXIS if version == 3 else Scheme.AXIS_1,
        algorithm=algorithm,
        document=document,
        signature=signature,
        key=key,
        says_pictures=True,
        counter=counter,
        count=count,
        partial=bool(flags & 2),
        start_us=utc_us,
        end_us=utc_us,
        clock_ticks_us=ticks,
        linked=fields.take(size) if version == 3 else b"",
        group_hash=fields.take(size) if version == 3 else b"",
        hashes=split_hashes(hashes, size),
        device=_device(found[PRODUCT][1]) if PRODUCT in found else "",
    )


def _signature(found: dict[int, tuple[int, bytes]], end: int) -> tuple[bytes | None, int]:
    if SIGNATURE not in found:
        return None, end
    at, value = found[SIGNATURE]
    fields = Fields(value)
    version = fields.number(1)
    fields.number(1)  # how signing went in the camera
    if version < 2 and fields.number(1) == _OVER_PICTURES:
        raise MalformedError("a signature over pictures without a list (Axis before 2.0) is not read")
    return fields.take(fields.number(2)), at


def _key(found: dict[int, tuple[int, bytes]]) -> KeyMaterial | None:
    chain, bare = b"", b""
    if PUBLIC_KEY in found:
        fields = Fields(found[PUBLIC_KEY][1])
        if fields.number(1) < 2:
            fields.number(1)  # an algorithm that the key names itself
        bare = fields.rest()
    if VENDOR in found:
        value = found[VENDOR][1]
        begin = value.find(b"-----BEGIN CERTIFICATE-----")
        chain = value[begin:] if begin >= 0 else b""
    return KeyMaterial(chain_pem=chain, key_pem=bare) if chain or bare else None


def _device(value: bytes) -> str:
    fields = _versioned(value)
    hardware, firmware, serial, maker = fields.text(), fields.text(), fields.text(), fields.text()
    return f"{maker} {hardware}, {serial}, {firmware}"


def _versioned(value: bytes) -> Fields:
    fields = Fields(value)
    if fields.number(1) == 0:
        raise MalformedError("a tag of the signing SEI has version 0")
    return fields
