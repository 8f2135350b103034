"""What the recorder is told: the register's cameras as `DATA/recorder/cameras.json`.

The recorder reads this one file and nothing else, so that it goes on without the database.
"""

import json
from collections.abc import Collection, Iterable
from pathlib import Path

from ronda.app.data_folder import DataFolder, write_private
from ronda.registry.model import Camera, CameraState
from ronda.registry.purposes import importance


def write_edge_cameras(folder: DataFolder, at_edges: Collection[str], cameras: Iterable[Camera]) -> None:
    """Leave these cameras to the boxes that record them, and tell the recorder."""
    write_private(_at_edges(folder), json.dumps(sorted(at_edges)) + "\n")
    write_cameras(folder, cameras)


def _at_edges(folder: DataFolder) -> Path:
    return folder.recorder_cameras.with_name("at-edges.json")


def write_cameras(folder: DataFolder, cameras: Iterable[Camera]) -> None:
    """Replace the file in one step; mode 0600, since it holds the cameras' passwords."""
    at_edges = json.loads(_at_edges(folder).read_text()) if _at_edges(folder).exists() else ()
    rows = [
        {
            "camera": entry.camera,
            "url": entry.url,
            "sub_url": entry.sub_url,
            "record_sub": entry.record_sub,
            "transport": entry.transport,
            "retention_days": entry.retention_days,
            "priority": importance(entry.purpose_kind),
            "enabled": entry.off_reason is None,
            "off_reason": entry.off_reason,
        }
        for entry in cameras
        # planned: nothing there yet; retired: its past stays; at an edge: recorded in the village
        if entry.state is CameraState.IN_SERVICE and entry.camera not in at_edges
    ]
    write_private(folder.recorder_cameras, json.dumps(rows, indent=1) + "\n")
