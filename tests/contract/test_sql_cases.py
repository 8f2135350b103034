"""Cases in SQLite and PostgreSQL: the same promises on both."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text
from tests.evidence_kit import AREA, INVESTIGATOR, MORNING_US, letter, scope

from ronda.cases.errors import ChangedMeanwhileError
from ronda.cases.model import (
    Approval,
    Case,
    CaseState,
    HandOver,
    Mark,
    Outcome,
    OutcomeKind,
    PackageRecord,
    Refusal,
    StillRecord,
)
from ronda.core.ids import CameraId, CaseId, HoldId, PersonId
from ronda.store.errors import DocumentError
from ronda.store.sql.cases import SqlCaseStore


def case(number: int = 1) -> Case:
    return Case(
        case_id=CaseId(f"case-{number}"),
        revision=1,
        state=CaseState.WAITING,
        request=letter(),
        scope_version=1,
        area=AREA,
        requested_by=INVESTIGATOR.person_id,
        requested_official_id=INVESTIGATOR.official_id,
        requested_name=INVESTIGATOR.name,
        requested_us=MORNING_US + number,
        request_log_index=0,
        hold_ids=(HoldId("hold-1"), HoldId("hold-2")),
    )


def full_case() -> Case:
    """Every field filled, so that none can be forgotten on the way to the database and back."""
    who, at, camera = PersonId("hadi"), MORNING_US, CameraId("pasar")
    span = scope("pasar").span
    return replace(
        case(9),
        state=CaseState.CLOSED,
        approval=Approval(
            approver=who,
            official_id="1975 0304",
            name="Hadi «S»",
            office="Polres",
            at_us=at,
            scope=scope("pasar"),
            scope_version=1,
            access_until_us=at + 1,
            note='it\'s "ok"; --',
            log_index=3,
        ),
        refusal=Refusal(approver=who, name="Hadi", at_us=at, reason="alasan"),
        members=(PersonId("nur"),),
        marks=(Mark(mark_id="m", camera=camera, span=span, note="motor\nmerah", by=who, at_us=at),),
        stills=(
            StillRecord(
                still_id="s",
                camera=camera,
                asked_us=at,
                frame_us=at,
                sha256="0" * 64,
                size_bytes=1,
                by=who,
                at_us=at,
            ),
        ),
        packages=(
            PackageRecord(
                package_id="p",
                folder="p",
                manifest_sha256="0" * 64,
                seal_sha256="1" * 64,
                size_bytes=2**40,
                clips=4,
                scope=scope("pasar"),
                widened=span,
                sealed_us=at,
                took_us=18_000_000,
                by=who,
                log_index=7,
            ),
        ),
        hand_overs=(HandOver(package_id="p", receiver=letter().requester, medium="USB", at_us=at, by=who),),
        outcome=Outcome(kind=OutcomeKind.SOLVED_WITH_FOOTAGE, note="", at_us=at, by=who),
        training=True,
    )


def test_a_case_comes_back_as_it_was_stored(engine: Engine) -> None:
    """Quotes, line breaks and large numbers included."""
    store = SqlCaseStore(engine)
    store.add(full_case())
    assert store.get(CaseId("case-9")) == full_case()
    assert store.get(CaseId("case-x")) is None


def test_cases_come_newest_first(engine: Engine) -> None:
    """As the list on the screen shows them."""
    store = SqlCaseStore(engine)
    for number in (2, 3, 1):
        store.add(case(number))
    assert [one.case_id for one in store.all()] == ["case-3", "case-2", "case-1"]


def test_a_change_built_on_an_older_revision_is_refused(engine: Engine) -> None:
    """Two people decide at once: the second one is told, nothing is overwritten."""
    store = SqlCaseStore(engine)
    store.add(case())
    first = store.save(replace(case(), state=CaseState.REFUSED))
    assert first.revision == 2
    with pytest.raises(ChangedMeanwhileError):
        store.save(replace(case(), state=CaseState.REVIEW))
    assert store.get(CaseId("case-1")) == first
    with pytest.raises(ChangedMeanwhileError):
        store.save(case(7))


def test_of_many_writers_at_once_exactly_one_wins(engine: Engine) -> None:
    """The database decides, not the order in which threads happen to read."""
    store = SqlCaseStore(engine)
    store.add(case())
    won: list[int] = []

    def write(number: int) -> None:
        try:
            store.save(replace(case(), members=(PersonId(f"p{number}"),)))
            won.append(number)
        except ChangedMeanwhileError:
            return

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = store.get(CaseId("case-1"))
    assert stored is not None
    assert len(won) == 1
    assert (stored.revision, stored.members) == (2, (PersonId(f"p{won[0]}"),))


def test_a_row_that_is_no_case_is_refused_and_not_guessed_at(engine: Engine) -> None:
    """A wrong answer about an approval is worse than none."""
    store = SqlCaseStore(engine)
    store.add(case())
    with engine.begin() as connection:
        connection.execute(text("UPDATE cases SET document = '{\"case_id\": 5}'"))
    with pytest.raises(DocumentError):
        store.get(CaseId("case-1"))
