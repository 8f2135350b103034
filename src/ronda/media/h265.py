"""H.265 parameter sets and NAL units: just what recording and playing need.

Reads picture size, profile, frame rate and reorder depth from a sequence parameter set, and makes the
hvcC record and the codec string of MP4 and browsers. Samples are walked by `h264.iter_nals`: their
shape is the same. Every read is bounded: parameter sets come from cameras that may be hostile.
What comes after the reorder depth in a sequence set only tells the frame rate: where it is broken
the rate is "not said", and the picture is recorded all the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ronda.media.bits import Bits, skip_picture_signal, unescape
from ronda.media.errors import H265Error
from ronda.media.mp4_box import box

NAL_BLA_FIRST = 16
NAL_IDR_W_RADL = 19
NAL_IDR_N_LP = 20
NAL_CRA = 21
NAL_VPS = 32
NAL_SPS = 33
NAL_PPS = 34
NAL_DELIMITER = 35
NAL_PREFIX_SEI = 39
NAL_AGGREGATE = 48  # RFC 7798
NAL_FRAGMENT = 49

MAX_SIDE_PX = 16384


def nal_kind(nal: bytes | memoryview) -> int:
    """The type of a NAL unit; 63, which nobody uses, for one too short to have a header."""
    return (nal[0] >> 1) & 0x3F if len(nal) >= 2 else 63


def is_key(kind: int) -> bool:
    """Whether a slice of this type may begin a recording.

    These are the random access points: BLA (16-18), IDR (19, 20) and CRA (21). Pictures that lead
    a CRA in display order and need what came before it (RASL) are left out by every decoder that
    starts there.
    """
    return NAL_BLA_FIRST <= kind <= NAL_CRA


def is_slice(kind: int) -> bool:
    """Whether a NAL unit of this type holds coded picture data; reserved types do not."""
    return kind <= 9 or is_key(kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """General profile, tier and level, as in the sequence set."""

    space: int
    high_tier: bool
    profile_idc: int
    compatibility: int  # 32 flags
    constraints: bytes  # 6 bytes
    level_idc: int

    @property
    def codec(self) -> str:
        """RFC 6381 as ISO/IEC 14496-15 writes it, such as hvc1.1.6.L120.B0."""
        flipped = int(f"{self.compatibility:032b}"[::-1], 2)
        parts = [
            "hvc1",
            ("", "A", "B", "C")[self.space] + str(self.profile_idc),
            f"{flipped:X}",
            f"{'H' if self.high_tier else 'L'}{self.level_idc}",
            *(f"{byte:X}" for byte in self.constraints.rstrip(b"\x00")),
        ]
        return ".".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class H265Facts:
    """What a sequence parameter set says."""

    sps_id: int
    profile: Profile
    sub_layers: int
    nested: bool
    chroma: int
    luma_bits: int  # beyond 8
    chroma_bits: int
    width_px: int  # after the conformance window
    height_px: int
    reorder_frames: int | None  # of the highest sub-layer
    fps: float | None  # None: not said

    @property
    def codec(self) -> str:
        return self.profile.codec


@dataclass(frozen=True, slots=True, kw_only=True)
class H265Sets:
    """The sets a stream needs before its first key frame can be decoded, in order of arrival."""

    vps: tuple[bytes, ...] = ()
    sps: tuple[bytes, ...] = ()
    pps: tuple[bytes, ...] = ()

    @staticmethod
    def of(nals: Iterable[bytes]) -> "H265Sets":
        """Pick the sets out of NAL units; a later set with the same id replaces the earlier one."""
        found: dict[int, dict[int, bytes]] = {NAL_VPS: {}, NAL_SPS: {}, NAL_PPS: {}}
        for nal in nals:
            kind = nal_kind(nal)
            if kind in found:
                found[kind][_set_id(kind, nal)] = nal
        return H265Sets(
            vps=tuple(found[NAL_VPS].values()),
            sps=tuple(found[NAL_SPS].values()),
            pps=tuple(found[NAL_PPS].values()),
        )

    @property
    def complete(self) -> bool:
        return bool(self.vps and self.sps and self.pps)

    def updated(self, nals: Iterable[bytes]) -> "H265Sets":
        """These sets, with those of `nals` added or put in place of the same id."""
        return H265Sets.of((*self.vps, *self.sps, *self.pps, *nals))

    def facts(self) -> H265Facts:
        """What the first sequence parameter set says. Raises H265Error when there is none."""
        if not self.sps:
            raise H265Error("no sequence parameter set has come yet; the picture's size is unknown")
        return read_sps(self.sps[0])

    def hvcc(self) -> bytes:
        """The HEVCDecoderConfigurationRecord (4-byte lengths). Raises H265Error when incomplete."""
        if not self.complete:
            raise H265Error("hvcC needs a video, a sequence and a picture parameter set, and not all have come")
        facts = self.facts()
        profile = facts.profile
        record = bytearray((1, profile.space << 6 | profile.high_tier << 5 | profile.profile_idc))
        record += profile.compatibility.to_bytes(4, "big") + profile.constraints
        record += bytes((profile.level_idc, 0xF0, 0x00, 0xFC, 0xFC | facts.chroma))
        record += bytes((0xF8 | facts.luma_bits, 0xF8 | facts.chroma_bits, 0, 0))
        record += bytes((facts.sub_layers << 3 | facts.nested << 2 | 3, 3))
        for kind, nals in ((NAL_VPS, self.vps), (NAL_SPS, self.sps), (NAL_PPS, self.pps)):
            record += bytes((0x80 | kind,)) + len(nals).to_bytes(2, "big")
            for nal in nals:
                record += len(nal).to_bytes(2, "big") + nal
        return bytes(record)

    def config_box(self) -> tuple[bytes, bytes]:
        """(hvc1, hvcC box). Raises H265Error when incomplete."""
        return b"hvc1", box(b"hvcC", self.hvcc())


def read_sps(nal: bytes) -> H265Facts:
    """Read a sequence parameter set NAL unit. Raises H265Error when it contradicts itself."""
    if nal_kind(nal) != NAL_SPS:
        raise H265Error(f"no sequence parameter set: {nal[:8].hex()}")
    bits = Bits(unescape(nal[2:]), H265Error)
    bits.take(4)
    sub_layers, nested = bits.take(3), bits.take(1)
    if sub_layers > 6:
        raise H265Error(f"a sequence parameter set names {sub_layers + 1} sub-layers, beyond 7")
    profile = _profile(bits, sub_layers)
    sps_id = _bounded(bits, 15, "an id")
    chroma, width, height = _picture(bits)
    luma_bits, chroma_bits = _bounded(bits, 7, "a depth"), _bounded(bits, 7, "a depth")
    order_bits = _bounded(bits, 12, "a length of the picture order") + 4
    ordered = bits.take(1)
    reorder = 0
    for _ in range(sub_layers + 1 if ordered else 1):
        bits.ue()
        reorder = bits.ue()
        bits.ue()
    return H265Facts(
        sps_id=sps_id,
        profile=profile,
        sub_layers=sub_layers + 1,
        nested=bool(nested),
        chroma=chroma,
        luma_bits=luma_bits,
        chroma_bits=chroma_bits,
        width_px=width,
        height_px=height,
        reorder_frames=reorder if reorder <= 16 else None,
        fps=_fps(bits, order_bits),
    )


def picture_set(nal: bytes | memoryview) -> int | None:
    """The id of the picture parameter set that a slice names; None when it is no whole slice header."""
    kind = nal_kind(nal)
    if not is_slice(kind):
        return None
    bits = Bits(unescape(bytes(nal[2:18])), H265Error)
    try:
        bits.take(2 if kind >= NAL_BLA_FIRST else 1)
        return bits.ue()
    except H265Error:
        return None


def _set_id(kind: int, nal: bytes) -> int:
    if kind == NAL_SPS:
        return read_sps(nal).sps_id
    bits = Bits(unescape(nal[2:64]), H265Error)
    if kind == NAL_VPS:
        return bits.take(4)
    pps_id = _bounded(bits, 63, "an id")
    _bounded(bits, 15, "an id")
    return pps_id


def _bounded(bits: Bits, most: int, what: str) -> int:
    value = bits.ue()
    if value > most:
        raise H265Error(f"a parameter set names {what} of {value}, beyond {most}")
    return value


def _profile(bits: Bits, sub_layers: int) -> Profile:
    """profile_tier_level; what it says of the lower sub-layers is passed over."""
    profile = Profile(
        space=bits.take(2),
        high_tier=bool(bits.take(1)),
        profile_idc=bits.take(5),
        compatibility=bits.take(32),
        constraints=bits.take(48).to_bytes(6, "big"),
        level_idc=bits.take(8),
    )
    present = [(bits.take(1), bits.take(1)) for _ in range(sub_layers)]
    if sub_layers:
        bits.take(2 * (8 - sub_layers))
    for has_profile, has_level in present:
        bits.take(88 * has_profile + 8 * has_level)
    return profile


def _picture(bits: Bits) -> tuple[int, int, int]:
    """Chroma format, and the picture's size after the conformance window."""
    chroma = _bounded(bits, 3, "a chroma format")
    separate = bits.take(1) if chroma == 3 else 0
    width, height = bits.ue(), bits.ue()
    if bits.take(1):
        left, right, top, bottom = (bits.ue() for _ in range(4))
        width -= (2 if chroma in (1, 2) else 1) * (left + right)
        height -= (2 if chroma == 1 else 1) * (top + bottom)
    if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX):
        raise H265Error(f"a sequence parameter set tells a picture of {width} x {height} pixels")
    return 0 if separate else chroma, width, height


def _fps(bits: Bits, order_bits: int) -> float | None:
    """The frame rate of the usability information; None where it does not say."""
    try:
        _skip_coding(bits, order_bits)
        if not bits.take(1):
            return None
        _skip_vui_picture(bits)
        if not bits.take(1):
            return None
        tick, scale = bits.take(32), bits.take(32)
    except H265Error:
        return None
    return scale / tick if tick and scale else None


def _skip_coding(bits: Bits, order_bits: int) -> None:
    """From the block sizes up to the flag that says whether usability information follows."""
    for _ in range(6):
        bits.ue()
    if bits.take(1) and bits.take(1):
        _skip_scaling_lists(bits)
    bits.take(2)
    if bits.take(1):
        bits.take(8)
        bits.ue()
        bits.ue()
        bits.take(1)
    counts: list[int] = []
    for index in range(_bounded(bits, 64, "a count of reference sets")):
        counts.append(_skip_reference_set(bits, index, counts))
    if bits.take(1):
        for _ in range(_bounded(bits, 32, "a count of long-term references")):
            bits.take(order_bits + 1)
    bits.take(2)


def _skip_scaling_lists(bits: Bits) -> None:
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.take(1):
                bits.ue()
                continue
            if size > 1:
                bits.se()
            for _ in range(min(64, 1 << (4 + 2 * size))):
                bits.se()


def _skip_reference_set(bits: Bits, index: int, counts: list[int]) -> int:
    """One short-term reference picture set; gives how many pictures it names."""
    if index and bits.take(1):
        bits.take(1)
        bits.ue()
        named = 0
        for _ in range(counts[-1] + 1):
            used = bits.take(1)
            named += 1 if used or bits.take(1) else 0
        return named
    count = _bounded(bits, 16, "a count of references") + _bounded(bits, 16, "a count of references")
    for _ in range(count):
        bits.ue()
        bits.take(1)
    return count


def _skip_vui_picture(bits: Bits) -> None:
    skip_picture_signal(bits)
    bits.take(3)
    if bits.take(1):
        for _ in range(4):
            bits.ue()
