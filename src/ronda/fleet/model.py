"""The words between an edge and its hub. Times are UTC microseconds."""

from dataclasses import dataclass
from enum import StrEnum


class RowKind(StrEnum):
    """What an outbox row tells; its body is the index row as JSON."""

    SEGMENT = "segment"
    GAP = "gap"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One change of the edge's index, in the order in which it was committed."""

    seq: int
    at_us: int
    kind: str
    body: str  # canonical enough: the JSON text as the edge's database wrote it


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Up to which row the hub's database has everything."""

    epoch: int
    settled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOrder:
    """A hold of the hub that an edge's retention must obey. `until_us` None: until it is lifted."""

    hold: str
    camera: str
    from_us: int
    to_us: int
    until_us: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOrder:
    """A segment wanted at the hub. `offset`: how many of its bytes are there."""

    camera: str
    start_us: int
    sha256: str
    size_bytes: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraOrder:
    """A camera that the edge records. `priority`: higher is kept longer while its disk cannot follow."""

    camera: str
    url: str
    sub_url: str | None
    retention_days: int
    off_reason: str | None
    record_sub: bool = False
    transport: str = "auto"
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the hub answers to a poll: the whole wanted state, so that a lost answer loses nothing."""

    cursor: Cursor
    hub_us: int
    budget_bytes: int
    frozen: bool
    holds: tuple[HoldOrder, ...]
    fetches: tuple[FetchOrder, ...]
    cameras: tuple[CameraOrder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What an edge says of itself at each poll. None: not measured."""

    epoch: int
    depth: int  # rows not settled yet
    oldest_us: int | None  # of them
    clock_offset_us: int | None  # the edge's clock minus the hub's
    clock_error_us: int | None  # how wrong that may be
    budget_day: str  # WITA
    budget_used_bytes: int
    rate_bytes_s: float | None  # of footage, lately
    free_bytes: int | None
    recorder_running: bool
    cameras: dict[str, str]  # camera -> state of its stream
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The hub's answer to a batch. `dead`: the rows were put aside as unreadable, with their bytes."""

    cursor: Cursor
    hub_us: int
    dead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEnd:
    """What closes a transfer: the index's own knowledge of the segment, base64 as packed there."""

    sha256: str
    fragments: str
    clock: str
