"""What a film file says of itself: frames, length, picture size, and a digest of each frame.

Everything here is read from the MP4 alone, so that a statement can be held against it. The digest of
its pictures covers the coded pictures and nothing of the container, so a stream copy keeps it. It is
taken over the pictures' own digests: each byte is hashed once, and a copy of known pictures needs no
further look at them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from ronda.evidence.errors import MalformedError
from ronda.media import h265
from ronda.media.codec import AudioFormat, PictureSets, VideoCodec
from ronda.media.errors import MediaError
from ronda.media.fmp4_init import Buffer
from ronda.media.fmp4_read import Scan, scan
from ronda.media.h264 import iter_nals
from ronda.media.picture_sets import codec_of

LONG_FRAME_90K = 2 * 90_000  # a picture that stands longer than this hides an interruption
_SLICES = (1, 5)


class Frame(NamedTuple):
    """One coded picture: its digest, its place in time, and the picture set it is decoded with. A tuple, since a
    film of a minute has thousands.
    """

    digest: bytes
    dts_90k: int
    duration_90k: int
    key: bool
    pps_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FragmentPlace:
    """Where one fragment lies in the file and in media time."""

    offset: int
    size_bytes: int
    frames: int
    start_90k: int
    duration_90k: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """A whole file, read."""

    codec: str
    width_px: int
    height_px: int
    sets: PictureSets
    audio: AudioFormat | None  # None: silent, or sound of a kind that is not read
    frames: tuple[Frame, ...]
    fragments: tuple[FragmentPlace, ...]

    @property
    def pictures_sha256(self) -> str:
        return pictures_digest(frame.digest for frame in self.frames)

    @property
    def duration_90k(self) -> int:
        last = self.frames[-1]
        return last.dts_90k + last.duration_90k - self.frames[0].dts_90k


def pictures_digest(digests: Iterable[bytes]) -> str:
    """SHA-256, in hex, over the SHA-256 of each coded picture in order: what `ffmpeg -f framehash` lists."""
    return sha256(b"".join(digests)).hexdigest()


def stream_digest(data: Buffer) -> str:
    """SHA-256 over the coded pictures themselves: what packages of the first form state. Raises MediaError."""
    stream = sha256()
    for fragment in scan(data).fragments:
        for sample in fragment.samples:
            stream.update(data[sample.offset : sample.offset + sample.size_bytes])
    return stream.hexdigest()


def read_whole(data: Buffer, what: str) -> Scan:
    """The boxes of a film that ends where it should; `what` names the file in the error.

    Raises MalformedError when the file is cut off, has bytes that belong to nothing, or has no frames.
    """
    try:
        found = scan(data)
    except MediaError as error:
        raise MalformedError(f"{what}: {error}") from None
    has_frames = any(fragment.samples for fragment in found.fragments)
    if not has_frames or not (found.closed or found.whole_end == len(data)):
        raise MalformedError(f"{what}: the film has no frames, or ends in the middle of one")
    return found


def read_film(data: Buffer, what: str) -> Film:
    """Read every frame of `data`, its digest and its picture set. Raises MalformedError as `read_whole` does."""
    found = read_whole(data, what)
    try:
        return _film(found, tuple(_frames(data, found)))
    except MediaError as error:
        raise MalformedError(f"{what}: {error}") from None


def outline(found: Scan, what: str) -> Film:
    """The film by its boxes alone, for who wrote it: frames without digest and picture set.

    Raises MalformedError when its description is none of ours.
    """
    try:
        return _film(found, tuple(_frames(None, found)))
    except MediaError as error:
        raise MalformedError(f"{what}: {error}") from None


def _film(found: Scan, frames: tuple[Frame, ...]) -> Film:
    init = found.init
    places = tuple(
        FragmentPlace(
            offset=one.offset,
            size_bytes=one.size_bytes,
            frames=len(one.samples),
            start_90k=one.samples[0].dts_90k if one.samples else 0,
            duration_90k=one.duration_90k,
        )
        for one in found.fragments
    )
    return Film(
        codec=init.codec,
        width_px=init.width_px,
        height_px=init.height_px,
        sets=init.sets,
        audio=init.audio.format if init.audio else None,
        frames=frames,
        fragments=places,
    )


def _frames(data: Buffer | None, found: Scan) -> Iterator[Frame]:
    codec = codec_of(found.init.sets)
    for fragment in found.fragments:
        for sample in fragment.samples:
            coded = None if data is None else bytes(data[sample.offset : sample.offset + sample.size_bytes])
            yield Frame(
                digest=b"" if coded is None else sha256(coded).digest(),
                dts_90k=sample.dts_90k,
                duration_90k=sample.duration_90k,
                key=sample.key,
                pps_id=None if coded is None else picture_set(coded, codec),
            )


def picture_set(coded: bytes, codec: VideoCodec) -> int | None:
    """The id of the picture parameter set that the first slice names, or None without a slice.

    Raises H264Error when the sample is no row of NAL units.
    """
    for nal in iter_nals(coded):
        if codec is VideoCodec.H265:
            if h265.is_slice(h265.nal_kind(nal)):
                return h265.picture_set(nal)
        elif len(nal) and nal[0] & 0x1F in _SLICES:
            return _third_number(bytes(nal[1:16]))
    return None


def _third_number(head: bytes) -> int | None:
    """The third Exp-Golomb number of a slice header: after first_mb_in_slice and slice_type."""
    bits = "".join(f"{byte:08b}" for byte in head.replace(b"\x00\x00\x03", b"\x00\x00"))
    at, number = 0, -1
    for _ in range(3):
        zeros = bits.find("1", at) - at
        end = at + 2 * zeros + 1
        if zeros < 0 or end > len(bits):
            return None
        number, at = int(bits[at + zeros : end], 2) - 1, end
    return number
