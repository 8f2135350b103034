"""Redacted copies over HTTP: made, corrected, looked through, released. Rules: `ronda.cases.redacting`."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, Field

from ronda.access.model import Person
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.values import Moment
from ronda.app.package_files import zip_of
from ronda.cases.model import Case
from ronda.core.ids import CameraId, CaseId, PersonId, new_id
from ronda.core.time import TimeSpan
from ronda.redaction.model import CopyState, Patch, PatchKind, RedactedCopy
from ronda.redaction.rules import MOST_PATCHES

router = APIRouter(prefix="/api/cases/{case_id}/copies", tags=["redacted copies"])
Share = Annotated[float, Field(ge=0, le=1)]


class CopyIn(BaseModel):
    """At most 30 minutes of one camera, within the approved scope."""

    camera: str = Field(max_length=63)
    from_us: Moment
    to_us: Moment


class PatchIn(BaseModel):
    """A rectangle for a stretch of time, in shares of the picture from its upper left."""

    kind: PatchKind
    left: Share
    top: Share
    right: Share
    bottom: Share
    from_us: Moment
    to_us: Moment
    note: str = Field(default="", max_length=300)


class PatchesIn(BaseModel):
    add: list[PatchIn] = Field(default_factory=list, max_length=MOST_PATCHES)
    remove: list[str] = Field(default_factory=list, max_length=MOST_PATCHES)


class VersionIn(BaseModel):
    """The version that was looked at: a decision is for that one alone."""

    version: int


class PatchOut(BaseModel):
    patch_id: str
    kind: PatchKind
    left: float
    top: float
    right: float
    bottom: float
    from_us: int
    to_us: int
    note: str
    by: str


class CopyOut(BaseModel):
    """`may_release`: this person may let this version go; `why_not` says what stands against it."""

    copy_id: str
    camera: str
    camera_name: str
    from_us: int
    to_us: int
    state: CopyState
    version: int
    made_us: int
    by: str
    detector: bool
    frames: int
    veiled: float
    size_bytes: int
    sha256: str
    patches: list[PatchOut]
    reviewed_by: str | None
    reviewed_us: int | None
    released_by: str | None
    released_us: int | None
    may_release: bool
    why_not: str


class CopyProgress(BaseModel):
    """How far the copy is that is being made now; `of` is 0 when none is."""

    done: int
    of: int


@router.get("")
def copies(case_id: str, person: SignedIn, context: InContext) -> list[CopyOut]:
    """The redacted copies of a case, newest last."""
    case = context.wiring.cases.get(person.person_id, CaseId(case_id))
    return [_out(context, person, case, copy) for copy in sorted(case.copies, key=lambda one: one.at_us)]


@router.post("", status_code=201)
def make(case_id: str, body: CopyIn, person: SignedIn, context: InContext) -> CopyOut:
    """Make a first draft: everything that moves is hidden. Answers when it is made."""
    span = TimeSpan(body.from_us, body.to_us)
    with _told(context, case_id) as told:
        case, copy = context.wiring.cases.make_copy(
            person.person_id, CaseId(case_id), CameraId(body.camera), span, told.tell
        )
    return _out(context, person, case, copy)


@router.get("/progress")
def progress(case_id: str, person: SignedIn, context: InContext) -> CopyProgress:
    """How far it is."""
    context.wiring.cases.get(person.person_id, CaseId(case_id))
    done, of = context.wiring.copy_progress.get(case_id, (0, 0))
    return CopyProgress(done=done, of=of)


@router.post("/{copy_id}/patches")
def patch(case_id: str, copy_id: str, body: PatchesIn, person: SignedIn, context: InContext) -> CopyOut:
    """Add rectangles that hide or keep clear, or take some away; the film is made anew."""
    added = [
        Patch(
            patch_id=new_id("patch"),
            kind=one.kind,
            left=one.left,
            top=one.top,
            right=one.right,
            bottom=one.bottom,
            span=TimeSpan(one.from_us, one.to_us),
            note=one.note.strip(),
            by=person.person_id,
        )
        for one in body.add
    ]
    with _told(context, case_id) as told:
        case, copy = context.wiring.cases.patch_copy(
            person.person_id, CaseId(case_id), copy_id, added, body.remove, told.tell
        )
    return _out(context, person, case, copy)


@router.post("/{copy_id}/review")
def review(case_id: str, copy_id: str, body: VersionIn, person: SignedIn, context: InContext) -> CopyOut:
    """Say that every second of this version was looked at."""
    case = context.wiring.cases.review_copy(person.person_id, CaseId(case_id), copy_id, body.version)
    return _of(context, person, case, copy_id)


@router.post("/{copy_id}/release")
def release(case_id: str, copy_id: str, body: VersionIn, person: SignedIn, context: InContext) -> CopyOut:
    """Let a reviewed copy go; by somebody who had no hand in it."""
    case = context.wiring.cases.release_copy(person.person_id, CaseId(case_id), copy_id, body.version)
    return _of(context, person, case, copy_id)


@router.get("/{copy_id}/film", response_class=FileResponse)
def film(case_id: str, copy_id: str, person: SignedIn, context: InContext) -> FileResponse:
    """The film of the newest version; a draft only to those who may look inside the case."""
    path = context.wiring.cases.copy_film(person.person_id, CaseId(case_id), copy_id)
    return FileResponse(path, media_type="video/mp4", headers={"cache-control": "no-store"})


@router.get("/{copy_id}/zip", response_class=StreamingResponse)
def download(case_id: str, copy_id: str, person: SignedIn, context: InContext) -> StreamingResponse:
    """A released copy with its digests and the office's seal, as one ZIP."""
    name, files, path = context.wiring.cases.copy_package(person.person_id, CaseId(case_id), copy_id)
    content: list[tuple[str, Path | bytes]] = [(f"{name}/{file}", data) for file, data in sorted(files.items())]
    content.append((f"{name}/{path.name}", path))
    headers = {"content-disposition": f'attachment; filename="{name}.zip"'}
    return StreamingResponse(zip_of(content), media_type="application/zip", headers=headers)


class _Told:
    """Keeps the progress of one copy where the screen asks for it."""

    def __init__(self, steps: dict[str, tuple[int, int]], case_id: str) -> None:
        self._steps, self._case_id = steps, case_id

    def tell(self, done: int, of: int) -> None:
        self._steps[self._case_id] = (done, of)

    def __enter__(self) -> "_Told":
        return self

    def __exit__(self, *_: object) -> None:
        self._steps.pop(self._case_id, None)


def _told(context: Context, case_id: str) -> _Told:
    return _Told(context.wiring.copy_progress, case_id)


def _of(context: Context, person: Person, case: Case, copy_id: str) -> CopyOut:
    return next(_out(context, person, case, copy) for copy in case.copies if copy.copy_id == copy_id)


def _out(context: Context, person: Person, case: Case, copy: RedactedCopy) -> CopyOut:
    service = context.wiring.cases
    entry = context.wiring.register.camera(copy.camera)
    problem = service.release_refusal(person.person_id, case, copy)
    return CopyOut(
        copy_id=copy.copy_id,
        camera=copy.camera,
        camera_name=entry.name if entry else copy.camera,
        from_us=copy.span.start_us,
        to_us=copy.span.end_us,
        state=copy.state,
        version=copy.version,
        made_us=copy.at_us,
        by=_name(context, copy.by),
        detector=copy.detector,
        frames=copy.frames,
        veiled=copy.veiled,
        size_bytes=copy.size_bytes,
        sha256=copy.sha256,
        patches=[
            PatchOut(
                patch_id=one.patch_id,
                kind=one.kind,
                left=one.left,
                top=one.top,
                right=one.right,
                bottom=one.bottom,
                from_us=one.span.start_us,
                to_us=one.span.end_us,
                note=one.note,
                by=_name(context, one.by),
            )
            for one in copy.patches
        ],
        reviewed_by=_name(context, copy.reviewed_by) if copy.reviewed_by else None,
        reviewed_us=copy.reviewed_us,
        released_by=_name(context, copy.released_by) if copy.released_by else None,
        released_us=copy.released_us,
        may_release=problem is None,
        why_not=problem or "",
    )


def _name(context: Context, person: PersonId) -> str:
    found = context.wiring.people.by_id(person)
    return found.name if found else person
