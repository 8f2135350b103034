"""H.264 parameter sets and NAL units: just what recording and playing need.

Reads picture size, profile, frame rate and reorder depth from a sequence parameter set, makes the
avcC record and the codec string of MP4 and browsers, and walks length-prefixed samples.
Every read is bounded: parameter sets come from cameras that may be hostile.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ronda.media.bits import Bits, skip_picture_signal, unescape
from ronda.media.errors import H264Error
from ronda.media.mp4_box import box

NAL_SLICE = 1
NAL_IDR = 5
NAL_SEI = 6
NAL_SPS = 7
NAL_PPS = 8
NAL_DELIMITER = 9

MAX_SIDE_PX = 16384
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


@dataclass(frozen=True, slots=True, kw_only=True)
class SpsFacts:
    """What a sequence parameter set says."""

    sps_id: int
    profile_idc: int
    constraints: int
    level_idc: int
    width_px: int  # after cropping
    height_px: int
    reorder_frames: int | None  # None: not said
    fps: float | None  # None: not said

    @property
    def codec(self) -> str:
        """RFC 6381, such as avc1.64001f."""
        return f"avc1.{self.profile_idc:02x}{self.constraints:02x}{self.level_idc:02x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSets:
    """The sets a stream needs before its first key frame can be decoded, in order of arrival."""

    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]

    @staticmethod
    def of(nals: Iterable[bytes]) -> "ParameterSets":
        """Pick the sets out of NAL units; a later set with the same id replaces the earlier one."""
        sps: dict[int, bytes] = {}
        pps: dict[int, bytes] = {}
        for nal in nals:
            kind = nal[0] & 0x1F if nal else 0
            if kind == NAL_SPS:
                sps[read_sps(nal).sps_id] = nal
            elif kind == NAL_PPS:
                pps[pps_ids(nal)[0]] = nal
        return ParameterSets(sps=tuple(sps.values()), pps=tuple(pps.values()))

    @property
    def complete(self) -> bool:
        return bool(self.sps and self.pps)

    def updated(self, nals: Iterable[bytes]) -> "ParameterSets":
        """These sets, with those of `nals` added or put in place of the same id."""
        return ParameterSets.of((*self.sps, *self.pps, *nals))

    def facts(self) -> SpsFacts:
        """What the first sequence parameter set says. Raises H264Error when there is none."""
        if not self.sps:
            raise H264Error("no sequence parameter set has come yet; the picture's size is unknown")
        return read_sps(self.sps[0])

    def avcc(self) -> bytes:
        """The AVCDecoderConfigurationRecord (4-byte lengths). Raises H264Error when incomplete."""
        if not self.complete or len(self.sps) > 31 or len(self.pps) > 255:
            raise H264Error(
                f"avcC needs 1-31 sequence and 1-255 picture sets, not {len(self.sps)}, {len(self.pps)}"
            )
        first = self.sps[0]
        record = bytearray((1, first[1], first[2], first[3], 0xFF, 0xE0 | len(self.sps)))
        for nal in self.sps:
            record += len(nal).to_bytes(2, "big") + nal
        record.append(len(self.pps))
        for nal in self.pps:
            record += len(nal).to_bytes(2, "big") + nal
        if first[1] in _HIGH_PROFILES:
            chroma, luma_bits, chroma_bits = _chroma_facts(first)
            record += bytes((0xFC | chroma, 0xF8 | luma_bits, 0xF8 | chroma_bits, 0))
        return bytes(record)

    def config_box(self) -> tuple[bytes, bytes]:
        """(avc1, avcC box). Raises H264Error when incomplete."""
        return b"avc1", box(b"avcC", self.avcc())


def iter_nals(sample: bytes | memoryview) -> Iterator[memoryview]:
    """The NAL units of a sample with 4-byte lengths. Raises H264Error when a length runs over."""
    view = memoryview(sample)
    at = 0
    while at < len(view):
        size = int.from_bytes(view[at : at + 4], "big")
        if at + 4 + size > len(view):
            raise H264Error(f"a NAL unit of {size} bytes at {at} runs over its sample of {len(view)} bytes")
        yield view[at + 4 : at + 4 + size]
        at += 4 + size


def pps_ids(nal: bytes) -> tuple[int, int]:
    """(id, id of its sequence set) of a picture parameter set. Raises H264Error."""
    bits = Bits(unescape(nal[1:64]), H264Error)
    pps_id, sps_id = bits.ue(), bits.ue()
    if pps_id > 255 or sps_id > 31:
        raise H264Error(f"a picture parameter set names the ids {pps_id} and {sps_id}, beyond 255 and 31")
    return pps_id, sps_id


def read_sps(nal: bytes) -> SpsFacts:
    """Read a sequence parameter set NAL unit. Raises H264Error when it contradicts itself."""
    if len(nal) < 5 or nal[0] & 0x1F != NAL_SPS:
        raise H264Error(f"no sequence parameter set: {nal[:8].hex()}")
    profile, constraints, level = nal[1], nal[2], nal[3]
    bits = Bits(unescape(nal[4:]), H264Error)
    sps_id = bits.ue()
    if sps_id > 31:
        raise H264Error(f"a sequence parameter set has the id {sps_id}, beyond 31")
    chroma = _skip_chroma(bits) if profile in _HIGH_PROFILES else 1
    poc_type = _skip_order(bits)
    bits.ue()  # max_num_ref_frames
    bits.take(1)
    width, height = 16 * (bits.ue() + 1), 16 * (bits.ue() + 1)
    frames_only = bits.take(1)
    if not frames_only:
        height *= 2
        bits.take(1)
    bits.take(1)
    if bits.take(1):
        width, height = _crop(bits, chroma, frames_only, width, height)
    if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX):
        raise H264Error(f"a sequence parameter set tells a picture of {width} x {height} pixels")
    fps, reorder = _vui(bits) if bits.take(1) else (None, None)
    if profile == 66 or poc_type == 2:
        reorder = 0  # neither the baseline profile nor this order type can have B-frames
    return SpsFacts(
        sps_id=sps_id,
        profile_idc=profile,
        constraints=constraints,
        level_idc=level,
        width_px=width,
        height_px=height,
        reorder_frames=reorder,
        fps=fps,
    )


def _chroma_facts(nal: bytes) -> tuple[int, int, int]:
    bits = Bits(unescape(nal[4:64]), H264Error)
    bits.ue()
    chroma = bits.ue()
    if chroma == 3:
        bits.take(1)
    luma_bits, chroma_bits = bits.ue(), bits.ue()
    return chroma & 3, luma_bits & 7, chroma_bits & 7


def _skip_chroma(bits: Bits) -> int:
    """Chroma format and scaling lists of the high profiles; gives the chroma format."""
    chroma = bits.ue()
    if chroma > 3:
        raise H264Error(f"a sequence parameter set names the chroma format {chroma}, beyond 3")
    separate = bits.take(1) if chroma == 3 else 0
    bits.ue()
    bits.ue()
    bits.take(1)
    if bits.take(1):
        for index in range(12 if chroma == 3 else 8):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return 0 if separate else chroma


def _skip_scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _skip_order(bits: Bits) -> int:
    """Frame number and picture order fields; gives the order type."""
    bits.ue()
    order = bits.ue()
    if order == 0:
        bits.ue()
    elif order == 1:
        bits.take(1)
        bits.se()
        bits.se()
        count = bits.ue()
        if count > 255:
            raise H264Error(f"a sequence parameter set names {count} reference offsets, beyond 255")
        for _ in range(count):
            bits.se()
    elif order > 2:
        raise H264Error(f"a sequence parameter set names the order type {order}, beyond 2")
    return order


def _crop(bits: Bits, chroma: int, frames_only: int, width: int, height: int) -> tuple[int, int]:
    unit_x = 2 if chroma in (1, 2) else 1
    unit_y = (2 if chroma == 1 else 1) * (2 - frames_only)
    left, right, top, bottom = (bits.ue() for _ in range(4))
    return width - unit_x * (left + right), height - unit_y * (top + bottom)


def _vui(bits: Bits) -> tuple[float | None, int | None]:
    """Frame rate and reorder depth of the usability information; None where it does not say."""
    fps: float | None = None
    try:
        skip_picture_signal(bits)
        if bits.take(1):
            tick, scale = bits.take(32), bits.take(32)
            bits.take(1)
            fps = scale / (2 * tick) if tick and scale else None
        has_nal_hrd = bits.take(1)
        if has_nal_hrd:
            _skip_hrd(bits)
        has_vcl_hrd = bits.take(1)
        if has_vcl_hrd:
            _skip_hrd(bits)
        if has_nal_hrd or has_vcl_hrd:
            bits.take(1)
        bits.take(1)
        if not bits.take(1):
            return fps, None
        bits.take(1)
        for _ in range(4):
            bits.ue()
        reorder = bits.ue()
    except H264Error:
        return fps, None  # cut off by the camera: the picture can be recorded all the same
    return fps, reorder if reorder <= 16 else None


def _skip_hrd(bits: Bits) -> None:
    count = bits.ue() + 1
    if count > 32:
        raise H264Error(f"a sequence parameter set names {count} buffer models, beyond 32")
    bits.take(8)
    for _ in range(count):
        bits.ue()
        bits.ue()
        bits.take(1)
    bits.take(20)
