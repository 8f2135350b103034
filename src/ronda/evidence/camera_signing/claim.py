"""What one signed SEI says: which pictures the camera saw, in which order, when, and under which key.

Decides nothing. Invariant: a claim is only words until `signatures` has checked it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Scheme(StrEnum):
    ONVIF = "ONVIF Media Signing"
    AXIS = "Axis Signed Video"
    AXIS_1 = "Axis Signed Video 1"  # before 2.0: each group also holds the key picture of the next one


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMaterial:
    """The camera's public key as it stands in the stream: a chain (leaf first), or a bare key."""

    chain_pem: bytes = b""
    key_pem: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One SEI of a signing camera. Times are UTC where the camera's clock was set, else None."""

    scheme: Scheme
    algorithm: str  # of the hashes
    document: bytes  # digest of what is signed
    signature: bytes | None  # None: the next signed SEI covers this one
    key: KeyMaterial | None = None
    says_pictures: bool = False  # False: a certificate SEI
    counter: int = 0
    count: int = 0  # hashed NAL units in the group
    partial: bool = False
    start_us: int | None = None
    end_us: int | None = None
    clock_ticks_us: int | None = None  # the camera's own count, also where its clock was never set
    group_hash: bytes = b""
    linked: bytes = b""
    hashes: tuple[bytes, ...] = ()
    device: str = ""  # maker, serial number, firmware as the camera says

    @property
    def opens_stream(self) -> bool:
        """Nothing came before: the camera began, or began again, to sign."""
        return not any(self.linked)
