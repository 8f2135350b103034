"""Privacy masks of a camera over HTTP: covering more is done at once, uncovering waits for a second person."""

from dataclasses import replace

from fastapi import APIRouter
from pydantic import BaseModel, Field

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import decide
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.routes.cameras import visible_camera
from ronda.app.http.routes.register import MaskIn
from ronda.cases.errors import NotYourStepError
from ronda.cases.rules import reason_problem, same_official
from ronda.core.errors import WrongUsageError
from ronda.registry.masks import MOST_MASKS, masks_problem, uncovers
from ronda.registry.model import AskedMasks, Camera, Mask

router = APIRouter(prefix="/api/register/{camera}/masks", tags=["register"])


class MasksIn(BaseModel):
    """All masks as they shall be. A reason is needed where something would be uncovered."""

    masks: list[MaskIn] = Field(max_length=MOST_MASKS)
    reason: str = Field(default="", max_length=500)


class AskedOut(BaseModel):
    """A change that waits. `may_decide`: this person may agree or refuse."""

    masks: list[MaskIn]
    reason: str
    by: str
    at_us: int
    may_decide: bool


class MasksOut(BaseModel):
    """What every decoded picture is covered with now, and what waits for a second person."""

    masks: list[MaskIn]
    asked: AskedOut | None


class DecisionIn(BaseModel):
    """`at_us`: of the change that was read; a newer one needs a new look."""

    agree: bool
    at_us: int


@router.get("")
def masks(camera: str, person: SignedIn, context: InContext) -> MasksOut:
    """The privacy masks of a camera."""
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.SEE_REGISTER, entry.site.area, {"kamera": camera})
    return _out(context, person, entry)


@router.put("")
def set_masks(camera: str, body: MasksIn, person: SignedIn, context: InContext) -> MasksOut:
    """Cover more at once; a change that would uncover anything waits for a second person."""
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.MANAGE_REGISTER, entry.site.area, {"kamera": camera})
    wanted = tuple(Mask(**one.model_dump()) for one in body.masks)
    if problem := masks_problem(wanted):
        raise WrongUsageError(f"{problem}; nothing was changed")
    objects: dict[str, str | int] = {"kamera": camera, "bidang": len(wanted)}
    if not uncovers(entry.masks, wanted):
        context.note(person, "kamera.bidang_tutup", "berhasil", objects)
        entry = replace(entry, masks=wanted)
    else:
        if problem := reason_problem(body.reason):
            raise WrongUsageError(f"this would uncover something: {problem}. Nothing was changed")
        context.note(
            person, "kamera.bidang_tutup_diminta", "berhasil", objects, private={"alasan": body.reason.strip()}
        )
        asked = AskedMasks(
            masks=wanted, reason=body.reason.strip(), by=person.person_id, at_us=context.wiring.clock.now_us()
        )
        entry = replace(entry, masks_asked=asked)
    context.wiring.register.save(entry)
    return _out(context, person, entry)


@router.post("/decision")
def decision(camera: str, body: DecisionIn, person: SignedIn, context: InContext) -> MasksOut:
    """A second person agrees to uncover what was asked for, or refuses."""
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.APPROVE_REQUEST, entry.site.area, {"kamera": camera})
    asked = entry.masks_asked
    if asked is None or asked.at_us != body.at_us:
        raise WrongUsageError("this change is not waiting any more; load the page again. Nothing was changed")
    objects: dict[str, str | int] = {"kamera": camera, "bidang": len(asked.masks)}
    if problem := _second_person_problem(context, person, asked):
        context.note(person, "kamera.bidang_tutup_ditolak", "ditolak", objects)
        raise NotYourStepError(f"refused: {problem}")
    action = "kamera.bidang_tutup_disetujui" if body.agree else "kamera.bidang_tutup_ditolak"
    context.note(person, action, "berhasil", objects)
    entry = replace(entry, masks=asked.masks if body.agree else entry.masks, masks_asked=None)
    context.wiring.register.save(entry)
    return _out(context, person, entry)


def _second_person_problem(context: Context, person: Person, asked: AskedMasks) -> str | None:
    asker = context.wiring.people.by_id(asked.by)
    own = asker is None or person.person_id == asked.by or same_official(person.official_id, asker.official_id)
    return "two different people are needed: who asked may not agree, under any account" if own else None


def _out(context: Context, person: Person, entry: Camera) -> MasksOut:
    asked = entry.masks_asked
    told = None
    if asked is not None:
        asker = context.wiring.people.by_id(asked.by)
        may = decide(person, Action.APPROVE_REQUEST, entry.site.area).allowed
        told = AskedOut(
            masks=_shown(asked.masks),
            reason=asked.reason,
            by=asker.name if asker else asked.by,
            at_us=asked.at_us,
            may_decide=may and _second_person_problem(context, person, asked) is None,
        )
    return MasksOut(masks=_shown(entry.masks), asked=told)


def _shown(masks: tuple[Mask, ...]) -> list[MaskIn]:
    return [MaskIn(left=one.left, top=one.top, right=one.right, bottom=one.bottom) for one in masks]
