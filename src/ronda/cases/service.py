"""What people do with a case, each act written to the access log before it happens.

Each method: read the person as the accounts have them now, decide by `rules`, write the intent, act,
write the result. A refusal is written too. When the log cannot be written nothing is done at all
(LogUnavailableError). Nothing here opens a film for the browser: `open_past` decides and logs, the
player then asks for bytes.
"""

import asyncio
from dataclasses import dataclass, replace

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import Decision, decide
from ronda.cases import rules
from ronda.cases.acts import Acts
from ronda.cases.errors import (
    IncompleteRequestError,
    NoSuchCaseError,
    PackageError,
    WrongStateError,
)
from ronda.cases.model import (
    Approval,
    Case,
    CaseState,
    Event,
    HandOver,
    Mark,
    Officer,
    Outcome,
    OutcomeKind,
    PackageRecord,
    Refusal,
    Request,
    Scope,
    StillRecord,
)
from ronda.cases.package import PackageBuilder, Progress
from ronda.cases.packing import Gatherer, with_picture
from ronda.cases.ports import CameraRegister, CaseStore, FootageFiles, People, SegmentCloser
from ronda.cases.still import Still, take_still
from ronda.core.ids import AreaCode, CameraId, CaseId, HoldId, PersonId, new_id
from ronda.core.time import DAY_US, Clock, TimeSpan
from ronda.video.model import Hold
from ronda.video.ports import Holds, RecordingReader


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseService:
    """The use cases. All are safe to call from several threads; `pack` alone is a coroutine."""

    store: CaseStore
    people: People
    register: CameraRegister
    recordings: RecordingReader
    holds: Holds
    footage: FootageFiles
    closer: SegmentCloser
    builder: PackageBuilder
    clock: Clock
    training: bool = False  # a demo folder: every case and package is marked

    # ---- reading

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

    # ---- request and approval

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
        self._acts.require(who, Action.ENTER_REQUEST, areas, "permintaan.ditolak")
        case_id, scope = CaseId(new_id("case")), request.scope
        with self._acts.act(
            who, "permintaan.diterima", case_id=case_id, scope=scope, private=_request_texts(request)
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
        self._acts.require(who, Action.ENTER_REQUEST, areas, "permintaan.ditolak", case)
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

    def refuse(self, person: PersonId, case_id: CaseId, *, scope_version: int, reason: str) -> Case:
        """Refuse as a second person; the lock ends 7 days later."""
        who, case = self._acts.person(person), self.get(person, case_id)
        state = self._acts.after(who, case, Event.REFUSE, "permintaan.ditolak_aturan")
        decision = rules.may_decide(case, who, self._areas(case.request.scope, []), scope_version)
        if not decision.allowed:
            self._acts.refuse(who, "permintaan.ditolak_aturan", decision.reason, case=case)
        if problem := rules.reason_problem(reason):
            raise IncompleteRequestError([("reason", problem)])
        with self._acts.act(who, "permintaan.ditolak", case=case, private={"alasan": reason}):
            now = self.clock.now_us()
            self._let_go(case.hold_ids, rules.HOLD_AFTER_REFUSAL_US)
            refusal = Refusal(approver=who.person_id, name=who.name, at_us=now, reason=reason)
            return self.store.save(replace(case, state=state, refusal=refusal))

    def assign(self, person: PersonId, case_id: CaseId, member: PersonId) -> Case:
        """Let an operator help in the case; by its approver or by who asked."""
        who, case, other = self._acts.person(person), self.get(person, case_id), self._acts.person(member)
        approver = case.approval.approver if case.approval else None
        if who.person_id not in (case.requested_by, approver):
            self._acts.refuse(who, "kasus.petugas_ditolak", "only who asked or approved may assign", case=case)
        decision = decide(other, Action.REVIEW_FOOTAGE, case.area)
        if not decision.allowed:
            self._acts.refuse(who, "kasus.petugas_ditolak", decision.reason, case=case)
        with self._acts.act(who, "kasus.petugas", case=case) as act:
            act.objects["petugas"] = other.person_id
            members = tuple(dict.fromkeys([*case.members, other.person_id]))
            return self.store.save(replace(case, members=members))

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

    # ---- looking

    def may_open_past(self, person: PersonId, case_id: CaseId, camera: CameraId, span: TimeSpan) -> Decision:
        """The pure rule with the present; writes nothing. For drawing a screen, not for opening."""
        case = self.store.get(case_id)
        if case is None:
            return Decision(allowed=False, reason="no such case")
        return rules.may_open_past(case, self._acts.person(person), camera, span, self.clock.now_us())

    def open_past(
        self, person: PersonId, case_id: CaseId, camera: CameraId, span: TimeSpan, how: str = "putar"
    ) -> int:
        """Decide and log before the first byte of footage leaves; returns the entry's index.

        how  `putar`, `geser`, `cari`, `gambar`: what the picture is wanted for
        Raises NotYourStepError, after the refusal was logged.
        """
        who, case = self._acts.person(person), self.store.get(case_id)
        scope = Scope(cameras=(camera,), span=span)
        if case is None:
            self._acts.refuse(who, f"rekaman.{how}", "no such case", scope=scope)
        decision = rules.may_open_past(case, who, camera, span, self.clock.now_us())
        if not decision.allowed:
            self._acts.refuse(who, f"rekaman.{how}", decision.reason, case=case, scope=scope)
        return self._acts.intent(who, f"rekaman.{how}", case, scope)

    def mark(self, person: PersonId, case_id: CaseId, camera: CameraId, span: TimeSpan, note: str) -> Case:
        """Keep a found place with a note; within the scope only."""
        who, case = self._require_open(person, case_id, camera, span, "tanda.dipasang")
        if not 1 <= len(note.strip()) <= rules.MAX_TEXT_CHARACTERS:
            raise IncompleteRequestError([("note", "1 to 500 characters")])
        scope = Scope(cameras=(camera,), span=span)
        with self._acts.act(who, "tanda.dipasang", case=case, scope=scope, private={"catatan": note}):
            mark = Mark(
                mark_id=new_id("mark"),
                camera=camera,
                span=span,
                note=note.strip(),
                by=who.person_id,
                at_us=self.clock.now_us(),
            )
            return self.store.save(replace(case, marks=(*case.marks, mark)))

    def still(self, person: PersonId, case_id: CaseId, camera: CameraId, at_us: int) -> tuple[Case, Still]:
        """The last picture at or before `at_us`, as PNG with its exact time and digest.

        Raises NothingRecordedError, NotYourStepError.
        """
        span = TimeSpan(at_us, at_us + 1)
        who, case = self._require_open(person, case_id, camera, span, "rekaman.gambar")
        scope = Scope(cameras=(camera,), span=span)
        with self._acts.act(who, "rekaman.gambar", case=case, scope=scope) as act:
            allowed = case.approval.scope.span if case.approval else span
            segments = with_picture(
                self.recordings, camera, TimeSpan(max(allowed.start_us, at_us - DAY_US), at_us + 1)
            )
            picture = take_still(self.footage, self.recordings, segments, at_us, allowed.start_us)
            record = StillRecord(
                still_id=new_id("still"),
                camera=camera,
                asked_us=at_us,
                frame_us=picture.frame_us,
                sha256=picture.sha256,
                size_bytes=len(picture.png),
                by=who.person_id,
                at_us=self.clock.now_us(),
            )
            act.objects |= {"gambar": record.still_id, "sha256": record.sha256, "waktu_us": record.frame_us}
            return self.store.save(replace(case, stills=(*case.stills, record))), picture

    # ---- package, hand-over, outcome

    async def pack(
        self, person: PersonId, case_id: CaseId, progress: Progress = lambda *_: None
    ) -> tuple[Case, PackageRecord]:
        """Seal a package of the approved scope, widened to whole segments. Takes seconds to minutes.

        Raises NoRoomError or PackageError (nothing is left under the final name), NotYourStepError.
        """
        who, case = self._acts.person(person), self.get(person, case_id)
        state = self._acts.after(who, case, Event.SEAL, "bukti.ekspor_ditolak")
        approval = case.approval
        if approval is None:
            raise WrongStateError(f"case {case_id} has no approval; nothing was packed")
        for camera in approval.scope.cameras:
            self._require_open(person, case_id, camera, approval.scope.span, "bukti.ekspor")
        self._acts.require(who, Action.EXPORT_PACKAGE, [case.area], "bukti.ekspor_ditolak", case)
        with self._acts.act(who, "bukti.ekspor", case=case, scope=approval.scope) as act:
            await self._gatherer.close_running(approval.scope)
            started_us = self.clock.now_us()
            job = self._gatherer.job(who, case, approval.scope, started_us, training=self.training)
            built = await asyncio.to_thread(self.builder.build, job, progress)
            now = self.clock.now_us()
            record = PackageRecord(
                package_id=job.name,
                folder=built.path.name,
                manifest_sha256=built.manifest_sha256,
                seal_sha256=built.seal_sha256,
                size_bytes=built.size_bytes,
                clips=built.clips,
                scope=approval.scope,
                widened=job.widened,
                sealed_us=now,
                took_us=now - job.started_us,
                by=who.person_id,
                log_index=built.log_index,
            )
            act.objects |= {"paket": job.name, "manifest": built.manifest_sha256}
            saved = self.store.save(replace(case, state=state, packages=(*case.packages, record)))
        return saved, record

    def hand_over(self, person: PersonId, case_id: CaseId, package_id: str, receiver: Officer, medium: str) -> Case:
        """Record who took the package on which medium; the signed BAST is the paper for it."""
        who, case = self._acts.person(person), self.get(person, case_id)
        state = self._acts.after(who, case, Event.HAND_OVER, "bukti.serah_terima_ditolak")
        self._acts.require(who, Action.EXPORT_PACKAGE, [case.area], "bukti.serah_terima_ditolak", case)
        if not rules.belongs(case, who):
            self._acts.refuse(who, "bukti.serah_terima_ditolak", "you do not belong to this case", case=case)
        if package_id not in [package.package_id for package in case.packages]:
            raise PackageError(f"case {case_id} has no package {package_id[:80]!r}")
        texts = {"penerima": receiver.name, "nrp": receiver.nrp, "satuan": receiver.unit, "media": medium}
        if problems := [(name, "2 to 200 characters") for name, t in texts.items() if not 2 <= len(t) <= 200]:
            raise IncompleteRequestError(problems)
        with self._acts.act(who, "bukti.serah_terima", case=case, private=texts) as act:
            act.objects["paket"] = package_id
            handed = HandOver(
                package_id=package_id,
                receiver=receiver,
                medium=medium,
                at_us=self.clock.now_us(),
                by=who.person_id,
            )
            return self.store.save(replace(case, state=state, hand_overs=(*case.hand_overs, handed)))

    def close(self, person: PersonId, case_id: CaseId, kind: OutcomeKind, note: str) -> Case:
        """Record what came of it. Access ends now; locks end 30 days later."""
        who, case = self._acts.person(person), self.get(person, case_id)
        state = self._acts.after(who, case, Event.CLOSE, "kasus.hasil_ditolak")
        self._acts.require(who, Action.CLOSE_CASE, [case.area], "kasus.hasil_ditolak", case)
        if not rules.belongs(case, who):
            self._acts.refuse(who, "kasus.hasil_ditolak", "you do not belong to this case", case=case)
        if len(note) > rules.MAX_TEXT_CHARACTERS:
            raise IncompleteRequestError([("note", "at most 500 characters")])
        with self._acts.act(who, "kasus.hasil", case=case, private={"catatan": note}) as act:
            act.objects["hasil"] = kind.value
            self._let_go(case.hold_ids, rules.HOLD_AFTER_OUTCOME_US)
            outcome = Outcome(kind=kind, note=note, at_us=self.clock.now_us(), by=who.person_id)
            return self.store.save(replace(case, state=state, outcome=outcome))

    # ---- parts

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

    def _lock(self, scope: Scope, case_id: CaseId) -> tuple[HoldId, ...]:
        ids = []
        for camera in scope.cameras:
            hold = Hold(
                hold_id=HoldId(new_id("hold")), camera=camera, span=scope.span, until_us=None, reason=case_id
            )
            self.holds.place_hold(hold)
            ids.append(hold.hold_id)
        return tuple(ids)

    def _let_go(self, hold_ids: tuple[HoldId, ...], after_us: int) -> None:
        until = self.clock.now_us() + after_us
        for hold_id in hold_ids:
            self.holds.end_hold(hold_id, until)


def _request_texts(request: Request) -> dict[str, str]:
    return {
        "nomor_lp": request.lp_number,
        "nomor_surat": request.letter_number,
        "pemohon": f"{request.requester.rank} {request.requester.name}, NRP {request.requester.nrp}",
        "tempat": request.place,
        "alasan": request.reason,
    }
