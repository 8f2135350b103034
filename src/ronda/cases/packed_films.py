"""The films of a package: masters byte for byte, working copies beside them, and their digests.

Masters are copied first and hashed as they lie in the package, while their copies are made of them: so the digest
that must be the recorder's is of what was written, not of what was about to be. A copy's digest is of what was
handed over to be written: a fault on the way to its file then stands against the manifest, where anybody's
`sha256sum` finds it, while a digest of what lies there would vouch for the fault.
Each byte of a master is read once for its three digests (master, picture, copy), two at a time where the processor
can; none of the three follows from another: docs/decisions/0016-picture-digests.md.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ronda.cases.errors import PackageError
from ronda.cases.package_parts import Recorded, film_file, master_path, reserve
from ronda.cases.ports import FootageFiles
from ronda.cases.working_copy import CopyPlan, WrittenCopy, write_copy
from ronda.core.time import TimeSpan
from ronda.evidence.clock_facts import measure
from ronda.evidence.errors import MalformedError
from ronda.evidence.film import Film, outline, pictures_digest, read_whole
from ronda.evidence.folder import file_sha256, mapped_file
from ronda.evidence.statement import COPY, ORIGINAL, FilmFile
from ronda.media.fmp4_read import Scan
from ronda.video.model import Segment
from ronda.video.record.hashing import Hashes

COPIED_AT_ONCE_BYTES = 16 << 20


class FilmPacker:
    """Writes below `work`. `digests` and `copies` are of what stands there so far."""

    def __init__(
        self, work: Path, footage: FootageFiles, make_hashes: Callable[[], Hashes], tell: Callable[[str], None]
    ) -> None:
        self._work, self._footage, self._make_hashes, self._tell = work, footage, make_hashes, tell
        self.digests: dict[str, str] = {}
        self.copies: list[FilmFile] = []

    def copy_masters(self, recorded: Recorded) -> tuple[list[tuple[FilmFile, Film]], dict[str, Scan]]:
        """Each master under the recorder's digest, which is held against it when its copy is written."""
        masters, scans = [], {}
        for segment in recorded.segments:
            path = master_path(segment)
            self._copy_master(segment, path)
            film, scans[path] = self._read_master(segment, path)
            facts = measure(recorded.clock[segment.segment_id])
            digest, size = segment.sha256 or "", segment.size_bytes
            file = film_file(path, ORIGINAL, film, segment, sha256=digest, size=size)
            file = replace(file, origin=recorded.origins.get(segment.segment_id, ""))
            masters.append((replace(file, clock=facts.document() if facts else None), film))
            self._tell(path)
        return masters, scans

    def _copy_master(self, segment: Segment, path: str) -> None:
        target = self._work / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._footage.path(segment.path).open("rb", 0) as source, target.open("xb", 0) as out:
            reserve(out, segment.size_bytes)
            # Into blocks of its own: copy_file_range may let both share theirs, and one fault then takes both.
            while os.sendfile(out.fileno(), source.fileno(), None, COPIED_AT_ONCE_BYTES):
                pass

    def _read_master(self, segment: Segment, path: str) -> tuple[Film, Scan]:
        try:
            with mapped_file(self._work / path) as data:
                found = read_whole(data, path)
            return outline(found, path), found
        except MalformedError:
            self._must_be_recorded(segment, path, file_sha256(self._work / path))
            raise

    def _must_be_recorded(self, segment: Segment, path: str, digest: str) -> None:
        """`digest` is of what lies in the package, taken after it was written."""
        if segment.sha256 != digest or (self._work / path).stat().st_size != segment.size_bytes:
            raise PackageError(
                f"{segment.path} is not what was recorded: SHA-256 {digest[:16]}, the recorder wrote "
                f"{(segment.sha256 or 'none')[:16]}; no package was built. Next: run `ronda check`"
            )
        self.digests[path] = digest

    def write_copies(
        self, recorded: Recorded, plans: Sequence[CopyPlan], scans: Mapping[str, Scan]
    ) -> dict[str, str]:
        """The copies of one camera; returns the digest of each master's pictures."""
        segments = {master_path(segment): segment for segment in recorded.segments}
        pictures = {}
        for number, plan in enumerate(plans, 1):
            path = f"data/salinan/{recorded.camera}{'' if number == 1 else f'-{number}'}.mp4"
            target = self._work / path
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = write_copy(target, plan, self._work, scans, self._make_hashes())
            for name, digests in copy.masters.items():
                self._must_be_recorded(segments[name], name, digests.sha256)
                pictures[name] = pictures_digest(digests.pictures)
            self.digests[path] = copy.sha256
            self.copies.append(self._copy_file(path, plan, copy, recorded.segments[0]))
        return pictures

    def _copy_file(self, path: str, plan: CopyPlan, copy: WrittenCopy, first: Segment) -> FilmFile:
        with mapped_file(self._work / path) as data:
            film = outline(read_whole(data, path), path)
        return replace(
            film_file(path, COPY, film, first, sha256=copy.sha256, size=copy.size_bytes),
            pictures_sha256=copy.pictures_sha256,
            span=TimeSpan(plan.masters[0].span.start_us, plan.masters[-1].span.end_us),
            derived_from=tuple(master.path for master in plan.masters),
            cards=copy.cards,
            training=any(master.training for master in plan.masters),
        )
