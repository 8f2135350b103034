"""Tokens for programs of others: made by the admin, shown once, listed, ended."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from ronda.access.policy import Action
from ronda.access.rules import area_covers
from ronda.access.tokens import BEGINNING, TOKEN_MAY, ApiToken, check_token, counts, digest_of, expires_us
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.core.ids import AreaCode, new_id

router = APIRouter(prefix="/api/tokens", tags=["people"])


class TokenIn(BaseModel):
    """`actions` from the list that tokens may have; `days` until it ends by itself."""

    name: str = Field(max_length=100)
    actions: list[Action] = Field(min_length=1)
    area: str = Field(max_length=40)
    days: int


class TokenOut(BaseModel):
    token_id: str
    name: str
    actions: list[str]
    area: str
    made_by: str
    made_us: int
    expires_us: int
    revoked_us: int | None
    used_us: int | None
    counts: bool


class NewToken(TokenOut):
    """`token` is shown this once; it is kept nowhere."""

    token: str


class TokensOut(BaseModel):
    tokens: list[TokenOut]
    possible: list[str]


@router.get("")
def tokens(person: SignedIn, context: InContext) -> TokensOut:
    """The tokens of the own area, and what a token may be made for."""
    context.allow(person, Action.MANAGE_PEOPLE, None, {})
    found = [one for one in context.wiring.tokens.all() if area_covers(person.area, one.area)]
    return TokensOut(
        tokens=[_out(context, one) for one in found], possible=sorted(action.value for action in TOKEN_MAY)
    )


@router.post("", status_code=201)
def make(body: TokenIn, person: SignedIn, context: InContext) -> NewToken:
    """Make a token; it reads what it was made for, within its area, until it ends."""
    context.allow(person, Action.MANAGE_PEOPLE, AreaCode(body.area), {})
    actions = frozenset(body.actions)
    check_token(body.name, actions, body.days)
    now_us, shown = context.wiring.clock.now_us(), BEGINNING + secrets.token_urlsafe(32)
    token = ApiToken(
        token_id=new_id("t"), name=body.name.strip(), actions=actions, area=AreaCode(body.area),
        made_by=person.person_id, made_us=now_us, expires_us=expires_us(now_us, body.days),
    )  # fmt: skip
    names = "+".join(sorted(action.value for action in actions))
    objects: dict[str, str | int] = {
        "token": token.token_id, "untuk": names, "wilayah": token.area, "sampai_us": token.expires_us
    }  # fmt: skip
    context.note(person, "token.dibuat", "berhasil", objects, private={"nama": token.name})
    context.wiring.tokens.add(token, digest_of(shown))
    return NewToken(**_out(context, token).model_dump(), token=shown)


@router.delete("/{token_id}", status_code=204)
def revoke(token_id: Annotated[str, Path(max_length=40)], person: SignedIn, context: InContext) -> None:
    """End a token at once."""
    context.allow(person, Action.MANAGE_PEOPLE, None, {"token": token_id})
    for one in context.wiring.tokens.all():
        if one.token_id == token_id and area_covers(person.area, one.area):
            context.note(person, "token.dicabut", "berhasil", {"token": token_id})
            context.wiring.tokens.revoke(token_id, context.wiring.clock.now_us())


def _out(context: Context, token: ApiToken) -> TokenOut:
    maker = context.wiring.people.by_id(token.made_by)
    return TokenOut(
        token_id=token.token_id,
        name=token.name,
        actions=sorted(action.value for action in token.actions),
        area=token.area,
        made_by=maker.name if maker else token.made_by,
        made_us=token.made_us,
        expires_us=token.expires_us,
        revoked_us=token.revoked_us,
        used_us=token.used_us,
        counts=counts(token, context.wiring.clock.now_us()),
    )
