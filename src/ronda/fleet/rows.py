"""What an edge may say about the recording index: its own cameras, in our form, and no path of its own.

The hub writes these rows beside its own, so nothing in them is believed: names, numbers and states are
checked, and a file's path must be the one that camera and start give.
"""

import json
import re
from collections.abc import Collection
from typing import Any

from ronda.fleet.errors import PoisonBatchError
from ronda.fleet.model import Row, RowKind

_STATES = frozenset({"open", "closed", "repaired", "deleted", "history"})
_LARGEST = 2**62
_SEGMENT_NUMBERS = ("start_us", "end_us", "size", "frames", "width", "height", "init", "training")


def check_row(row: Row, cameras: Collection[str]) -> None:
    """Raise PoisonBatchError unless the row can stand in the hub's index."""
    body = json.loads(row.body)
    if row.kind == RowKind.NOTE:
        _text(body, "kind", 100, row)
        _text(body, "text", 8000, row)
        return
    camera = _text(body, "camera", 63, row)
    if camera not in cameras:
        raise PoisonBatchError(f"row {row.seq} speaks of camera {camera!r}, which this edge does not record")
    if row.kind == RowKind.SEGMENT:
        _check_segment(body, camera, row)
    else:
        _number(body, "start_us", row)
        if body.get("end_us") is not None:
            _number(body, "end_us", row)
        _text(body, "cause", 40, row)
        _text(body, "evidence", 4000, row)
        _number(body, "training", row)


def _check_segment(body: dict[str, Any], camera: str, row: Row) -> None:
    for name in _SEGMENT_NUMBERS:
        _number(body, name, row)
    state, path, sha256 = _text(body, "state", 20, row), _text(body, "path", 300, row), body.get("sha256")
    _text(body, "codec", 60, row)
    if state not in _STATES:
        raise PoisonBatchError(f"row {row.seq} names a state {state!r} that there is not")
    if sha256 is not None and not (isinstance(sha256, str) and re.fullmatch(r"[0-9a-f]{64}", sha256)):
        raise PoisonBatchError(f"row {row.seq} has a SHA-256 that is none")
    form = rf"{re.escape(camera)}/\d{{4}}-\d\d-\d\d/\d\d/{body['start_us']}\.mp4"
    if state != "history" and not re.fullmatch(form, path):
        raise PoisonBatchError(f"row {row.seq} names a path {path[:80]!r} that is not its segment's")


def _text(body: dict[str, Any], name: str, longest: int, row: Row) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > longest:
        raise PoisonBatchError(f"row {row.seq} lacks its text {name!r}")
    return value


def _number(body: dict[str, Any], name: str, row: Row) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST:
        raise PoisonBatchError(f"row {row.seq} lacks its number {name!r}")
    return value
