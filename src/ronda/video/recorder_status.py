"""What the recorder says of itself: values, and how they travel as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ronda.core.ids import CameraId


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStatus:
    """One camera now.

    state              recording, connecting, silent, failed, off
    since_us           UTC, when this state began
    clock_offset_us    the camera's clock minus ours, by its last sender report; None: it sends none
    """

    state: str
    since_us: int
    last_frame_us: int | None = None
    kbit_s: float | None = None
    fps: float | None = None
    codec: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    clock_offset_us: int | None = None
    last_error: str | None = None
    frames: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskStatus:
    """The footage disk. Bytes are None while it cannot be asked."""

    free_bytes: int | None = None
    used_bytes: int | None = None
    days_left: float | None = None
    days_kept: float | None = None
    warnings: tuple[str, ...] = ()
    fault: str | None = None
    damaged: int = 0  # closed segments that are not what was written
    disks_out: int = 0  # of several disks, those that take no data
    first_loss_us: int | None = None  # when footage goes before its time, by the loads of now
    clock_doubt: str | None = None  # the clock jumped, so what was recorded before does not go by age


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderStatus:
    engine: str
    started_us: int
    clock_ahead_us: int  # arrival times minus the machine's clock: 0 but after a step back
    dropped_frames: int
    disk: DiskStatus
    cameras: Mapping[CameraId, CameraStatus] = field(default_factory=dict)
    power_lost: bool | None = None  # True: on battery; None: nothing tells of the mains


def status_to_json(status: RecorderStatus) -> dict[str, Any]:
    return asdict(status)


def status_from_json(data: Mapping[str, Any]) -> RecorderStatus:
    """The inverse of `status_to_json`. Raises KeyError or TypeError for anything else."""
    disk = dict(data["disk"])
    disk["warnings"] = tuple(disk["warnings"])
    cameras = {CameraId(name): CameraStatus(**values) for name, values in data["cameras"].items()}
    rest = {key: value for key, value in data.items() if key not in ("disk", "cameras")}
    return RecorderStatus(disk=DiskStatus(**disk), cameras=cameras, **rest)
