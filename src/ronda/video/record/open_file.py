"""The open segment of a camera: its file, what its row began with, and what was not synced yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ronda.core.time import SECOND_US, TimeSpan
from ronda.video.model import ClockPair, Fragment, Segment, SegmentGrowth, SegmentState, SegmentWrite, disk_of
from ronda.video.record.muxer import Muxer
from ronda.video.record.segment_cut import OpenSegment
from ronda.video.record.segment_file import SegmentFile
from ronda.video.record.steady import Steady, SteadyRun, as_fragment

LAST_FRAME_US = SECOND_US // 4  # at most: a camera is connected again no sooner, so segments never overlap


@dataclass(slots=True, kw_only=True, eq=False)
class OpenFile:
    """See the module."""

    file: SegmentFile
    first_row: Segment
    cut: OpenSegment
    muxer: Muxer
    end_us: int
    steady: Steady | None = None
    end_90k: int = 0  # media time at the end of what is written
    key_at: int | None = None  # where the newest fragment that starts with a key frame begins
    last_arrival_us: int = 0  # monotonic, of the last frame
    sets: tuple[bytes, ...] = ()
    state: SegmentState = SegmentState.OPEN
    sha256: str | None = None
    durable_bytes: int = 0  # of the file, as the index knows it
    new_fragments: list[Fragment] = field(default_factory=list)
    new_clock: list[ClockPair] = field(default_factory=list)

    @property
    def segment(self) -> Segment:
        """The row as it stands."""
        return replace(
            self.first_row,
            span=TimeSpan(self.first_row.span.start_us, self.end_us),
            state=self.state,
            size_bytes=self.file.size_bytes,
            frames=self.cut.frames,
            sha256=self.sha256,
        )

    def grew(self, fragments: Sequence[Fragment], last_us: int, end_90k: int, arrival_us: int) -> None:
        """Fragments were appended to the file.

        last_us: arrival of the last frame; end_90k: media time at its end.
        """
        self.new_fragments += fragments
        last = fragments[-1]
        self.end_us = last_us + min(max(last.duration_90k * 100 // 9 // last.frames, 0), LAST_FRAME_US)
        self.end_90k, self.last_arrival_us = end_90k, arrival_us
        self.cut.frames += sum(one.frames for one in fragments)
        self.cut.size_bytes = self.file.size_bytes

    def take_over(self, run: SteadyRun, sets: tuple[bytes, ...]) -> None:
        """What `steady` appended to the file. sets: that all its blocks came with."""
        fragments = [as_fragment(row) for row in run.rows]
        self.file.take_over(fragments, run.reserved_bytes)
        for one in fragments:
            if one.key:
                self.key_at, self.sets = one.offset, sets
        self.new_clock += [ClockPair(arrival_us=at, ntp=ntp, rtp_90k=rtp) for at, ntp, rtp in run.reports]
        self.grew(fragments, run.rows[-1][1][0], run.end_90k, run.arrival_us)

    def pending(self) -> SegmentWrite:
        """The row as it stands, with what is new since `written`."""
        return SegmentWrite(
            segment=self.segment, new_fragments=tuple(self.new_fragments), new_clock=tuple(self.new_clock)
        )

    def growth(self) -> SegmentGrowth:
        """The same when the index knows the row already and only its length has changed."""
        grown, cut = self.file.size_bytes, self.cut
        return SegmentGrowth(
            self.first_row.segment_id, self.end_us, grown, cut.frames, self.new_fragments, self.new_clock
        )

    def written(self) -> None:
        """What was pending is durable."""
        self.new_fragments, self.new_clock = [], []
        self.durable_bytes = self.file.size_bytes


def on_disk(opened: OpenFile) -> int:
    return disk_of(opened.first_row.path)
