"""Who is looking at a public camera now, counted and forgotten. Pure; the present comes in.

A viewer is an address that asked within WINDOW_US, kept as a salted digest in memory alone: enough to
keep a thin line from choking, and nothing to find a person by.
"""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US

WINDOW_US: Final = 30 * SECOND_US


@dataclass(slots=True)
class PublicViewers:
    """`salt` is made anew with each process."""

    salt: bytes
    _seen: dict[CameraId, dict[bytes, int]] = field(default_factory=dict)

    def admit(self, camera: CameraId, client: str, now_us: int, limit: int) -> bool:
        """Whether this client may look; one that looks already always may."""
        seen = self._seen.setdefault(camera, {})
        for name in [name for name, at_us in seen.items() if at_us < now_us - WINDOW_US]:
            del seen[name]
        name = blake2b(client.encode(), key=self.salt, digest_size=12).digest()
        if name not in seen and len(seen) >= limit:
            return False
        seen[name] = now_us
        return True
