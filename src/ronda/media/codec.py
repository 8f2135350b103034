"""What is recorded, by name, and what a codec's parameter sets must tell, whichever codec it is.

`ronda.media.h264` and `ronda.media.h265` implement `PictureSets`; MP4 boxes, the recorder and the
player know only what stands here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class VideoCodec(StrEnum):
    H264 = "h264"
    H265 = "h265"


class AudioCodec(StrEnum):
    AAC = "aac"  # AAC-hbr of RFC 3640
    PCMA = "pcma"  # G.711 A-law
    PCMU = "pcmu"  # G.711 mu-law


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFormat:
    """How a sound track is coded. `config` is AAC's AudioSpecificConfig, empty for G.711."""

    codec: AudioCodec
    clock_hz: int
    channels: int = 1
    config: bytes = b""
    size_bits: int = 13  # of an AU header of RFC 3640
    index_bits: int = 3


class PictureFacts(Protocol):
    """What parameter sets say of the picture."""

    @property
    def codec(self) -> str:
        """RFC 6381, such as avc1.64001f."""
        ...

    @property
    def width_px(self) -> int: ...

    @property
    def height_px(self) -> int: ...

    @property
    def reorder_frames(self) -> int | None:
        """How many pictures may be decoded before one that is shown earlier; None: not said."""
        ...

    @property
    def fps(self) -> float | None: ...


class PictureSets(Protocol):
    """Parameter sets seen so far, in order; hashable and comparable."""

    def __hash__(self) -> int: ...

    @property
    def complete(self) -> bool: ...

    def updated(self, nals: Iterable[bytes]) -> "PictureSets":
        """These sets, with those of `nals` added or put in place of the same id. Raises MediaError."""
        ...

    def facts(self) -> PictureFacts:
        """Raises MediaError when no set tells the picture."""
        ...

    def config_box(self) -> tuple[bytes, bytes]:
        """The MP4 sample entry's kind and its configuration box, such as (avc1, avcC box)."""
        ...
