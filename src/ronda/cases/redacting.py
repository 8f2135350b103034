"""Copies for anybody but the police: made, corrected by hand, looked through, released by a second person.

A draft is footage: it is shown to those alone who may look inside the case now. Each step is in the log
before it happens; nothing leaves that was not measured (`redacted_film.checked`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import decide, same_official
from ronda.cases import redacted_film, rules
from ronda.cases.desk import CaseDesk
from ronda.cases.errors import IncompleteRequestError, NoSuchCaseError, RedactionError
from ronda.cases.model import Case, Scope
from ronda.cases.packing import with_picture
from ronda.cases.redacted_film import BoxFinder, Progress
from ronda.cases.redacted_package import FILM, package_files, package_name
from ronda.cases.shown_pictures import Originals
from ronda.core.ids import CameraId, CaseId, PersonId, new_id
from ronda.core.time import TimeSpan
from ronda.redaction import rules as copy_rules
from ronda.redaction.model import CopyState, Patch, RedactedCopy
from ronda.redaction.veil import Found, veil

FOUND = "temuan.npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacting(CaseDesk):
    """See the module. Every method writes to the log before it acts; making takes seconds to minutes."""

    copies: Path = field(default_factory=lambda: Path("salinan"))
    finder: Callable[[], BoxFinder | None] = lambda: None

    def make_copy(
        self,
        person: PersonId,
        case_id: CaseId,
        camera: CameraId,
        span: TimeSpan,
        progress: Progress = lambda *_: None,
    ) -> tuple[Case, RedactedCopy]:
        """A first draft: everything that moves is hidden. Raises RedactionError, NothingRecordedError."""
        who, case = self._require_open(person, case_id, camera, span, "salinan.dibuat")
        if problem := copy_rules.copy_problem(span):
            raise IncompleteRequestError([("span", problem)])
        scope = Scope(cameras=(camera,), span=span)
        with self._acts.act(who, "salinan.dibuat", case=case, scope=scope) as act:
            originals, finder = self._originals(camera, span), self.finder()
            found = redacted_film.find(originals, finder, progress)
            made = RedactedCopy(
                copy_id=new_id("copy"),
                camera=camera,
                span=span,
                state=CopyState.DRAFT,
                version=0,
                by=who.person_id,
                at_us=self.clock.now_us(),
                detector=finder is not None,
                frames=len(found.at_us),
                veiled=0.0,
                sha256="",
                size_bytes=0,
                derived=tuple((one.sha256 or "", one.path) for one in originals.segments),
            )
            folder = self._folder(made)
            folder.mkdir(mode=0o700, parents=True)
            (folder / FOUND).write_bytes(redacted_film.stored(found))
            made = self._written(made, originals, found, progress)
            act.objects |= _objects(made)
            return self._kept(case, made), made

    def patch_copy(
        self,
        person: PersonId,
        case_id: CaseId,
        copy_id: str,
        added: Sequence[Patch],
        removed: Sequence[str] = (),
        progress: Progress = lambda *_: None,
    ) -> tuple[Case, RedactedCopy]:
        """Rectangles added and taken away; the film is made anew and has to be looked through again."""
        who, case, copy = self._open_copy(person, case_id, copy_id, "salinan.diubah")
        if copy.state is CopyState.RELEASED:
            raise RedactionError("a released copy is not changed any more. Next: make a new one")
        kept = tuple(patch for patch in copy.patches if patch.patch_id not in removed)
        copy = replace(copy, patches=kept)
        for patch in added:
            if problem := copy_rules.patch_problem(patch, copy):
                raise IncompleteRequestError([("patch", problem)])
            copy = replace(copy, patches=(*copy.patches, replace(patch, by=who.person_id)))
        scope = Scope(cameras=(copy.camera,), span=copy.span)
        with self._acts.act(who, "salinan.diubah", case=case, scope=scope) as act:
            copy = replace(copy, state=CopyState.DRAFT, reviewed_by=None, reviewed_us=None)
            found = redacted_film.read_stored((self._folder(copy) / FOUND).read_bytes())
            copy = self._written(copy, self._originals(copy.camera, copy.span), found, progress)
            act.objects |= _objects(copy)
            return self._kept(case, copy), copy

    def review_copy(self, person: PersonId, case_id: CaseId, copy_id: str, version: int) -> Case:
        """Somebody says: I looked at every second of this version."""
        who, case, copy = self._open_copy(person, case_id, copy_id, "salinan.diperiksa")
        if version != copy.version or copy.state is not CopyState.DRAFT:
            raise RedactionError(f"the copy is {copy.state.value} in version {copy.version}; look at that one")
        with self._acts.act(who, "salinan.diperiksa", case=case) as act:
            act.objects |= _objects(copy)
            now_us = self.clock.now_us()
            reviewed = replace(copy, state=CopyState.REVIEWED, reviewed_by=who.person_id, reviewed_us=now_us)
            return self._kept(case, reviewed)

    def release_copy(self, person: PersonId, case_id: CaseId, copy_id: str, version: int) -> Case:
        """A second person, who may approve requests here, lets the copy go."""
        who, case = self._acts.person(person), self.get(person, case_id)
        copy = self._copy(case, copy_id)
        self._acts.require(who, Action.APPROVE_REQUEST, [case.area], "salinan.dilepas", case)
        if problem := self._release_problem(who, case, copy, version):
            self._acts.refuse(who, "salinan.dilepas", problem, case=case)
        self._unchanged(copy)
        with self._acts.act(who, "salinan.dilepas", case=case) as act:
            act.objects |= _objects(copy)
            now_us = self.clock.now_us()
            return self._kept(
                case, replace(copy, state=CopyState.RELEASED, released_by=who.person_id, released_us=now_us)
            )

    def copy_film(self, person: PersonId, case_id: CaseId, copy_id: str) -> Path:
        """The film, for showing or handing out; logged. A draft only to those who may look inside the case,
        or who may release it."""
        who, case = self._acts.person(person), self.get(person, case_id)
        copy = self._copy(case, copy_id)
        scope = Scope(cameras=(copy.camera,), span=copy.span)
        now_us = self.clock.now_us()
        decision = rules.may_open_past(case, who, copy.camera, copy.span, now_us)
        releaser = decide(who, Action.APPROVE_REQUEST, case.area)
        released = copy.state is CopyState.RELEASED and rules.belongs(case, who)
        if not (decision.allowed or released or (copy.state is CopyState.REVIEWED and releaser.allowed)):
            self._acts.refuse(who, "salinan.dibuka", decision.reason, case=case, scope=scope)
        self._unchanged(copy)
        with self._acts.act(who, "salinan.dibuka", case=case, scope=scope) as act:
            act.objects |= _objects(copy)
        return self._folder(copy) / FILM

    def copy_package(self, person: PersonId, case_id: CaseId, copy_id: str) -> tuple[str, dict[str, bytes], Path]:
        """Name, small files and film of what goes out; of a released copy alone. Logged."""
        who, case = self._acts.person(person), self.get(person, case_id)
        copy = self._copy(case, copy_id)
        if copy.state is not CopyState.RELEASED or not rules.belongs(case, who):
            self._acts.refuse(who, "salinan.diunduh", "the copy is not released, or not yours to take", case=case)
        self._acts.require(who, Action.EXPORT_PACKAGE, [case.area], "salinan.diunduh", case)
        self._unchanged(copy)
        with self._acts.act(who, "salinan.diunduh", case=case) as act:
            act.objects |= _objects(copy)
            files = package_files(case, copy, self._label(copy), self.builder.identity, self.clock.now_us())
        return package_name(case, copy), files, self._folder(copy) / FILM

    # ---- parts

    def release_refusal(self, person: PersonId, case: Case, copy: RedactedCopy) -> str | None:
        """Why this person may not let the newest version go now, or None; writes nothing."""
        who = self._acts.person(person)
        decision = decide(who, Action.APPROVE_REQUEST, case.area)
        return self._release_problem(who, case, copy, copy.version) if decision.allowed else decision.reason

    def _release_problem(self, who: Person, case: Case, copy: RedactedCopy, version: int) -> str | None:
        if same_official(who.official_id, case.requested_official_id):
            return "two different people are needed: who asked may not release the copy"
        return copy_rules.release_problem(copy, version, who.person_id, self._same_person)

    def _label(self, copy: RedactedCopy) -> str:
        entry = self.register.camera(copy.camera)
        return entry.name if entry else copy.camera

    def _open_copy(
        self, person: PersonId, case_id: CaseId, copy_id: str, action: str
    ) -> tuple[Person, Case, RedactedCopy]:
        copy = self._copy(self.get(person, case_id), copy_id)
        who, case = self._require_open(person, case_id, copy.camera, copy.span, action)
        return who, case, copy

    def _copy(self, case: Case, copy_id: str) -> RedactedCopy:
        found = next((copy for copy in case.copies if copy.copy_id == copy_id), None)
        if found is None:
            raise NoSuchCaseError(f"{case.case_id}/{copy_id}")
        return found

    def _kept(self, case: Case, copy: RedactedCopy) -> Case:
        others = tuple(one for one in case.copies if one.copy_id != copy.copy_id)
        return self.store.save(replace(case, copies=(*others, copy)))

    def _folder(self, copy: RedactedCopy) -> Path:
        return self.copies / copy.copy_id

    def _originals(self, camera: CameraId, span: TimeSpan) -> Originals:
        segments = with_picture(self.recordings, camera, span)
        return Originals(footage=self.footage, recordings=self.recordings, segments=segments, span=span)

    def _written(self, copy: RedactedCopy, originals: Originals, found: Found, progress: Progress) -> RedactedCopy:
        """The next version of the film, in place of the one before; that one stays when this one fails."""
        entry = self.register.camera(copy.camera)
        masks = [(one.left, one.top, one.right, one.bottom) for one in entry.masks] if entry else []
        cells = veil(found, copy.patches, masks)
        fresh = self._folder(copy) / f".{FILM}.new.mp4"
        try:
            redacted_film.write(fresh, originals, found, cells, self._label(copy), progress)
            redacted_film.checked(fresh, found, cells)
            digest, size = sha256(fresh.read_bytes()).hexdigest(), fresh.stat().st_size
            fresh.replace(self._folder(copy) / FILM)
        finally:
            fresh.unlink(missing_ok=True)
        return replace(copy, version=copy.version + 1, veiled=float(cells.mean()), sha256=digest, size_bytes=size)

    def _unchanged(self, copy: RedactedCopy) -> None:
        path = self._folder(copy) / FILM
        if not path.is_file() or sha256(path.read_bytes()).hexdigest() != copy.sha256:
            raise RedactionError(
                f"the film of copy {copy.copy_id} is not the one that was made (version {copy.version}); "
                "it is not shown. Next: make the copy anew"
            )

    def _same_person(self, one: PersonId, other: PersonId) -> bool:
        first, second = self.people.by_id(one), self.people.by_id(other)
        if one == other or first is None or second is None:
            return True  # an account that is gone proves nothing
        return same_official(first.official_id, second.official_id)


def _objects(copy: RedactedCopy) -> dict[str, str | int]:
    return {"salinan": copy.copy_id, "versi": copy.version, "sha256": copy.sha256, "bidang": len(copy.patches)}
