"""Hold the statement against the films: frames, times, interruptions, and what each copy is.

Every fact is worked out from the MP4. A working copy must be the master's pictures in order, none
missing, none changed, with nothing between them but title cards exactly where an interruption is.
"""

from collections.abc import Iterator, Sequence

from ronda.core.time import TimeSpan, uncovered, utc_text
from ronda.evidence import layout
from ronda.evidence.errors import MalformedError
from ronda.evidence.film import Film, Frame, read_film, stream_digest
from ronda.evidence.folder import PackageFolder
from ronda.evidence.gaps import HOLE_US, derived_holes, shown_span, standstills
from ronda.evidence.statement import COPY, ORIGINAL, FilmFile, Statement, gap_csv
from ronda.evidence.verdict import Check, Finding, Verdict, Words
from ronda.evidence.verify_time import film_findings, read_clocks

SPAN_TOLERANCE_US = 2_000_000
LONGEST_CARD_90K = 30 * 90_000

Found = tuple[Check, Finding]


def role_findings(folder: PackageFolder, statement: Statement) -> Iterator[Finding]:
    """Paths and roles: a copy never lies where masters lie, and every film is spoken of."""
    stated = {film.path: film for film in statement.files}
    films = {path for path in folder.files if path.startswith(("data/asli/", "data/salinan/", "data/samaran/"))}
    for path in sorted(films - set(stated)):
        yield _broken("film yang tidak dinyatakan", "a film that is not stated", path)
    for path in sorted(set(stated) - films):
        yield _broken("dinyatakan, tetapi tidak ada", "stated, but not there", path)
    for film in statement.files:
        place = f"data/{film.role}/{film.camera}"
        if film.role not in (ORIGINAL, COPY) or not film.path.startswith(place):
            yield _broken(f"berperan {film.role}, di tempat lain", f"role {film.role}, in another place", film.path)
        if film.role == ORIGINAL and (film.derived_from or film.cards):
            yield _broken("asli tidak boleh turunan", "a master cannot be derived", film.path)
        if film.camera not in statement.cameras or (film.training and not statement.training):
            yield _broken("di luar lingkup atau data latihan", "outside the scope, or practice data", film.path)
    expected = {layout.GAPS: gap_csv(statement.gaps)}
    for path, data in expected.items():
        if folder.read(path) not in (None, data):
            yield _broken("tidak sama dengan pernyataan", "does not say what the statement says", path)


def camera_findings(folder: PackageFolder, statement: Statement, camera: str) -> Iterator[Found]:
    """All that can be worked out from the films of one camera."""
    own = [film for film in statement.files if film.camera == camera and film.path in folder.files]
    originals = sorted((f for f in own if f.role == ORIGINAL), key=lambda film: film.span)
    frames: dict[str, tuple[Frame, ...]] = {}
    holes: list[TimeSpan] = []
    clocks = read_clocks(folder)
    for film in originals:
        read = _read(folder, film)
        if isinstance(read, Finding):
            yield Check.ROLES, read
            continue
        frames[film.path] = read.frames
        holes += standstills(film.span.start_us, read)
        yield from _facts_findings(folder, film, read)
        yield from ((Check.TIME, finding) for finding in film_findings(clocks, film, read))
    words = f"{camera}: waktu {len(frames)} film diperiksa", f"{camera}: times of {len(frames)} films checked"
    yield Check.TIME, Finding(Verdict.PROVEN, Words(*words))
    yield from _gap_findings(statement, camera, originals, holes)
    copies = [film for film in own if film.role == COPY]
    yield from _cover_findings(statement, camera, originals, copies)
    for film in copies:
        read = _read(folder, film)
        if isinstance(read, Finding):
            yield Check.ROLES, read
            continue
        yield from _facts_findings(folder, film, read)
        yield Check.ROLES, _copy_finding(film, read, frames, statement)


def _read(folder: PackageFolder, film: FilmFile) -> Film | Finding:
    try:
        with folder.mapped(film.path) as data:
            return read_film(data, film.path)
    except MalformedError as error:
        return _broken(str(error), str(error), film.path)


def _facts_findings(folder: PackageFolder, stated: FilmFile, read: Film) -> Iterator[Found]:
    found = {
        "bingkai": (stated.frames, len(read.frames)),
        "lama_90k": (stated.duration_90k, read.duration_90k),
        "kodek": (stated.codec, read.codec),
        "ukuran": ((stated.width_px, stated.height_px), (read.width_px, read.height_px)),
        **_pictures_facts(folder, stated, read),
    }
    for name, (said, is_so) in found.items():
        if said != is_so:
            yield (
                Check.ROLES,
                _broken(
                    f"{name}: dinyatakan {said}, sebenarnya {is_so}",
                    f"{name}: stated {said}, but is {is_so}",
                    stated.path,
                ),
            )
    if not read.frames[0].key:
        words = Words("tidak mulai dengan gambar utuh", "does not start on a key frame")
        yield Check.ROLES, Finding(Verdict.UNPROVEN, words, stated.path)


def _pictures_facts(folder: PackageFolder, stated: FilmFile, read: Film) -> dict[str, tuple[str, str]]:
    """Packages of the first form state one digest of all pictures, which takes a reading of its own."""
    if not stated.stream_sha256:
        return {"sha256_gambar": (stated.pictures_sha256, read.pictures_sha256)}
    with folder.mapped(stated.path) as data:
        return {"sha256_aliran": (stated.stream_sha256, stream_digest(data))}


def _gap_findings(
    statement: Statement, camera: str, originals: Sequence[FilmFile], still: Sequence[TimeSpan]
) -> Iterator[Found]:
    declared = [gap for gap in statement.gaps if gap.camera == camera]
    shown = [shown_span(f.span, f.duration_90k) for f in originals]
    holes = derived_holes(statement.given, shown, still)
    for hole in holes:
        for hidden in uncovered(hole, [gap.span for gap in declared]):
            if hidden.duration_us > HOLE_US:
                text = f"{camera}, {utc_text(hidden.start_us)}, {hidden.duration_s:.1f}"
                yield (
                    Check.GAPS,
                    _broken(f"terputus tanpa dinyatakan: {text} dtk", f"undeclared gap: {text} s", layout.GAPS),
                )
    for gap in declared:
        missing = [cut for hole in holes if (cut := hole.cut_to(gap.span))]
        excess = gap.span.duration_us - sum(cut.duration_us for cut in missing)
        if excess > SPAN_TOLERANCE_US and any(one.overlaps(gap.span) for one in shown):
            text = f"{camera}, {utc_text(gap.span.start_us)}"
            words = Words(f"dinyatakan terputus, tetapi ada gambar: {text}", f"declared missing, but shown: {text}")
            yield Check.GAPS, Finding(Verdict.UNPROVEN, words, layout.GAPS)
    words = Words(f"{camera}: {len(declared)} kali terputus", f"{camera}: {len(declared)} interruptions")
    yield Check.GAPS, Finding(Verdict.PROVEN, words)


def _cover_findings(
    statement: Statement, camera: str, originals: Sequence[FilmFile], copies: Sequence[FilmFile]
) -> Iterator[Found]:
    """The copies together show every master once, in order, and every gap between masters as a card.

    Where pictures are H.265 a gap may stand between two copies instead.
    """
    shown = [path for film in sorted(copies, key=lambda film: film.span) for path in film.derived_from]
    path = copies[0].path if copies else layout.STATEMENT
    if shown != [film.path for film in originals]:
        words = f"{camera}: salinan tidak memuat semua asli", f"{camera}: the copies do not hold every master"
        yield Check.ROLES, _broken(*words, path)
    cards = sorted(card.gap for film in copies for card in film.cards)
    between = sorted(
        gap.span
        for gap in statement.gaps
        if gap.camera == camera and not any(film.span.contains(_middle(gap.span)) for film in originals)
    )
    # H.265 has no cards: there a gap must lie between two files, where no joint hides it.
    split = [gap for gap in between if not any(film.span.contains(_middle(gap)) for film in copies)]
    excused = split if any(film.codec.startswith("hvc1") for film in copies) else []
    if originals and cards != between and sorted({*cards, *excused}) != between:
        words = f"{camera}: rekaman terputus tanpa kartu", f"{camera}: an interruption without a card"
        yield Check.ROLES, _broken(*words, path)


def _middle(span: TimeSpan) -> int:
    return (span.start_us + span.end_us) // 2


def _copy_finding(
    stated: FilmFile, read: Film, masters: dict[str, tuple[Frame, ...]], statement: Statement
) -> Finding:
    """The copy, picture by picture: the masters' pictures in order, and cards only at gaps."""
    expected = [frame for path in stated.derived_from for frame in masters.get(path, ())]
    if not expected or not set(stated.derived_from) <= set(masters):
        return _broken("turunan dari berkas yang tidak ada", "derived from films that are not there", stated.path)
    gaps = [gap.span for gap in statement.gaps if gap.camera == stated.camera]
    cards = {card.dts_90k: card for card in stated.cards}
    master_sets = {frame.pps_id for frame in expected}
    position, at = 0, 0
    while at < len(read.frames):
        frame = read.frames[at]
        card = cards.pop(frame.dts_90k, None)
        if card is None:
            if position == len(expected) or frame.digest != expected[position].digest:
                return _broken(
                    f"gambar ke-{at + 1} bukan dari asli", f"picture {at + 1} is not the master's", stated.path
                )
            position, at = position + 1, at + 1
            continue
        end = card.dts_90k + card.duration_90k
        run = [one for one in read.frames[at:] if one.dts_90k < end]
        lasts = run[-1].dts_90k + run[-1].duration_90k - card.dts_90k if run else 0
        fits = lasts == card.duration_90k == min(card.gap.duration_us * 9 // 100, LONGEST_CARD_90K)
        foreign = all(one.pps_id not in master_sets for one in run)
        if not (run and fits and foreign and any(gap.covers(card.gap) for gap in gaps)):
            return _broken("kartu tanpa rekaman terputus", "a card where nothing is missing", stated.path)
        at += len(run)
    if position != len(expected) or cards:
        return _broken("gambar dari asli hilang", "pictures of the master are missing", stated.path)
    count = len(stated.cards)
    return Finding(
        Verdict.PROVEN,
        Words(
            f"{stated.path}: {position} gambar asli, {count} kartu",
            f"{stated.path}: {position} pictures of the master, {count} cards",
        ),
    )


def _broken(indonesian: str, english: str, path: str) -> Finding:
    return Finding(Verdict.BROKEN, Words(indonesian, english), path)
