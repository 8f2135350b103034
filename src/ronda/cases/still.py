"""One picture out of a recording: the last frame shown at or before an instant, and its exact time.

Decodes from the key frame before it. The time is that of the frame, not the instant asked for: the
segment's start plus the frame's presentation time.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import av
from av.error import FFmpegError
from PIL import Image

from ronda.cases.errors import NothingRecordedError
from ronda.cases.ports import FootageFiles
from ronda.core.ids import CameraId
from ronda.core.time import utc_text
from ronda.media.errors import MediaError
from ronda.media.fmp4_read import Sample, scan
from ronda.video.model import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A PNG, the instant of its frame (UTC microseconds), and the SHA-256 of the PNG in hex."""

    png: bytes
    frame_us: int
    sha256: str
    width_px: int
    height_px: int


def take_still(
    footage: FootageFiles, camera: CameraId, segments: Sequence[Segment], at_us: int, not_before_us: int
) -> Still:
    """The frame at or before `at_us`, from segments of one camera in order.

    not_before_us  start of what may be looked at; an earlier frame is not shown
    Raises NothingRecordedError when there is none.
    """
    for segment in reversed([one for one in segments if one.span.start_us <= at_us]):
        data = footage.path(segment.path).read_bytes()
        picture = _from_segment(data, segment, at_us, not_before_us)
        if picture is not None:
            return picture
    raise NothingRecordedError(
        f"camera {camera} has no picture at or before {utc_text(at_us)} within the scope. "
        "Next: choose a recorded moment on the timeline"
    )


def _from_segment(data: bytes, segment: Segment, at_us: int, not_before_us: int) -> Still | None:
    try:
        found = scan(data)
    except MediaError as error:
        raise NothingRecordedError(f"{segment.path} cannot be read: {error}") from None
    samples = [sample for fragment in found.fragments for sample in fragment.samples]
    shown = [s for s in samples if not_before_us <= _instant(segment, s) <= at_us]
    if not shown:
        return None
    wanted = max(shown, key=lambda sample: sample.pts_90k)
    position = samples.index(wanted)
    key = max((i for i in range(position + 1) if samples[i].key), default=0)
    # Frames that are decoded after the wanted one may be shown before it; they are not needed for it.
    run = samples[key : position + 1]
    return _decode(data, found.init.sets.avcc(), run, wanted, _instant(segment, wanted))


def _instant(segment: Segment, sample: Sample) -> int:
    return segment.span.start_us + sample.pts_90k * 100 // 9


def _decode(data: bytes, avcc: bytes, run: Sequence[Sample], wanted: Sample, frame_us: int) -> Still:
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = avcc
    picture = None
    try:
        for sample in [*run, None]:
            packet = None
            if sample is not None:
                packet = av.Packet(data[sample.offset : sample.offset + sample.size_bytes])
                packet.pts, packet.dts = sample.pts_90k, sample.dts_90k
            for frame in decoder.decode(packet):
                if frame.pts == wanted.pts_90k:
                    picture = frame
    except FFmpegError as error:
        raise NothingRecordedError(f"the picture at {utc_text(frame_us)} does not decode: {error}") from None
    if picture is None:
        raise NothingRecordedError(f"the picture at {utc_text(frame_us)} does not decode")
    out = io.BytesIO()
    Image.fromarray(picture.to_ndarray(format="rgb24")).save(out, format="PNG")
    png = out.getvalue()
    return Still(
        png=png,
        frame_us=frame_us,
        sha256=sha256(png).hexdigest(),
        width_px=picture.width,
        height_px=picture.height,
    )
