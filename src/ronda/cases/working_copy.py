"""Write the working copy: the masters of one camera in one film that plays, gaps left visible.

A stream copy: every coded picture goes over byte for byte, in order, and so does the sound where the
masters have any. Where something is missing a title card stands. When a camera changed its picture
or sound format (or the film grows beyond 11 hours) a further file begins; nothing is re-encoded to
hide the joint.
H.265 has no cards: a card would need a parameter-set id of its own, which no H.265 encoder at hand
lets one choose. There each interruption ends the file, and a further one begins after it, so that no
joint hides a gap; the gap list says what is missing, and the verifier demands the split.
What is written is hashed on its way, and so are the masters that are read for it. The digests of its pictures are
those of the masters and cards that went in: whether the file holds them is for the verifier. It believes neither.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ronda.cases.card import CardFilm, encode_card
from ronda.cases.package_parts import reserve
from ronda.core.time import TimeSpan
from ronda.evidence.film import Film, pictures_digest
from ronda.evidence.folder import mapped_file
from ronda.evidence.statement import Card, FilmFile, GapLine
from ronda.media.codec import AudioFormat, PictureSets, VideoCodec
from ronda.media.fmp4_init import Buffer
from ronda.media.fmp4_read import AudioSample, FragmentFacts, Sample, Scan
from ronda.media.fmp4_write import (
    TIMESCALE,
    AudioRun,
    FrameTable,
    fragment_header,
    init_segment,
    random_access_box,
)
from ronda.media.h264 import ParameterSets
from ronda.media.picture_sets import codec_of
from ronda.video.record.hashing import Hashes, RunningHash, Samples

LONGEST_FILE_90K = 11 * 3600 * 90_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPlan:
    """What one working copy is made of, in order of time: masters, and gaps between them."""

    sets: PictureSets
    audio: AudioFormat | None
    parts: tuple[FilmFile | GapLine, ...]

    @property
    def masters(self) -> list[FilmFile]:
        return [part for part in self.parts if isinstance(part, FilmFile)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterDigests:
    """Of a master as it lies in the package."""

    sha256: str
    pictures: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCopy:
    """What stands in the file, and what its masters were found to be."""

    cards: tuple[Card, ...]
    sha256: str
    size_bytes: int
    pictures_sha256: str
    masters: Mapping[str, MasterDigests]  # by path


@dataclass(slots=True)
class _Writer:
    """The file being written, its digest, and where it stands."""

    out: BinaryIO
    hashes: Hashes
    digest: RunningHash
    sequence: int = 0
    offset: int = 0
    at_90k: int = 0
    entries: list[tuple[int, int]] = field(default_factory=list)

    def write(self, data: Samples) -> None:
        self.out.write(data)
        self.digest.take([data])
        self.offset += len(data)

    def fragment(self, table: FrameTable, coded: Iterable[Samples], sound: AudioRun | None = None) -> None:
        """`coded`: the bytes of the pictures, then of the sound, in any pieces."""
        self.sequence += 1
        if table.keys[0]:
            self.entries.append((table.pts_90k[0], self.offset))
        self.write(fragment_header(self.sequence, table, sound))
        for piece in coded:
            self.write(piece)
        self.at_90k = table.next_dts_90k


def plan_copies(masters: Sequence[tuple[FilmFile, Film]], gaps: Sequence[GapLine]) -> list[CopyPlan]:
    """Group masters that can share a track; each gap goes before the master that follows it."""
    plans: list[CopyPlan] = []
    parts: list[FilmFile | GapLine] = []
    length, current = 0, masters[0][1]
    left = sorted(gaps, key=lambda gap: gap.span)
    for file, film in masters:
        before = []
        while left and _middle(left[0].span) < file.span.start_us:
            before.append(left.pop(0))
        # A standstill inside a master is in the gap list; no card can stand inside its pictures.
        left = [gap for gap in left if _middle(gap.span) >= file.span.end_us]
        is_other = (film.sets, film.audio) != (current.sets, current.audio)
        is_cut = bool(before) and not takes_cards(film.sets)
        if parts and (is_other or is_cut or length + file.duration_90k > LONGEST_FILE_90K):
            plans.append(_plan(current, parts))
            parts, length = [], 0
        current = film
        parts += [*(before if takes_cards(film.sets) else ()), file]
        length += file.duration_90k
    plans.append(_plan(current, [*parts, *(left if takes_cards(current.sets) else ())]))
    return plans


def takes_cards(sets: PictureSets) -> bool:
    """Whether a title card can stand beside these pictures."""
    return codec_of(sets) is VideoCodec.H264


def _plan(film: Film, parts: Sequence[FilmFile | GapLine]) -> CopyPlan:
    return CopyPlan(sets=film.sets, audio=film.audio, parts=tuple(parts))


def _middle(span: TimeSpan) -> int:
    return (span.start_us + span.end_us) // 2


def write_copy(
    target: Path, plan: CopyPlan, package: Path, scans: Mapping[str, Scan], hashes: Hashes
) -> WrittenCopy:
    """Write the film to `target` from the masters in `package`, and hash both.

    scans  the boxes of each master, by its path

    Raises MediaError or PackageError when a master or a card cannot be used, OSError from the disk.
    """
    cards = {
        index: encode_card(plan.sets, part.camera, part.span, part.cause)
        for index, part in enumerate(plan.parts)
        if isinstance(part, GapLine)
    }
    own = next(iter(cards.values())).sets if cards else ParameterSets(sps=(), pps=())
    both = plan.sets.updated((*own.sps, *own.pps))
    shown: list[Card] = []
    pictures: list[bytes] = []
    masters: dict[str, MasterDigests] = {}
    with target.open("xb") as out:
        reserve(out, sum(master.size_bytes for master in plan.masters))
        writer = _Writer(out, hashes, hashes.new())
        writer.write(init_segment(both, plan.audio))
        for index, part in enumerate(plan.parts):
            if isinstance(part, GapLine):
                shown.append(_write_card(writer, cards[index], part))
                pictures += [hashlib.sha256(sample).digest() for sample in cards[index].samples]
            else:
                with mapped_file(package / part.path) as data:
                    masters[part.path] = _write_master(writer, data, scans[part.path], plan.audio)
                pictures += masters[part.path].pictures
        writer.write(random_access_box(writer.entries))
        out.truncate(writer.offset)
    return WrittenCopy(
        cards=tuple(shown),
        sha256=writer.digest.hexdigest(),
        size_bytes=writer.offset,
        pictures_sha256=pictures_digest(pictures),
        masters=masters,
    )


def _write_card(writer: _Writer, card: CardFilm, gap: GapLine) -> Card:
    start = writer.at_90k
    times = [start]
    for duration in card.durations_90k:
        times.append(times[-1] + duration)
    table = FrameTable(
        sizes=[len(sample) for sample in card.samples],
        dts_90k=times[:-1],
        pts_90k=times[:-1],
        keys=[True] + [False] * (len(card.samples) - 1),
        next_dts_90k=times[-1],
    )
    writer.fragment(table, card.samples)
    return Card(dts_90k=start, duration_90k=times[-1] - start, gap=gap.span)


def _write_master(writer: _Writer, data: Buffer, found: Scan, audio: AudioFormat | None) -> MasterDigests:
    """Every fragment of a master, moved to where the copy stands. Each byte is read once, and hashed as a part of
    the master, of its picture and of the copy while it is at hand."""
    whole, pictures, at = writer.hashes.new(), [], 0
    first = next((fragment.samples[0].dts_90k for fragment in found.fragments if fragment.samples), 0)
    shift = writer.at_90k - first
    for fragment in found.fragments:
        end = fragment.offset + fragment.size_bytes
        block = memoryview(bytes(data[at:end]))
        whole.take([block])
        for sample in fragment.samples:
            begin = sample.offset - at
            pictures.append(writer.hashes.new())
            pictures[-1].take([block[begin : begin + sample.size_bytes]])
        if fragment.samples:
            runs = _runs((*fragment.samples, *fragment.audio))
            coded = (block[begin - at : until - at] for begin, until in runs)
            writer.fragment(_moved(fragment.samples, shift), coded, _sound(fragment, audio, shift))
        at = end
    whole.take([bytes(data[at:])])
    writer.hashes.settle()
    digests = tuple(bytes.fromhex(picture.hexdigest()) for picture in pictures)
    return MasterDigests(sha256=whole.hexdigest(), pictures=digests)


def _moved(samples: Sequence[Sample], shift_90k: int) -> FrameTable:
    last = samples[-1]
    return FrameTable(
        sizes=[sample.size_bytes for sample in samples],
        dts_90k=[sample.dts_90k + shift_90k for sample in samples],
        pts_90k=[sample.pts_90k + shift_90k for sample in samples],
        keys=[sample.key for sample in samples],
        next_dts_90k=last.dts_90k + last.duration_90k + shift_90k,
    )


def _sound(fragment: FragmentFacts, audio: AudioFormat | None, shift_90k: int) -> AudioRun | None:
    """The fragment's sound, moved by as much as its pictures."""
    if audio is None or not fragment.audio:
        return None
    return AudioRun(
        sizes=[sample.size_bytes for sample in fragment.audio],
        durations=[sample.duration for sample in fragment.audio],
        dts=max(0, fragment.audio[0].dts + shift_90k * audio.clock_hz // TIMESCALE),
    )


def _runs(samples: Sequence[Sample | AudioSample]) -> Iterator[tuple[int, int]]:
    """Where samples begin and end; those that lie one behind the other are one run."""
    start = end = samples[0].offset
    for sample in samples:
        if sample.offset != end:
            yield start, end
            start = sample.offset
        end = sample.offset + sample.size_bytes
    yield start, end
