"""The two ways into the past: a case, and the look back of the control room. Each decides and logs before a byte.

A door gives the span that may be sent, is asked again each second, and writes what was sent when it closes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ronda.access.duty import DutyKind, on_duty
from ronda.access.errors import LookBackRefusedError
from ronda.access.look_back import LookBack, is_overdue, may_look_back
from ronda.access.model import Person
from ronda.app.http.context import Context
from ronda.app.http.routes.cameras import visible_camera
from ronda.cases.errors import NotYourStepError
from ronda.core.ids import CameraId, CaseId, new_id
from ronda.core.time import TimeSpan
from ronda.evidence.entry import Phase


class Door(Protocol):
    camera: CameraId

    def enter(self, at_us: int) -> TimeSpan:
        """Decide and log; the span that may be sent. Raises what refuses it."""
        ...

    def still_open(self, at_us: int) -> None:
        """Raises once it has to end."""
        ...

    def leave(self, at_us: int, sent_us: int | None) -> None: ...


@dataclass(slots=True)
class CaseDoor:
    """Within a case: its approval, its cameras, its span."""

    context: Context
    person: Person
    case: CaseId
    camera: CameraId

    def enter(self, at_us: int) -> TimeSpan:
        cases = self.context.wiring.cases
        cases.open_past(self.person.person_id, self.case, self.camera, TimeSpan(at_us, at_us + 1))
        approval = cases.get(self.person.person_id, self.case).approval
        if approval is None:
            raise NotYourStepError("the approval was taken back")
        return approval.scope.span

    def still_open(self, at_us: int) -> None:
        service = self.context.wiring.cases
        approval = service.get(self.person.person_id, self.case).approval
        span = approval.scope.span if approval else TimeSpan(at_us, at_us + 1)
        decision = service.may_open_past(self.person.person_id, self.case, self.camera, span)
        if not decision.allowed:
            raise NotYourStepError(f"refused: {decision.reason}")

    def leave(self, at_us: int, sent_us: int | None) -> None:
        objects: dict[str, str | int] = {"kamera": self.camera, "dari_us": at_us, "kasus": self.case}
        if sent_us is not None:
            objects["terkirim_sampai_us"] = sent_us
        self.context.note(self.person, "rekaman.putar", "berhasil", objects, Phase.RESULT)


@dataclass(slots=True)
class LookBackDoor:
    """Some minutes of a camera in view, for who is on duty; opens an incident that wants its reason."""

    context: Context
    person: Person
    camera: CameraId
    in_view: Callable[[], bool]
    incident: str = ""
    log_index: int = 0

    def enter(self, at_us: int) -> TimeSpan:
        wiring = self.context.wiring
        now_us = wiring.clock.now_us()
        objects: dict[str, str | int] = {"kamera": self.camera, "dari_us": at_us, "sampai_us": now_us}
        self._decide(at_us, now_us, objects)
        self.log_index = self.context.note(self.person, "pantauan.mundur", "boleh", objects, Phase.INTENT)
        self.incident = self._open_incident(at_us, now_us)
        return TimeSpan(at_us, now_us)

    def still_open(self, at_us: int) -> None:
        """The span was decided at the opening; duty, view and limit must hold on."""
        now_us = self.context.wiring.clock.now_us()
        self._decide(now_us, now_us, {"kamera": self.camera, "dari_us": at_us})

    def leave(self, at_us: int, sent_us: int | None) -> None:
        objects: dict[str, str | int] = {"kamera": self.camera, "dari_us": at_us, "kejadian": self.incident}
        if sent_us is not None:
            objects["terkirim_sampai_us"] = sent_us
        self.context.note(self.person, "pantauan.mundur", "berhasil", objects, Phase.RESULT)

    def _decide(self, at_us: int, now_us: int, objects: dict[str, str | int]) -> None:
        wiring = self.context.wiring
        entry = visible_camera(self.context, self.person, self.camera)
        decision = may_look_back(
            wiring.people.by_id(self.person.person_id) or self.person,
            entry.site.area,
            at_us,
            now_us,
            minutes=wiring.look_back_minutes,
            on_duty=self.person.person_id in on_duty(wiring.duty.after(now_us), DutyKind.CONTROL_ROOM, now_us),
            in_view=self.in_view(),
            open_ones=wiring.duty.unexplained_of(self.person.person_id),
        )
        if not decision.allowed:
            self.context.note(self.person, "pantauan.mundur", "ditolak", {**objects, "sebab": decision.reason})
            raise LookBackRefusedError(f"refused: {decision.reason}")

    def _open_incident(self, at_us: int, now_us: int) -> str:
        """The incident of this look; one that waits for its reason and reaches as far back is the same look."""
        store = self.context.wiring.duty
        for one in store.unexplained_of(self.person.person_id):
            if one.camera == self.camera and one.from_us <= at_us and not is_overdue(one, now_us):
                return one.look_back_id
        entry = visible_camera(self.context, self.person, self.camera)
        incident = LookBack(
            look_back_id=new_id("lb"),
            person_id=self.person.person_id,
            camera=self.camera,
            area=entry.site.area,
            from_us=at_us,
            to_us=now_us,
            log_index=self.log_index,
        )
        store.open_look_back(incident)
        return incident.look_back_id
