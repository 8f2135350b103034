"""Fill a gap from the camera's own card or an older recorder's past: a best effort, verified, its origin marked.

1. The device's clock is measured; its recordings are searched; the gap is asked for on its own clock.
2. What comes is written as segments of its own, from a key frame on, dated by the device's clock corrected by the
   measured offset. Whole blocks that do not lie inside the gap are left out, so nothing overlaps.
3. Each file is synced, read again, hashed again, walked to its end, and its parameter sets must tell a picture.
4. One transaction: the segments, their origin, what is left of the gap, a note. It refuses when the gap has
   changed meanwhile or anything else lies there.
Invariant: a gap that a person wanted (switched off, planned) is never filled: what was not to be seen then is
not to be seen later. What fails leaves no row, and takes its files away.
"""

import asyncio
import contextlib
import hashlib
import shutil
from array import array
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import SECOND_US, Clock, TimeSpan, uncovered, utc
from ronda.media.errors import MediaError
from ronda.media.fmp4_init import read_init
from ronda.media.fmp4_read import scan
from ronda.media.onvif import recordings
from ronda.media.onvif.device import ClockOffset
from ronda.media.onvif.recordings import Recording
from ronda.media.rtsp_url import RtspUrl
from ronda.video.engine.port import Block
from ronda.video.errors import StorageError, VideoError
from ronda.video.model import Gap, GapCause, Origin, SegmentWrite
from ronda.video.onvif.camera import OnvifCamera
from ronda.video.onvif.errors import NotOfferedError
from ronda.video.onvif.replay import IDLE_S, fetch
from ronda.video.onvif.where import moved
from ronda.video.record.arrival import ArrivalClock
from ronda.video.record.camera_recorder import CameraRecorder
from ronda.video.record.hashing import PlainHashes
from ronda.video.record.ledger import Ledger
from ronda.video.record.open_file import OpenFile
from ronda.video.record.segment_file import SegmentFile

CARD = "camera-card"
FILLED = "The rest was filled from the camera's card"
MIN_FREE_SHARE = 0.1
SHORTEST_US = SECOND_US
LONGEST_US = 6 * 3600 * SECOND_US  # at a time; the rest is another gap
_WANTED = (GapCause.PERSON, GapCause.PLANNED_OFF)
_PAGES = 20


class Filling(Protocol):
    """The part of the recording index that takes fetched footage."""

    def fill(self, gap: Gap, writes: list[SegmentWrite], rest: list[Gap], origin: Origin) -> None:
        """All or nothing. Raises StorageError when the gap has changed or footage lies there."""
        ...


class FillRefusedError(VideoError):
    """This gap is not filled; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What came of one gap."""

    gap: Gap
    spans: tuple[TimeSpan, ...]
    frames: int
    clock: ClockOffset


def check_gap(gap: Gap, footage: Path) -> TimeSpan:
    """The stretch to ask for. Raises FillRefusedError."""
    if gap.cause in _WANTED:
        raise FillRefusedError(
            f"recording was switched off on purpose ({gap.cause.value}); "
            "what was not to be seen then is not fetched later"
        )
    if gap.end_us is None:
        raise FillRefusedError("the gap still lasts; it is filled once recording goes on")
    if gap.end_us - gap.start_us < SHORTEST_US:
        raise FillRefusedError("the gap is shorter than a second; no key frame lies in it for certain")
    usage = shutil.disk_usage(footage)
    if usage.free < MIN_FREE_SHARE * usage.total:
        raise FillRefusedError(f"less than {MIN_FREE_SHARE:.0%} of the disk is free; new footage comes first")
    return TimeSpan(gap.start_us, min(gap.end_us, gap.start_us + LONGEST_US))


def find_recordings(camera: OnvifCamera, span: TimeSpan) -> list[Recording]:
    """Recordings with video that may hold a part of `span` (the device's clock). Raises OnvifError."""
    search = camera.service("search")
    token = recordings.read_search_token(camera.ask(search, recordings.FIND_RECORDINGS))
    if not token:
        raise NotOfferedError("the device gives no search token for its recordings")
    found: list[Recording] = []
    for _ in range(_PAGES):
        page, done = recordings.read_results(camera.ask(search, recordings.results_request(token)))
        found += page
        if done:
            break
    return [one for one in found if one.video and (one.span is None or one.span.cut_to(span) is not None)]


def replay_address(camera: OnvifCamera, recording: Recording) -> str:
    """Where it is replayed, at the host that was asked. Raises NotOfferedError."""
    answer = camera.ask(camera.service("replay"), recordings.replay_request(recording.token))
    url = moved(answer.says("Uri")[:500], camera.place)
    if not url.startswith("rtsp"):
        raise NotOfferedError("the device gives no address for its replay")
    return url


async def fill_gap(
    gap: Gap,
    url: RtspUrl,
    clock: ClockOffset,
    *,
    footage: Path,
    index: Filling,
    training: bool = False,
    idle_s: float = IDLE_S,
) -> Filled:
    """Fetch, write, verify, enter. Raises FillRefusedError, StorageError, MediaError, OSError.

    url      of the replay
    clock    how far the device's clock is ahead of ours
    idle_s   silent for so long, it has given all
    """
    span = check_gap(gap, footage)
    desk = _Desk(gap.camera, footage, training)
    theirs = TimeSpan(span.start_us + clock.offset_us, span.end_us + clock.offset_us)
    try:
        async for block in fetch(url, theirs, idle_s=idle_s):
            desk.take(block, span, clock.offset_us)
        desk.recorder.end_session()
        writes = await asyncio.to_thread(desk.verified)
        if not writes:
            raise FillRefusedError("the device gave nothing that can be shown for this gap")
        spans = tuple(write.segment.span for write in writes)
        whole = TimeSpan(gap.start_us, gap.end_us or span.end_us)
        rest = [_rest(gap, left) for left in uncovered(whole, list(spans))]
        origin = Origin(kind=CARD, offset_us=clock.offset_us, uncertainty_us=clock.uncertainty_us)
        await asyncio.to_thread(index.fill, gap, writes, rest, origin)
    except BaseException:
        desk.remove()
        raise
    frames = sum(write.segment.frames for write in writes)
    return Filled(gap=gap, spans=spans, frames=frames, clock=clock)


def _rest(gap: Gap, left: TimeSpan) -> Gap:
    return replace(gap, start_us=left.start_us, end_us=left.end_us, evidence=f"{gap.evidence}. {FILLED}"[:500])


class _NoClock:
    """Times come with the frames; nobody asks what time it is."""

    def now_us(self) -> int:
        return 0

    def monotonic_us(self) -> int:
        return 0


class _Fetching(CameraRecorder):
    """Names its files so that a start of the recorder takes those without a row away: it adopts only its own."""

    def _create(self, start_us: int) -> tuple[SegmentFile, str]:
        at = utc(start_us)
        for step in range(100):
            path = f"{self.camera}/{at:%Y-%m-%d}/{at:%H}/{start_us + step}-card.mp4"
            with contextlib.suppress(FileExistsError):
                return self._file(self._folder / path), path
        raise OSError(f"100 fetched files named after {start_us} exist already in {self._folder / self.camera}")


class _Desk:
    """Writes fetched blocks as the recorder would, and proves the files afterwards."""

    def __init__(self, camera: CameraId, footage: Path, training: bool) -> None:
        self._footage = footage
        self._numbers = 0
        self._files: list[Path] = []  # of what was verified
        clock: Clock = _NoClock()
        self.recorder = _Fetching(
            camera,
            folder=footage,
            clock=ArrivalClock(clock),
            ledger=Ledger(camera, last_us=None, open_gap=None),
            next_id=self._next_id,
            training=training,
            hashes=PlainHashes(),
        )

    def _next_id(self) -> SegmentId:
        self._numbers += 1
        return SegmentId(self._numbers)  # the index gives the real ones

    def take(self, block: Block, span: TimeSpan, offset_us: int) -> None:
        at = [at_us - offset_us for at_us in block.arrivals_us]
        frame_us = (at[-1] - at[0]) // max(1, len(at) - 1) if len(at) > 1 else SECOND_US // 10
        if min(at) < span.start_us or max(at) + min(2 * frame_us, SECOND_US) > span.end_us:
            if self.recorder.open is not None:
                self.recorder.end_session()
            return
        self.recorder.take(replace(block, arrivals_us=array("q", at)))

    def verified(self) -> list[SegmentWrite]:
        """Sync, read again, compare. Raises StorageError when the disk gives back other bytes."""
        writes = []
        for opened in self.recorder.finished:
            opened.file.sync()
            opened.file.close()
            _verify(opened)
            writes.append(opened.pending())
        self._files = [opened.file.path for opened in self.recorder.finished]
        self.recorder.finished = []
        return writes

    def remove(self) -> None:
        """Take every file away that no row names."""
        with contextlib.suppress(OSError):
            self.recorder.abandon()
        for opened in self.recorder.finished:
            with contextlib.suppress(OSError):
                opened.file.close()
        for path in (*self._files, *(opened.file.path for opened in self.recorder.finished)):
            path.unlink(missing_ok=True)


def _verify(opened: OpenFile) -> None:
    data = opened.file.path.read_bytes()
    if hashlib.sha256(data).hexdigest() != opened.sha256:
        raise StorageError(f"{opened.file.path} does not read back as it was written; nothing was entered")
    try:
        facts, walked = read_init(data).sets.facts(), scan(data)
    except MediaError as fault:
        raise StorageError(f"{opened.file.path} cannot be read ({fault}); nothing was entered") from None
    frames = sum(len(fragment.samples) for fragment in walked.fragments)
    if not facts.width_px or not walked.closed or frames != opened.cut.frames:
        raise StorageError(f"{opened.file.path} holds {frames} frames of {opened.cut.frames}; nothing was entered")
