"""Sign in, sign out, the own password, and the policy table as it stands."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from ronda.access.factors import FORCED, Needs
from ronda.access.look_back import MOST_MINUTES
from ronda.access.model import Person
from ronda.access.policy import MAY, Action
from ronda.access.rules import decide
from ronda.access.service import Standing
from ronda.access.sessions import device_words, ends_us, wall_open_until_us
from ronda.access.tokens import TOKEN_MAY
from ronda.access.two_people import ChangeKind
from ronda.app.http.context import Context, HalfSignedIn, InContext
from ronda.app.http.cookies import COOKIE, drop_cookie, read_cookie, set_cookie

router = APIRouter(prefix="/api", tags=["session"])
DEVICE_COOKIE = "ronda_device"
DEVICE_S = 183 * 24 * 3600


class SignIn(BaseModel):
    """`wall`: a wall screen, which may stand still; for operators, see `ronda.access.sessions`."""

    login: str = Field(max_length=60)
    password: str = Field(max_length=200)
    wall: bool = False


class PasswordIn(BaseModel):
    password: str = Field(max_length=200)


class PasswordChange(BaseModel):
    old: str = Field(max_length=200)
    new: str = Field(max_length=200)


class Me(BaseModel):
    """The signed-in person, and what the roles allow; screens hide the rest.

    needs  what comes before anything else: `nothing`, `factor` (show it), `password` (replace the one-time
           password) or `enrol` (set up a second factor, since the role forces one)
    ends_us  when the session ends if nobody touches it from now on
    at_wall  a wall screen, which shows live pictures alone until the password is given on it
    wall_until_us  until when that password opens the rest; None: no wall screen, or not given
    """

    person_id: str
    login: str
    name: str
    office: str
    roles: list[str]
    area: str
    area_name: str
    may: list[str]
    needs: Needs
    must_change_password: bool
    training: bool
    ends_us: int
    at_wall: bool
    wall_until_us: int | None


class PolicyRow(BaseModel):
    action: str
    roles: list[str]


class PolicyRules(BaseModel):
    """What the table of roles does not say.

    factor_forced_for       whose role forces a second factor
    two_people              the changes that one asks for and another decides
    look_back_minutes       how far the control room on duty may look back now; 0: not at all
    token_may               what a program's token may be made for
    """

    factor_forced_for: list[str]
    two_people: list[str]
    look_back_minutes: int
    look_back_most_minutes: int
    token_may: list[str]


@router.post("/session")
def sign_in(body: SignIn, request: Request, response: Response, context: InContext) -> Me:
    """Begin a session with a password; `needs` says what comes next."""
    address = request.client.host if request.client else "?"
    _person, token = context.wiring.access.sign_in(
        body.login, body.password, address, read_cookie(request, DEVICE_COOKIE),
        words=device_words(request.headers.get("user-agent", "")), wall=body.wall,
    )  # fmt: skip
    set_session_cookie(request, response, token)
    standing = context.standing(token)
    remember_device(request, response, context, standing)
    return me_of(context, standing)


@router.get("/session")
def me(standing: HalfSignedIn, context: InContext) -> Me:
    """Who is signed in here, and what is still to be done."""
    return me_of(context, standing)


@router.delete("/session", status_code=204)
def sign_out(request: Request, response: Response, context: InContext) -> None:
    """End this session, its pictures and its downloads."""
    context.wiring.access.sign_out(read_cookie(request, COOKIE))
    drop_cookie(response, COOKIE)
    # The browser that is known stays known, so no "cookies" here: it would forget that, and slow the next sign-in.
    response.headers["clear-site-data"] = '"cache"'


@router.post("/session/touch", status_code=204)
def touch(_standing: HalfSignedIn) -> None:
    """Somebody is at this screen; the time for standing still begins anew."""


@router.post("/session/vouch", status_code=204)
def vouch(body: PasswordIn, standing: HalfSignedIn, context: InContext) -> None:
    """The own password once more, before factors change or sessions end."""
    context.wiring.access.give_password(standing, body.password)


@router.post("/session/password", status_code=204)
def change_password(body: PasswordChange, standing: HalfSignedIn, context: InContext) -> None:
    """Replace the own password; every session of the person ends."""
    context.wiring.access.change_password(standing.person, body.old, body.new)


@router.get("/policy")
def policy() -> list[PolicyRow]:
    """The one table of who may do what, as the code reads it."""
    return [PolicyRow(action=action.value, roles=sorted(role.value for role in MAY[action])) for action in Action]


@router.get("/policy/rules")
def rules(context: InContext) -> PolicyRules:
    """Rules beside the table, as the code reads them."""
    return PolicyRules(
        factor_forced_for=sorted(role.value for role in FORCED),
        two_people=[kind.value for kind in ChangeKind],
        look_back_minutes=context.wiring.look_back_minutes,
        look_back_most_minutes=MOST_MINUTES,
        token_may=sorted(action.value for action in TOKEN_MAY),
    )


def set_session_cookie(request: Request, response: Response, token: str) -> None:
    set_cookie(request, response, COOKIE, token)


def remember_device(request: Request, response: Response, context: Context, standing: Standing) -> None:
    """Once nothing is left to do, this browser is one that the person uses: strangers' guesses do not slow it."""
    access, known = context.wiring.access, read_cookie(request, DEVICE_COOKIE)
    if standing.needs is Needs.NOTHING and not access.knows_device(known, standing.person.login):
        set_cookie(request, response, DEVICE_COOKIE, access.remember_device(standing.person), max_age_s=DEVICE_S)


def me_of(context: Context, standing: Standing) -> Me:
    person: Person = standing.person
    is_open_wall = standing.session.wall and not person.at_wall
    return Me(
        person_id=person.person_id,
        login=person.login,
        name=person.name,
        office=person.office,
        roles=sorted(role.value for role in person.roles),
        area=person.area,
        area_name=context.wiring.area_name(person.area),
        may=sorted(action.value for action in Action if decide(person, action).allowed),
        needs=standing.needs,
        must_change_password=person.must_change_password,
        training=context.wiring.folder.training,
        ends_us=ends_us(standing.session),
        at_wall=person.at_wall,
        wall_until_us=wall_open_until_us(standing.session) if is_open_wall else None,
    )
