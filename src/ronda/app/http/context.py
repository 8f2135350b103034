"""What a request may reach: the wiring, the recorder, and who is asking."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from ronda.access.errors import NotAllowedError, NotSignedInError
from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import decide
from ronda.access.service import role_names
from ronda.app.wiring import Wiring
from ronda.core.ids import AreaCode, CameraId
from ronda.evidence.entry import AuditEvent, Phase
from ronda.registry.errors import NotRegisteredError
from ronda.registry.model import Camera
from ronda.video.recorder_client import RecorderClient

COOKIE = "ronda_session"


@dataclass(frozen=True, slots=True)
class Context:
    """Shared by all requests of one web process."""

    wiring: Wiring

    @property
    def recorder(self) -> RecorderClient:
        return self.wiring.recorder

    def person(self, token: str | None) -> Person:
        """Who holds this session. Raises NotSignedInError."""
        return self.wiring.access.who(token or "")

    def allow(self, person: Person, action: Action, area: AreaCode | None, objects: dict[str, str | int]) -> None:
        """Let the act pass, or write the refusal into the log and raise NotAllowedError."""
        decision = decide(person, action, area)
        if not decision.allowed:
            self.note(person, f"{action.value}.ditolak", "ditolak", {**objects, "alasan": decision.reason})
            raise NotAllowedError(decision.reason)

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
    """The person of this request; one-time passwords must be replaced before anything else."""
    person = context_of(request).person(request.cookies.get(COOKIE))
    if person.must_change_password:
        raise NotSignedInError("the one-time password is used up. Next: choose a password of your own")
    return person


InContext = Annotated[Context, Depends(context_of)]
SignedIn = Annotated[Person, Depends(signed_in)]
