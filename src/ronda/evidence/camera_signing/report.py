"""What the camera's signatures say of one film: one status, every group, every picture that is not proven.

Invariant: AUTHENTIC means that each picture is covered by a signature that fits, in an unbroken row; what lies
before the first or after the last covered picture is counted beside it and is not proven. Whose key it was is
`trust`'s question and is answered apart, since it hangs on what the reader brings.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ronda.evidence.camera_signing.claim import Claim, Scheme
from ronda.evidence.camera_signing.film import FilmSource
from ronda.evidence.camera_signing.match import ADDED, CHANGED, FITS, MOVED, UNCOVERED, Matched, Row, match
from ronda.evidence.camera_signing.order import LINK, LOST, OLDER, RESTART, check_order
from ronda.evidence.camera_signing.signatures import KeySpan, Signed, check_signatures
from ronda.evidence.camera_signing.units import Units, collect
from ronda.evidence.errors import MalformedError


class Status(StrEnum):
    AUTHENTIC = "authentic"
    MISSING = "authentic_missing"  # what is there is the camera's, but not all is there, or not all is signed
    NOT_AUTHENTIC = "not_authentic"
    NOT_SIGNED = "not_signed"
    UNREADABLE = "unreadable"  # signed, but no key in the film, or in a form that is not read


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One claim and its pictures. Pictures count from 0."""

    counter: int
    partial: bool
    signed: Signed
    start_us: int | None
    end_us: int | None
    ticks_us: int | None
    expected: int  # hashed NAL units
    fits: int
    pictures: tuple[int, int] | None  # first and last picture that fits
    at_s: float | None  # of the first of them in the film
    changed: tuple[int, ...]  # pictures
    moved: tuple[int, ...]
    added: tuple[int, ...]
    missing: int
    before_film: int
    faults: tuple[str, ...]
    old_start_us: int | None = None  # the changed pictures are those signed for this time
    old_counter: int | None = None

    @property
    def status(self) -> Status:
        if self.changed or self.moved or self.added or {LINK, OLDER} & set(self.faults):
            return Status.NOT_AUTHENTIC
        if self.missing or self.before_film or self.signed is Signed.UNSIGNED or {LOST, RESTART} & set(self.faults):
            return Status.MISSING
        return Status.AUTHENTIC


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmReport:
    """One film."""

    status: Status
    scheme: Scheme | None
    device: str
    pictures: int
    covered: int  # pictures wholly covered by signatures that fit
    head: int  # pictures before the first covered one that no signature reaches
    tail: int  # pictures after the last covered one that no signature reaches
    uncovered: tuple[int, ...]  # pictures in between
    seis: int
    bad_seis: tuple[tuple[int, str], ...]  # picture, why
    no_key: int
    unsigned_kinds: tuple[int, ...]  # pictures with slices of a kind no camera signs
    groups: tuple[Group, ...]
    keys: tuple[KeySpan, ...]
    key_pictures: tuple[int, ...]  # where each key begins
    key_spans_us: tuple[tuple[int, int] | None, ...]  # when each key signed, by the camera's clock

    @property
    def changed(self) -> tuple[int, ...]:
        return _all(group.changed for group in self.groups)

    @property
    def missing(self) -> int:
        return sum(group.missing for group in self.groups)

    @property
    def before_film(self) -> int:
        return sum(group.before_film for group in self.groups)


def check_film(source: FilmSource) -> FilmReport:
    """Raises MalformedError when the film cannot be read."""
    units = collect(source)
    if not units.picture_count:
        raise MalformedError("the film holds no picture")
    signed, keys = check_signatures(units.events)
    matched = match(units, signed)
    check_order(matched)
    groups = tuple(_group(units, row) for row in matched.rows)
    head, tail, between, covered = _edges(units, matched)
    bad = tuple(
        (event.picture, event.fault) for event, one in zip(units.events, signed, strict=True) if one is Signed.BAD
    )
    claims = [event.claim for event in units.events if event.claim]
    return FilmReport(
        status=_status(groups, between, signed, bad),
        scheme=next((claim.scheme for claim in reversed(claims)), None),
        device=next((claim.device for claim in claims if claim.device), ""),
        pictures=units.picture_count,
        covered=covered,
        head=head,
        tail=tail,
        uncovered=between,
        seis=len(units.events),
        bad_seis=bad,
        no_key=signed.count(Signed.NO_KEY),
        unsigned_kinds=tuple(sorted(set(units.unsigned_kinds))),
        groups=groups,
        keys=tuple(keys),
        key_pictures=tuple(units.events[key.event].picture for key in keys),
        key_spans_us=tuple(_key_span(units, keys, number) for number in range(len(keys))),
    )


def _status(
    groups: tuple[Group, ...], between: tuple[int, ...], signed: list[Signed], bad: tuple[tuple[int, str], ...]
) -> Status:
    if not signed:
        return Status.NOT_SIGNED
    if bad or any(group.status is Status.NOT_AUTHENTIC for group in groups):
        return Status.NOT_AUTHENTIC
    if Signed.GOOD not in signed:
        return Status.UNREADABLE
    if between or any(group.missing or LOST in group.faults or RESTART in group.faults for group in groups):
        return Status.MISSING
    if Signed.NO_KEY in signed or not any(group.fits for group in groups):
        return Status.MISSING
    return Status.AUTHENTIC


def _group(units: Units, row: Row) -> Group:
    found = row.aligned
    places = _pictures(units, found.fits)
    first = places[0] if places else None
    timed = first is not None and first < len(units.times_90k)
    return Group(
        counter=row.claim.counter,
        partial=row.claim.partial,
        signed=row.signed,
        start_us=row.claim.start_us,
        end_us=row.claim.end_us,
        ticks_us=row.claim.clock_ticks_us,
        expected=len(row.claim.hashes) or row.claim.count,
        fits=len(found.fits),
        pictures=(places[0], places[-1]) if places else None,
        at_s=round((units.times_90k[first] - units.times_90k[0]) / 90_000, 3)
        if timed and first is not None
        else None,
        changed=_pictures(units, found.changed),
        moved=_pictures(units, found.moved),
        added=_pictures(units, found.added),
        missing=row.missing,
        before_film=row.before_film,
        faults=tuple(row.faults),
        old_start_us=row.old_of.start_us if row.old_of else None,
        old_counter=row.old_of.counter if row.old_of else None,
    )


def _pictures(units: Units, found: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({units.pictures[index] for index in found}))


def _edges(units: Units, matched: Matched) -> tuple[int, int, tuple[int, ...], int]:
    """Uncovered pictures before, after and between the covered ones, and how many are covered."""
    states = matched.states
    bad = {units.pictures[at] for at, state in enumerate(states) if state in (CHANGED, ADDED, MOVED)}
    open_ = {units.pictures[at] for at, state in enumerate(states) if state == UNCOVERED}
    covered = {units.pictures[at] for at, state in enumerate(states) if state == FITS} - open_ - bad
    known = covered | bad
    if not known:
        return 0, 0, tuple(sorted(open_)) if matched.rows else (), 0
    first, last = min(known), max(known)
    head, tail = sum(one < first for one in open_), sum(one > last for one in open_)
    return head, tail, tuple(sorted(one for one in open_ - bad if first <= one <= last)), len(covered)


def _key_span(units: Units, keys: list[KeySpan], number: int) -> tuple[int, int] | None:
    end = keys[number + 1].event if number + 1 < len(keys) else len(units.events)
    claims = [event.claim for event in units.events[keys[number].event if number else 0 : end]]
    times = [at for claim in claims if claim for at in _times(claim)]
    return (min(times), max(times)) if times else None


def _times(claim: Claim) -> list[int]:
    return [at for at in (claim.start_us, claim.end_us) if at is not None]


def _all(found: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sorted({one for row in found for one in row}))
