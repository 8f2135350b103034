"""Give every unit of a film to the claim that covers it, and name what no claim covers.

One claim covers only units after those of the one before it: the last SEI of a film often repeats the group hash
of the one before. A claim counts when its signature fits; one without a signature counts when a later one that
counts covers it. Telling a cut edge from tampering: at the start a claim may speak of pictures before the film;
between two covered places nothing may be missing or foreign.
"""

from dataclasses import dataclass, field

from ronda.evidence.camera_signing.align import Aligned, align, anchors_at, unit_hash
from ronda.evidence.camera_signing.claim import Claim, Scheme
from ronda.evidence.camera_signing.signatures import Signed
from ronda.evidence.camera_signing.units import KEY, Event, Units

UNCOVERED, FITS, CHANGED, ADDED, MOVED = range(5)
_MAX_STARTS = 64  # places where a group without a hash list is looked for


@dataclass(slots=True)
class Row:
    """One claim about pictures and what became of it."""

    event: Event
    claim: Claim
    signed: Signed
    aligned: Aligned = field(default_factory=Aligned)
    first_hash: bytes = b""
    before_film: int = 0  # units it speaks of that lie before the film's start
    missing: int = 0
    faults: list[str] = field(default_factory=list)  # codes: link, older, restart, lost
    old_of: Claim | None = None  # whose pictures stand where this claim's should


@dataclass(slots=True)
class Matched:
    rows: list[Row]
    states: bytearray  # of each unit


def match(units: Units, signed: list[Signed]) -> Matched:
    """signed: what became of the signature of each event, in their order."""
    result = Matched(rows=[], states=bytearray(len(units.digests)))
    cursor, anchor = 0, b""
    for event, verdict in zip(units.events, signed, strict=True):
        if (
            event.claim is None
            or not event.claim.says_pictures
            or verdict is Signed.BAD
            or verdict is Signed.NO_KEY
        ):
            continue
        row = Row(event=event, claim=event.claim, signed=verdict)
        row.first_hash = event.claim.hashes[0] if event.claim.hashes else b""
        _attribute(units, row, cursor, anchor)
        if row.aligned.fits:
            start, cursor = cursor, row.aligned.end
            keys = [units.digests[at] for at in range(start, cursor) if units.kinds[at] == KEY]
            anchor = keys[-1] if keys else anchor
            if row.first_hash and not row.claim.partial:
                anchor = row.first_hash
            row.first_hash = row.first_hash or unit_hash(units, row.aligned.fits[0], anchor)
        result.rows.append(row)
    _unsigned_count(result)
    for row in result.rows:
        _note(result.states, row.aligned)
    _leftovers(units, result)
    return result


def _attribute(units: Units, row: Row, cursor: int, anchor: bytes) -> None:
    claim, end = row.claim, row.event.position
    expected = claim.hashes
    if claim.scheme is Scheme.AXIS_1:
        expected, end = _without_closing(units, row, cursor)
    anchors = anchors_at(units, cursor, end, anchor)
    if expected:
        more = [one for one in (expected[0], anchor) if one]
        row.aligned = align(units, (cursor, end), expected, anchors, more)
        if row.claim.scheme is Scheme.AXIS_1 and len(claim.hashes) == 1:
            row.aligned.end = cursor  # the first SEI of a stream names the key picture that the next one covers too
        return
    for start in _starts(units, cursor, end, partial=claim.partial):
        run = range(start, min(start + claim.count, end))
        hashes = [unit_hash(units, index, anchors[index - cursor]) for index in run]
        if len(hashes) == claim.count and hashes and units.hashed(*hashes) == claim.group_hash:
            row.aligned = Aligned(fits=list(run), end=run.stop)
            return


def _without_closing(units: Units, row: Row, cursor: int) -> tuple[tuple[bytes, ...], int]:
    """The older Axis form: the last expected hash is that of the next group's key picture, which is the link."""
    expected = row.claim.hashes
    end = _next_key(units, max(row.event.position, cursor))
    if len(expected) <= 1 or end >= len(units.digests):
        return expected, min(end + 1, len(units.digests))
    keys = [at for at in range(cursor, end + 1) if units.kinds[at] == KEY]
    closing = next((at for at in keys if units.hashed(expected[0], units.digests[at]) == expected[-1]), None)
    if closing is not None:
        return expected[:-1], closing
    row.faults.append("link")
    return expected[:-1], next((at for at in keys if at > cursor), end)


def _next_key(units: Units, start: int) -> int:
    """The first key picture at or after `start` behind which a new group begins, or the end."""
    return next((at for at in range(start, len(units.kinds)) if units.kinds[at] == KEY), len(units.kinds))


def _starts(units: Units, cursor: int, end: int, *, partial: bool) -> list[int]:
    """Where a group may begin: at the cursor, at key pictures, and anywhere for a part of a group."""
    found = [at for at in range(cursor, end) if partial or units.kinds[at] == KEY or at == cursor]
    return found[:_MAX_STARTS]


def _unsigned_count(result: Matched) -> None:
    """Claims without a signature count when a later claim that counts covers them; else they are taken back."""
    covered: set[int] = set()
    for row in reversed(result.rows):
        if row.signed is Signed.BY_NEXT and row.event.own_unit not in covered:
            row.signed = Signed.UNSIGNED
            row.aligned = Aligned(end=row.aligned.end)
        covered.update(row.aligned.fits)


def _note(states: bytearray, aligned: Aligned) -> None:
    for state, found in (
        (FITS, aligned.fits),
        (CHANGED, aligned.changed),
        (ADDED, aligned.added),
        (MOVED, aligned.moved),
    ):
        for index in found:
            states[index] = state


def _leftovers(units: Units, result: Matched) -> None:
    """Missing pictures, and units that stand where a claim says that others should."""
    known = {row.first_hash: row.claim for row in result.rows if row.first_hash}
    seen_fit = False
    for number, row in enumerate(result.rows):
        found = row.aligned
        if found.fits:
            row.missing = found.missing + (found.missing_head if seen_fit else 0)
            row.before_film = 0 if seen_fit else found.missing_head
            seen_fit = True
            row.old_of = _foreign_group(units, found.changed, known, row)
            continue
        if row.signed is Signed.UNSIGNED:
            continue
        later = next((one.aligned.fits[0] for one in result.rows[number + 1 :] if one.aligned.fits), None)
        before = next((one.aligned.end for one in reversed(result.rows[:number]) if one.aligned.fits), 0)
        stand = _standing(units, result.states, (before, later), row) if later is not None else []
        count = row.claim.count or len(row.claim.hashes)
        count -= row.claim.scheme is Scheme.AXIS_1 and count > 1  # the last one opens the next group
        if not seen_fit and (not stand or (not row.claim.hashes and len(stand) < count)):
            row.before_film = count
            continue
        for index in stand[:count]:
            result.states[index] = CHANGED
        row.aligned.changed = stand[:count]
        row.missing = max(0, count - len(stand))
        row.old_of = _foreign_group(units, row.aligned.changed, known, row)


def _standing(units: Units, states: bytearray, span: tuple[int, int | None], row: Row) -> list[int]:
    """Uncovered units in the place of this claim's pictures; not those of the group before, whose SEI is lost."""
    found = [at for at in range(span[0], span[1] or 0) if states[at] == UNCOVERED and at < row.event.position]
    if found and row.claim.linked and units.digests[found[0]] == row.claim.linked:
        following = next((n for n, at in enumerate(found[1:], 1) if units.kinds[at] == KEY), len(found))
        return found[following:]
    return found


def _foreign_group(units: Units, changed: list[int], known: dict[bytes, Claim], row: Row) -> Claim | None:
    """The claim that speaks of these pictures, when they are those of another group."""
    for index in changed:
        found = known.get(units.digests[index]) if units.kinds[index] == KEY else None
        if found is not None and found is not row.claim:
            return found
    return None
