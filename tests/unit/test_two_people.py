"""Two different humans for rights, keeping and the look back: thousands of ways around, none passes."""

import os
import random
from dataclasses import dataclass, field, replace

import pytest
from tests.unit.test_accounts import ListLog, SteppedClock

from ronda.access.changes import ChangeDesk
from ronda.access.errors import AccessError, ChangeRefusedError
from ronda.access.model import Person, Role
from ronda.access.policy import Action
from ronda.access.rules import decide, same_official
from ronda.access.two_people import OPEN_US, Change, ChangeKind, ChangeState, fingerprint
from ronda.core.ids import AreaCode, PersonId
from ronda.core.time import DAY_US

TRIES = int(os.environ.get("RONDA_TWO_PEOPLE_TRIES", "1500"))
REASON = "Pindah tugas ke kecamatan"


def person(name: str, role: Role, number: str, area: str = "64.08") -> Person:
    return Person(
        person_id=PersonId(name), login=name, name=name, official_id=number, office="Kantor",
        roles=frozenset({role}), area=AreaCode(area),
    )  # fmt: skip


@dataclass
class Kept:
    """Changes and accounts in dictionaries."""

    changes: dict[str, Change] = field(default_factory=dict)
    people: dict[PersonId, Person] = field(default_factory=dict)

    def add(self, change: Change) -> None:
        self.changes[change.change_id] = change

    def save(self, change: Change) -> Change | None:
        if self.changes[change.change_id].revision != change.revision:
            return None
        self.changes[change.change_id] = replace(change, revision=change.revision + 1)
        return self.changes[change.change_id]

    def get(self, change_id: str) -> Change | None:
        return self.changes.get(change_id)

    def all(self) -> list[Change]:
        return list(self.changes.values())

    def by_id(self, person_id: PersonId) -> Person | None:
        return self.people.get(person_id)


class Office:
    """One office: an admin who asks, an approver, and what was done."""

    def __init__(self) -> None:
        self.clock, self.log, self.kept = SteppedClock(), ListLog(), Kept()
        self.done: list[Change] = []
        self.desk = ChangeDesk(
            store=self.kept, people=self.kept, log=self.log, clock=self.clock,
            doers=dict.fromkeys(ChangeKind, self.done.append),
        )  # fmt: skip
        self.admin = self.enrol(person("sinta", Role.ADMIN, "1985 01"))
        self.approver = self.enrol(person("hadi", Role.APPROVER, "1978 04"))
        self.nur = self.enrol(person("nur", Role.OPERATOR, "1991 08", "64.08.04"))

    def enrol(self, someone: Person) -> Person:
        self.kept.people[someone.person_id] = someone
        return someone

    def ask(self, about: Person | None = None, by: Person | None = None) -> Change:
        about = about or self.nur
        return self.desk.ask(
            by or self.admin, ChangeKind.RIGHTS, subject=about.person_id,
            body={"roles": ["approver"], "area": "64.08"}, areas=(about.area, AreaCode("64.08")), reason=REASON,
            concerns=about.official_id,
        )  # fmt: skip

    def refused(self, second: Person, change: Change, read: str | None = None) -> None:
        """The attempt does nothing, and stands in the log."""
        with pytest.raises(ChangeRefusedError):
            self.desk.allow(second, change.change_id, read or fingerprint(change), "")
        assert self.done == []
        assert self.log.events[-1].action == "perubahan.ditolak_aturan"


def test_a_second_person_with_role_and_area_has_it_done_once() -> None:
    office = Office()
    change = office.ask()
    assert office.done == []
    office.desk.allow(office.approver, change.change_id, fingerprint(change), "Sesuai surat tugas")
    assert [one.change_id for one in office.done] == [change.change_id]
    assert [event.phase for event in office.log.events[-2:]] == ["niat", "hasil"]


def test_a_decision_is_not_replayed() -> None:
    office = Office()
    change = office.ask()
    office.desk.allow(office.approver, change.change_id, fingerprint(change), "")
    office.done.clear()
    office.refused(office.approver, change)


def test_nobody_decides_what_they_asked_for_under_any_account() -> None:
    """N12: an admin who is also approver, and a second account of the same NIP."""
    office = Office()
    both = office.enrol(replace(office.admin, roles=frozenset({Role.ADMIN, Role.APPROVER})))
    change = office.ask(by=both)
    office.refused(both, change)
    office.refused(office.enrol(person("sinta-2", Role.APPROVER, "198501")), change)


def test_nobody_decides_about_their_own_rights_under_any_account() -> None:
    office = Office()
    office.refused(office.approver, office.ask(about=office.approver))
    twin = office.enrol(person("nur-2", Role.APPROVER, "1991.08"))
    office.refused(twin, office.ask())


def test_a_wish_that_was_widened_after_it_was_read_is_read_again() -> None:
    office = Office()
    change = office.ask()
    read = fingerprint(change)
    office.kept.changes[change.change_id] = replace(change, body={"roles": ["admin", "approver"], "area": "64"})
    office.refused(office.approver, change, read)


def test_an_approver_who_was_demoted_meanwhile_decides_nothing() -> None:
    """The account as it is now counts, not the one that opened the page."""
    office = Office()
    change = office.ask()
    office.enrol(replace(office.approver, roles=frozenset({Role.PLANNER})))
    office.refused(office.approver, change)
    office.enrol(replace(office.approver, disabled=True))
    office.refused(office.approver, change)


def test_an_approver_without_the_area_or_a_number_decides_nothing() -> None:
    office = Office()
    change = office.ask()
    inside = office.enrol(person("camat", Role.APPROVER, "1970", "64.08.04"))
    with pytest.raises(AccessError):
        office.desk.allow(inside, change.change_id, fingerprint(change), "")
    office.refused(office.enrol(person("tanpa-nip", Role.APPROVER, "-")), change)
    assert office.done == []


def test_a_wish_lapses_after_a_week_and_with_the_right_of_who_asked() -> None:
    office = Office()
    change = office.ask()
    office.enrol(replace(office.admin, roles=frozenset({Role.PLANNER})))
    office.refused(office.approver, change)
    office.enrol(office.admin)
    office.clock.us += OPEN_US
    office.refused(office.approver, change)


def test_a_change_whose_doing_fails_waits_again() -> None:
    office = Office()

    def fails(_change: Change) -> None:
        raise ChangeRefusedError("the disk is full")

    desk = replace(office.desk, doers=dict.fromkeys(ChangeKind, fails))
    change = office.ask()
    with pytest.raises(ChangeRefusedError):
        desk.allow(office.approver, change.change_id, fingerprint(change), "")
    kept = office.kept.changes[change.change_id]
    assert (kept.state, kept.decided_by) == (ChangeState.WAITING, None)
    assert office.log.events[-1].outcome == "gagal"


def test_ten_thousand_attempts_and_none_passes_but_by_two_humans_with_rights() -> None:
    """P2: people, numbers, roles, areas, times, altered wishes at random; what was done is looked at after."""
    dice = random.Random(20_261_127)
    passed = 0
    for _ in range(TRIES):
        office = Office()
        numbers = ["1985 01", "198501", "1978 04", "1991 08", "1991.08", "2000 1", "-", ""]
        for n in range(4):
            roles = frozenset(dice.sample(list(Role), dice.randint(0, 2)))
            someone = person(
                f"p{n}", Role.PLANNER, dice.choice(numbers), dice.choice(["64", "64.08", "64.08.04", "71"])
            )
            office.enrol(replace(someone, roles=roles, disabled=dice.random() < 0.1))
        asker, about, second = (dice.choice(list(office.kept.people.values())) for _ in range(3))
        try:
            change = office.ask(about=about, by=asker)
        except AccessError:
            continue
        read = fingerprint(change)
        if dice.random() < 0.2:
            office.kept.changes[change.change_id] = replace(change, body={**change.body, "area": "64"})
        if dice.random() < 0.2:
            office.enrol(replace(second, roles=frozenset(dice.sample(list(Role), 1))))
        office.clock.us += dice.choice([0, DAY_US, 6 * DAY_US, 8 * DAY_US])
        for _again in range(2):
            try:
                office.desk.allow(second, change.change_id, read, "")
            except AccessError:
                continue
        assert len(office.done) <= 1
        for done in office.done:
            passed += 1
            check(office, done, second, about, read)
    assert passed > TRIES // 500, "the honest way passes too"


def check(office: Office, done: Change, second: Person, about: Person, read: str) -> None:
    """Said in other words than the rule: two humans, both with rights, the wish as read, within a week."""
    asker, now = office.kept.people[done.asked_by], office.kept.people[second.person_id]
    assert asker.person_id != now.person_id
    assert not same_official(asker.official_id, now.official_id)
    assert not same_official(about.official_id, now.official_id)
    assert now.person_id != about.person_id
    assert any(sign.isdigit() for sign in now.official_id)
    for area in done.areas:
        assert decide(now, Action.APPROVE_CHANGE, area).allowed
        assert decide(asker, Action.MANAGE_PEOPLE, area).allowed
    assert fingerprint(done) == read
    assert office.clock.us < done.asked_us + OPEN_US
