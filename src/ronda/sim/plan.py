"""What a simulator is asked to be: cameras, clips at set times, faults at set times.

Read from JSON:
    {"cameras": [{"name": "simpang-3", "look": "simpang-3"}],
     "showings": [{"camera": "simpang-3", "clip": "theft", "at": "+60"}],
     "faults": [{"camera": "simpang-3", "kind": "drop", "at": "2026-11-18T02:10:00+08:00", "for_s": 41}]}
`at` is seconds after the start (`+60`) or an ISO 8601 time with its offset.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ronda.core.errors import WrongUsageError
from ronda.core.ids import CameraId, camera_id
from ronda.core.time import SECOND_US, parse_utc
from ronda.sim.errors import BadPlanError


class FaultKind(StrEnum):
    DROP = "drop"  # connections are cut; new ones are hung up on
    FREEZE = "freeze"  # the same picture goes on, frames and numbers too
    STOP = "stop"  # the camera is off: connections end, requests get 503
    STALL = "stall"  # connections stay open, no byte comes
    CLOCK = "clock"  # sender reports are off by `offset_s`; the mark keeps the truth


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualCamera:
    """One camera of the simulator."""

    name: CameraId
    number: int  # 1 or more, unique; in every mark
    look: str  # which clips it shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """A special clip on one camera, from the first key frame at or after `at_us`: once, or repeated."""

    camera: CameraId
    clip: str
    at_us: int
    for_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFault:
    camera: CameraId
    kind: FaultKind
    at_us: int
    for_s: float
    offset_s: float = 0.0  # for CLOCK alone


@dataclass(frozen=True, slots=True, kw_only=True)
class SimPlan:
    cameras: tuple[VirtualCamera, ...]
    showings: tuple[Showing, ...] = ()
    faults: tuple[PlannedFault, ...] = ()


def cameras_of(names_and_looks: Sequence[tuple[str, str]]) -> tuple[VirtualCamera, ...]:
    """Cameras numbered from 1 in order. Raises BadPlanError when a name comes twice."""
    names = [name for name, _ in names_and_looks]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadPlanError(f"camera {twice[0]} stands twice in the plan. Next: give each camera its own name")
    return tuple(
        VirtualCamera(name=camera_id(name), number=number, look=look)
        for number, (name, look) in enumerate(names_and_looks, 1)
    )


def load_plan(path: Path, *, start_us: int, cameras: tuple[VirtualCamera, ...]) -> SimPlan:
    """Read a plan file; `cameras` stand in when it names none. Raises BadPlanError saying what is wrong."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if facts.get("cameras"):
            cameras = cameras_of([(entry["name"], entry["look"]) for entry in facts["cameras"]])
        showings = [_showing(entry, start_us) for entry in facts.get("showings", [])]
        faults = [_fault(entry, start_us) for entry in facts.get("faults", [])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadPlanError(
            f"plan {path} cannot be used: {type(error).__name__}: {error}. "
            "Next: compare it with the example in `ronda sim --help`"
        ) from error
    known = {camera.name for camera in cameras}
    for name in [*(showing.camera for showing in showings), *(fault.camera for fault in faults)]:
        if name not in known:
            raise BadPlanError(f"plan {path} names camera {name}, which is not among its cameras")
    return SimPlan(cameras=cameras, showings=tuple(showings), faults=tuple(faults))


def _showing(entry: dict[str, Any], start_us: int) -> Showing:
    for_s = entry.get("for_s")
    return Showing(
        camera=camera_id(entry["camera"]),
        clip=entry["clip"],
        at_us=_at_us(entry["at"], start_us),
        for_us=None if for_s is None else round(float(for_s) * SECOND_US),
    )


def _fault(entry: dict[str, Any], start_us: int) -> PlannedFault:
    return PlannedFault(
        camera=camera_id(entry["camera"]),
        kind=FaultKind(entry["kind"]),
        at_us=_at_us(entry["at"], start_us),
        for_s=float(entry["for_s"]),
        offset_s=float(entry.get("offset_s", 0.0)),
    )


def _at_us(text: str, start_us: int) -> int:
    if text.startswith("+"):
        return start_us + round(float(text[1:]) * SECOND_US)
    try:
        return parse_utc(text)
    except WrongUsageError as error:
        raise ValueError(str(error)) from error
