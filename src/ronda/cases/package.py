"""Build a sealed package, "Ronda Bukti 1", from recorded segments: one folder, written once.

Order, so that nothing refers to itself: masters, gaps and copies, history, statement, manifest, seal,
log entry that commits to the manifest, checkpoint, proof, hand-over record, tag manifest. Everything
is built under a hidden name, synced, and renamed at the end: a half package never has a final name.
"""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from ronda.cases.errors import NoRoomError, PackageError
from ronda.cases.model import Case, Scope
from ronda.cases.office import Office
from ronda.cases.opening_page import opening_page
from ronda.cases.package_parts import Recorded, declared, master_path, sync_folder, sync_tree
from ronda.cases.packed_films import FilmPacker
from ronda.cases.papers import Papers, clocks_document, letter_statement, photo_statement, request_document
from ronda.cases.photos import Photos, Pictures, photos_of, sheet_of
from ronda.cases.ports import FootageFiles, LogWitnesses, ProvingLog, StampAuthorities
from ronda.cases.stamping import stamps_now
from ronda.cases.working_copy import plan_copies
from ronda.core.errors import RondaError
from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.evidence import bast, canonical, layout, manifest
from ronda.evidence.authority import SealingIdentity
from ronda.evidence.camera_signing.intake import Seen
from ronda.evidence.checkpoint import NoteSigner, read_checkpoint, read_note
from ronda.evidence.entry import AuditEvent, Phase
from ronda.evidence.folder import PackageFolder, template
from ronda.evidence.gaps import derived_holes, gap_lines, shown_span, standstills
from ronda.evidence.machine_clock import ClockReading
from ronda.evidence.seal import make_seal
from ronda.evidence.statement import FilmFile, GapLine, Statement, gap_csv, read_statement
from ronda.evidence.time_stamp import Authority
from ronda.evidence.tlog_proof import write_proof
from ronda.evidence.verify_log import SEALED_ACTION, history_head, history_line
from ronda.evidence.verify_signatures import Row, check_camera, signature_document
from ronda.video.record.hashing import Hashes, PlainHashes

SPARE_BYTES = 64 << 20

Progress = Callable[[str, int, int], None]  # what, done, of


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One package to build: the case as approved, and what was recorded."""

    name: str
    case: Case
    scope: Scope
    widened: TimeSpan
    recorded: tuple[Recorded, ...]
    papers: Papers
    operator: str
    operator_role: str
    training: bool
    started_us: int
    names: Mapping[CameraId, tuple[str, str]] = field(default_factory=dict)  # of each camera: its own, its site's
    letter: bytes | None = None  # of the police, as PDF
    authorities: tuple[Authority, ...] = ()  # whose stamps the seal asks for, now or later
    machine_clock: tuple[ClockReading, ...] = ()  # what the recorder's kernel said of its own clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What became of it."""

    path: Path
    manifest_sha256: str
    seal_sha256: str
    size_bytes: int
    clips: int
    log_index: int


@dataclass(frozen=True, slots=True)
class PackageBuilder:
    """Knows where packages go and which keys seal them."""

    folder: Path
    footage: FootageFiles
    identity: SealingIdentity
    log_signer: NoteSigner
    log: ProvingLog
    office: Office = Office()  # noqa: RUF009 - frozen
    witnesses: LogWitnesses | None = None
    stamps: StampAuthorities | None = None
    still_picture: Pictures = lambda _still_id: None
    signing_seen: Callable[[], Mapping[str, Sequence[Seen]]] = lambda: MappingProxyType({})
    free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free
    make_hashes: Callable[[], Hashes] = PlainHashes
    now_us: Callable[[], int] = lambda: time.time_ns() // 1000

    def build(self, job: Job, progress: Progress = lambda *_: None) -> Built:
        """Build and seal. Raises NoRoomError before the start, PackageError when it cannot be built.

        LogUnavailableError when the sealing cannot be logged. Whatever was written is removed then.
        """
        self._check_room(job)
        final, work = self.folder / job.name, self.folder / f".{job.name}.tmp"
        if final.exists():
            raise PackageError(f"{final.name} is already there; nothing was changed")
        try:
            work.mkdir(parents=True)
            built = _Build(self, job, work, progress).run()
            sync_tree(work)
            work.rename(final)
            sync_folder(self.folder)
        except (OSError, RondaError) as error:
            shutil.rmtree(work, ignore_errors=True)
            if isinstance(error, RondaError):
                raise
            raise PackageError(
                f"the package could not be written: {error.strerror}; nothing is left of it"
            ) from error
        return replace(built, path=final)

    def _check_room(self, job: Job) -> None:
        segments = [segment for recorded in job.recorded for segment in recorded.segments]
        if not segments:
            raise PackageError(
                f"nothing was recorded within the scope of case {job.case.case_id}; there is nothing to seal. "
                "Next: record the outcome 'not recorded' with the causes from the timeline"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        needed = 2 * sum(segment.size_bytes for segment in segments) + SPARE_BYTES
        free = self.free_bytes(self.folder)
        if free < needed:
            raise NoRoomError(
                f"the package needs {needed} bytes, {self.folder} has {free} free; nothing was started. "
                "Next: free the disk, or narrow the scope"
            )
        for segment in segments:
            manifest.checked_path(master_path(segment))


class _Build:
    """One run of the builder; each step leaves what the next one needs."""

    def __init__(self, builder: PackageBuilder, job: Job, work: Path, progress: Progress) -> None:
        self._b, self._job, self._work, self._progress = builder, job, work, progress
        self._digests: dict[str, str] = {}
        self._masters: list[FilmFile] = []
        self._signed: dict[str, list[Row]] = {}
        self._films = FilmPacker(work, builder.footage, builder.make_hashes, self._tell)
        self._gaps: list[GapLine] = []
        self._photos = Photos(files=(), pictures={}, missing=())
        self._steps = sum(len(r.segments) for r in job.recorded) + len(job.recorded) + 3
        self._done = 0

    def run(self) -> Built:
        for recorded in self._job.recorded:
            self._write_films(recorded)
        self._write_history()
        self._write_photos()
        statement = self._write_statement()
        self._tell("segel")
        text, seal, index = self._seal(statement)
        self._tell("bast")
        digests = sha256(text).hexdigest(), sha256(seal).hexdigest()
        self._put(layout.BAST, bast.render(statement, manifest_sha256=digests[0], seal_sha256=digests[1]))
        self._write_tags(statement)
        size = sum(PackageFolder(self._work).files.values())
        self._tell("selesai")
        return Built(
            path=self._work,
            manifest_sha256=digests[0],
            seal_sha256=digests[1],
            size_bytes=size,
            clips=len(self._masters),
            log_index=index,
        )

    def _tell(self, what: str) -> None:
        self._done += 1
        self._progress(what, min(self._done, self._steps), self._steps)

    def _put(self, path: str, data: bytes) -> None:
        target = self._work / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            out.write(data)
        self._digests[path] = sha256(data).hexdigest()

    # ---- films

    def _write_films(self, recorded: Recorded) -> None:
        masters, scans = self._films.copy_masters(recorded)
        shown = [shown_span(f.span, f.duration_90k) for f, _ in masters]
        still = [hole for f, film in masters for hole in standstills(f.span.start_us, film)]
        holes = derived_holes(self._job.scope.span, shown, still)
        gaps = gap_lines(recorded.camera, holes, [declared(gap, self._job.widened) for gap in recorded.gaps])
        self._gaps += gaps
        if masters:
            pictures = self._films.write_copies(recorded, plan_copies(masters, gaps), scans)
            whole = [replace(file, pictures_sha256=pictures[file.path]) for file, _ in masters]
            rows = check_camera(PackageFolder(self._work), whole, recorded.camera, scans)
            self._signed[recorded.camera] = list(rows)
            self._masters += whole
        self._tell(f"data/salinan/{recorded.camera}.mp4")

    # ---- texts

    def _write_history(self) -> None:
        """The case's own entries, each proven against one checkpoint, with what they committed to."""
        log = self._b.log
        note = log.checkpoint(self._b.log_signer)
        size = read_checkpoint(read_note(note).text).size
        lines, start = [history_head(note)], 0
        while found := log.entries(start, 500, case=self._job.case.case_id):
            for entry in found:
                if entry.index < size:
                    proof = log.inclusion(entry.index, size)
                    lines.append(history_line(entry.leaf, proof, log.openings(entry.index)))
            start = found[-1].index + 1
        self._put(layout.HISTORY, b"\n".join(lines) + b"\n")

    def _write_photos(self) -> None:
        """The stills of the case that lie within the packed span, and their sheet."""
        job = self._job
        inside = [s for s in job.case.stills if s.camera in job.scope.cameras and job.widened.contains(s.frame_us)]
        self._photos = photos_of(inside, self._b.still_picture, job.machine_clock)
        for path, data in self._photos.pictures.items():
            self._put(path, data)
        if self._photos.files:
            names = {camera: name for camera, (name, _place) in job.names.items()}
            sheet = sheet_of(job.name, job.case, self._b.office, self._photos, names, training=job.training)
            self._put(layout.PHOTO_SHEET, sheet)

    def _write_opening(self, films: Sequence[FilmFile]) -> None:
        """BUKA-SAYA.html, of what is known before the statement is written."""
        job = self._job
        page = opening_page(
            job.name,
            training=job.training,
            lp_number=job.case.request.lp_number,
            span=job.widened,
            names={camera: job.names.get(camera, (camera, "")) for camera in job.scope.cameras},
            films=films,
            copies=self._films.copies,
            gaps=self._gaps,
            photos=self._photos.files,
        )
        self._put(layout.OPENING, page)

    def _write_statement(self) -> Statement:
        films, job = self._masters, self._job
        self._put(layout.GAPS, gap_csv(self._gaps))
        self._put(layout.CLOCKS, canonical.write(clocks_document(job.recorded, films, job.machine_clock)))
        self._put(layout.CAMERA_SIGNATURES, signature_document(self._signed, self._b.signing_seen()))
        self._put(layout.REQUEST, canonical.write(request_document(job.case)))
        if job.letter is not None:
            self._put(layout.LETTER, job.letter)
        self._put(layout.BAGIT, layout.bagit_txt())
        self._put(layout.README, job.papers.readme(job.name, job.training))
        self._put(layout.SCRIPT, template("verifikasi.py"))
        self._write_opening(films)
        self._put(layout.ROOT, self._b.identity.root_pem())
        self._put(layout.CHAIN, self._b.identity.chain_pem())
        companions = [*layout.COMPANIONS, layout.OPENING, *self._write_authorities()]
        document = job.papers.statement(
            job, [*films, *self._films.copies], self._gaps, {path: self._digests[path] for path in companions}
        )
        document |= {**photo_statement(self._photos), **letter_statement(job.letter)}
        data = canonical.write(document)
        self._put(layout.STATEMENT, data)
        return read_statement(data)

    def _write_authorities(self) -> list[str]:
        """Who may stamp this seal, fixed before it is made."""
        paths = list(layout.AUTHORITIES[: len(self._job.authorities)])
        for path, authority in zip(paths, self._job.authorities, strict=True):
            self._put(path, authority.pem)
        return paths

    # ---- seal

    def _seal(self, statement: Statement) -> tuple[bytes, bytes, int]:
        self._digests |= self._films.digests
        payload = {path: digest for path, digest in self._digests.items() if path.startswith("data/")}
        text = manifest.write(payload)
        self._put(layout.MANIFEST, text)
        seal = make_seal(text, self._b.identity, self._job.started_us)
        self._put(layout.SEAL, seal)
        for path, stamp in stamps_now(seal, self._b.stamps, self._job.authorities).items():
            self._put(path, stamp)
        log, job = self._b.log, self._job
        objects: dict[str, str | int] = {
            "paket": statement.package_id,
            "manifest": sha256(text).hexdigest(),
            "segel": sha256(seal).hexdigest(),
        }
        index = log.append(
            AuditEvent(
                action=SEALED_ACTION,
                actor=job.operator,
                role=job.operator_role,
                phase=Phase.FACT,
                outcome="berhasil",
                case=job.case.case_id,
                objects=objects,
            )
        )
        note = log.checkpoint(self._b.log_signer)
        note = self._cosigned(index) or note
        entry, size = log.entry(index), read_checkpoint(read_note(note).text).size
        if entry is None:
            raise PackageError(f"the log lost its entry {index}; nothing is left of the package")
        self._put(layout.LOG_PROOF, write_proof(entry.leaf, index, log.inclusion(index, size), note).encode())
        return text, seal, index

    def _cosigned(self, index: int) -> str | None:
        """A checkpoint over entry `index` that a witness signed, when one is at work; else the proof waits."""
        witnesses = self._b.witnesses
        if witnesses is None:
            return None
        return witnesses.wait_cosigned(index, witnesses.awaited_s(self._b.now_us()))

    def _write_tags(self, statement: Statement) -> None:
        sizes = PackageFolder(self._work).files
        payload = {path: size for path, size in sizes.items() if path.startswith("data/")}
        self._put(layout.BAG_INFO, layout.bag_info_txt(statement, payload))
        tags = {path: digest for path, digest in self._digests.items() if not path.startswith("data/")}
        self._put(layout.TAG_MANIFEST, manifest.write(tags))
