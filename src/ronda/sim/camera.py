"""One virtual camera while it runs: its place in the schedule, its faults, and who watches it.

Frames are numbered by the clock whether or not somebody watches; a frame that nobody gets was still
taken. The camera knows no socket: a `Watcher` is told about each frame and decides what to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ronda.sim.feed import ReadyUnit, Reel
from ronda.sim.plan import FaultKind, PlannedFault, VirtualCamera
from ronda.sim.schedule import FROZEN, GOP_FRAMES, Schedule, Slot
from ronda.sim.sei import VALUE_BYTES, Mark, values
from ronda.sim.truth import TruthFile

MAIN, SUB = 0, 1
_SECOND_US = 1_000_000


class Watcher(Protocol):
    """A connection that plays one stream of the camera."""

    stream: int

    def take(self, unit: ReadyUnit, data: bytearray, frame: int) -> None:
        """A frame, its mark patched; `data` may be patched further and is not kept."""
        ...

    def miss(self, frame: int, why: str) -> None:
        """A frame that does not reach this connection because of a fault."""
        ...

    def cut(self) -> None:
        """Close the connection at once."""
        ...


@dataclass(slots=True, kw_only=True)
class ActiveFault:
    kind: FaultKind
    from_us: int
    to_us: int
    offset_us: int


class RunningCamera:
    """State of one camera. All methods are called from one thread."""

    def __init__(
        self, camera: VirtualCamera, reels: Mapping[int, Reel], schedule: Schedule, truth: TruthFile
    ) -> None:
        self.camera = camera
        self.reels = reels
        self.schedule = schedule
        self.watchers: set[Watcher] = set()
        self._truth = truth
        self._faults: list[ActiveFault] = []
        self._slot: Slot = schedule.slot(0)
        self._slot_gop: int | None = None
        self._told_run: tuple[str, int] | None = None

    def send(self, frame: int, now_us: int) -> None:
        """Give frame `frame` to everybody who watches."""
        gop, into = divmod(frame, GOP_FRAMES)
        if gop != self._slot_gop:
            self._slot, self._slot_gop = self.schedule.slot(gop), gop
        slot = self._slot
        if self.has_fault(FaultKind.STALL, now_us):
            for watcher in self.watchers:
                watcher.miss(frame, "stall")
            return
        at_us = self.schedule.due_us(frame)
        for stream, reel in self.reels.items():
            watchers = [watcher for watcher in self.watchers if watcher.stream == stream]
            if not watchers:
                continue
            unit = reel.units[slot.clip][slot.gop_in_clip * GOP_FRAMES + into]
            data = bytearray(unit.packets.data)
            mark = Mark(camera=self.camera.number, stream=stream, frame=frame, at_us=at_us)
            data[unit.mark_at : unit.mark_at + VALUE_BYTES] = values(mark)
            for watcher in watchers:
                watcher.take(unit, data, frame)

    def has_fault(self, kind: FaultKind, now_us: int) -> bool:
        return any(fault.kind is kind and fault.from_us <= now_us < fault.to_us for fault in self._faults)

    def clock_offset_us(self, now_us: int) -> int:
        """How wrong the camera's sender reports are now."""
        return sum(
            fault.offset_us
            for fault in self._faults
            if fault.kind is FaultKind.CLOCK and fault.from_us <= now_us < fault.to_us
        )

    def begin_fault(self, fault: PlannedFault, now_us: int) -> None:
        """Start a fault now, for `fault.for_s` seconds, and write it down."""
        to_us = now_us + round(fault.for_s * _SECOND_US)
        if fault.kind is FaultKind.FREEZE:
            self.show(FROZEN, now_us, for_us=to_us - now_us)
        active = ActiveFault(
            kind=fault.kind, from_us=now_us, to_us=to_us, offset_us=round(fault.offset_s * _SECOND_US)
        )
        self._faults.append(active)
        self._truth.write(
            "fault",
            camera=self.camera.name,
            fault=fault.kind.value,
            from_us=now_us,
            to_us=to_us,
            first_frame=self.schedule.first_frame_from(now_us),
            end_frame=self.schedule.first_frame_from(to_us),
            offset_s=fault.offset_s,
        )
        if fault.kind in (FaultKind.DROP, FaultKind.STOP):
            for watcher in tuple(self.watchers):
                watcher.cut()

    def show(self, clip: str, at_us: int, *, for_us: int | None = None) -> None:
        """Put a clip into the schedule. Raises BadPlanError for a clip the look does not have."""
        self.schedule = self.schedule.with_clip(clip, at_us, for_us=for_us)
        self._slot_gop = None

    def end_faults(self, now_us: int) -> None:
        """Write down faults that are over."""
        over = [fault for fault in self._faults if fault.to_us <= now_us]
        for fault in over:
            self._truth.write(
                "fault",
                camera=self.camera.name,
                fault=fault.kind.value,
                from_us=fault.from_us,
                ended_us=fault.to_us,
            )
        self._faults = [fault for fault in self._faults if fault.to_us > now_us]

    def tell_clip(self, now_us: int) -> None:
        """Write down the run of a clip that shows now, once."""
        if now_us < self.schedule.epoch_us:
            return  # its first picture is not taken yet
        gop = self.schedule.frame_at(now_us) // GOP_FRAMES
        slot = self.schedule.slot(gop)
        run = (slot.clip, slot.run_first_gop)
        if self._told_run == run or (self._told_run and self._told_run[0] == slot.clip and slot.clip == "quiet"):
            return
        self._told_run = run
        clip = self.reels[MAIN].clips[slot.clip]
        first = slot.run_first_gop * GOP_FRAMES
        self._truth.write(
            "clip",
            camera=self.camera.name,
            scene=clip.scene,
            clip=clip.name,
            first_frame=first,
            from_us=self.schedule.due_us(first),
            seen=[
                {
                    "actor": sighting.actor,
                    "what": sighting.what,
                    "from_us": self.schedule.due_us(first + sighting.first_frame),
                    "to_us": self.schedule.due_us(first + sighting.end_frame),
                }
                for sighting in clip.sightings
            ],
        )
