"""A look at the past, within a case alone: opening it, marking a place, taking a still.

Nothing here opens a film for the browser: `open_past` decides and logs, the player then asks for bytes.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256

from ronda.access.rules import Decision
from ronda.cases import rules
from ronda.cases.acts import scope_objects
from ronda.cases.citizen import originals_problem
from ronda.cases.desk import CaseDesk
from ronda.cases.enhance import Enhanced, Treatment, enhance
from ronda.cases.errors import (
    ChangedMeanwhileError,
    IncompleteRequestError,
    NoSuchCaseError,
    NothingRecordedError,
    NotYourStepError,
)
from ronda.cases.model import Case, Mark, Scope, StillRecord
from ronda.cases.packing import with_picture
from ronda.cases.photos import Pictures, photos_of, sheet_of
from ronda.cases.still import Still, take_still
from ronda.core.ids import CameraId, CaseId, PersonId, new_id
from ronda.core.time import DAY_US, TimeSpan

SEEN = frozenset({"putar", "klip", "gambar"})  # of the ways to open the past, those that show a picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking(CaseDesk):
    """See the module. Every method writes to the log before it acts."""

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
        if not decision.allowed and not rules.may_know(case, who).allowed:
            # Who may not know of the case learns nothing from the refusal either; the log keeps the reason.
            self._acts.fact(who, f"rekaman.{how}", decision.reason, case=case, objects=scope_objects(scope))
            raise NotYourStepError("refused: no such case")
        if not decision.allowed:
            self._acts.refuse(who, f"rekaman.{how}", decision.reason, case=case, scope=scope)
        index = self._acts.intent(who, f"rekaman.{how}", case, scope)
        if case.first_view_us is None and how in SEEN:
            self._note_first_view(case)
        return index

    def _note_first_view(self, case: Case) -> None:
        """The clock of the first view stops; whoever changes the case at this moment leaves it to the next look."""
        with suppress(ChangedMeanwhileError):
            self.store.save(replace(case, first_view_us=self.clock.now_us()))

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
        self._acts.refuse_if(originals_problem(case), who, "rekaman.gambar", case)
        scope = Scope(cameras=(camera,), span=span)
        with self._acts.act(who, "rekaman.gambar", case=case, scope=scope) as act:
            entry = self.register.camera(camera)
            allowed = case.approval.scope.span if case.approval else span
            segments = with_picture(
                self.recordings, camera, TimeSpan(max(allowed.start_us, at_us - DAY_US), at_us + 1)
            )
            picture = take_still(
                self.footage, self.recordings, segments, at_us, allowed.start_us, entry.masks if entry else ()
            )
            record = StillRecord(
                still_id=new_id("still"),
                camera=camera,
                asked_us=at_us,
                frame_us=picture.frame_us,
                sha256=picture.sha256,
                size_bytes=len(picture.png),
                by=who.person_id,
                at_us=self.clock.now_us(),
                segment_start_us=picture.segment_start_us,
                picture=picture.picture,
                width_px=picture.width_px,
                height_px=picture.height_px,
            )
            act.objects |= {"gambar": record.still_id, "sha256": record.sha256, "waktu_us": record.frame_us}
            return self.store.save(replace(case, stills=(*case.stills, record))), picture

    def enhance(
        self, person: PersonId, case_id: CaseId, still_id: str, png: bytes, treatment: Treatment
    ) -> tuple[Case, Enhanced]:
        """A clearer copy of a still, marked as one; `png` is the still's own picture.

        Raises NoSuchCaseError for a still that is not there or is a copy itself, IncompleteRequestError.
        """
        known = {still.still_id: still for still in self.get(person, case_id).stills if not still.derived_from}
        original = known.get(still_id)
        if original is None or sha256(png).hexdigest() != original.sha256:
            raise NoSuchCaseError(f"{case_id}/{still_id[:60]}")
        span = TimeSpan(original.frame_us, original.frame_us + 1)
        who, case = self._require_open(person, case_id, original.camera, span, "rekaman.gambar_diperjelas")
        copy = enhance(png, treatment)
        scope = Scope(cameras=(original.camera,), span=span)
        with self._acts.act(who, "rekaman.gambar_diperjelas", case=case, scope=scope) as act:
            record = replace(
                original,
                still_id=new_id("still"),
                sha256=copy.sha256,
                size_bytes=len(copy.png),
                by=who.person_id,
                at_us=self.clock.now_us(),
                width_px=copy.width_px,
                height_px=copy.height_px,
                derived_from=still_id,
                steps=treatment.words(),
            )
            act.objects |= {"gambar": record.still_id, "dari": still_id, "sha256": record.sha256}
            return self.store.save(replace(case, stills=(*case.stills, record))), copy

    def photo_sheet(self, person: PersonId, case_id: CaseId, pictures: Pictures) -> bytes:
        """The stills of a case as an A4 sheet. Raises NothingRecordedError while there are none."""
        case = self.get(person, case_id)
        self._acts.refuse_if(originals_problem(case), self._acts.person(person), "rekaman.lembar_foto", case)
        if case.approval is None or not case.stills:
            raise NothingRecordedError("there are no stills in this case. Next: take one in the case room")
        scope = case.approval.scope
        self.open_past(person, case_id, scope.cameras[0], scope.span, "lembar_foto")
        photos = photos_of(case.stills, pictures, tuple(self.recordings.clock_readings(scope.span)))
        if not photos.files:
            raise NothingRecordedError("the pictures of this case are not there any more. Next: take them again")
        cameras = {still.camera for still in case.stills}
        names = {camera: entry.name for camera in cameras if (entry := self.register.camera(camera))}
        training = self.training or case.training
        return sheet_of(case_id, case, self.builder.office, photos, names, training=training)
