"""What the status shows of the writer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterState:
    """What the status shows of the writer."""

    fault: str | None
    dropped_frames: int
