"""The title card that stands for an interruption in a working copy: a dark picture that says so.

Encoded as H.264 at the film's own size, with a parameter-set id that the camera does not use, so that
both can stand in one track and no picture of the camera is touched. One key frame, then one picture
a second that repeats it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from PIL import Image, ImageDraw, ImageFont

from ronda.cases.errors import PackageError
from ronda.core.time import TimeSpan, wita_text
from ronda.evidence.bast import cause_words, seconds_words
from ronda.media.codec import PictureSets
from ronda.media.h264 import ParameterSets, pps_ids, read_sps

LONGEST_90K = 30 * 90_000
_SECOND_90K = 90_000
_GROUND, _TEXT, _QUIET, _AMBER = "#0E1726", "#E6ECF5", "#93A4BF", "#F2A541"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFilm:
    """The coded card: samples with 4-byte lengths, the first a key frame, and how long each stands."""

    sets: ParameterSets
    samples: tuple[bytes, ...]
    durations_90k: tuple[int, ...]


def free_set_id(sets: ParameterSets) -> int:
    """An id that no parameter set of the camera has. Raises PackageError when all are taken."""
    taken = {read_sps(nal).sps_id for nal in sets.sps} | {pps_ids(nal)[0] for nal in sets.pps}
    for number in range(31, 0, -1):
        if number not in taken:
            return number
    raise PackageError("the camera uses every parameter-set id; no card can stand beside its pictures")


def card_lines(gap: TimeSpan, cause: str) -> tuple[str, str, str]:
    """The texts of a card: what, how long and why, from when to when. The font has no long dash."""
    start, end = wita_text(gap.start_us).split(), wita_text(gap.end_us).split()
    last = end[1] if start[0] == end[0] else f"{end[0]} {end[1]}"
    return (
        "REKAMAN TERPUTUS",
        f"{seconds_words(gap.duration_us)} · {cause_words(cause)}",
        f"{start[0]} · {start[1]} - {last} WITA",
    )


def card_length_90k(gap: TimeSpan) -> int:
    """As long as the gap, at most 30 s."""
    return min(gap.duration_us * 9 // 100, LONGEST_90K)


def draw_card(width_px: int, height_px: int, camera: str, gap: TimeSpan, cause: str) -> Image.Image:
    """The picture. Texts shrink until they fit the width."""
    image = Image.new("RGB", (width_px, height_px), _GROUND)
    pen = ImageDraw.Draw(image)
    what, why, when = card_lines(gap, cause)
    rows = [(what, 0.095, _AMBER), (why, 0.065, _TEXT), (when, 0.052, _TEXT), (camera, 0.045, _QUIET)]
    if gap.duration_us * 9 // 100 > LONGEST_90K:
        rows.append(("kartu ini dipersingkat menjadi 30 dtk", 0.04, _QUIET))
    y = height_px * 0.28
    for text, share, colour in rows:
        font = _fitting(pen, text, max(9, round(height_px * share)), width_px * 0.92)
        pen.text((width_px / 2, y), text, font=font, fill=colour, anchor="mt")
        y += height_px * share * 1.55
    _draw_tape(pen, width_px, height_px)
    return image


def _draw_tape(pen: ImageDraw.ImageDraw, width_px: int, height_px: int) -> None:
    """Slanted stripes along both edges: nobody takes the card for a picture of the camera."""
    side = 3 * max(2, height_px // 90)
    for x in range(-side, width_px, side * 3):
        for top in (0, height_px - side):
            low = top + side
            pen.polygon([(x, low), (x + side, top), (x + 2 * side, top), (x + side, low)], _QUIET)


def _fitting(
    pen: ImageDraw.ImageDraw, text: str, size: int, width: float
) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    while size > 8 and pen.textlength(text, font=ImageFont.load_default(size)) > width:
        size -= 1
    return ImageFont.load_default(size)


def encode_card(sets: PictureSets, camera: str, gap: TimeSpan, cause: str) -> CardFilm:
    """The card as coded pictures beside those of `sets`. Raises PackageError when it cannot be coded."""
    if not isinstance(sets, ParameterSets):
        raise PackageError(f"no card can stand beside H.265 pictures ({camera}); the copy ends there instead")
    facts = sets.facts()
    picture = draw_card(facts.width_px, facts.height_px, camera, gap, cause)
    length = card_length_90k(gap)
    full, rest = divmod(length, _SECOND_90K)
    durations = [_SECOND_90K] * full + ([rest] if rest else [])
    own, coded = _encode(picture, len(durations), free_set_id(sets))
    if len(coded) != len(durations):
        raise PackageError(f"the card of {camera} became {len(coded)} pictures instead of {len(durations)}")
    return CardFilm(sets=own, samples=tuple(coded), durations_90k=tuple(durations))


def _encode(picture: Image.Image, count: int, set_id: int) -> tuple[ParameterSets, list[bytes]]:
    coder = av.CodecContext.create("libx264", "w")
    if not isinstance(coder, VideoCodecContext):
        raise PackageError("this PyAV cannot encode H.264; no card can be made")
    coder.width, coder.height, coder.pix_fmt = picture.width, picture.height, "yuv420p"
    # The nominal rate stands in the card's parameter set; players must not take one picture a second
    # for the rate of the whole film.
    coder.framerate, coder.time_base = Fraction(25), Fraction(1, 25)
    coder.options = {
        "preset": "fast",
        "tune": "stillimage",
        "x264-params": f"sps-id={set_id}:bframes=0:keyint=infinite:scenecut=0:threads=1:crf=20:aud=0",
    }
    frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
    packets = []
    for number in range(count):
        frame.pts = number
        packets += coder.encode(frame)
    packets += coder.encode(None)
    nals = [_split(bytes(packet)) for packet in packets]
    sets = ParameterSets.of(nal for sample in nals for nal in sample)
    return sets, [_sample(sample) for sample in nals]


def _split(annex_b: bytes) -> list[bytes]:
    """The NAL units between start codes."""
    parts = annex_b.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
    return [part for part in parts if part]


def _sample(nals: Sequence[bytes]) -> bytes:
    """Only the slices, each after its length: the sets stand in the init segment."""
    slices = [nal for nal in nals if nal[0] & 0x1F in (1, 5)]
    return b"".join(len(nal).to_bytes(4, "big") + nal for nal in slices)
