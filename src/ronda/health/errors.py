"""What health refuses.

HealthError
├── NoSuchRepairError     no repair order of this id, or outside the own area
├── NotProvenError        a repair order cannot close: picture or recording does not pass
├── RepairChangedError    somebody else changed the order meanwhile
├── RepairStateError      the act does not follow from the order's state
└── ChannelError          a channel's settings cannot work
"""

from typing import ClassVar

from ronda.core.errors import RondaError
from ronda.health.model import Proof


class HealthError(RondaError):
    """Base of all errors of health."""


class NoSuchRepairError(HealthError):
    def __init__(self, repair_id: str) -> None:
        super().__init__(f"no repair order {repair_id[:40]!r}. Next: see the list of repair orders")


class NotProvenError(HealthError):
    """The order stays open; what fails is named."""

    def __init__(self, repair_id: str, failing: list[Proof]) -> None:
        told = "; ".join(f"{one.camera}: {one.what} ({one.measured})" for one in failing)
        super().__init__(
            f"repair order {repair_id} stays open: {told}. "
            "Next: mend it, wait for a minute of good recording, and try again"
        )


class RepairChangedError(HealthError):
    def __init__(self, repair_id: str) -> None:
        super().__init__(
            f"repair order {repair_id} was changed by somebody else meanwhile; nothing was stored. "
            "Next: load it again"
        )


class RepairStateError(HealthError):
    """The act does not follow from the state."""


class CauseRefusedError(HealthError):
    """A gap's cause cannot be named so; nothing was changed."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; nothing was changed. Next: name power, link, camera, disk, machine or person")


class NoSuchGapError(HealthError):
    def __init__(self, camera: str, from_us: int) -> None:
        super().__init__(
            f"camera {camera} has no gap that begins at {from_us}; nothing was changed. Next: load the list again"
        )


class ChannelError(HealthError):
    """Settings that cannot work; nothing was stored."""

    exit_status: ClassVar[int] = 64
