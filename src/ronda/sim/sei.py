"""The mark that every access unit of a virtual camera carries: who, which frame, when.

An unregistered user-data SEI (H.264 annex D.2.7) under a UUID of our own. Its size never changes, so a
server patches it in place when it sends, and its values are written in groups of seven bits with the
top bit set, so no two zero bytes ever follow each other and no emulation prevention is needed.
Invariant: `SIZE_BYTES` bytes, none of them zero after the UUID.
Why: a recording can be checked frame by frame, without decoding, against what was truly sent.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ronda.core.time import utc_text

IDENTITY: Final = UUID("6b1d52c7-9e34-4fa8-b2d1-7c5ea93f1826").bytes
VERSION: Final = 1

_HEADER = bytes((0x06, 0x05))  # NAL type 6 (SEI), payload type 5 (unregistered user data)
_VERSION_BYTES, _STREAM_BYTES, _CAMERA_BYTES, _FRAME_BYTES, _TIME_BYTES = 1, 1, 3, 10, 10
_VALUE_BYTES = _VERSION_BYTES + _STREAM_BYTES + _CAMERA_BYTES + _FRAME_BYTES + _TIME_BYTES
_PAYLOAD_BYTES = len(IDENTITY) + _VALUE_BYTES

SIZE_BYTES: Final = len(_HEADER) + 1 + _PAYLOAD_BYTES + 1
VALUES_AT: Final = len(_HEADER) + 1 + len(IDENTITY)  # offset of the patched values in the NAL
VALUE_BYTES: Final = _VALUE_BYTES
MAX_CAMERA: Final = (1 << 7 * _CAMERA_BYTES) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What one access unit says about itself."""

    camera: int  # the camera's number in its simulator, 1 or more
    stream: int  # 0 main, 1 sub
    frame: int  # runs from the start of the camera's process, gaps included
    at_us: int  # UTC when the picture was taken

    def __str__(self) -> str:
        return f"camera {self.camera}/{self.stream} frame {self.frame} at {utc_text(self.at_us)}"


def _sevens(value: int, size_bytes: int) -> bytes:
    return bytes(0x80 | (value >> 7 * place & 0x7F) for place in range(size_bytes - 1, -1, -1))


def _number(data: bytes) -> int:
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
    return value


def values(mark: Mark) -> bytes:
    """The `VALUE_BYTES` bytes that stand at `VALUES_AT` of the NAL. Values wrap at their size."""
    return (
        _sevens(VERSION, _VERSION_BYTES)
        + _sevens(mark.stream, _STREAM_BYTES)
        + _sevens(mark.camera, _CAMERA_BYTES)
        + _sevens(mark.frame, _FRAME_BYTES)
        + _sevens(mark.at_us, _TIME_BYTES)
    )


def pack(mark: Mark) -> bytes:
    """The whole NAL unit, `SIZE_BYTES` long, without start code or length."""
    return _HEADER + bytes((_PAYLOAD_BYTES,)) + IDENTITY + values(mark) + b"\x80"


def values_offset(data: bytes | bytearray) -> int:
    """Where the patched values begin in `data` (any framing around the NAL), or -1 without a mark."""
    at = data.find(IDENTITY)
    return -1 if at < 0 else at + len(IDENTITY)


def patch(data: bytearray, offset: int, mark: Mark) -> None:
    """Write the values over those at `offset`, as `values_offset` found it. No byte moves."""
    data[offset : offset + VALUE_BYTES] = values(mark)


def parse(data: bytes | bytearray) -> Mark | None:
    """The first mark anywhere in `data`: a NAL, an access unit or a file's sample. None without one.

    Bytes that cannot be a mark (cut short, another version, a clear top bit) give None, never an error.
    """
    offset = values_offset(data)
    if offset < 0:
        return None
    raw = bytes(data[offset : offset + VALUE_BYTES])
    if len(raw) < VALUE_BYTES or any(byte < 0x80 for byte in raw):
        return None
    at = 0
    numbers: list[int] = []
    for size in (_VERSION_BYTES, _STREAM_BYTES, _CAMERA_BYTES, _FRAME_BYTES, _TIME_BYTES):
        numbers.append(_number(raw[at : at + size]))
        at += size
    version, stream, camera, frame, at_us = numbers
    if version != VERSION:
        return None
    return Mark(camera=camera, stream=stream, frame=frame, at_us=at_us)


def parse_all(data: bytes | bytearray) -> list[Mark]:
    """Every mark in `data`, in file order: what a recorded file holds."""
    marks: list[Mark] = []
    at = data.find(IDENTITY)
    while at >= 0:
        mark = parse(data[at : at + len(IDENTITY) + VALUE_BYTES])
        if mark is not None:
            marks.append(mark)
        at = data.find(IDENTITY, at + 1)
    return marks
