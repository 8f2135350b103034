"""Decide "may I, and why?" from roles and area. Pure; footage of the past is decided by its case."""

from dataclasses import dataclass

from ronda.access.errors import NotAllowedError
from ronda.access.model import Person
from ronda.access.policy import MAY, WALL_MAY, Action
from ronda.core.ids import AreaCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An answer with its reason in one sentence."""

    allowed: bool
    reason: str


def area_covers(outer: AreaCode, inner: AreaCode) -> bool:
    """Area codes nest by dots: 64.08 covers 64.08.04.1001, but not 64.080."""
    return inner == outer or inner.startswith(outer + ".")


def official_digits(number: str) -> str:
    """A NIP or NRP as it is compared: its digits alone."""
    return "".join(sign for sign in number if sign in "0123456789")


def same_official(one: str, other: str) -> bool:
    """Whether two NIP or NRP belong to one person, however they are spaced; empty ones never differ."""
    return official_digits(one) == official_digits(other)


def decide(person: Person, action: Action, area: AreaCode | None = None) -> Decision:
    """May `person` do `action` in `area` (None: an act that belongs to no area)?"""
    if person.disabled:
        return Decision(allowed=False, reason="the account is disabled")
    if person.only is not None:
        return _decide_token(person, action, area)
    if person.at_wall and action not in WALL_MAY:
        return Decision(allowed=False, reason="a wall screen shows live pictures alone")
    holders = MAY[action]
    if not person.roles & holders:
        names = ", ".join(sorted(role.value for role in holders))
        return Decision(allowed=False, reason=f"{action.value} belongs to: {names}")
    if area is not None and not area_covers(person.area, area):
        return Decision(allowed=False, reason=f"area {area} lies outside {person.area}")
    return Decision(allowed=True, reason=f"{action.value} allowed by role in {person.area}")


def _decide_token(token: Person, action: Action, area: AreaCode | None) -> Decision:
    """A program has no role: its list decides, within its area."""
    if action.value not in (token.only or ()):
        return Decision(allowed=False, reason=f"the token was not made for {action.value}")
    if area is not None and not area_covers(token.area, area):
        return Decision(allowed=False, reason=f"area {area} lies outside {token.area}")
    return Decision(allowed=True, reason=f"{action.value} allowed to the token in {token.area}")


def require(person: Person, action: Action, area: AreaCode | None = None) -> None:
    """Raise NotAllowedError unless `decide` allows."""
    decision = decide(person, action, area)
    if not decision.allowed:
        raise NotAllowedError(decision.reason)
