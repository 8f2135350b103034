"""The own second factors: set up, show, take away. Reached with a password alone; everything else is not."""

import json
from io import BytesIO
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from ronda.access.factors import secret_address
from ronda.access.model import Factor, FactorKind
from ronda.app.http.context import HalfSignedIn, InContext, SignedIn
from ronda.app.http.cookies import COOKIE, read_cookie
from ronda.app.http.routes.session import Me, me_of, remember_device

router = APIRouter(prefix="/api/session/factors", tags=["session"])
FactorId = Annotated[str, Path(max_length=40)]


class FactorOut(BaseModel):
    factor_id: str
    kind: FactorKind
    name: str
    added_us: int


class FactorsOut(BaseModel):
    """The own factors, and how many recovery codes are left."""

    factors: list[FactorOut]
    recovery_left: int


class NameIn(BaseModel):
    name: str = Field(min_length=1, max_length=60)


class TotpOut(BaseModel):
    """Shown once: the secret as text, as `otpauth://` address and as a QR code (SVG)."""

    factor_id: str
    secret: str
    address: str
    qr_svg: str


class CodeIn(BaseModel):
    """Six digits of an authenticator app, or a recovery code."""

    code: str = Field(max_length=40)


class RecoveryOut(BaseModel):
    """Recovery codes, shown once; empty when the person had some already."""

    codes: list[str]


class PasskeyIn(BaseModel):
    """What the browser answered, as `PublicKeyCredential.toJSON()` gives it."""

    name: str = Field(default="", max_length=60)
    credential: dict[str, Any]


@router.get("")
def mine(standing: HalfSignedIn, context: InContext) -> FactorsOut:
    """The own second factors, without their secrets."""
    store = context.wiring.factors
    return FactorsOut(
        factors=[_out(factor) for factor in store.mine(standing.person)],
        recovery_left=store.factors.recovery_left(standing.person.person_id),
    )


@router.post("/totp", status_code=201)
def begin_totp(body: NameIn, standing: HalfSignedIn, context: InContext) -> TotpOut:
    """A secret for an authenticator app; counts once its first code was shown."""
    context.wiring.access.require_password(standing)
    factor = context.wiring.factors.begin_totp(standing, body.name)
    address = secret_address(factor.secret, standing.person.login, f"Ronda {context.wiring.office.code}")
    picture = BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", scale=5, border=3, xmldecl=False, svgns=True)
    return TotpOut(
        factor_id=factor.factor_id, secret=factor.secret, address=address, qr_svg=picture.getvalue().decode()
    )


@router.post("/totp/{factor_id}")
def confirm_totp(factor_id: FactorId, body: CodeIn, standing: HalfSignedIn, context: InContext) -> RecoveryOut:
    """The first code of a new authenticator app."""
    return RecoveryOut(codes=context.wiring.factors.confirm_totp(standing, factor_id, body.code))


@router.post("/passkey/options")
def passkey_options(request: Request, standing: HalfSignedIn, context: InContext) -> dict[str, Any]:
    """What the browser needs to make a passkey."""
    context.wiring.access.require_password(standing)
    options: dict[str, Any] = json.loads(context.wiring.factors.begin_passkey(standing, _host(request)))
    return options


@router.post("/passkey", status_code=201)
def add_passkey(body: PasskeyIn, request: Request, standing: HalfSignedIn, context: InContext) -> RecoveryOut:
    """A passkey that the browser has made."""
    answer = json.dumps(body.credential)
    name = body.name.strip() or "Kunci sandi"
    return RecoveryOut(codes=context.wiring.factors.finish_passkey(standing, _host(request), answer, name))


@router.post("/show")
def show_code(body: CodeIn, request: Request, response: Response, context: InContext, standing: HalfSignedIn) -> Me:
    """Prove this session with a code; each works once."""
    context.wiring.factors.show_code(standing, body.code)
    return _proved(request, response, context)


@router.post("/show/passkey/options")
def ask_passkey(request: Request, standing: HalfSignedIn, context: InContext) -> dict[str, Any]:
    """What the browser needs to show a passkey."""
    options: dict[str, Any] = json.loads(context.wiring.factors.ask_passkey(standing, _host(request)))
    return options


@router.post("/show/passkey")
def show_passkey(
    body: PasskeyIn, request: Request, response: Response, context: InContext, standing: HalfSignedIn
) -> Me:
    """Prove this session with a passkey."""
    context.wiring.factors.show_passkey(standing, _host(request), json.dumps(body.credential))
    return _proved(request, response, context)


@router.post("/recovery")
def fresh_recovery(_person: SignedIn, standing: HalfSignedIn, context: InContext) -> RecoveryOut:
    """Ten new recovery codes in place of the old ones."""
    context.wiring.access.require_password(standing)
    return RecoveryOut(codes=context.wiring.factors.fresh_recovery(standing))


@router.delete("/{factor_id}", status_code=204)
def remove(factor_id: FactorId, _person: SignedIn, standing: HalfSignedIn, context: InContext) -> None:
    """Take an own factor away; the last one stays where the role forces one."""
    context.wiring.access.require_password(standing)
    context.wiring.factors.remove(standing, factor_id)


def _proved(request: Request, response: Response, context: InContext) -> Me:
    standing = context.standing(read_cookie(request, COOKIE))
    remember_device(request, response, context, standing)
    return me_of(context, standing)


def _host(request: Request) -> str:
    """As the browser wrote it; what a proxy adds is not read."""
    return request.headers.get("host", "").lower()


def _out(factor: Factor) -> FactorOut:
    return FactorOut(factor_id=factor.factor_id, kind=factor.kind, name=factor.name, added_us=factor.added_us)
