"""A case begins: the request with its lock, another scope, approval or refusal by a second person.

The lock begins with the request, before anybody decides: footage must not fall to retention meanwhile.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import decide
from ronda.cases import rules
from ronda.cases.citizen import is_citizens
from ronda.cases.desk import CaseDesk
from ronda.cases.errors import ChangedMeanwhileError, IncompleteRequestError
from ronda.cases.model import Approval, Case, CaseState, CitizenRefusal, Event, Refusal, Request, Scope
from ronda.core.ids import CameraId, CaseId, HoldId, PersonId, new_id
from ronda.core.time import DAY_US, TimeSpan
from ronda.video.model import Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking(CaseDesk):
    """See the module. Every method writes to the log before it acts."""

    def request(self, person: PersonId, request: Request) -> Case:
        """Take a request and lock its footage from this moment.

        Raises IncompleteRequestError with every problem, NotYourStepError for the wrong role or area.
        """
        who, now = self._acts.person(person), self.clock.now_us()
        request = replace(request, lp_number=rules.tidy_lp_number(request.lp_number))
        problems = rules.request_problems(request, now)
        areas = self._areas(request.scope, problems)
        if problems:
            raise IncompleteRequestError(problems)
        self._acts.require(who, asking(request), areas, "permintaan.ditolak")
        case_id, scope = CaseId(new_id("case")), request.scope
        with self._acts.act(
            who, taken_in(request), case_id=case_id, scope=scope, private=_request_texts(request)
        ) as act:
            case = Case(
                case_id=case_id,
                revision=1,
                state=CaseState.WAITING,
                request=request,
                scope_version=1,
                area=rules.common_area(areas),
                requested_by=who.person_id,
                requested_official_id=who.official_id,
                requested_name=who.name,
                requested_us=now,
                request_log_index=act.intent,
                hold_ids=self._lock(scope, case_id),
                training=self.training,
            )
            self.store.add(case)
        return case

    def change_scope(self, person: PersonId, case_id: CaseId, scope: Scope, reason: str) -> Case:
        """Ask for another scope: any approval ends with it, and a new one is needed."""
        who, case = self._acts.person(person), self.get(person, case_id)
        state = rules.after(case.state, Event.CHANGE_SCOPE)
        problems = rules.scope_problems(scope, self.clock.now_us())
        areas = self._areas(scope, problems)
        if problem := rules.reason_problem(reason):
            problems.append(("reason", problem))
        if problems:
            raise IncompleteRequestError(problems)
        self._acts.require(who, asking(case.request), areas, "permintaan.ditolak", case)
        if who.person_id != case.requested_by:
            self._acts.refuse(who, "permintaan.ditolak", "only who asked may ask for another scope", case=case)
        with self._acts.act(who, "permintaan.diubah", case=case, scope=scope, private={"alasan": reason}):
            holds = self._lock(scope, case_id)
            self._let_go(case.hold_ids, rules.HOLD_AFTER_REFUSAL_US)
            return self.store.save(
                replace(
                    case,
                    state=state,
                    request=replace(case.request, scope=scope),
                    scope_version=case.scope_version + 1,
                    area=rules.common_area(areas),
                    approval=None,
                    hold_ids=holds,
                )
            )

    def approve(
        self,
        person: PersonId,
        case_id: CaseId,
        *,
        scope_version: int,
        scope: Scope | None = None,
        access_days: int = 14,
        note: str = "",
    ) -> Case:
        """Allow the request, or a narrower scope of it, as a second person.

        scope_version  the version that was read; another one is refused
        Raises NotYourStepError (self-approval, role, area, wider scope), WrongStateError (a replay).
        """
        who, case = self._acts.person(person), self.get(person, case_id)
        state = self._acts.after(who, case, Event.APPROVE, "permintaan.ditolak_aturan")
        given = scope or case.request.scope
        for decision in (
            rules.may_decide(case, who, self._areas(case.request.scope, []), scope_version),
            rules.narrows(case.request.scope, given),
        ):
            if not decision.allowed:
                self._acts.refuse(who, "permintaan.ditolak_aturan", decision.reason, case=case)
        if not 1 <= access_days <= rules.MAX_ACCESS_DAYS or len(note) > rules.MAX_TEXT_CHARACTERS:
            raise IncompleteRequestError([("access_days", f"1 to {rules.MAX_ACCESS_DAYS} days; a note below 500")])
        with self._acts.act(who, "permintaan.disetujui", case=case, scope=given, private={"catatan": note}) as act:
            now = self.clock.now_us()
            approval = Approval(
                approver=who.person_id,
                official_id=who.official_id,
                name=who.name,
                office=who.office,
                at_us=now,
                scope=given,
                scope_version=scope_version,
                access_until_us=now + access_days * DAY_US,
                note=note,
                log_index=act.intent,
            )
            holds = case.hold_ids
            if given != case.request.scope:
                holds = self._lock(given, case_id)
                self._let_go(case.hold_ids, rules.HOLD_AFTER_REFUSAL_US)
            return self.store.save(replace(case, state=state, approval=approval, hold_ids=holds))

    def refuse(
        self,
        person: PersonId,
        case_id: CaseId,
        *,
        scope_version: int,
        reason: str,
        ground: CitizenRefusal | None = None,
    ) -> Case:
        """Refuse as a second person; the lock ends 7 days later. A citizen is given a ground of the closed list."""
        who, case = self._acts.person(person), self.get(person, case_id)
        state = self._acts.after(who, case, Event.REFUSE, "permintaan.ditolak_aturan")
        decision = rules.may_decide(case, who, self._areas(case.request.scope, []), scope_version)
        if not decision.allowed:
            self._acts.refuse(who, "permintaan.ditolak_aturan", decision.reason, case=case)
        if problem := rules.reason_problem(reason):
            raise IncompleteRequestError([("reason", problem)])
        if is_citizens(case) != (ground is not None):
            raise IncompleteRequestError(
                [("ground", "a citizen is refused on a ground of the list, the police by reason")]
            )
        with self._acts.act(who, "permintaan.ditolak", case=case, private={"alasan": reason}) as act:
            if ground is not None:
                act.objects["dasar"] = ground.value
            now = self.clock.now_us()
            self._let_go(case.hold_ids, rules.HOLD_AFTER_REFUSAL_US)
            refusal = Refusal(approver=who.person_id, name=who.name, at_us=now, reason=reason, ground=ground)
            return self.store.save(replace(case, state=state, refusal=refusal))

    def reminded(self, case_id: CaseId, times: int) -> None:
        """The approver on duty was told this often; whoever changes the case at this moment goes first."""
        case = self.store.get(case_id)
        if case is not None and case.reminders < times:
            with suppress(ChangedMeanwhileError):
                self.store.save(replace(case, reminders=times))

    def assign(self, person: PersonId, case_id: CaseId, member: PersonId) -> Case:
        """Let an operator help in the case; by its approver or by who asked, until it ends."""
        who, case, other = self._acts.person(person), self.get(person, case_id), self._acts.person(member)
        for decision in (rules.may_assign(case, who), decide(other, Action.REVIEW_FOOTAGE, case.area)):
            if not decision.allowed:
                self._acts.refuse(who, "kasus.petugas_ditolak", decision.reason, case=case)
        return self._with_members(who, "kasus.petugas", case, (*case.members, other.person_id), other.person_id)

    def release(self, person: PersonId, case_id: CaseId, member: PersonId) -> Case:
        """An operator helps no longer; what is open to them in the case closes within two seconds."""
        who, case = self._acts.person(person), self.get(person, case_id)
        decision = rules.may_assign(case, who)
        if not decision.allowed:
            self._acts.refuse(who, "kasus.petugas_ditolak", decision.reason, case=case)
        left = tuple(one for one in case.members if one != member)
        return self._with_members(who, "kasus.petugas_dilepas", case, left, member)

    def _with_members(
        self, who: Person, action: str, case: Case, members: tuple[PersonId, ...], about: PersonId
    ) -> Case:
        with self._acts.act(who, action, case=case) as act:
            act.objects["petugas"] = about
            return self.store.save(replace(case, members=tuple(dict.fromkeys(members))))

    def lock_unseen(self, person: PersonId, camera: CameraId, span: TimeSpan, note: str) -> Hold:
        """Lock footage for 7 days without seeing it, since the letter comes late."""
        who = self._acts.person(person)
        scope, now = Scope(cameras=(camera,), span=span), self.clock.now_us()
        problems = rules.scope_problems(scope, now)
        areas = self._areas(scope, problems)
        if problem := rules.reason_problem(note):
            problems.append(("note", problem))
        if problems:
            raise IncompleteRequestError(problems)
        self._acts.require(who, Action.LOCK_UNSEEN, areas, "kunci.ditolak")
        with self._acts.act(who, "kunci.dipasang", scope=scope, private={"catatan": note}) as act:
            hold = Hold(
                hold_id=HoldId(new_id("hold")),
                camera=camera,
                span=span,
                until_us=now + rules.OPERATOR_LOCK_US,
                reason=f"kunci sementara oleh {who.person_id}",
            )
            act.objects["kunci"] = hold.hold_id
            self.holds.place_hold(hold)
        return hold

    def _lock(self, scope: Scope, case_id: CaseId) -> tuple[HoldId, ...]:
        ids = []
        for camera in scope.cameras:
            hold = Hold(
                hold_id=HoldId(new_id("hold")), camera=camera, span=scope.span, until_us=None, reason=case_id
            )
            self.holds.place_hold(hold)
            ids.append(hold.hold_id)
        return tuple(ids)


def asking(request: Request) -> Action:
    """Which right it takes to enter this request."""
    return Action.ENTER_REQUEST if request.citizen is None else Action.ENTER_CITIZEN_REQUEST


def taken_in(request: Request) -> str:
    """The act of taking a request in: a citizen's is counted by itself in the public figures."""
    return "permintaan.diterima" if request.citizen is None else "permintaan.warga_diterima"


def _request_texts(request: Request) -> dict[str, str]:
    if request.citizen is not None:
        who = f"{request.citizen.name}, {request.citizen.contact}"
        return {"pemohon": who, "tempat": request.place, "alasan": request.reason}
    return {
        "nomor_lp": request.lp_number,
        "nomor_surat": request.letter_number,
        "pemohon": f"{request.requester.rank} {request.requester.name}, NRP {request.requester.nrp}",
        "tempat": request.place,
        "alasan": request.reason,
    }
