"""What people do with cases, over fakes of the stores and a real log."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.evidence_kit import (
    APPROVER,
    INSPECTOR,
    INVESTIGATOR,
    NIGHT_US,
    OPERATOR,
    DeadLog,
    House,
    house,
    letter,
    person,
    record_the_theft,
    scope,
)

from ronda.access.errors import LogUnavailableError
from ronda.access.model import Role
from ronda.cases.errors import (
    ChangedMeanwhileError,
    IncompleteRequestError,
    NoRoomError,
    NoSuchCaseError,
    NotYourStepError,
    PackageError,
    WrongStateError,
)
from ronda.cases.model import Case, CaseState, Officer, OutcomeKind
from ronda.core.ids import CameraId, CaseId, PersonId
from ronda.core.time import DAY_US, SECOND_US, TimeSpan

RINA, HADI, NUR = INVESTIGATOR.person_id, APPROVER.person_id, OPERATOR.person_id


@pytest.fixture
def home(tmp_path: Path) -> House:
    made = house(tmp_path)
    record_the_theft(made.recorder)
    return made


def approved(home: House) -> Case:
    case = home.service.request(RINA, letter())
    return home.service.approve(HADI, case.case_id, scope_version=1)


def test_footage_is_locked_from_the_moment_of_the_request(home: House) -> None:
    """Retention must not overtake the decision."""
    case = home.service.request(RINA, letter())
    holds = list(home.recorder.hold_rows.values())
    assert {hold.camera for hold in holds} == {"simpang-3", "pasar"}
    assert all(hold.until_us is None and hold.span == letter().scope.span for hold in holds)
    assert case.hold_ids == tuple(hold.hold_id for hold in holds)


def test_a_refusal_lets_the_lock_end_seven_days_later(home: House) -> None:
    """Time enough to ask again, not for ever."""
    case = home.service.request(RINA, letter())
    case = home.service.refuse(HADI, case.case_id, scope_version=1, reason="tidak ada dasar yang cukup")
    assert case.state is CaseState.REFUSED
    ends = {hold.until_us for hold in home.recorder.hold_rows.values()}
    assert ends == {home.clock.now_us() + 7 * DAY_US}


def test_approving_ones_own_request_is_refused_and_logged(home: House) -> None:
    """Also for somebody who holds both roles."""
    both = replace(INVESTIGATOR, roles=frozenset({Role.INVESTIGATOR, Role.APPROVER}))
    home.people.rows[RINA] = both
    case = home.service.request(RINA, letter())
    with pytest.raises(NotYourStepError, match="two different people"):
        home.service.approve(RINA, case.case_id, scope_version=1)
    assert home.actions()[-1] == ("permintaan.ditolak_aturan", "fakta", "ditolak")


def test_a_second_account_of_the_same_number_is_the_same_person(home: House) -> None:
    """N12: two accounts, one NRP."""
    twin = person("rina-dua", "8701 0203", Role.APPROVER)
    home.people.rows[twin.person_id] = twin
    case = home.service.request(RINA, letter())
    with pytest.raises(NotYourStepError, match="two different people"):
        home.service.approve(twin.person_id, case.case_id, scope_version=1)


def test_the_officer_named_in_the_letter_may_not_approve_it(home: House) -> None:
    """Staff entered the letter, but the officer asked."""
    officer = person("rina-polisi", "87010203", Role.APPROVER)
    home.people.rows[officer.person_id] = officer
    case = home.service.request(NUR, replace(letter(), from_letter=True))
    with pytest.raises(NotYourStepError):
        home.service.approve(officer.person_id, case.case_id, scope_version=1)


def test_an_approver_demoted_meanwhile_or_of_another_area_is_refused(home: House) -> None:
    """The account is read as it is now, not as it was when the page was opened."""
    case = home.service.request(RINA, letter())
    home.people.rows[HADI] = replace(APPROVER, roles=frozenset({Role.PLANNER}))
    with pytest.raises(NoSuchCaseError):
        home.service.approve(HADI, case.case_id, scope_version=1)
    home.people.rows[HADI] = replace(APPROVER, roles=frozenset({Role.INSPECTOR}))
    with pytest.raises(NotYourStepError, match="approve_request belongs to"):
        home.service.approve(HADI, case.case_id, scope_version=1)
    home.people.rows[HADI] = person("hadi", APPROVER.official_id, Role.APPROVER, area="64.08.02")
    with pytest.raises(NoSuchCaseError):
        home.service.approve(HADI, case.case_id, scope_version=1)
    assert home.store.rows[case.case_id].approval is None
    assert home.actions()[-1] == ("kasus.dibuka", "fakta", "ditolak")


def test_an_approval_cannot_be_replayed(home: House) -> None:
    """N12: the same click, sent twice or after a refusal."""
    case = approved(home)
    with pytest.raises(WrongStateError):
        home.service.approve(HADI, case.case_id, scope_version=1)


def test_an_approval_of_a_version_that_was_changed_is_refused(home: House) -> None:
    """The page showed one scope, the request meanwhile asks another."""
    case = home.service.request(RINA, letter())
    home.service.change_scope(RINA, case.case_id, scope("bank"), "kamera bank lebih dekat ke TKP")
    with pytest.raises(NotYourStepError, match="was changed"):
        home.service.approve(HADI, case.case_id, scope_version=1)


def test_a_changed_scope_closes_the_past_until_a_new_approval(home: House) -> None:
    """An approval is for what was read, nothing else."""
    case = approved(home)
    case = home.service.change_scope(RINA, case.case_id, scope("simpang-3"), "hanya simpang yang perlu")
    assert case.approval is None
    with pytest.raises(NotYourStepError):
        home.service.open_past(RINA, case.case_id, CameraId("simpang-3"), letter().scope.span)


def test_an_approval_may_narrow_cameras_and_span(home: House) -> None:
    """Five hours become forty minutes; the rest is let go after seven days."""
    case = home.service.request(RINA, letter())
    narrow = scope("simpang-3", start_s=5, end_s=15)
    case = home.service.approve(HADI, case.case_id, scope_version=1, scope=narrow)
    assert case.approval is not None
    assert case.approval.scope == narrow
    open_ended = [h for h in home.recorder.hold_rows.values() if h.until_us is None]
    assert [(h.camera, h.span) for h in open_ended] == [("simpang-3", narrow.span)]
    with pytest.raises(NotYourStepError):
        home.service.open_past(RINA, case.case_id, CameraId("pasar"), narrow.span)


def test_an_approval_wider_than_the_request_is_refused(home: House) -> None:
    """Not even the approver adds a camera."""
    case = home.service.request(RINA, letter())
    with pytest.raises(NotYourStepError, match="was not asked for"):
        home.service.approve(HADI, case.case_id, scope_version=1, scope=scope("simpang-3", "bank"))


def test_every_look_is_logged_before_it_and_every_refusal_too(home: House) -> None:
    """The answer to "who looked?" does not depend on the look having worked."""
    case = approved(home)
    index = home.service.open_past(RINA, case.case_id, CameraId("pasar"), letter().scope.span)
    entry = home.log.entry(index)
    assert entry is not None
    assert (entry.action, entry.case, entry.fields["tahap"]) == ("rekaman.putar", case.case_id, "niat")
    assert entry.fields["orang_kedua"] == HADI
    for who, camera in ((NUR, "pasar"), (RINA, "bank"), (INSPECTOR.person_id, "pasar")):
        with pytest.raises(NotYourStepError):
            home.service.open_past(who, case.case_id, CameraId(camera), letter().scope.span)
        assert home.actions()[-1] == ("rekaman.putar", "fakta", "ditolak")
    with pytest.raises(NotYourStepError):
        home.service.open_past(RINA, CaseId("case-lain"), CameraId("pasar"), letter().scope.span)
    assert home.actions()[-1] == ("rekaman.putar", "fakta", "ditolak")


def test_an_assigned_operator_may_look_and_nobody_else_may_assign(home: House) -> None:
    """The operator knows the cameras; the case says which one helps."""
    case = approved(home)
    with pytest.raises(NotYourStepError):
        home.service.assign(NUR, case.case_id, NUR)
    home.service.assign(RINA, case.case_id, NUR)
    home.service.open_past(NUR, case.case_id, CameraId("pasar"), letter().scope.span)
    with pytest.raises(NotYourStepError):
        home.service.assign(RINA, case.case_id, INSPECTOR.person_id)


def test_an_operator_who_is_taken_off_sees_no_more_and_a_closed_case_takes_nobody(home: House) -> None:
    """A right that was given for one case ends when it is taken, and with the case."""
    case = approved(home)
    span, pasar = letter().scope.span, CameraId("pasar")
    home.service.assign(RINA, case.case_id, NUR)
    assert home.service.may_open_past(NUR, case.case_id, pasar, span).allowed
    with pytest.raises(NotYourStepError):
        home.service.release(NUR, case.case_id, NUR)
    home.service.release(HADI, case.case_id, NUR)
    assert home.actions()[-2:] == [
        ("kasus.petugas_dilepas", "niat", "boleh"), ("kasus.petugas_dilepas", "hasil", "berhasil"),
    ]  # fmt: skip
    assert not home.service.may_open_past(NUR, case.case_id, pasar, span).allowed
    home.service.close(RINA, case.case_id, OutcomeKind.NOT_USEFUL, "")
    with pytest.raises(NotYourStepError, match="closed"):
        home.service.assign(RINA, case.case_id, NUR)


def test_access_ends_with_its_time_and_with_the_case(home: House) -> None:
    """A case that nobody closes must not stay a window for ever."""
    case = approved(home)
    span, pasar = letter().scope.span, CameraId("pasar")
    home.clock.advance(days=14)
    with pytest.raises(NotYourStepError, match="ended"):
        home.service.open_past(RINA, case.case_id, pasar, span)
    home.clock.advance(days=-13)
    home.service.open_past(RINA, case.case_id, pasar, span)
    home.service.close(RINA, case.case_id, OutcomeKind.NOT_USEFUL, "")
    with pytest.raises(NotYourStepError, match="closed"):
        home.service.open_past(RINA, case.case_id, pasar, span)
    ends = [h.until_us for h in home.recorder.hold_rows.values()]
    assert all(end is not None for end in ends)


def test_an_operator_locks_without_seeing(home: House) -> None:
    """The letter comes late; the picture stays closed all the same."""
    span = TimeSpan(NIGHT_US, NIGHT_US + 10 * SECOND_US)
    hold = home.service.lock_unseen(NUR, CameraId("bank"), span, "laporan warga, surat menyusul")
    assert hold.until_us == home.clock.now_us() + 7 * DAY_US
    assert not home.service.may_open_past(NUR, CaseId("case-x"), CameraId("bank"), span).allowed
    with pytest.raises(NotYourStepError):
        home.service.lock_unseen(HADI, CameraId("bank"), span, "laporan warga, surat menyusul")
    with pytest.raises(IncompleteRequestError):
        home.service.lock_unseen(NUR, CameraId("bank"), span, "test")


def test_when_the_log_cannot_be_written_nothing_is_done(home: House) -> None:
    """E6: no request, no approval, no look, no still, no lock; nothing changed and no hold placed."""
    case = approved(home)
    before, holds = dict(home.store.rows), dict(home.recorder.hold_rows)
    dead = replace(home.service, builder=replace(home.service.builder, log=DeadLog()))
    span, pasar = letter().scope.span, CameraId("pasar")
    acts = (
        lambda: dead.request(RINA, letter()),
        lambda: dead.change_scope(RINA, case.case_id, scope("pasar"), "alasan yang cukup panjang"),
        lambda: dead.open_past(RINA, case.case_id, pasar, span),
        lambda: dead.still(RINA, case.case_id, pasar, NIGHT_US + SECOND_US),
        lambda: dead.mark(RINA, case.case_id, pasar, span, "motor merah"),
        lambda: dead.lock_unseen(NUR, pasar, span, "laporan warga, surat menyusul"),
        lambda: dead.assign(RINA, case.case_id, NUR),
        lambda: dead.release(RINA, case.case_id, NUR),
        lambda: dead.close(RINA, case.case_id, OutcomeKind.USEFUL, ""),
    )
    for act in acts:
        with pytest.raises(LogUnavailableError):
            act()
    assert home.store.rows == before
    assert home.recorder.hold_rows == holds


async def test_a_package_is_not_begun_when_the_log_cannot_be_written(home: House) -> None:
    """An export nobody can account for must not exist."""
    case = approved(home)
    dead = replace(home.service, builder=replace(home.service.builder, log=DeadLog()))
    with pytest.raises(LogUnavailableError):
        await dead.pack(RINA, case.case_id)
    assert not home.packages.exists()


def test_two_people_who_decide_at_once_do_not_overwrite_each_other(home: House) -> None:
    """The second one is told; the log shows an intent that failed."""
    case = home.service.request(RINA, letter())
    home.store.rows[case.case_id] = replace(case, revision=5)
    stale = replace(home.service, store=_Stale(home, case))
    with pytest.raises(ChangedMeanwhileError):
        stale.approve(HADI, case.case_id, scope_version=1)
    assert home.actions()[-1] == ("permintaan.disetujui", "hasil", "gagal")


class _Stale:
    """Reads an old copy, writes against the real store."""

    def __init__(self, home: House, case: Case) -> None:
        self._home, self._case = home, case

    def get(self, _: CaseId) -> Case:
        return self._case

    def save(self, case: Case) -> Case:
        return self._home.store.save(case)

    def add(self, case: Case) -> None: ...

    def all(self) -> list[Case]:
        return []


def test_a_still_is_the_frame_at_or_before_with_its_exact_time(home: House) -> None:
    """Five pictures a second: asked for 2.5 s, the one at 2.4 s is shown."""
    case = approved(home)
    case, still = home.service.still(RINA, case.case_id, CameraId("pasar"), NIGHT_US + 2_500_000)
    assert still.frame_us == NIGHT_US + 2_400_000
    assert still.png.startswith(b"\x89PNG")
    assert (still.width_px, still.height_px) == (160, 96)
    assert case.stills[0].sha256 == still.sha256
    last = home.log.entries(0, 1000)[-1]
    assert last.fields["objek"]["sha256"] == still.sha256  # type: ignore[index,call-overload]


def test_a_still_in_a_gap_is_the_last_picture_before_it(home: House) -> None:
    """The time says so: nobody can take it for the asked instant."""
    case = approved(home)
    _, still = home.service.still(RINA, case.case_id, CameraId("simpang-3"), NIGHT_US + 11 * SECOND_US)
    assert still.frame_us == NIGHT_US + 7_800_000


def test_a_still_never_shows_what_lies_before_the_scope(home: House) -> None:
    """The last picture before the asked instant may lie outside; then there is none."""
    case = home.service.request(RINA, letter())
    narrow = scope("simpang-3", start_s=9, end_s=13)
    case = home.service.approve(HADI, case.case_id, scope_version=1, scope=narrow)
    from ronda.cases.errors import NothingRecordedError

    with pytest.raises(NothingRecordedError):
        home.service.still(RINA, case.case_id, CameraId("simpang-3"), NIGHT_US + 10 * SECOND_US)


async def test_packing_is_refused_before_the_start_when_the_disk_has_no_room(home: House) -> None:
    """No half package, no full disk under the recorder."""
    case = approved(home)
    tight = replace(home.service, builder=replace(home.service.builder, free_bytes=lambda _: 1_000_000))
    with pytest.raises(NoRoomError, match="nothing was started"):
        await tight.pack(RINA, case.case_id)
    assert list(home.packages.iterdir()) == []
    assert home.actions()[-1] == ("bukti.ekspor", "hasil", "gagal")


async def test_a_master_that_is_no_longer_what_was_recorded_is_not_packed(home: House) -> None:
    """Bit rot is said at once, not discovered by the court."""
    case = approved(home)
    file = home.recorder.root / home.recorder.stored[1].path
    data = bytearray(file.read_bytes())
    data[5000] ^= 1
    file.write_bytes(data)
    with pytest.raises(PackageError, match="not what was recorded"):
        await home.service.pack(RINA, case.case_id)
    assert list(home.packages.iterdir()) == []


async def test_the_case_goes_its_six_steps_to_the_outcome(home: House) -> None:
    """The whole way, and after it nothing more."""
    case = approved(home)
    case = home.service.mark(RINA, case.case_id, CameraId("pasar"), scope(end_s=5).span, "motor merah ke timur")
    case, record = await home.service.pack(RINA, case.case_id)
    assert case.state is CaseState.PACKED
    assert record.clips == 9
    assert record.widened.end_us == NIGHT_US + 22 * SECOND_US
    receiver = Officer(name="Rina Wulandari", rank="IPDA", nrp="87010203", unit="Satreskrim")
    with pytest.raises(PackageError):
        home.service.hand_over(RINA, case.case_id, "BUKTI_LAIN", receiver, "USB")
    case = home.service.hand_over(RINA, case.case_id, record.package_id, receiver, "USB terenkripsi")
    case = home.service.close(RINA, case.case_id, OutcomeKind.SOLVED_WITH_FOOTAGE, "pelaku ditangkap")
    assert case.state is CaseState.CLOSED
    with pytest.raises(WrongStateError):
        await home.service.pack(RINA, case.case_id)
    kinds = [action for action, phase, _ in home.actions() if phase != "hasil"]
    assert kinds == [
        "permintaan.diterima",
        "permintaan.disetujui",
        "tanda.dipasang",
        "bukti.ekspor",
        "bukti.disegel",
        "bukti.serah_terima",
        "kasus.hasil",
        "bukti.ekspor_ditolak",
    ]


def test_a_case_of_another_area_is_not_even_known(home: House) -> None:
    """N2: its existence is not told either."""
    case = home.service.request(RINA, letter())
    other = person("lain", "555", Role.INVESTIGATOR, area="64.09")
    home.people.rows[other.person_id] = other
    with pytest.raises(NoSuchCaseError):
        home.service.get(other.person_id, case.case_id)
    assert home.service.all(other.person_id) == []


def test_a_disabled_or_unknown_account_does_nothing(home: House) -> None:
    """Sessions may outlive an account for a moment; the account decides."""
    home.people.rows[RINA] = replace(INVESTIGATOR, disabled=True)
    for who in (RINA, PersonId("niemand")):
        with pytest.raises(NotYourStepError, match="gone or disabled"):
            home.service.request(who, letter())
