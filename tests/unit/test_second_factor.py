"""Second factors: who needs one, each code once, recovery codes, and nothing before it."""

from dataclasses import replace
from math import log2

import pyotp
import pytest
from tests.unit.test_accounts import DictPeople, ListLog, SteppedClock

from ronda.access.errors import (
    FactorNeededError,
    NotAllowedError,
    NotSignedInError,
    TooManyTriesError,
    WrongCodeError,
)
from ronda.access.factors import FORCED, Needs, needs, recovery_codes, used_step
from ronda.access.model import Factor, FactorKind, Person, Role
from ronda.access.passkeys import Passkeys
from ronda.access.second_factor import SecondFactors
from ronda.access.service import AccessService, Standing, new_person
from ronda.access.slowing import FREE_TRIES, Slowing
from ronda.core.ids import AreaCode, PersonId
from ronda.core.time import SECOND_US


class DictFactors:
    """The port of factors, kept in dictionaries; tells `DictPeople` who has one."""

    def __init__(self, people: DictPeople) -> None:
        self._people = people
        self.kept: dict[str, Factor] = {}
        self.codes: dict[PersonId, set[str]] = {}

    def of(self, person_id: PersonId) -> list[Factor]:
        return [one for one in self.kept.values() if one.person_id == person_id]

    def add(self, factor: Factor) -> None:
        self.kept[factor.factor_id] = factor
        self._tell(factor.person_id)

    def confirm(self, factor_id: str, step: int) -> bool:
        if self.kept[factor_id].confirmed:
            return False
        self.kept[factor_id] = replace(self.kept[factor_id], confirmed=True, last_step=step)
        self._tell(self.kept[factor_id].person_id)
        return True

    def use_step(self, factor_id: str, step: int) -> bool:
        if self.kept[factor_id].last_step >= step:
            return False
        self.kept[factor_id] = replace(self.kept[factor_id], last_step=step)
        return True

    def use_passkey(self, factor_id: str, sign_count: int, at_us: int) -> None:
        self.kept[factor_id] = replace(self.kept[factor_id], sign_count=sign_count)

    def remove(self, person_id: PersonId, factor_id: str) -> bool:
        gone = self.kept.pop(factor_id, None) is not None
        self._tell(person_id)
        return gone

    def remove_all(self, person_id: PersonId) -> None:
        self.kept = {name: one for name, one in self.kept.items() if one.person_id != person_id}
        self.codes.pop(person_id, None)
        self._tell(person_id)

    def set_recovery(self, person_id: PersonId, digests: list[str]) -> None:
        self.codes[person_id] = set(digests)

    def use_recovery(self, person_id: PersonId, digest: str) -> bool:
        found = digest in self.codes.get(person_id, set())
        self.codes.get(person_id, set()).discard(digest)
        return found

    def recovery_left(self, person_id: PersonId) -> int:
        return len(self.codes.get(person_id, set()))

    def _tell(self, person_id: PersonId) -> None:
        has = any(one.confirmed for one in self.of(person_id))
        (self._people.with_factor.add if has else self._people.with_factor.discard)(person_id)


class Desk:
    """One installation's sign-in with an approver who has chosen a password."""

    def __init__(self, role: Role = Role.APPROVER) -> None:
        self.clock, self.log, people = SteppedClock(), ListLog(), DictPeople()
        self.access = AccessService(people, self.log, self.clock)
        self.store = DictFactors(people)
        self.factors = SecondFactors(
            self.store, people, self.log, self.clock, Slowing(self.clock), Passkeys(self.clock)
        )
        self.person = new_person("hadi", "Hadi", "1978", "Diskominfo", frozenset({role}), AreaCode("64.08"))
        once = self.access.add_person(None, self.person)
        self.access.change_password(self.person, once, "empat kata yang lain")

    def sign_in(self) -> str:
        return self.access.sign_in("hadi", "empat kata yang lain", "127.0.0.1")[1]

    def enrolled(self) -> tuple[str, list[str]]:
        """The secret of the person's authenticator app, and the recovery codes."""
        standing = self.access.standing(self.sign_in())
        factor = self.factors.begin_totp(standing, "Telepon")
        codes = self.factors.confirm_totp(standing, factor.factor_id, self.code(factor.secret))
        self.clock.us += 60 * SECOND_US
        return factor.secret, codes

    def code(self, secret: str, ahead_s: int = 0) -> str:
        return pyotp.TOTP(secret).at(self.clock.us // SECOND_US + ahead_s)


def somebody(role: Role) -> Person:
    return new_person("x", "X", "1", "Kantor", frozenset({role}), AreaCode("64.08"))


@pytest.mark.parametrize("role", list(Role))
def test_approver_inspector_and_admin_do_nothing_before_they_have_a_factor(role: Role) -> None:
    """S6: their password alone opens nothing but the way to a second factor."""
    found = needs(somebody(role), proved=False, has_factor=False, forced=True)
    assert found is (Needs.ENROL if role in FORCED else Needs.NOTHING)
    assert {Role.APPROVER, Role.INSPECTOR, Role.ADMIN} == FORCED


@pytest.mark.parametrize("role", list(Role))
def test_whoever_has_a_factor_shows_it_in_every_session(role: Role) -> None:
    assert needs(somebody(role), proved=False, has_factor=True, forced=False) is Needs.FACTOR
    once = replace(somebody(role), must_change_password=True)
    assert needs(once, proved=False, has_factor=True, forced=True) is Needs.FACTOR


def test_a_password_alone_gives_no_person_until_the_code_is_shown() -> None:
    desk = Desk()
    with pytest.raises(FactorNeededError):
        desk.access.who(desk.sign_in())
    secret, _ = desk.enrolled()
    token = desk.sign_in()
    with pytest.raises(FactorNeededError):
        desk.access.who(token)
    desk.factors.show_code(desk.access.standing(token), desk.code(secret))
    assert desk.access.who(token) == replace(desk.person, must_change_password=False)


def test_a_code_is_good_once() -> None:
    """N15: whoever read it over the shoulder is too late."""
    desk = Desk()
    secret, _ = desk.enrolled()
    code = desk.code(secret)
    desk.factors.show_code(desk.access.standing(desk.sign_in()), code)
    with pytest.raises(WrongCodeError):
        desk.factors.show_code(desk.access.standing(desk.sign_in()), code)
    older = desk.code(secret, -30)
    with pytest.raises(WrongCodeError):
        desk.factors.show_code(desk.access.standing(desk.sign_in()), older)


@pytest.mark.parametrize("ahead_s", [-90, -61, 61, 90, 3600])
def test_a_code_of_another_time_is_refused(ahead_s: int) -> None:
    desk = Desk()
    secret, _ = desk.enrolled()
    with pytest.raises(WrongCodeError):
        desk.factors.show_code(desk.access.standing(desk.sign_in()), desk.code(secret, ahead_s))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "      ", "-12345", "1e5000"])
def test_what_is_no_code_proves_nothing(code: str) -> None:
    factor = Factor(
        factor_id="f", person_id=PersonId("p"), kind=FactorKind.TOTP, name="", secret=pyotp.random_base32(),
        added_us=0, confirmed=True,
    )  # fmt: skip
    assert used_step(factor, code, 1_800_000_000 * SECOND_US) is None


def test_a_recovery_code_opens_once_and_is_kept_as_a_digest_alone() -> None:
    desk = Desk()
    _, codes = desk.enrolled()
    assert len(set(codes)) == 10
    assert not desk.store.codes[desk.person.person_id] & set(codes)
    token = desk.sign_in()
    desk.factors.show_code(desk.access.standing(token), codes[3].upper().replace("-", " "))
    assert desk.access.who(token)
    with pytest.raises(WrongCodeError):
        desk.factors.show_code(desk.access.standing(desk.sign_in()), codes[3])
    assert desk.store.recovery_left(desk.person.person_id) == 9


def test_recovery_codes_are_too_long_to_be_guessed_from_their_digests() -> None:
    """ASVS 6.5.2: below 112 random bits they would need a slow digest with salt."""
    codes = [code.replace("-", "") for code in recovery_codes()]
    assert all(len(code) * log2(31) >= 112 for code in codes)
    assert 25 <= len(set("".join(codes))) <= 31  # letters and digits that do not look alike


def test_wrong_codes_are_slowed_and_leave_entries_without_the_code() -> None:
    desk = Desk()
    desk.enrolled()
    standing = desk.access.standing(desk.sign_in())
    for _ in range(FREE_TRIES):
        with pytest.raises(WrongCodeError):
            desk.factors.show_code(standing, "000000")
    with pytest.raises(TooManyTriesError):
        desk.factors.show_code(standing, "000000")
    assert [event.action for event in desk.log.events].count("faktor.gagal") == FREE_TRIES
    assert "000000" not in repr(desk.log.events)


def test_a_stolen_password_sets_up_no_second_phone() -> None:
    """Otherwise the first factor would be worth nothing."""
    desk = Desk()
    desk.enrolled()
    thief = desk.access.standing(desk.sign_in())
    with pytest.raises(FactorNeededError):
        desk.factors.begin_totp(thief, "Telepon pencuri")
    with pytest.raises(FactorNeededError):
        desk.factors.begin_passkey(thief, "localhost:8080")
    with pytest.raises(FactorNeededError):
        desk.factors.remove(thief, next(iter(desk.store.kept)))
    with pytest.raises(FactorNeededError):
        desk.factors.fresh_recovery(thief)


def test_a_one_time_password_sets_up_no_factor_before_it_is_replaced() -> None:
    """A reset password would otherwise be enough to take an account over."""
    desk = Desk()
    once = desk.access.reset_password(None, desk.person)
    _, token = desk.access.sign_in("hadi", once, "127.0.0.1")
    standing = desk.access.standing(token)
    assert standing.needs is Needs.PASSWORD
    with pytest.raises(FactorNeededError):
        desk.factors.begin_totp(standing, "Telepon")


def test_the_last_factor_of_a_role_that_forces_one_stays() -> None:
    desk = Desk()
    secret, _ = desk.enrolled()
    token = desk.sign_in()
    desk.factors.show_code(desk.access.standing(token), desk.code(secret))
    standing: Standing = desk.access.standing(token)
    (only,) = desk.factors.mine(desk.person)
    with pytest.raises(NotAllowedError):
        desk.factors.remove(standing, only.factor_id)
    second = desk.factors.begin_totp(standing, "Telepon kedua")
    desk.factors.confirm_totp(standing, second.factor_id, desk.code(second.secret))
    desk.factors.remove(standing, only.factor_id)
    assert [one.factor_id for one in desk.factors.mine(desk.person)] == [second.factor_id]


def test_a_session_that_ended_shows_no_factor() -> None:
    desk = Desk()
    token = desk.sign_in()
    desk.access.sign_out(token)
    with pytest.raises(NotSignedInError):
        desk.access.standing(token)
