"""Signing in: one-time passwords, slowed guesses, and a log entry for each try."""

from dataclasses import replace

import pytest

from ronda.access.errors import (
    AlreadyKnownError,
    NoSuchSessionError,
    NotAllowedError,
    NotSignedInError,
    OneTimeExpiredError,
    PasswordNeededError,
    TooManyTriesError,
    WeakPasswordError,
    WrongPasswordError,
)
from ronda.access.model import Person, Role, Session
from ronda.access.passwords import ONE_TIME_US
from ronda.access.service import AccessService, new_person
from ronda.access.sessions import IDLE_US, PASSWORD_AGAIN_US, SESSION_US, Sessions, device_words
from ronda.access.slowing import FREE_TRIES, FREE_TRIES_OF_AN_ADDRESS, LONGEST_WAIT_S, wait_before_try_s
from ronda.core.ids import AreaCode, PersonId
from ronda.core.time import SECOND_US
from ronda.evidence.entry import AuditEvent


class SteppedClock:
    """Moves only when told."""

    def __init__(self) -> None:
        self.us = 1_800_000_000 * SECOND_US

    def now_us(self) -> int:
        return self.us

    def monotonic_us(self) -> int:
        return self.us


class ListLog:
    """The log's port, kept in a list."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []

    def append(self, event: AuditEvent) -> int:
        self.events.append(event)
        return len(self.events) - 1


class DictPeople:
    """The accounts' port, kept in dictionaries."""

    def __init__(self) -> None:
        self.people: dict[str, tuple[Person, str]] = {}
        self.sessions: dict[str, Session] = {}
        self.devices: dict[str, PersonId] = {}
        self.with_factor: set[PersonId] = set()

    def add(self, person: Person, password_digest: str) -> None:
        self.people[person.login] = (person, password_digest)

    def all(self) -> list[Person]:
        return [person for person, _ in self.people.values()]

    def by_id(self, person_id: PersonId) -> Person | None:
        return next((person for person in self.all() if person.person_id == person_id), None)

    def by_login(self, login: str) -> tuple[Person, str] | None:
        return self.people.get(login)

    def set_password(self, person_id: PersonId, digest: str, *, one_time_until_us: int | None) -> None:
        for login, (person, _old) in self.people.items():
            if person.person_id == person_id:
                must = one_time_until_us is not None
                changed = replace(person, must_change_password=must, one_time_until_us=one_time_until_us)
                self.people[login] = (changed, digest)
        self.sessions = {t: s for t, s in self.sessions.items() if s.person_id != person_id}

    def set_disabled(self, person_id: PersonId, disabled: bool) -> None:
        raise AssertionError("not used here")

    def start_session(self, session: Session) -> None:
        self.sessions[session.token_sha256] = session

    def session(self, token_sha256: str, now_us: int) -> tuple[Person, Session, bool] | None:
        session = self.sessions.get(token_sha256)
        stands = session and session.expires_us > now_us and (session.wall or session.used_us > now_us - IDLE_US)
        person = self.by_id(session.person_id) if session and stands else None
        return (person, session, person.person_id in self.with_factor) if person and session else None

    def prove_session(self, token_sha256: str, at_us: int) -> None:
        self.sessions[token_sha256] = replace(self.sessions[token_sha256], proved_us=at_us)

    def vouch_session(self, token_sha256: str, at_us: int) -> None:
        self.sessions[token_sha256] = replace(self.sessions[token_sha256], vouched_us=at_us)

    def touch_session(self, token_sha256: str, at_us: int) -> None:
        if self.session(token_sha256, at_us):
            before = self.sessions[token_sha256]
            self.sessions[token_sha256] = replace(before, used_us=max(before.used_us, at_us))

    def sessions_of(self, person_id: PersonId, now_us: int) -> list[Session]:
        return [s for t, s in self.sessions.items() if s.person_id == person_id and self.session(t, now_us)]

    def remember_device(self, digest: str, person_id: PersonId, at_us: int) -> None:
        self.devices[digest] = person_id

    def knows_device(self, digest: str, login: str) -> bool:
        found = self.people.get(login)
        return found is not None and self.devices.get(digest) == found[0].person_id

    def end_session(self, token_sha256: str) -> None:
        self.sessions.pop(token_sha256, None)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def log() -> ListLog:
    return ListLog()


@pytest.fixture
def access(clock: SteppedClock, log: ListLog) -> AccessService:
    return AccessService(DictPeople(), log, clock)


def enrol(access: AccessService, login: str = "nur") -> tuple[Person, str]:
    who = new_person(login, "Nur Sari", "198", "Diskominfo", frozenset({Role.OPERATOR}), AreaCode("64.08"))
    return who, access.add_person(None, who)


def test_a_new_account_signs_in_with_its_one_time_password_and_must_replace_it(access: AccessService) -> None:
    """There is no default password anywhere: the first one is random and good for one sign-in."""
    _, password = enrol(access)
    person, token = access.sign_in("nur", password, "127.0.0.1")
    assert person.must_change_password
    assert access.standing(token).person.login == "nur"
    with pytest.raises(NotSignedInError):
        access.who(token)
    access.change_password(person, password, "empat kata yang lain")
    with pytest.raises(NotSignedInError):
        access.who(token)
    with pytest.raises(WrongPasswordError):
        access.sign_in("nur", password, "127.0.0.1")


def test_a_short_or_unchanged_password_is_refused(access: AccessService) -> None:
    person, password = enrol(access)
    for new in ("pendek", password):
        with pytest.raises(WeakPasswordError):
            access.change_password(person, password, new)


def test_every_try_leaves_an_entry_and_none_holds_the_password(access: AccessService, log: ListLog) -> None:
    _, password = enrol(access)
    with pytest.raises(WrongPasswordError):
        access.sign_in("nur", "salah-sekali", "127.0.0.1")
    access.sign_in("nur", password, "127.0.0.1")
    assert [event.action for event in log.events][-2:] == ["masuk.gagal", "masuk.berhasil"]
    assert password not in repr(log.events)
    assert "salah-sekali" not in repr(log.events)


def test_guessing_is_slowed_but_the_real_person_is_never_locked_out(
    access: AccessService, clock: SteppedClock
) -> None:
    _, password = enrol(access)
    for _ in range(FREE_TRIES):
        with pytest.raises(WrongPasswordError):
            access.sign_in("nur", "tebakan-salah", "127.0.0.1")
    with pytest.raises(TooManyTriesError):
        access.sign_in("nur", password, "127.0.0.1")
    clock.us += int(LONGEST_WAIT_S * SECOND_US)
    assert access.sign_in("nur", password, "127.0.0.1")


def test_an_unknown_login_is_answered_like_a_wrong_password(access: AccessService) -> None:
    enrol(access)
    with pytest.raises(WrongPasswordError) as unknown:
        access.sign_in("bukan-siapa", "x", "127.0.0.1")
    with pytest.raises(WrongPasswordError) as wrong:
        access.sign_in("nur", "x", "127.0.0.1")
    assert str(unknown.value) == str(wrong.value)


def test_a_session_ends_by_itself(access: AccessService, clock: SteppedClock) -> None:
    _, password = enrol(access)
    _, token = access.sign_in("nur", password, "127.0.0.1")
    assert access.standing(token)
    clock.us += SESSION_US
    with pytest.raises(NotSignedInError):
        access.standing(token)


def test_a_taken_login_is_refused(access: AccessService) -> None:
    enrol(access)
    with pytest.raises(AlreadyKnownError):
        enrol(access)


def test_the_wait_doubles_up_to_half_a_minute() -> None:
    waits = [wait_before_try_s(failures, 0.0) for failures in range(FREE_TRIES, FREE_TRIES + 8)]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]
    assert wait_before_try_s(FREE_TRIES, 5.0) == 0


def test_a_one_time_password_ends_by_itself(access: AccessService, clock: SteppedClock) -> None:
    """S6: a paper that lies about in a drawer opens nothing."""
    _, password = enrol(access)
    clock.us += ONE_TIME_US
    with pytest.raises(OneTimeExpiredError):
        access.sign_in("nur", password, "127.0.0.1")


def guess(access: AccessService, login: str, tries: int, address: str, clock: SteppedClock | None = None) -> int:
    """Wrong passwords, one a second; how many were not even looked at."""
    slowed = 0
    for number in range(tries):
        if clock:
            clock.us += SECOND_US
        try:
            access.sign_in(login.format(number), "tebakan-salah", address)
        except TooManyTriesError:
            slowed += 1
        except WrongPasswordError:
            continue
    return slowed


def test_a_thousand_wrong_passwords_do_not_hold_up_the_person_at_a_browser_used_before(
    access: AccessService, clock: SteppedClock
) -> None:
    """N15: the guesser waits, the owner does not."""
    person, password = enrol(access)
    device = access.remember_device(person)
    assert guess(access, "nur", 1000, "203.0.113.7", clock) > 950
    with pytest.raises(TooManyTriesError):
        access.sign_in("nur", password, "203.0.113.7")
    with pytest.raises(TooManyTriesError):
        access.sign_in("nur", password, "203.0.113.7", "a-device-nobody-knows")
    assert access.sign_in("nur", password, "203.0.113.7", device)


def test_guesses_at_many_logins_from_one_address_are_slowed(access: AccessService) -> None:
    assert guess(access, "orang-{}", 200, "203.0.113.7") == 200 - FREE_TRIES_OF_AN_ADDRESS


def test_a_known_browser_of_one_person_frees_nobody_else(access: AccessService) -> None:
    """Otherwise an account of one's own would be a licence to guess at others."""
    person, _ = enrol(access)
    enrol(access, "dewi")
    device = access.remember_device(person)
    for _ in range(FREE_TRIES):
        with pytest.raises(WrongPasswordError):
            access.sign_in("dewi", "salah", "127.0.0.1", device)
    with pytest.raises(TooManyTriesError):
        access.sign_in("dewi", "salah", "127.0.0.1", device)


def test_a_session_that_nobody_touches_ends_within_half_an_hour(access: AccessService, clock: SteppedClock) -> None:
    """An unlocked desk is how somebody else looks in one's name; a page that refreshes itself is no hand."""
    person, password = enrol(access)
    access.change_password(person, password, "empat kata yang lain")
    _, desk = access.sign_in("nur", "empat kata yang lain", "127.0.0.1")
    _, wall = access.sign_in("nur", "empat kata yang lain", "127.0.0.1", wall=True)
    clock.us += IDLE_US - 1
    access.touch(desk)
    clock.us += IDLE_US - 1
    assert access.who(desk).login == "nur"
    clock.us += 1
    with pytest.raises(NotSignedInError):
        access.who(desk)
    access.touch(desk)
    with pytest.raises(NotSignedInError):
        access.who(desk)
    assert access.who(wall).login == "nur"
    clock.us += SESSION_US
    with pytest.raises(NotSignedInError):
        access.who(wall)


def test_a_session_of_training_data_stands_untouched_and_is_no_wall(
    access: AccessService, clock: SteppedClock
) -> None:
    person, _ = enrol(access)
    token = access.start_session(person, untouched=True)
    access.touch(token)
    clock.us += SESSION_US - IDLE_US
    assert not access.standing(token).person.at_wall
    clock.us += IDLE_US
    with pytest.raises(NotSignedInError):
        access.who(token)


@pytest.mark.parametrize("roles", [{Role.INVESTIGATOR}, {Role.OPERATOR, Role.ADMIN}, {Role.APPROVER}])
def test_a_wall_screen_is_for_operators_without_power_over_others(
    access: AccessService, clock: SteppedClock, roles: set[Role]
) -> None:
    who = new_person("lain", "Lain", "199", "Kantor", frozenset(roles), AreaCode("64.08"))
    once = access.add_person(None, who)
    _, token = access.sign_in("lain", once, "127.0.0.1", wall=True)
    assert not access.standing(token).session.wall
    clock.us += IDLE_US
    with pytest.raises(NotSignedInError):
        access.standing(token)


def test_the_password_is_asked_again_after_five_minutes_and_guessing_it_is_slowed(
    access: AccessService, clock: SteppedClock, log: ListLog
) -> None:
    _, password = enrol(access)
    _, token = access.sign_in("nur", password, "127.0.0.1")
    access.require_password(access.standing(token))
    clock.us += PASSWORD_AGAIN_US + 1
    with pytest.raises(PasswordNeededError):
        access.require_password(access.standing(token))
    for _ in range(FREE_TRIES):
        with pytest.raises(WrongPasswordError):
            access.give_password(access.standing(token), "tebakan-salah")
    with pytest.raises(TooManyTriesError):
        access.give_password(access.standing(token), password)
    clock.us += int(LONGEST_WAIT_S * SECOND_US)
    access.give_password(access.standing(token), password)
    access.require_password(access.standing(token))
    assert log.events[-1].action == "sandi.ditunjukkan"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14; K) Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("<script>curl</script>", ""),
    ],
)
def test_a_device_is_told_in_two_words_of_ours(said: str, words: str) -> None:
    """What a browser says is never kept as it came."""
    assert device_words(said) == words


def test_one_ends_own_sessions_and_an_admin_those_of_the_own_area(
    access: AccessService, clock: SteppedClock, log: ListLog
) -> None:
    people: DictPeople = access._people  # type: ignore[assignment]
    _, password = enrol(access)
    sessions = Sessions(people, log, clock)
    person, here = access.sign_in("nur", password, "127.0.0.1")
    others = [access.sign_in("nur", password, "127.0.0.1")[1] for _ in range(3)]
    first = access.standing(others[0]).session
    sessions.end(person, first.session_id)
    with pytest.raises(NoSuchSessionError):
        sessions.end(person, first.session_id)
    assert sessions.end_others(person, access.standing(here).session) == 2
    assert len(sessions.mine(person)) == 1
    admin = new_person("sinta", "Sinta", "7", "Kantor", frozenset({Role.ADMIN}), AreaCode("64.09"))
    with pytest.raises(NotAllowedError):
        sessions.end_all_of(admin, person)
    assert sessions.end_all_of(replace(admin, area=AreaCode("64.08")), person) == 1
    with pytest.raises(NotSignedInError):
        access.standing(here)
    assert [event.action for event in log.events][-3:] == ["sesi.diakhiri", "sesi.diakhiri", "akun.sesi_diakhiri"]
