"""Sign in, sign out, the own password, and the policy table as it stands."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from ronda.access.model import Person
from ronda.access.policy import MAY, Action
from ronda.app.http.context import COOKIE, Context, InContext, context_of

router = APIRouter(prefix="/api", tags=["session"])


class SignIn(BaseModel):
    login: str = Field(max_length=60)
    password: str = Field(max_length=200)


class PasswordChange(BaseModel):
    old: str = Field(max_length=200)
    new: str = Field(max_length=200)


class Me(BaseModel):
    """The signed-in person, and what the roles allow; screens hide the rest."""

    person_id: str
    login: str
    name: str
    office: str
    roles: list[str]
    area: str
    may: list[str]
    must_change_password: bool
    training: bool


class PolicyRow(BaseModel):
    action: str
    roles: list[str]


@router.post("/session")
def sign_in(body: SignIn, request: Request, response: Response, context: InContext) -> Me:
    address = request.client.host if request.client else "?"
    person, token = context.wiring.access.sign_in(body.login, body.password, address)
    set_session_cookie(request, response, token)
    return me_of(context, person)


@router.get("/session")
def me(request: Request) -> Me:
    context = context_of(request)
    return me_of(context, context.person(request.cookies.get(COOKIE)))


@router.delete("/session", status_code=204)
def sign_out(request: Request, response: Response, context: InContext) -> None:
    context.wiring.access.sign_out(request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE)


@router.post("/session/password", status_code=204)
def change_password(body: PasswordChange, request: Request, context: InContext) -> None:
    person = context.person(request.cookies.get(COOKIE))
    context.wiring.access.change_password(person, body.old, body.new)


@router.get("/policy")
def policy() -> list[PolicyRow]:
    return [PolicyRow(action=action.value, roles=sorted(role.value for role in MAY[action])) for action in Action]


def set_session_cookie(request: Request, response: Response, token: str) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/")


def me_of(context: Context, person: Person) -> Me:
    return Me(
        person_id=person.person_id,
        login=person.login,
        name=person.name,
        office=person.office,
        roles=sorted(role.value for role in person.roles),
        area=person.area,
        may=sorted(action.value for action in Action if MAY[action] & person.roles),
        must_change_password=person.must_change_password,
        training=context.wiring.folder.training,
    )
