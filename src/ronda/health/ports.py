"""What health needs from outside. Implemented in `ronda.store.sql.health` and `ronda.store.disk.index`."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.health.ledger import Account
from ronda.health.model import Channel, Delivery, Incident, PictureCheck, Repair
from ronda.video.model import Gap


class Recordings(Protocol):
    """The recording index, as far as health reads it."""

    def recorded(self, camera: CameraId, span: TimeSpan) -> list[TimeSpan]: ...

    def was_recorded(self, camera: CameraId, span: TimeSpan) -> list[TimeSpan]:
        """With what retention has deleted since."""
        ...

    def gaps(self, camera: CameraId, span: TimeSpan) -> list[Gap]: ...

    def open_gap(self, camera: CameraId) -> Gap | None: ...

    def last_end_us(self, camera: CameraId | None = None) -> int | None:
        """Where the recorded time of the camera ends."""
        ...

    def first_us(self, camera: CameraId) -> int | None:
        """Where the camera's account begins: its first footage or gap row."""
        ...


class LedgerStore(Protocol):
    """Settled days of the ledger."""

    def settled(self, days: Sequence[str]) -> dict[str, dict[CameraId, Account]]:
        """By day; a day that was never settled is not there."""
        ...

    def settle(self, day: str, accounts: Mapping[CameraId, Account]) -> None:
        """Replace the day."""
        ...

    def unsettle(self, from_day: str) -> None:
        """Forget the day and every later one; they are settled again at the next turn."""
        ...


class IncidentStore(Protocol):
    """Faults and what is still to be told of them."""

    def open_incidents(self) -> list[Incident]: ...

    def incidents(self, span: TimeSpan) -> list[Incident]: ...

    def save_incident(self, incident: Incident, deliveries: Sequence[Delivery]) -> None:
        """The incident and its messages, in one transaction; a message that is there already stays as it is."""
        ...


class RepairStore(Protocol):
    def add(self, repair: Repair) -> None: ...

    def save(self, repair: Repair) -> Repair:
        """The next revision. Raises RepairChangedError unless the stored one is `repair.revision`."""
        ...

    def get(self, repair_id: str) -> Repair | None: ...

    def all(self) -> list[Repair]: ...


class PictureStore(Protocol):
    """The latest verdict of each camera; never a picture."""

    def pictures(self) -> dict[CameraId, PictureCheck]: ...

    def put_picture(self, check: PictureCheck) -> None: ...


class ChannelStore(Protocol):
    def channels(self) -> list[Channel]: ...

    def put_channel(self, channel: Channel) -> None: ...

    def drop_channel(self, channel_id: str) -> None: ...

    def due(self, now_us: int, limit: int) -> list[Delivery]:
        """Messages not yet taken whose next try is due, oldest first."""
        ...

    def told(self, delivery: Delivery) -> None:
        """Store the outcome of a try."""
        ...

    def waiting(self) -> int: ...
