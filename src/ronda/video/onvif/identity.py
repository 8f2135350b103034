"""Whether the device at a camera's address is the one that was registered there. Pure.

Judged by the serial number alone: maker and firmware change with an update, addresses with a switch. A device
that names no serial number is neither right nor wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Judgement(StrEnum):
    SAME = "same"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What is known of the device of one camera.

    serial  of the device that was registered, or confirmed since
    other   of another one that answered there and waits for a person; "" when there is none
    """

    serial: str
    other: str = ""


def judge(known: Identity, seen_serial: str) -> Judgement:
    said = _bare(seen_serial)
    if not said or not _bare(known.serial):
        return Judgement.UNKNOWN
    return Judgement.SAME if said == _bare(known.serial) else Judgement.OTHER


def swapped_with(known: Mapping[str, Identity], seen_serial: str) -> str | None:
    """The other camera that this device was registered as, if it was."""
    said = _bare(seen_serial)
    return next((camera for camera, one in known.items() if said and _bare(one.serial) == said), None)


def _bare(serial: str) -> str:
    """Makers write the same number with and without dashes, in either case."""
    return "".join(letter for letter in serial.casefold() if letter.isalnum())
