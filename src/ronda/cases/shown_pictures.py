"""Every picture of one camera within a span, decoded, in the order in which it was shown.

From the recorded originals; a picture's time follows the rule of the player (`ronda.video.playback`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import av
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from ronda.cases.decoder import picture_decoder
from ronda.cases.errors import NothingRecordedError, RedactionError
from ronda.cases.ports import FootageFiles
from ronda.core.time import TimeSpan, utc_text
from ronda.media.errors import MediaError
from ronda.media.fmp4_read import Sample, Scan, scan
from ronda.video.model import Fragment, Segment
from ronda.video.playback import wall_of_media
from ronda.video.ports import RecordingReader

Chosen = Callable[[list[Sample]], list[Sample]]  # which samples of a segment are decoded


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture and when it was shown, UTC microseconds."""

    frame: VideoFrame
    at_us: int

    def grey(self) -> NDArray[np.uint8]:
        """Brightness, (height, width)."""
        return np.asarray(self.frame.to_ndarray(format="gray"), dtype=np.uint8)

    def rgb(self) -> NDArray[np.uint8]:
        """(height, width, 3)."""
        return np.asarray(self.frame.to_ndarray(format="rgb24"), dtype=np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Originals:
    """Segments of one camera in order of time, and where their bytes lie."""

    footage: FootageFiles
    recordings: RecordingReader
    segments: Sequence[Segment]
    span: TimeSpan

    def pictures(self) -> Iterator[Shown]:
        """All of them. Raises NothingRecordedError for an unreadable file, RedactionError for a second size."""
        yield from self._walk(lambda samples: samples)

    def cause_of(self, gap: TimeSpan) -> str:
        """What the ledger says of an interruption: the cause of most of it, or `unknown`."""
        rows = self.recordings.gaps(self.segments[0].camera, gap)
        lengths = {row.cause.value: (row.end_us or gap.end_us) - row.start_us for row in rows}
        return max(lengths, key=lambda cause: lengths[cause], default="unknown")

    def key_pictures(self, most: int) -> Iterator[Shown]:
        """Key pictures alone, spread over the span: at most about `most`."""
        a_segment = max(1, -(-most // max(1, len(self.segments))))
        step = max(1, len(self.segments) // most)

        def some(samples: list[Sample]) -> list[Sample]:
            keys = [sample for sample in samples if sample.key]
            return keys[:: max(1, len(keys) // a_segment)]

        yield from self._walk(some, step)

    def _walk(self, chosen: Chosen, step: int = 1) -> Iterator[Shown]:
        size: tuple[int, int] | None = None
        for segment in self.segments[::step]:
            for shown in self._of(segment, chosen):
                now = (shown.frame.width, shown.frame.height)
                if size is not None and now != size:
                    raise RedactionError(
                        f"{segment.camera} changed its picture from {size[0]}x{size[1]} to {now[0]}x{now[1]} at "
                        f"{utc_text(shown.at_us)}; no copy was made. Next: make one copy before and one after it"
                    )
                size = now
                yield shown

    def _of(self, segment: Segment, chosen: Chosen) -> Iterator[Shown]:
        fragments = self.recordings.fragments(segment.segment_id)
        data = self.footage.path(segment.path).read_bytes()
        try:
            found = scan(data)
            yield from self._decoded(data, found, segment, fragments, chosen)
        except (MediaError, FFmpegError) as error:
            raise NothingRecordedError(f"{segment.path} cannot be read: {error}. Next: run `ronda check`") from None

    def _decoded(
        self, data: bytes, found: Scan, segment: Segment, fragments: Sequence[Fragment], chosen: Chosen
    ) -> Iterator[Shown]:
        samples = _needed([one for part in found.fragments for one in part.samples], segment, fragments, self.span)
        decoder = picture_decoder(found.init.sets)
        for sample in [*chosen(samples), None]:
            packet = None
            if sample is not None:
                packet = av.Packet(data[sample.offset : sample.offset + sample.size_bytes])
                packet.pts, packet.dts = sample.pts_90k, sample.dts_90k
            for frame in decoder.decode(packet):
                at_us = wall_of_media(segment, fragments, frame.pts or 0)
                if self.span.contains(at_us):
                    yield Shown(frame, at_us)


def _needed(samples: list[Sample], segment: Segment, fragments: Sequence[Fragment], span: TimeSpan) -> list[Sample]:
    """From the key picture before the span's start to a little after its end."""
    first, last = 0, len(samples)
    for number, sample in enumerate(samples):
        if not sample.key:
            continue
        at_us = wall_of_media(segment, fragments, sample.pts_90k)
        if at_us <= span.start_us:
            first = number
        if at_us >= span.end_us:
            last = min(last, number + 1)
    return samples[first:last]
