"""One picture out of a recording: the last frame shown at or before an instant, and its exact time.

Decodes from the key frame before it. The time is that of the frame, not the instant asked for, by the
same rule that the player uses (`ronda.video.playback.wall_of_media`).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray
from PIL import Image

from ronda.cases.decoder import picture_decoder
from ronda.cases.errors import NothingRecordedError
from ronda.cases.ports import FootageFiles
from ronda.core.time import utc_text
from ronda.media.codec import PictureSets
from ronda.media.errors import MediaError
from ronda.media.fmp4_read import Sample, scan
from ronda.redaction.paint import Rectangle, painted
from ronda.video.model import Fragment, Segment
from ronda.video.playback import media_of_wall, wall_of_media
from ronda.video.ports import RecordingReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A PNG, the instant of its frame (UTC microseconds), and the SHA-256 of the PNG in hex."""

    png: bytes
    frame_us: int
    sha256: str
    width_px: int
    height_px: int
    segment_start_us: int
    picture: int  # its number in the segment, in order of coding, from 1


def take_still(
    footage: FootageFiles,
    recordings: RecordingReader,
    segments: Sequence[Segment],
    at_us: int,
    not_before_us: int,
    masks: Sequence[Rectangle] = (),
) -> Still:
    """The frame at or before `at_us`, from segments of one camera in order.

    not_before_us  start of what may be looked at; an earlier frame is not shown
    masks          the camera's privacy masks, painted over the picture
    Raises NothingRecordedError when there is none.
    """
    for segment in reversed([one for one in segments if one.span.start_us <= at_us]):
        fragments = recordings.fragments(segment.segment_id)
        data = footage.path(segment.path).read_bytes()
        picture = _from_segment(data, segment, fragments, at_us, not_before_us, masks) if fragments else None
        if picture is not None:
            return picture
    raise NothingRecordedError(
        f"there is no picture at or before {utc_text(at_us)} within the scope. "
        "Next: choose a recorded moment on the timeline"
    )


def _from_segment(
    data: bytes,
    segment: Segment,
    fragments: Sequence[Fragment],
    at_us: int,
    not_before_us: int,
    masks: Sequence[Rectangle],
) -> Still | None:
    try:
        found = scan(data)
    except MediaError as error:
        raise NothingRecordedError(f"{segment.path} cannot be read: {error}") from None
    samples = [sample for fragment in found.fragments for sample in fragment.samples]
    until_90k = media_of_wall(segment, fragments, at_us)
    shown = [sample for sample in samples if sample.pts_90k <= until_90k]
    if not shown:
        return None
    wanted = max(shown, key=lambda sample: sample.pts_90k)
    frame_us = wall_of_media(segment, fragments, wanted.pts_90k)
    if frame_us < not_before_us:
        return None
    position = samples.index(wanted)
    key = max((place for place in range(position + 1) if samples[place].key), default=0)
    # What is decoded after the wanted frame may be shown before it, but is not needed for it.
    picture = _decode(data, found.init.sets, samples[key : position + 1], wanted, frame_us)
    return _still(painted(picture, masks), frame_us, segment.span.start_us, position + 1)


def _decode(
    data: bytes, sets: PictureSets, run: Sequence[Sample], wanted: Sample, frame_us: int
) -> NDArray[np.uint8]:
    picture = None
    try:
        decoder = picture_decoder(sets)
        for sample in [*run, None]:
            packet = None
            if sample is not None:
                packet = av.Packet(data[sample.offset : sample.offset + sample.size_bytes])
                packet.pts, packet.dts = sample.pts_90k, sample.dts_90k
            for frame in decoder.decode(packet):
                if frame.pts == wanted.pts_90k:
                    picture = frame
    except (FFmpegError, MediaError) as error:
        raise NothingRecordedError(f"the picture at {utc_text(frame_us)} does not decode: {error}") from None
    if picture is None:
        raise NothingRecordedError(f"the picture at {utc_text(frame_us)} does not decode")
    return np.asarray(picture.to_ndarray(format="rgb24"), dtype=np.uint8)


def _still(rgb: NDArray[np.uint8], frame_us: int, segment_start_us: int, number: int) -> Still:
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, format="PNG")
    png = out.getvalue()
    return Still(
        png=png,
        frame_us=frame_us,
        sha256=sha256(png).hexdigest(),
        width_px=rgb.shape[1],
        height_px=rgb.shape[0],
        segment_start_us=segment_start_us,
        picture=number,
    )
