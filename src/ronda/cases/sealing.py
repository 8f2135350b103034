"""A case ends: the sealed package, its hand-over, what came of it."""

import asyncio
from dataclasses import dataclass, replace

from ronda.access.policy import Action
from ronda.access.rules import decide
from ronda.cases import rules
from ronda.cases.citizen import answer_clock, copy_problem, originals_problem
from ronda.cases.desk import CaseDesk
from ronda.cases.errors import IncompleteRequestError, PackageError, WrongStateError
from ronda.cases.filing import letter_bytes
from ronda.cases.model import Case, Event, HandOver, Officer, Outcome, OutcomeKind, PackageRecord
from ronda.cases.package import Progress
from ronda.core.ids import CaseId, PersonId
from ronda.core.time import MINUTE_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing(CaseDesk):
    """See the module. Every method writes to the log before it acts; `pack` alone is a coroutine."""

    async def pack(
        self, person: PersonId, case_id: CaseId, progress: Progress = lambda *_: None
    ) -> tuple[Case, PackageRecord]:
        """Seal a package of the approved scope, widened to whole segments. Takes seconds to minutes.

        Raises NoRoomError or PackageError (nothing is left under the final name), NotYourStepError.
        """
        who, case = self._acts.person(person), self.get(person, case_id)
        state = self._acts.after(who, case, Event.SEAL, "bukti.ekspor_ditolak")
        self._acts.refuse_if(originals_problem(case), who, "bukti.ekspor_ditolak", case)
        approval = case.approval
        if approval is None:
            raise WrongStateError(f"case {case_id} has no approval; nothing was packed")
        for camera in approval.scope.cameras:
            self._require_open(person, case_id, camera, approval.scope.span, "bukti.ekspor")
        self._acts.require(who, Action.EXPORT_PACKAGE, [case.area], "bukti.ekspor_ditolak", case)
        with self._acts.act(who, "bukti.ekspor", case=case, scope=approval.scope) as act:
            await self._gatherer.close_running(approval.scope)
            started_us, letter = self.clock.now_us(), letter_bytes(self.letters, case)
            job = self._gatherer.job(who, case, approval.scope, started_us, training=self.training, letter=letter)
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
            act.objects |= {"paket": package_id, "menit": handed_minutes(case, package_id)}
            handed = HandOver(
                package_id=package_id,
                receiver=receiver,
                medium=medium,
                at_us=self.clock.now_us(),
                by=who.person_id,
            )
            return self.store.save(replace(case, state=state, hand_overs=(*case.hand_overs, handed)))

    def give_copy(self, person: PersonId, case_id: CaseId, copy_id: str, medium: str) -> Case:
        """Record that a citizen took the redacted copy they asked for; its film was read at its download."""
        who, case = self._acts.person(person), self.get(person, case_id)
        state = self._acts.after(who, case, Event.GIVE_COPY, "salinan.diserahkan")
        self._acts.require(who, Action.EXPORT_PACKAGE, [case.area], "salinan.diserahkan", case)
        outside = None if rules.belongs(case, who) else "you do not belong to this case"
        self._acts.refuse_if(outside or copy_problem(case, copy_id), who, "salinan.diserahkan", case)
        if not 2 <= len(medium.strip()) <= 200:
            raise IncompleteRequestError([("medium", "2 to 200 characters")])
        with self._acts.act(who, "salinan.diserahkan", case=case, private={"media": medium}) as act:
            act.objects |= {"salinan": copy_id, "menit": handed_minutes(case, copy_id)}
            handed = HandOver(
                package_id=copy_id,
                receiver=case.request.requester,
                medium=medium.strip(),
                at_us=self.clock.now_us(),
                by=who.person_id,
            )
            return self.store.save(replace(case, state=state, hand_overs=(*case.hand_overs, handed)))

    def answered(self, person: PersonId, case_id: CaseId) -> Case:
        """A citizen's case whose answer is given, for its letter. The letter names them: an entry."""
        who, case = self._acts.person(person), self.get(person, case_id)
        decides = decide(who, Action.APPROVE_REQUEST, case.area).allowed
        outside = None if decides or rules.belongs(case, who) else "you do not belong to this case"
        self._acts.refuse_if(outside, who, "permintaan.surat_jawaban", case)
        clock = answer_clock(case)
        if clock is None or clock.answered_us is None:
            raise WrongStateError("there is no answer yet. Next: give the released copy, or refuse with a reason")
        self._acts.note(who, "permintaan.surat_jawaban", case)
        return case

    def close(self, person: PersonId, case_id: CaseId, kind: OutcomeKind, note: str) -> Case:
        """Record what came of it. Access ends now; locks end 30 days later."""
        who, case = self._acts.person(person), self.get(person, case_id)
        state = self._acts.after(who, case, Event.CLOSE, "kasus.hasil_ditolak")
        self._acts.require(who, Action.CLOSE_CASE, [case.area], "kasus.hasil_ditolak", case)
        if not rules.belongs(case, who):
            self._acts.refuse(who, "kasus.hasil_ditolak", "you do not belong to this case", case=case)
        if len(note) > rules.MAX_TEXT_CHARACTERS:
            raise IncompleteRequestError([("note", "at most 500 characters")])
        if problem := rules.outcome_problem(case, kind):
            raise IncompleteRequestError([("kind", problem)])
        with self._acts.act(who, "kasus.hasil", case=case, private={"catatan": note}) as act:
            act.objects["hasil"] = kind.value
            self._let_go(case.hold_ids, rules.HOLD_AFTER_OUTCOME_US)
            outcome = Outcome(kind=kind, note=note, at_us=self.clock.now_us(), by=who.person_id)
            return self.store.save(replace(case, state=state, outcome=outcome))


def handed_minutes(case: Case, given: str) -> int:
    """Camera-minutes of a package or copy, in whole minutes, at least one: what the public figures add up."""
    spans = [
        len(one.scope.cameras) * one.scope.span.duration_us for one in case.packages if one.package_id == given
    ]
    spans += [one.span.duration_us for one in case.copies if one.copy_id == given]
    return max(1, round(sum(spans) / MINUTE_US))
