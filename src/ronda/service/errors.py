"""What service measures refuse.

ServiceError
├── BadHoursError         opening hours that cannot be meant
├── BadServicePointError  zones, basis or purpose do not do
└── NoServicePointError   the camera is not registered for service measures
"""

from typing import ClassVar

from ronda.core.errors import RondaError


class ServiceError(RondaError):
    """Base of all errors of service measures."""


class BadHoursError(ServiceError):
    """Opening hours that cannot be meant; nothing was stored."""

    exit_status: ClassVar[int] = 64


class BadServicePointError(ServiceError):
    """An entry that lacks what the measure or the law needs; nothing was stored."""

    exit_status: ClassVar[int] = 64


class NoServicePointError(ServiceError):
    def __init__(self, camera: str) -> None:
        super().__init__(
            f"camera {camera[:63]!r} is not registered for service measures; it measures nothing. "
            "Next: register it with zones, hours and a legal basis"
        )
