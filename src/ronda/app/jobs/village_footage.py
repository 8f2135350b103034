"""Delete arrived footage of village cameras when its days are over; held footage stays.

The hub's recorder keeps house for its own cameras alone. A clock that jumped deletes nothing from before the jump.
"""

from ronda.app.wiring import Wiring
from ronda.app.worker import Job
from ronda.core.ids import CameraId
from ronda.video.record.kernel_clock import ClockWatch
from ronda.video.retain.clock_doubt import ClockDoubt
from ronda.video.retain.rules import due_before_us
from ronda.video.retain.runner import remove_files

EVERY_S = 300.0
_STEP = 50


def village_footage(wiring: Wiring) -> Job:
    """The job."""
    kernel = ClockWatch()
    clock_doubt: ClockDoubt | None = None

    def run() -> None:
        nonlocal clock_doubt
        cameras = wiring.fleet.cameras()
        if not cameras:
            return
        for edge in {*cameras.values()}:
            wiring.fleet_desk.project(edge)  # what a kill between database and index left
        now, index = wiring.clock.now_us(), wiring.index
        clock_doubt = clock_doubt or ClockDoubt(index)
        doubt = clock_doubt.look(
            now_us=now,
            newest_us=index.last_end_us(),
            monotonic_us=wiring.clock.monotonic_us(),
            synchronised=kernel.is_synchronised(now),
        )
        after_us = -1 if doubt is None else doubt.from_us
        for camera in cameras:
            entry = wiring.register.camera(CameraId(camera))
            if entry is not None:
                before_us = due_before_us(now, entry.retention_days)
                while index.take_due(
                    camera=entry.camera, before_us=before_us, after_us=after_us, now_us=now, limit=_STEP
                ):
                    remove_files(index, wiring.folder.footage)

    return Job(name="village_footage", every_s=EVERY_S, run=run)
