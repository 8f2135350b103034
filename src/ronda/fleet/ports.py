"""How an edge reaches its hub: one small port with several engines behind it.

`app.edge.carriage.HttpCarriage` speaks HTTPS; `DirectCarriage` calls the hub's desk in the same process;
a NATS client will be a third. One conformance test holds for all (tests/contract/test_carriage.py): every
call may be repeated, an answer that does not come says nothing, and nothing is taken by half.
"""

from typing import Protocol

from ronda.fleet.model import FileEnd, Heartbeat, Orders, Settled


class Carriage(Protocol):
    """All calls block; a hub that does not answer is a HubUnreachableError, a refusal a FleetError."""

    @property
    def wire_bytes(self) -> int:
        """Upper bound of all bytes both ways since the start."""
        ...

    def send_batch(self, data: bytes) -> Settled:
        """Give rows as `batch.encode` wrote them. Raises MissingBeforeError, EpochRefusedError,
        PoisonBatchError (several rows: send them in smaller pieces), FrozenError."""
        ...

    def poll(self, heartbeat: Heartbeat) -> Orders:
        """Say how it goes, and hear what is wanted."""
        ...

    def send_part(self, camera: str, start_us: int, offset: int, data: bytes) -> int:
        """Append a part; gives how many bytes are there now. Raises OffsetError, NotThisFileError."""
        ...

    def finish(self, camera: str, start_us: int, end: FileEnd) -> None:
        """The file is whole: the hub checks its hash and takes it up. Raises NotThisFileError."""
        ...

    def cannot(self, camera: str, start_us: int, why: str) -> None:
        """The segment asked for is gone or unreadable here; the hub says so to who asked."""
        ...
