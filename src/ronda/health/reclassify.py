"""Name a gap's cause better than the measurements could. Pure.

Nobody can see from here whether a silent camera lost its power or its line: a person who knows says so, with a
reason, and what was said before stays as history. Two things no person may do: make a lost minute a planned
one afterwards, which would mend the figure instead of the camera, or take a named cause back to unknown.
"""

from ronda.health.errors import CauseRefusedError
from ronda.video.model import Gap, GapCause

MAY_BE_NAMED = (
    GapCause.POWER,
    GapCause.LINK,
    GapCause.CAMERA,
    GapCause.DISK,
    GapCause.MACHINE,
    GapCause.PERSON,
)
LEAST_REASON_CHARACTERS = 5


def restated_evidence(gap: Gap, cause: GapCause, reason: str, by: str) -> str:
    """The evidence of the gap's new cause. Raises CauseRefusedError; nothing is to be changed then."""
    text = " ".join(reason.split())
    if cause not in MAY_BE_NAMED:
        raise CauseRefusedError(f"{cause.value} cannot be named afterwards; lost time stays lost")
    if gap.cause is GapCause.PLANNED_OFF:
        raise CauseRefusedError("this time was planned off before; it is no lost time")
    if len(text) < LEAST_REASON_CHARACTERS:
        raise CauseRefusedError("a reason is missing: say how it is known, such as a report of the power company")
    return f"{text} (named by {by}; measured: {_measured(gap.evidence)})"[:600]


def _measured(evidence: str) -> str:
    """What was measured at first, however often the cause was named since."""
    _, found, rest = evidence.rpartition("; measured: ")
    return rest.removesuffix(")") if found else evidence
