"""Join what cameras say of being tampered with into stretches: since when, until when. Pure.

Decides nothing about the camera: a hint of its own firmware, right or wrong, that somebody should look at it.
Invariant: only hints of kind `tamper` come in here. Movement is about people and stays inside an approved case.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ronda.core.ids import CameraId
from ronda.video.model import CameraHint

KIND = "tamper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tampering:
    """`until_us` None: the camera has not said that it is over."""

    camera: CameraId
    since_us: int
    until_us: int | None


def tamperings(hints: Iterable[tuple[CameraId, CameraHint]]) -> list[Tampering]:
    """Stretches, newest first. hints: in order of time; an end without a beginning says nothing."""
    open_since: dict[CameraId, int] = {}
    found: list[Tampering] = []
    for camera, hint in hints:
        if hint.kind != KIND:
            continue
        if hint.on:
            open_since.setdefault(camera, hint.at_us)
        elif camera in open_since:
            found.append(Tampering(camera=camera, since_us=open_since.pop(camera), until_us=hint.at_us))
    found += [Tampering(camera=camera, since_us=since_us, until_us=None) for camera, since_us in open_since.items()]
    return sorted(found, key=lambda one: (one.until_us is None, one.since_us), reverse=True)
