"""What every act on a case stands on: the stores, the log, and who may know of a case at all.

Each act in `asking`, `looking` and `sealing`: read the person as the accounts have them now, decide by
`rules`, write the intent, act, write the result. A refusal is written too. When the log cannot be
written nothing is done at all (LogUnavailableError).
"""

from dataclasses import dataclass, field
from pathlib import Path

from ronda.access.model import Person
from ronda.access.rules import Decision
from ronda.cases import rules
from ronda.cases.acts import Acts
from ronda.cases.errors import NoSuchCaseError
from ronda.cases.model import Case, Scope
from ronda.cases.package import PackageBuilder
from ronda.cases.packing import Gatherer
from ronda.cases.ports import CameraRegister, CaseStore, FootageFiles, People, SegmentCloser
from ronda.core.ids import AreaCode, CameraId, CaseId, HoldId, PersonId
from ronda.core.time import Clock, TimeSpan
from ronda.video.ports import Holds, RecordingReader


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDesk:
    """The parts of an installation that cases need. Safe to use from several threads."""

    store: CaseStore
    people: People
    register: CameraRegister
    recordings: RecordingReader
    holds: Holds
    footage: FootageFiles
    closer: SegmentCloser
    builder: PackageBuilder
    clock: Clock
    letters: Path = field(default_factory=lambda: Path("surat"))  # of requests, as they came
    training: bool = False  # a demo folder: every case and package is marked

    def get(self, person: PersonId, case_id: CaseId) -> Case:
        """A case this person may know of. Raises NoSuchCaseError, also when they may not (logged)."""
        case, who = self.store.get(case_id), self._acts.person(person)
        known = rules.may_know(case, who) if case else Decision(allowed=False, reason="no such case")
        if case is None or not known.allowed:
            self._acts.fact(who, "kasus.dibuka", known.reason, case=case)
            raise NoSuchCaseError(case_id)
        return case

    def all(self, person: PersonId) -> list[Case]:
        """The cases this person may know of, newest first."""
        who = self._acts.person(person)
        return [case for case in self.store.all() if rules.may_know(case, who).allowed]

    # ---- parts of the acts

    @property
    def _acts(self) -> Acts:
        return Acts(self.builder.log, self.people)

    @property
    def _gatherer(self) -> Gatherer:
        return Gatherer(
            recordings=self.recordings, register=self.register, closer=self.closer, builder=self.builder
        )

    def _require_open(
        self, person: PersonId, case_id: CaseId, camera: CameraId, span: TimeSpan, action: str
    ) -> tuple[Person, Case]:
        who, case = self._acts.person(person), self.get(person, case_id)
        decision = rules.may_open_past(case, who, camera, span, self.clock.now_us())
        if not decision.allowed:
            scope = Scope(cameras=(camera,), span=span)
            self._acts.refuse(who, action, decision.reason, case=case, scope=scope)
        return who, case

    def _areas(self, scope: Scope, problems: list[tuple[str, str]]) -> list[AreaCode]:
        """The areas of the scope's cameras; unknown cameras are added to `problems`."""
        areas = []
        for camera in scope.cameras:
            entry = self.register.camera(camera)
            if entry is None:
                problems.append(("scope.cameras", f"no camera {camera[:63]!r} in the register"))
            else:
                areas.append(entry.site.area)
        return areas

    def _let_go(self, hold_ids: tuple[HoldId, ...], after_us: int) -> None:
        until = self.clock.now_us() + after_us
        for hold_id in hold_ids:
            self.holds.end_hold(hold_id, until)
