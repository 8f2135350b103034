"""Does each group follow the one before it? Counter, link and the camera's clock must all go on.

A group that was signed earlier than the one before it is old or was moved. A camera that begins again to sign
breaks the chain without tampering: that is told, since nothing ties what follows to what was before.
"""

from ronda.evidence.camera_signing.claim import Claim, Scheme
from ronda.evidence.camera_signing.match import Matched, Row
from ronda.evidence.camera_signing.signatures import Signed

LINK, OLDER, RESTART, LOST = "link", "older", "restart", "lost"
_HALF = 1 << 31
_WHOLE = 1 << 32


def check_order(matched: Matched) -> None:
    """Adds the faults to the rows."""
    before: Row | None = None
    for row in matched.rows:
        if row.signed is Signed.UNSIGNED:
            continue
        if before is not None:
            row.faults += _faults(before, row)
        before = row


def _faults(before: Row, row: Row) -> list[str]:
    step = (row.claim.counter - before.claim.counter) % _WHOLE
    if _is_earlier(before.claim, row.claim):
        return [OLDER]
    if row.claim.scheme is not Scheme.AXIS_1 and row.claim.opens_stream:
        return [RESTART]
    if step == 0 or step > _HALF:
        return [OLDER]
    if step > 1:
        return [LOST]
    if row.claim.linked and before.first_hash and row.claim.linked != before.first_hash:
        return [LINK]
    return []


def _is_earlier(before: Claim, claim: Claim) -> bool:
    if before.clock_ticks_us is None or claim.clock_ticks_us is None:
        return False
    return claim.clock_ticks_us < before.clock_ticks_us
