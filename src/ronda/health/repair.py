"""Decide what a repair order may become, and what must be proven before it closes. Pure.

Invariant: no order is closed while one of its cameras has no minute of recording without a gap, or no
fresh good picture. A person cannot say "done"; the cameras do.
"""

from collections.abc import Iterable, Mapping, Sequence

from ronda.core.ids import CameraId
from ronda.core.time import DAY_US, SECOND_US, TimeSpan
from ronda.health.errors import NotProvenError, RepairStateError
from ronda.health.model import PictureCheck, Proof, Repair, RepairState, Verdict

PROOF_US = 60 * SECOND_US
FRESH_US = 180 * SECOND_US
LAG_US = 5 * SECOND_US  # what the recorder may still hold back before it is durable
MOST_DAYS = 90
MIN_TEXT, MAX_TEXT = 5, 500

_ALLOWED = {
    RepairState.REPORTED: frozenset({RepairState.OPEN, RepairState.DECLINED}),
    RepairState.OPEN: frozenset({RepairState.CLOSED, RepairState.DECLINED}),
    RepairState.CLOSED: frozenset[RepairState](),
    RepairState.DECLINED: frozenset[RepairState](),
}


def check_move(repair: Repair, to: RepairState) -> None:
    """Raise RepairStateError unless `to` may follow."""
    if to not in _ALLOWED[repair.state]:
        possible = ", ".join(sorted(state.value for state in _ALLOWED[repair.state])) or "nothing more"
        raise RepairStateError(
            f"{to.value} does not follow from {repair.state.value}; nothing was changed. Possible now: {possible}"
        )


def check_deadline(deadline_us: int, now_us: int) -> None:
    """A deadline lies ahead, within MOST_DAYS."""
    if not now_us < deadline_us <= now_us + MOST_DAYS * DAY_US:
        raise RepairStateError(
            f"the deadline must lie ahead, at most {MOST_DAYS} days. Next: choose the day of the visit"
        )


def check_text(text: str, what: str) -> str:
    """The text without outer spaces. Raises RepairStateError when it says nothing or too much."""
    tidy = " ".join(text.split())
    if not MIN_TEXT <= len(tidy) <= MAX_TEXT:
        raise RepairStateError(f"{what}: {len(tidy)} characters, {MIN_TEXT} to {MAX_TEXT} are needed")
    return tidy


def proofs(
    cameras: Iterable[CameraId],
    recorded: Mapping[CameraId, Sequence[TimeSpan]],
    pictures: Mapping[CameraId, PictureCheck],
    now_us: int,
) -> list[Proof]:
    """Two lines a camera: the last minute is recorded whole, and its picture is fresh and good.

    recorded  stretches of the last minutes, per camera, gaps taken out
    """
    found = []
    for camera in cameras:
        found.append(_recording(camera, recorded.get(camera, ()), now_us))
        found.append(_picture(camera, pictures.get(camera), now_us))
    return found


def check_proven(repair: Repair, found: Sequence[Proof]) -> None:
    """Raise NotProvenError with every line that fails."""
    failing = [one for one in found if not one.passed]
    if failing or not found:
        raise NotProvenError(repair.repair_id, failing)


def _recording(camera: CameraId, stretches: Sequence[TimeSpan], now_us: int) -> Proof:
    wanted = TimeSpan(now_us - LAG_US - PROOF_US, now_us - LAG_US)
    have_us = sum(part.duration_us for one in stretches if (part := one.cut_to(wanted)) is not None)
    return Proof(
        camera=camera,
        what="recording",
        passed=have_us >= PROOF_US - SECOND_US,  # a second for the edges of fragments
        measured=f"{have_us / SECOND_US:.0f} s of {PROOF_US // SECOND_US} s",
    )


def _picture(camera: CameraId, check: PictureCheck | None, now_us: int) -> Proof:
    if check is None:
        return Proof(camera=camera, what="picture", passed=False, measured="not looked at yet")
    age_s = (now_us - check.at_us) / SECOND_US
    fresh = age_s <= FRESH_US / SECOND_US
    return Proof(
        camera=camera,
        what="picture",
        passed=fresh and check.verdict is Verdict.GOOD,
        measured=f"{check.verdict.value}, looked at {max(0.0, age_s):.0f} s ago",
    )
