"""What people do with a case, each act written to the access log before it happens.

Each method: read the person as the accounts have them now, decide by `rules`, write the intent, act,
write the result. A refusal is written too. When the log cannot be written nothing is done at all
(LogUnavailableError). Nothing here opens a film for the browser: `open_past` decides and logs, the
player then asks for bytes.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import Decision, decide
from ronda.cases import rules
from ronda.cases.errors import (
    IncompleteRequestError,
    NoSuchCaseError,
    NotYourStepError,
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
from ronda.cases.package import Job, PackageBuilder, Progress, Recorded, package_name
from ronda.cases.papers import Papers
from ronda.cases.ports import CameraRegister, CaseStore, FootageFiles, People, SegmentCloser
from ronda.cases.still import Still, take_still
from ronda.core.ids import AreaCode, CameraId, CaseId, HoldId, PersonId, new_id
from ronda.core.time import DAY_US, MINUTE_US, SECOND_US, Clock, TimeSpan
from ronda.evidence.entry import AuditEvent, Phase
from ronda.registry.model import Camera
from ronda.video.model import Hold, Segment, SegmentState
from ronda.video.ports import Holds, RecordingReader

_LONGEST_SEGMENT_US = 2 * MINUTE_US
_PICTURE_STATES = (SegmentState.OPEN, SegmentState.CLOSED, SegmentState.REPAIRED)


@dataclass(slots=True)
class Act:
    """One act under way: its intent's index, and what the result entry will say."""

    intent: int
    objects: dict[str, str | int] = field(default_factory=dict)
    private: dict[str, str] = field(default_factory=dict)


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
        case, who = self.store.get(case_id), self._person(person)
        known = rules.may_know(case, who) if case else Decision(allowed=False, reason="no such case")
        if case is None or not known.allowed:
            named = case.case_id if case else None
            self._append(who, "kasus.dibuka", Phase.FACT, "ditolak", named, {}, {"sebab": known.reason}, case)
            raise NoSuchCaseError(case_id)
        return case

    def all(self, person: PersonId) -> list[Case]:
        """The cases this person may know of, newest first."""
        who = self._person(person)
        return [case for case in self.store.all() if rules.may_know(case, who).allowed]

    # ---- request and approval

    def request(self, person: PersonId, request: Request) -> Case:
        """Take a request and lock its footage from this moment.

        Raises IncompleteRequestError with every problem, NotYourStepError for the wrong role or area.
        """
        who, now = self._person(person), self.clock.now_us()
        request = replace(request, lp_number=rules.tidy_lp_number(request.lp_number))
        problems = rules.request_problems(request, now)
        areas = self._areas(request.scope, problems)
        if problems:
            raise IncompleteRequestError(problems)
        self._require(who, Action.ENTER_REQUEST, areas, "permintaan.ditolak")
        case_id, scope = CaseId(new_id("case")), request.scope
        with self._act(who, "permintaan.diterima", case_id, scope, _request_texts(request)) as act:
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
        who, case = self._person(person), self.get(person, case_id)
        state = rules.after(case.state, Event.CHANGE_SCOPE)
        problems = rules.scope_problems(scope, self.clock.now_us())
        areas = self._areas(scope, problems)
        if problem := rules.reason_problem(reason):
            problems.append(("reason", problem))
        if problems:
            raise IncompleteRequestError(problems)
        self._require(who, Action.ENTER_REQUEST, areas, "permintaan.ditolak", case)
        if not rules.belongs(case, who):
            self._refuse(who, "permintaan.ditolak", "you do not belong to this case", case)
        with self._act(who, "permintaan.diubah", case_id, scope, {"alasan": reason}):
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
                    requested_by=who.person_id,
                    requested_official_id=who.official_id,
                    requested_name=who.name,
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
        who, case = self._person(person), self.get(person, case_id)
        state = self._after(who, case, Event.APPROVE, "permintaan.ditolak_aturan")
        given = scope or case.request.scope
        for decision in (
            rules.may_decide(case, who, self._areas(case.request.scope, []), scope_version),
            rules.narrows(case.request.scope, given),
        ):
            if not decision.allowed:
                self._refuse(who, "permintaan.ditolak_aturan", decision.reason, case)
        if not 1 <= access_days <= rules.MAX_ACCESS_DAYS or len(note) > rules.MAX_TEXT_CHARACTERS:
            raise IncompleteRequestError([("access_days", f"1 to {rules.MAX_ACCESS_DAYS} days; a note below 500")])
        with self._act(who, "permintaan.disetujui", case_id, given, {"catatan": note}, case) as act:
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
        who, case = self._person(person), self.get(person, case_id)
        state = self._after(who, case, Event.REFUSE, "permintaan.ditolak_aturan")
        decision = rules.may_decide(case, who, self._areas(case.request.scope, []), scope_version)
        if not decision.allowed:
            self._refuse(who, "permintaan.ditolak_aturan", decision.reason, case)
        if problem := rules.reason_problem(reason):
            raise IncompleteRequestError([("reason", problem)])
        with self._act(who, "permintaan.ditolak", case_id, None, {"alasan": reason}, case):
            now = self.clock.now_us()
            self._let_go(case.hold_ids, rules.HOLD_AFTER_REFUSAL_US)
            refusal = Refusal(approver=who.person_id, name=who.name, at_us=now, reason=reason)
            return self.store.save(replace(case, state=state, refusal=refusal))

    def assign(self, person: PersonId, case_id: CaseId, member: PersonId) -> Case:
        """Let an operator help in the case; by its approver or by who asked."""
        who, case, other = self._person(person), self.get(person, case_id), self._person(member)
        approver = case.approval.approver if case.approval else None
        if who.person_id not in (case.requested_by, approver):
            self._refuse(who, "kasus.petugas_ditolak", "only who asked or approved may assign", case)
        decision = decide(other, Action.REVIEW_FOOTAGE, case.area)
        if not decision.allowed:
            self._refuse(who, "kasus.petugas_ditolak", decision.reason, case)
        with self._act(who, "kasus.petugas", case_id, None, {}, case) as act:
            act.objects["petugas"] = other.person_id
            members = tuple(dict.fromkeys([*case.members, other.person_id]))
            return self.store.save(replace(case, members=members))

    def lock_unseen(self, person: PersonId, camera: CameraId, span: TimeSpan, note: str) -> Hold:
        """Lock footage for 7 days without seeing it, since the letter comes late."""
        who = self._person(person)
        scope, now = Scope(cameras=(camera,), span=span), self.clock.now_us()
        problems = rules.scope_problems(scope, now)
        areas = self._areas(scope, problems)
        if problem := rules.reason_problem(note):
            problems.append(("note", problem))
        if problems:
            raise IncompleteRequestError(problems)
        self._require(who, Action.LOCK_UNSEEN, areas, "kunci.ditolak")
        with self._act(who, "kunci.dipasang", None, scope, {"catatan": note}) as act:
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
        return rules.may_open_past(case, self._person(person), camera, span, self.clock.now_us())

    def open_past(
        self, person: PersonId, case_id: CaseId, camera: CameraId, span: TimeSpan, how: str = "putar"
    ) -> int:
        """Decide and log before the first byte of footage leaves; returns the entry's index.

        how  `putar`, `geser`, `cari`, `gambar`: what the picture is wanted for
        Raises NotYourStepError, after the refusal was logged.
        """
        who, case = self._person(person), self.store.get(case_id)
        decision = (
            rules.may_open_past(case, who, camera, span, self.clock.now_us())
            if case is not None
            else Decision(allowed=False, reason="no such case")
        )
        scope = Scope(cameras=(camera,), span=span)
        if not decision.allowed:
            self._refuse(who, f"rekaman.{how}", decision.reason, case, scope)
        return self._append(who, f"rekaman.{how}", Phase.INTENT, "boleh", case_id, _objects(scope), {}, case)

    def mark(self, person: PersonId, case_id: CaseId, camera: CameraId, span: TimeSpan, note: str) -> Case:
        """Keep a found place with a note; within the scope only."""
        who, case = self._require_open(person, case_id, camera, span, "tanda.dipasang")
        if not 1 <= len(note.strip()) <= rules.MAX_TEXT_CHARACTERS:
            raise IncompleteRequestError([("note", "1 to 500 characters")])
        scope = Scope(cameras=(camera,), span=span)
        with self._act(who, "tanda.dipasang", case_id, scope, {"catatan": note}, case):
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
        with self._act(who, "rekaman.gambar", case_id, scope, {}, case) as act:
            allowed = case.approval.scope.span if case.approval else span
            segments = self._segments(camera, TimeSpan(max(allowed.start_us, at_us - DAY_US), at_us + 1))
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
        who, case = self._person(person), self.get(person, case_id)
        state = self._after(who, case, Event.SEAL, "bukti.ekspor_ditolak")
        approval = case.approval
        if approval is None:
            raise WrongStateError(f"case {case_id} has no approval; nothing was packed")
        for camera in approval.scope.cameras:
            self._require_open(person, case_id, camera, approval.scope.span, "bukti.ekspor")
        self._require(who, Action.EXPORT_PACKAGE, [case.area], "bukti.ekspor_ditolak", case)
        with self._act(who, "bukti.ekspor", case_id, approval.scope, {}, case) as act:
            await self._close_running(approval.scope)
            job = self._job(who, case, approval.scope)
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
        who, case = self._person(person), self.get(person, case_id)
        state = self._after(who, case, Event.HAND_OVER, "bukti.serah_terima_ditolak")
        self._require(who, Action.EXPORT_PACKAGE, [case.area], "bukti.serah_terima_ditolak", case)
        if not rules.belongs(case, who):
            self._refuse(who, "bukti.serah_terima_ditolak", "you do not belong to this case", case)
        if package_id not in [package.package_id for package in case.packages]:
            raise PackageError(f"case {case_id} has no package {package_id[:80]!r}")
        texts = {"penerima": receiver.name, "nrp": receiver.nrp, "satuan": receiver.unit, "media": medium}
        if problems := [(name, "2 to 200 characters") for name, t in texts.items() if not 2 <= len(t) <= 200]:
            raise IncompleteRequestError(problems)
        with self._act(who, "bukti.serah_terima", case_id, None, texts, case) as act:
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
        who, case = self._person(person), self.get(person, case_id)
        state = self._after(who, case, Event.CLOSE, "kasus.hasil_ditolak")
        self._require(who, Action.CLOSE_CASE, [case.area], "kasus.hasil_ditolak", case)
        if not rules.belongs(case, who):
            self._refuse(who, "kasus.hasil_ditolak", "you do not belong to this case", case)
        if len(note) > rules.MAX_TEXT_CHARACTERS:
            raise IncompleteRequestError([("note", "at most 500 characters")])
        with self._act(who, "kasus.hasil", case_id, None, {"catatan": note}, case) as act:
            act.objects["hasil"] = kind.value
            self._let_go(case.hold_ids, rules.HOLD_AFTER_OUTCOME_US)
            outcome = Outcome(kind=kind, note=note, at_us=self.clock.now_us(), by=who.person_id)
            return self.store.save(replace(case, state=state, outcome=outcome))

    # ---- parts

    def _person(self, person: PersonId) -> Person:
        who = self.people.by_id(person)
        if who is None or who.disabled:
            raise NotYourStepError("the account is gone or disabled")
        return who

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

    def _segments(self, camera: CameraId, span: TimeSpan) -> list[Segment]:
        found = self.recordings.segments(camera, span)
        return [segment for segment in found if segment.state in _PICTURE_STATES]

    async def _close_running(self, scope: Scope) -> None:
        """Ask the recorder to end segments that still run within the scope."""
        for camera in scope.cameras:
            if any(s.state is SegmentState.OPEN for s in self._segments(camera, scope.span)):
                await self.closer.close_segment(camera)

    def _job(self, who: Person, case: Case, scope: Scope) -> Job:
        now = self.clock.now_us()
        by_camera = {camera: self._segments(camera, scope.span) for camera in scope.cameras}
        chosen = [segment for segments in by_camera.values() for segment in segments]
        running = [segment.path for segment in chosen if segment.state is SegmentState.OPEN]
        if running:
            raise PackageError(
                f"{running[0]} is still being recorded and could not be ended; nothing was packed. "
                "Next: try again in a minute"
            )
        widened = TimeSpan(
            min([scope.span.start_us, *(s.span.start_us for s in chosen)]),
            max([scope.span.end_us, *(s.span.end_us for s in chosen)]),
        )
        around = TimeSpan(widened.start_us - SECOND_US, widened.end_us + SECOND_US)
        recorded = tuple(
            Recorded(
                camera=camera,
                segments=tuple(segments),
                fragments={s.segment_id: tuple(self.recordings.fragments(s.segment_id)) for s in segments},
                gaps=tuple(self.recordings.gaps(camera, around)),
            )
            for camera, segments in by_camera.items()
        )
        return Job(
            name=package_name(self.builder.office, case, now, new_id("p")[2:]),
            case=case,
            scope=scope,
            widened=widened,
            recorded=recorded,
            papers=self._papers(who, scope),
            operator=who.person_id,
            operator_role=_roles(who),
            training=self.training or case.training or any(s.training for s in chosen),
            started_us=now,
        )

    def _papers(self, who: Person, scope: Scope) -> Papers:
        cameras: dict[CameraId, Camera] = {}
        for camera in scope.cameras:
            entry = self.register.camera(camera)
            if entry is None:
                raise PackageError(f"camera {camera} is no longer in the register; nothing was packed")
            cameras[camera] = entry
        builder = self.builder
        return Papers(
            office=builder.office,
            operator=who,
            cameras=cameras,
            identity=builder.identity,
            log_key=builder.log_signer.verifier,
        )

    # ---- decisions and the log

    def _after(self, who: Person, case: Case, event: Event, action: str) -> CaseState:
        try:
            return rules.after(case.state, event)
        except WrongStateError as error:
            self._append(
                who,
                action,
                Phase.FACT,
                "ditolak",
                case.case_id,
                {"langkah": event.value},
                {"sebab": str(error)},
                case,
            )
            raise

    def _require(
        self, who: Person, action: Action, areas: list[AreaCode], logged: str, case: Case | None = None
    ) -> None:
        for area in areas:
            decision = decide(who, action, area)
            if not decision.allowed:
                self._refuse(who, logged, decision.reason, case)

    def _require_open(
        self, person: PersonId, case_id: CaseId, camera: CameraId, span: TimeSpan, action: str
    ) -> tuple[Person, Case]:
        who, case = self._person(person), self.get(person, case_id)
        decision = rules.may_open_past(case, who, camera, span, self.clock.now_us())
        if not decision.allowed:
            self._refuse(who, action, decision.reason, case, Scope(cameras=(camera,), span=span))
        return who, case

    def _refuse(
        self, who: Person, action: str, reason: str, case: Case | None = None, scope: Scope | None = None
    ) -> None:
        """Log the refusal, then raise it."""
        case_id = case.case_id if case else None
        self._append(who, action, Phase.FACT, "ditolak", case_id, _objects(scope), {"sebab": reason}, case)
        raise NotYourStepError(f"refused: {reason}")

    @contextmanager
    def _act(
        self,
        who: Person,
        action: str,
        case_id: CaseId | None,
        scope: Scope | None,
        private: Mapping[str, str],
        case: Case | None = None,
    ) -> Iterator[Act]:
        """Intent before, result after, also when the act fails."""
        objects = _objects(scope)
        act = Act(self._append(who, action, Phase.INTENT, "boleh", case_id, objects, private, case))
        outcome = "gagal"
        try:
            yield act
            outcome = "berhasil"
        finally:
            self._append(
                who, action, Phase.RESULT, outcome, case_id, act.objects, act.private, case, intent=act.intent
            )

    def _append(
        self,
        who: Person,
        action: str,
        phase: Phase,
        outcome: str,
        case_id: CaseId | None,
        objects: Mapping[str, str | int],
        private: Mapping[str, str],
        case: Case | None,
        intent: int | None = None,
    ) -> int:
        approval = case.approval if case else None
        return self.builder.log.append(
            AuditEvent(
                action=action,
                actor=who.person_id,
                role=_roles(who),
                phase=phase,
                outcome=outcome,
                objects=objects,
                case=case_id,
                purpose=case.request.purpose.value if case else None,
                second_person=approval.approver if approval else None,
                intent_index=intent,
                private={name: text for name, text in private.items() if text},
            )
        )


def _objects(scope: Scope | None) -> dict[str, str | int]:
    """The public facts of a scope: cameras and span."""
    if scope is None:
        return {}
    names = ",".join(scope.cameras)
    listed = names if len(names) <= 1500 else f"{len(scope.cameras)} kamera"
    return {"kamera": listed, "dari_us": scope.span.start_us, "sampai_us": scope.span.end_us}


def _request_texts(request: Request) -> dict[str, str]:
    return {
        "nomor_lp": request.lp_number,
        "nomor_surat": request.letter_number,
        "pemohon": f"{request.requester.rank} {request.requester.name}, NRP {request.requester.nrp}",
        "tempat": request.place,
        "alasan": request.reason,
    }


def _roles(who: Person) -> str:
    return ",".join(sorted(role.value for role in who.roles))
