"""Only on a training data folder: the story rail and "Ganti peran". These routes exist nowhere else."""

import json
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from ronda.access.errors import NotAllowedError
from ronda.app.http.context import InContext
from ronda.app.http.routes.session import Me, me_of, set_session_cookie
from ronda.core.ids import PersonId
from ronda.sim.control import SimControl
from ronda.sim.regency import ON_ONE_SWITCH

router = APIRouter(prefix="/api/demo", tags=["demo"])
SWITCH_S = 60.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "testclient"})


class DemoPerson(BaseModel):
    person_id: str
    name: str
    office: str
    roles: list[str]


class Story(BaseModel):
    """Who can be played, and the staged theft as the officer would tell it."""

    people: list[DemoPerson]
    theft: dict[str, str | int | float]


@router.get("")
def story(context: InContext) -> Story:
    people = [
        DemoPerson(
            person_id=person.person_id,
            name=person.name,
            office=person.office,
            roles=sorted(role.value for role in person.roles),
        )
        for person in context.wiring.people.all()
        if not person.disabled
    ]
    return Story(people=people, theft=context.wiring.demo_theft())


@router.post("/switch", status_code=204)
def switch_dies(context: InContext, request: Request) -> None:
    """Four virtual cameras behind one switch fall together for a minute; from this machine only."""
    if not (request.client and request.client.host in LOOPBACK):
        raise NotAllowedError("the training data is played with on its own machine only")
    facts = context.wiring.folder.root / "sim" / "sim.json"
    try:
        control = SimControl(int(json.loads(facts.read_text())["control_port"]))
        for camera in ON_ONE_SWITCH:
            control.fault(camera, "drop", SWITCH_S)
    except (OSError, ValueError, KeyError) as error:
        raise NotAllowedError(f"no virtual cameras run here ({type(error).__name__})") from None


@router.post("/role/{person_id}")
def switch_role(
    person_id: Annotated[str, Path(max_length=40)], request: Request, response: Response, context: InContext
) -> Me:
    """Become somebody of the training data; from this machine only."""
    if not (request.client and request.client.host in LOOPBACK):
        raise NotAllowedError("the training data switches roles on its own machine only")
    person = context.wiring.people.by_id(PersonId(person_id))
    if person is None or person.disabled:
        raise NotAllowedError("nobody of this name belongs to the training data")
    token = context.wiring.access.start_session(person, words="latihan", untouched=True)
    set_session_cookie(request, response, token)
    return me_of(context, context.standing(token))
