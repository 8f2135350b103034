"""Identifiers as types of their own, so that a site is never taken for a camera."""

import re
import secrets
from typing import NewType

from ronda.core.errors import WrongUsageError

CameraId = NewType("CameraId", str)
SiteId = NewType("SiteId", str)
AreaCode = NewType("AreaCode", str)
PersonId = NewType("PersonId", str)
CaseId = NewType("CaseId", str)
HoldId = NewType("HoldId", str)
SegmentId = NewType("SegmentId", int)

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def camera_id(text: str) -> CameraId:
    """Check that `text` can name a camera: it becomes a folder, a URL part and a metric label.

    Raises WrongUsageError for anything but 1-63 of a-z, 0-9 and inner hyphens.
    """
    if not _SLUG.fullmatch(text):
        raise WrongUsageError(
            f"camera name {text[:80]!r} is not usable: 1 to 63 of a-z, 0-9 and '-', not at the ends. "
            "Next: choose a name such as simpang-3-pasar"
        )
    return CameraId(text)


_SUB = "~sub"


def sub_stream(camera: CameraId) -> CameraId:
    """The name under which a camera's second stream is recorded. `camera_id` refuses it from outside,

    so that no address of the web ever leads to a sub stream past the rules of its camera.
    """
    return CameraId(f"{camera}{_SUB}")


def is_sub_stream(camera: CameraId) -> bool:
    """Whether this names a second stream: the first to go when the disk is full."""
    return camera.endswith(_SUB)


def new_id(prefix: str) -> str:
    """A short random id: `prefix-` and 10 letters and digits (50 bits)."""
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    return prefix + "-" + "".join(secrets.choice(alphabet) for _ in range(10))
