"""Remember the certificate that each camera showed first, beside the recorder.

Cameras make their own certificates, so no authority can vouch for them: what counts is that it is the
same as before (N79). A changed one is an alarm; the pinned one stays until a person takes it out of
the file. One small JSON file, replaced in one step, readable by its owner only.
"""

import json
import os
from enum import Enum
from pathlib import Path

PINS_NAME = ".tls-pins.json"


class PinsBrokenError(OSError):
    """The list of pinned certificates cannot be read: no camera over TLS is opened until it can be."""


class Shown(Enum):
    """What a certificate is to the one that is pinned."""

    FIRST = "first"
    SAME = "same"
    CHANGED = "changed"


class Pins:
    """Without a path the pins last as long as the recorder.

    The file is read when the first camera over TLS is opened, so that a broken one harms no other.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: dict[str, str] | None = None

    def check(self, place: str, sha256: str) -> Shown:
        """Hold the certificate of host:port against the pinned one; the first is pinned.

        Raises PinsBrokenError, or OSError when it cannot be kept.
        """
        if self._known is None:
            self._known = _read(self._path) if self._path is not None else {}
        known = self._known.get(place)
        if known is not None:
            return Shown.SAME if known == sha256 else Shown.CHANGED
        self._known[place] = sha256
        if self._path is not None:
            _write(self._path, self._known)
        return Shown.FIRST


def _read(path: Path) -> dict[str, str]:
    """A missing file pins nothing yet. A broken one is refused: pinning anew would hide a change."""
    if not path.exists():
        return {}
    try:
        known = json.loads(path.read_text())
    except ValueError:
        known = None
    if not isinstance(known, dict) or not all(isinstance(value, str) for value in known.values()):
        raise PinsBrokenError(
            f"{path} holds no list of certificates; cameras over TLS are not opened. "
            "Next: restore it, or remove it to pin anew"
        )
    return known


def _write(path: Path, known: dict[str, str]) -> None:
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(known, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
