"""What the recorder is told: the register's cameras as `DATA/recorder/cameras.json`.

The recorder reads this one file and nothing else, so that it goes on without the database.
"""

import json
from collections.abc import Iterable

from ronda.app.data_folder import DataFolder, write_private
from ronda.registry.model import Camera, CameraState


def write_cameras(folder: DataFolder, cameras: Iterable[Camera]) -> None:
    """Replace the file in one step; mode 0600, since it holds the cameras' passwords."""
    rows = [
        {
            "camera": entry.camera,
            "url": entry.url,
            "sub_url": entry.sub_url,
            "retention_days": entry.retention_days,
            "priority": 0,
            "enabled": entry.off_reason is None,
            "off_reason": entry.off_reason,
        }
        for entry in cameras
        if entry.state is CameraState.IN_SERVICE  # planned: nothing there yet; retired: its past stays
    ]
    write_private(folder.recorder_cameras, json.dumps(rows, indent=1) + "\n")
