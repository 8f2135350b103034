"""What a request may reach: the wiring, the recorder, and who is asking."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from ronda.access.errors import NotAllowedError, NotSignedInError, WallScreenError
from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import decide
from ronda.access.service import Standing, role_names
from ronda.access.tokens import bearer, counts, digest_of
from ronda.app.http.cookies import COOKIE, read_cookie
from ronda.app.http.token_routes import TOKEN_ROUTES
from ronda.app.wiring import Wiring
from ronda.core.ids import AreaCode, CameraId
from ronda.evidence.entry import AuditEvent, Phase
from ronda.registry.errors import NotRegisteredError
from ronda.registry.model import Camera
from ronda.video.recorder_client import RecorderClient

READING = frozenset({"GET", "HEAD"})
WALL_ROUTES = frozenset({"/api/cameras"})  # all that a wall screen reads; its pictures come by the socket


@dataclass(frozen=True, slots=True)
class Context:
    """Shared by all requests of one web process."""

    wiring: Wiring

    @property
    def recorder(self) -> RecorderClient:
        return self.wiring.recorder

    def person(self, token: str | None) -> Person:
        """Who holds this session with nothing left to do. Raises NotSignedInError, FactorNeededError."""
        return self.wiring.access.who(token or "")

    def standing(self, token: str | None) -> Standing:
        """Who holds this session, and what is still to do: for the routes that do just that."""
        return self.wiring.access.standing(token or "")

    def allow(self, person: Person, action: Action, area: AreaCode | None, objects: dict[str, str | int]) -> None:
        """Let the act pass, or write the refusal into the log and raise NotAllowedError."""
        decision = decide(person, action, area)
        if not decision.allowed:
            self.note(person, f"{action.value}.ditolak", "ditolak", {**objects, "alasan": decision.reason})
            raise NotAllowedError(decision.reason)

    def beyond_the_wall(self, person: Person, what: str) -> None:
        """Raise WallScreenError, after an entry, when the person acts from a wall screen."""
        if person.at_wall:
            self.note(person, "layar_pantau.ditolak", "ditolak", {"jalan": what[:200]})
            raise WallScreenError

    def camera(self, name: str) -> Camera:
        """The register's entry. Raises NotRegisteredError."""
        entry = self.wiring.register.camera(CameraId(name))
        if entry is None:
            raise NotRegisteredError(name)
        return entry

    def note(
        self,
        person: Person,
        action: str,
        outcome: str,
        objects: dict[str, str | int],
        phase: Phase = Phase.FACT,
        private: dict[str, str] | None = None,
    ) -> int:
        """One log entry in this person's name; returns its index."""
        return self.wiring.log.append(
            AuditEvent(
                action=action,
                actor=person.person_id,
                role=role_names(person),
                phase=phase,
                outcome=outcome,
                objects=objects,
                private=private or {},
            )
        )


def context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def signed_in(request: Request) -> Person:
    """The person of this request; one-time passwords and second factors come before anything else."""
    said = request.headers.get("authorization", "")
    if said[:7].casefold() == "bearer ":
        return _within_allowance(request, _program(request, said[7:].strip()))
    token = _touched(request)
    context = context_of(request)
    person = _within_allowance(request, context.person(token))
    if request.method not in READING or getattr(request.scope.get("route"), "path", "") not in WALL_ROUTES:
        context.beyond_the_wall(person, request.url.path)
    return person


def _within_allowance(request: Request, person: Person) -> Person:
    """Raises HeldUpError. The guard has seen to it that a length is said."""
    allowances = context_of(request).wiring.allowances
    if request.method in READING:
        allowances.read(person.person_id)
    else:
        allowances.sent(person.person_id, int(request.headers.get("content-length", "0")))
    return person


def _program(request: Request, shown: str) -> Person:
    """A program with a token; whatever is not on the list of routes is refused, as are all writing requests."""
    context = context_of(request)
    now_us = context.wiring.clock.now_us()
    token = context.wiring.tokens.by_digest(digest_of(shown)) if shown else None
    if token is None or not counts(token, now_us):
        raise NotSignedInError("this token is unknown, ended or taken back. Next: ask the office for a new one")
    person, action = bearer(token), TOKEN_ROUTES.get(getattr(request.scope.get("route"), "path", ""))
    if action is None or request.method != "GET":
        context.note(person, "token.ditolak", "ditolak", {"jalan": request.url.path[:200]})
        raise NotAllowedError("no token opens this. Next: see which routes a token reaches")
    context.allow(person, action, None, {})
    context.wiring.tokens.used(token, now_us)
    return person


def half_signed_in(request: Request) -> Standing:
    """Who gave a password here, whatever is still to be done: for factors and the own password alone."""
    token = _touched(request)
    return context_of(request).standing(token)


def _touched(request: Request) -> str:
    """The session's token. Who writes is there: pages refresh themselves by reading alone."""
    token = read_cookie(request, COOKIE)
    if token and request.method not in READING:
        context_of(request).wiring.access.touch(token)
    return token


InContext = Annotated[Context, Depends(context_of)]
SignedIn = Annotated[Person, Depends(signed_in)]
HalfSignedIn = Annotated[Standing, Depends(half_signed_in)]
