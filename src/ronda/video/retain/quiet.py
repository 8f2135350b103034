"""Look for quiet footage of the cameras with the shortest purpose, oldest first, each segment once.

Keeps how far each camera was judged, so that a disk that stays full does not read the same tables of fragments
again and again. Judges at most `AT_ONCE` segments a call; when none of them is quiet, the caller goes on with
the next step of the order, so that room is made in time.
"""

from collections.abc import Collection, Mapping

from ronda.core.ids import CameraId
from ronda.video.model import Segment
from ronda.video.ports import RecordingIndex
from ronda.video.retain.sacrifice import Level, Rank, is_quiet, level_of

AT_ONCE = 1000
_BATCH = 20
_SAMPLE = 60


class QuietFootage:
    """See the module. Used by the retention's thread alone."""

    def __init__(self, index: RecordingIndex) -> None:
        self._index = index
        self._judged_us: dict[CameraId, int] = {}
        self._levels: dict[CameraId, Level] = {}

    def next(self, ranks: Mapping[CameraId, Rank], disks: Collection[int], now_us: int) -> list[Segment]:
        """Some quiet segments, all of one camera; empty when none was found among those judged now."""
        shortest = min(ranks.values(), default=None)
        cameras = {camera for camera, rank in ranks.items() if rank == shortest}
        judged = 0
        while cameras and judged < AT_ONCE:
            camera = min(cameras, key=lambda one: (self._judged_us.get(one, 0), one))
            batch = self._index.oldest(
                camera=camera, disks=disks, after_us=self._judged_us.get(camera, 0), now_us=now_us, limit=_BATCH
            )
            if not batch:
                cameras.remove(camera)
                continue
            judged += len(batch)
            self._judged_us[camera] = batch[-1].span.end_us
            level = self._level(camera, disks, now_us)
            quiet = [one for one in batch if is_quiet(self._index.fragments(one.segment_id), level)]
            if quiet:
                return quiet
        return []

    def _level(self, camera: CameraId, disks: Collection[int], now_us: int) -> Level:
        """Judged once a camera and run, from its oldest footage."""
        level = self._levels.get(camera)
        if level is None or level.quiet_bytes is None:
            found = self._index.oldest(camera=camera, disks=disks, after_us=0, now_us=now_us, limit=_SAMPLE)
            level = level_of([self._index.fragments(one.segment_id) for one in found])
            self._levels[camera] = level
        return level
