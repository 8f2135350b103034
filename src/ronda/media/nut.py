"""The two sentences of the NUT protocol that tell whether a UPS runs on its battery. Bytes in, a value out.

Decides what an answer of `upsd` means; asks nobody (`ronda.video.ups_watch` does). Anything that is not plainly
"on line" or "on battery" is None: an honest unknown, whatever the daemon says.
Why not the client library: one line of text is asked, one is read.
"""

import re
from dataclasses import dataclass
from typing import Final

from ronda.core.errors import WrongUsageError

PORT: Final = 3493
MAX_LINE_BYTES: Final = 1024
_NAME: Final = re.compile(
    r"([A-Za-z0-9._-]{1,64})@([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?"
)
_ANSWER: Final = re.compile(r'VAR ([A-Za-z0-9._-]{1,64}) ups\.status "((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsName:
    """A UPS as NUT names it: `ups@host`, with a port where it is not 3493."""

    ups: str
    host: str
    port: int = PORT

    def __str__(self) -> str:
        return f"{self.ups}@{self.host}" if self.port == PORT else f"{self.ups}@{self.host}:{self.port}"


def read_ups_name(text: str) -> UpsName:
    """Raises WrongUsageError."""
    found = _NAME.fullmatch(text.strip())
    port = int(found[3] or PORT) if found else 0
    if found is None or not 0 < port < 65536:
        raise WrongUsageError(f"{text[:80]!r} names no UPS. Next: write it as NUT does, such as ups@127.0.0.1")
    return UpsName(ups=found[1], host=found[2].strip("[]"), port=port)


def status_question(name: UpsName) -> bytes:
    return f"GET VAR {name.ups} ups.status\n".encode("ascii")


def on_battery(line: bytes, name: UpsName) -> bool | None:
    """What one line of the answer says: True on battery, False on line, None where it says neither."""
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        found = _ANSWER.fullmatch(line.decode("ascii").strip())
    except UnicodeDecodeError:
        return None
    if found is None or found[1] != name.ups:
        return None
    words = set(found[2].split())
    battery, mains = "OB" in words, "OL" in words
    return battery if battery != mains else None
