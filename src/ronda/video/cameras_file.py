"""Read what the recorder is told: the list of cameras in `DATA/recorder/cameras.json`.

The recorder reads this one file and nothing else. A broken entry is refused with a sentence and the
others are recorded; a broken file leaves what was read before.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ronda.core.errors import WrongUsageError
from ronda.core.ids import CameraId, camera_id, sub_stream
from ronda.media.rtsp_transport import Transport
from ronda.video.errors import VideoError

DEFAULT_RETENTION_DAYS = 30
BELOW_EVERY_MAIN = 1_000_000  # of second streams: the order of sacrifice begins with them


class CamerasFileError(VideoError):
    """The list of cameras cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraConfig:
    """One camera as the register wants it recorded."""

    camera: CameraId
    url: str = field(repr=False)  # holds the password
    sub_url: str | None = field(default=None, repr=False)
    retention_days: int = DEFAULT_RETENTION_DAYS
    priority: int = 0  # higher is kept longer when the disk cannot follow
    enabled: bool = True
    off_reason: str | None = None
    transport: Transport = Transport.AUTO
    sound: bool = False  # only where the register gives a legal ground for sound
    record_sub: bool = False  # the sub stream is kept, too
    tls_goes_on: bool = False  # a changed certificate alarms, but the camera is recorded on

    @property
    def line(self) -> tuple[object, ...]:
        """What a connection is opened with: when it changes, the camera is connected anew."""
        return self.url, self.transport, self.sound, self.tls_goes_on


def with_sub_streams(configs: Iterable[CameraConfig]) -> Iterator[CameraConfig]:
    """The cameras, and each second stream that is kept as one more: silent, and dropped before others."""
    for config in configs:
        yield config
        if config.record_sub and config.sub_url:
            yield replace(
                config,
                camera=sub_stream(config.camera),
                url=config.sub_url,
                sub_url=None,
                priority=config.priority - BELOW_EVERY_MAIN,
                sound=False,
                record_sub=False,
            )


def read_cameras(path: Path) -> tuple[list[CameraConfig], list[str]]:
    """The cameras, and a sentence for each entry that was refused. Raises CamerasFileError."""
    try:
        rows = json.loads(path.read_text())
    except FileNotFoundError:
        return [], []
    except (OSError, ValueError) as fault:
        raise CamerasFileError(
            f"the list of cameras {path} cannot be read ({fault}); the cameras known before are recorded on. "
            "Next: write the list again from the register"
        ) from fault
    if not isinstance(rows, list):
        raise CamerasFileError(f"the list of cameras {path} is no list; the cameras known before are recorded on")
    cameras: dict[CameraId, CameraConfig] = {}
    refused: list[str] = []
    for row in rows:
        try:
            config = _read_row(row)
            cameras[config.camera] = config
        except (KeyError, TypeError, ValueError, WrongUsageError) as fault:
            refused.append(f"an entry of {path} is left out: {fault}")
    return list(cameras.values()), refused


def _read_row(row: object) -> CameraConfig:
    if not isinstance(row, dict):
        raise TypeError("it is no object")
    sub_url = row.get("sub_url")
    off_reason = row.get("off_reason")
    return CameraConfig(
        camera=camera_id(str(row["camera"])),
        url=str(row["url"]),
        sub_url=str(sub_url) if sub_url else None,
        retention_days=max(0, int(row.get("retention_days", DEFAULT_RETENTION_DAYS))),
        priority=int(row.get("priority", 0)),
        enabled=bool(row.get("enabled", True)),
        off_reason=str(off_reason) if off_reason else None,
        transport=Transport(str(row.get("transport", "auto"))),
        sound=row.get("sound") is True,
        record_sub=row.get("record_sub") is True,
        tls_goes_on=row.get("tls_goes_on") is True,
    )
