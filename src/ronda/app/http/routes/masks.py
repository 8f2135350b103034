"""Privacy masks of a camera over HTTP: covering more is done at once, uncovering waits for a second person."""

from dataclasses import replace

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from ronda.access.policy import Action
from ronda.access.two_people import ChangeKind
from ronda.app.http.context import InContext, SignedIn
from ronda.app.http.routes.cameras import visible_camera
from ronda.app.http.routes.register import MaskIn
from ronda.core.errors import WrongUsageError
from ronda.registry.masks import MOST_MASKS, mask_text, masks_problem, uncovers
from ronda.registry.model import Camera, Mask

router = APIRouter(prefix="/api/register/{camera}/masks", tags=["register"])


class MasksIn(BaseModel):
    """All masks as they shall be. A reason is needed where something would be uncovered."""

    masks: list[MaskIn] = Field(max_length=MOST_MASKS)
    reason: str = Field(default="", max_length=500)


class MasksOut(BaseModel):
    """What every decoded picture is covered with now."""

    masks: list[MaskIn]


@router.get("")
def masks(camera: str, person: SignedIn, context: InContext) -> MasksOut:
    """The privacy masks of a camera."""
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.SEE_REGISTER, entry.site.area, {"kamera": camera})
    return _out(entry)


@router.put("")
def set_masks(camera: str, body: MasksIn, person: SignedIn, context: InContext, response: Response) -> MasksOut:
    """Cover more at once; a change that would uncover anything waits for a second person (202)."""
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.MANAGE_REGISTER, entry.site.area, {"kamera": camera})
    wanted = tuple(Mask(**one.model_dump()) for one in body.masks)
    if problem := masks_problem(wanted):
        raise WrongUsageError(f"{problem}; nothing was changed")
    if uncovers(entry.masks, wanted):
        context.wiring.changes.ask(
            person,
            ChangeKind.UNMASK,
            subject=entry.camera,
            body={"masks": [mask_text(one) for one in wanted], "masks_before": len(entry.masks)},
            areas=(entry.site.area,),
            reason=body.reason,
        )
        response.status_code = 202
        return _out(entry)
    context.note(person, "kamera.bidang_tutup", "berhasil", {"kamera": camera, "bidang": len(wanted)})
    entry = replace(entry, masks=wanted)
    context.wiring.register.save(entry)
    return _out(entry)


def _out(entry: Camera) -> MasksOut:
    shown = [MaskIn(left=one.left, top=one.top, right=one.right, bottom=one.bottom) for one in entry.masks]
    return MasksOut(masks=shown)
