"""Which cameras sign their stream: DATA/recorder/signing.json, written whole or not at all, by the worker alone.

Kept beside identities.json: a package needs it as it was, and no database. Each camera has the moments at which its
state changed, the newest last, at most MAX_CHANGES.
"""

import json
import os
from collections.abc import Mapping, Sequence

from ronda.app.data_folder import DataFolder
from ronda.evidence.camera_signing.intake import Seen, read_seen

NAME = "signing.json"
MAX_CHANGES = 500


def read_signing(folder: DataFolder) -> dict[str, tuple[Seen, ...]]:
    """Empty when nothing was seen, or the file cannot be read: then nothing is claimed of any camera."""
    try:
        rows = json.loads((folder.recorder_cameras.parent / NAME).read_text())
        return {str(camera): read_seen(seen) for camera, seen in rows.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write_signing(folder: DataFolder, known: Mapping[str, Sequence[Seen]]) -> None:
    path = folder.recorder_cameras.parent / NAME
    path.parent.mkdir(mode=0o700, exist_ok=True)
    rows = {camera: [one.document() for one in seen[-MAX_CHANGES:]] for camera, seen in sorted(known.items())}
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    scratch.chmod(0o600)
    os.replace(scratch, path)
