"""Read the claim of an ONVIF Media Signing SEI, tag versions 1 and 2.

Version 2 says when the group ended as well. Times are 100 ns steps since 1601; a camera whose clock was never
set counts from zero, which is no time and is not shown as one.
"""

from dataclasses import replace
from hashlib import new as new_hash

from ronda.evidence.camera_signing.claim import Claim, KeyMaterial, Scheme
from ronda.evidence.camera_signing.tlv import Fields, SignedSei, algorithm_of, signed_part, split_hashes, tags
from ronda.evidence.errors import MalformedError

GENERAL, HASH_LIST, SIGNATURE, CRYPTO, VENDOR, CERTIFICATES = 1, 2, 3, 4, 5, 6
ESCAPED = 0x40
_1601_TO_1970_US = 11_644_473_600_000_000
_YEAR_2000_US, _YEAR_2200_US = 946_684_800_000_000, 7_258_118_400_000_000


def read_claim(sei: SignedSei, known_algorithm: str) -> Claim:
    """What the camera claims. Raises MalformedError.

    known_algorithm  the hash named by an earlier SEI; a certificate SEI may name it alone
    """
    found = {tag: (at, value) for tag, at, value in tags(sei.body)}
    algorithm, key = known_algorithm, None
    if CRYPTO in found:
        fields = _versioned(found[CRYPTO][1])
        algorithm = algorithm_of(fields.take(fields.number(1)))
    if CERTIFICATES in found:
        fields = _versioned(found[CERTIFICATES][1])
        fields.number(1)  # provisioned by a user, not by the maker
        key = KeyMaterial(chain_pem=fields.rest())
    signature, end = _signature(found, len(sei.body))
    document = new_hash(algorithm, signed_part(sei, end, bool(sei.flags & ESCAPED))).digest()
    if GENERAL not in found:
        return Claim(scheme=Scheme.ONVIF, algorithm=algorithm, document=document, signature=signature, key=key)
    hashes = _versioned(found[HASH_LIST][1]).rest() if HASH_LIST in found else b""
    claim = Claim(
        scheme=Scheme.ONVIF,
        algorithm=algorithm,
        document=document,
        signature=signature,
        key=key,
        says_pictures=True,
        hashes=split_hashes(hashes, new_hash(algorithm).digest_size),
        device=_device(found[VENDOR][1]) if VENDOR in found else "",
    )
    return _general(found[GENERAL][1], claim)


def _general(value: bytes, claim: Claim) -> Claim:
    fields = Fields(value)
    version = fields.number(1)
    if version not in (1, 2):
        raise MalformedError(f"version {version} of the general tag is not read; 1 and 2 are")
    fields.take(3)  # version of the signing software
    partial = bool(fields.number(1))
    start = fields.number(8) // 10
    end = fields.number(8) // 10 if version == 2 else start
    counter, count = fields.number(4), fields.number(2)
    size = len(claim.document)
    return replace(
        claim,
        partial=partial,
        start_us=_utc_us(start),
        end_us=_utc_us(end),
        clock_ticks_us=start,
        counter=counter,
        count=count,
        group_hash=fields.take(size),
        linked=fields.take(size),
    )


def _utc_us(since_1601_us: int) -> int | None:
    """None for a clock that was never set."""
    found = since_1601_us - _1601_TO_1970_US
    return found if _YEAR_2000_US <= found <= _YEAR_2200_US else None


def _signature(found: dict[int, tuple[int, bytes]], end: int) -> tuple[bytes | None, int]:
    """(the signature, where its tag begins); (None, the end) for an SEI that the next one covers."""
    if SIGNATURE not in found:
        return None, end
    at, value = found[SIGNATURE]
    fields = _versioned(value)
    return fields.take(fields.number(2)), at


def _device(value: bytes) -> str:
    fields = _versioned(value)
    firmware, serial, maker = fields.text(), fields.text(), fields.text()
    return f"{maker}, {serial}, {firmware}"


def _versioned(value: bytes) -> Fields:
    fields = Fields(value)
    version = fields.number(1)
    if version != 1:
        raise MalformedError(f"version {version} of a tag of the signing SEI is not read; 1 is")
    return fields
