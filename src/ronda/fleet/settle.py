"""What the hub may take of a batch, and what becomes of an edge with two bodies. Pure.

Rows are known by (edge, epoch, seq): every hop may repeat them, the database drops repeats. The cursor
moves without a hole. Rows that the edge itself lost (older than it still holds) are counted as missing,
never passed over in silence.
"""

from dataclasses import dataclass

from ronda.core.time import MINUTE_US, SECOND_US
from ronda.fleet.batch import Batch
from ronda.fleet.errors import EpochRefusedError, MissingBeforeError
from ronda.fleet.model import Cursor

FLAGGED_OFFSET_US = 2 * SECOND_US
QUARANTINE_OFFSET_US = 60 * SECOND_US
STILL_THERE_US = 2 * MINUTE_US  # an instance heard within this is alive: another one is a clone


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What to do with a batch: rows above `above` are new; `missing` rows will never come."""

    cursor: Cursor
    above: int
    missing: int


def take(known: Cursor, batch: Batch) -> Taking:
    """Raises EpochRefusedError for an old epoch, MissingBeforeError for a hole the edge can fill."""
    if batch.epoch < known.epoch:
        raise EpochRefusedError(
            f"the edge speaks of epoch {batch.epoch}, known is {known.epoch}: an old copy of its disk. "
            "Nothing was taken. Next: `ronda edge accept` on the hub decides which box it is"
        )
    settled = known.settled if batch.epoch == known.epoch else 0
    if batch.first > settled + 1 and batch.oldest < batch.first:
        raise MissingBeforeError(settled, batch.first)
    missing = max(0, batch.first - settled - 1)
    return Taking(
        cursor=Cursor(epoch=batch.epoch, settled=max(settled, batch.last)), above=settled, missing=missing
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The instance that speaks for an edge, and when it was heard last."""

    instance: str
    epoch: int
    heard_us: int


def is_clone(current: Body | None, instance: str, epoch: int, now_us: int) -> bool:
    """Whether `instance` must wait for a person: another body of this edge is alive, or as old as it.

    A box that was restored from its backup speaks with a higher epoch after the old one fell silent.
    """
    if current is None or current.instance == instance:
        return False
    return now_us - current.heard_us < STILL_THERE_US or epoch <= current.epoch


def clock_is_flagged(offset_us: int | None) -> bool:
    return offset_us is not None and abs(offset_us) > FLAGGED_OFFSET_US


def goes_to_quarantine(offset_us: int | None) -> bool:
    """Rows of a clock this wrong are kept apart; their times are never rewritten."""
    return offset_us is not None and abs(offset_us) > QUARANTINE_OFFSET_US
