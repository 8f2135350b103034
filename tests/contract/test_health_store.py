"""The health store on SQLite and PostgreSQL."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from ronda.core.ids import AreaCode, camera_id
from ronda.core.time import MINUTE_US, SECOND_US, TimeSpan
from ronda.health.errors import RepairChangedError
from ronda.health.ledger import Account
from ronda.health.messages import after_try, messages
from ronda.health.model import (
    Channel,
    ChannelKind,
    Incident,
    PictureCheck,
    Proof,
    Reach,
    Repair,
    RepairNote,
    RepairState,
    Verdict,
)
from ronda.store.sql.health import SqlHealth
from ronda.store.sql.settings import SqlSettings
from ronda.video.model import GapCause

CAMERA = camera_id("pasar-induk")
NOW_US = 1_900_000_000_000_000
HOOK = Channel(
    channel_id="ch-1", kind=ChannelKind.WEBHOOK, name="Posko", settings={"url": "http://x/", "secret": "kenari"}
)
INCIDENT = Incident(
    incident_id="i-1", opened_us=NOW_US, reach=Reach.CAMERA, where=CAMERA, where_name="Pasar", cause=GapCause.POWER,
    evidence="UPS", cameras=(CAMERA,), still_down=(CAMERA,),
)  # fmt: skip
REPAIR = Repair(
    repair_id="r-1", revision=1, state=RepairState.OPEN, area=AreaCode("64.08.04.2001"), place="Pasar",
    cameras=(CAMERA,), cause=GapCause.LINK, what="switch mati", incident_id="i-1", opened_us=NOW_US,
    opened_by="p-1", deadline_us=NOW_US + MINUTE_US,
    notes=(RepairNote(at_us=NOW_US, by="desa", text="lampu mati"),),
    proofs=(Proof(camera=CAMERA, what="picture", passed=False, measured="black"),),
)  # fmt: skip


class Reversed:
    """Seals a text so that the stored one differs."""

    def seal(self, text: str) -> str:
        return text[::-1]

    def open(self, sealed: str) -> str:
        return sealed[::-1]


@pytest.fixture
def store(engine: Engine) -> SqlHealth:
    return SqlHealth(engine, Reversed())


def test_a_settled_day_is_given_back_to_the_microsecond(store: SqlHealth) -> None:
    one = Account(span_us=100, recorded_us=60, missing_us={GapCause.LINK: 30, GapCause.UNKNOWN: 10})
    store.settle("2026-11-25", {CAMERA: one})
    store.settle("2026-11-24", {})
    assert store.settled(["2026-11-24", "2026-11-25", "2026-11-26"]) == {
        "2026-11-24": {},
        "2026-11-25": {CAMERA: one},
    }


def test_settling_a_day_again_replaces_it(store: SqlHealth) -> None:
    store.settle("2026-11-25", {CAMERA: Account(span_us=100, recorded_us=60, missing_us={GapCause.LINK: 40})})
    better = Account(span_us=100, recorded_us=60, missing_us={GapCause.POWER: 40})
    store.settle("2026-11-25", {CAMERA: better})
    assert store.settled(["2026-11-25"]) == {"2026-11-25": {CAMERA: better}}


def test_days_whose_rows_came_late_are_forgotten_and_earlier_ones_stay(store: SqlHealth) -> None:
    one = Account(span_us=100, recorded_us=60, missing_us={GapCause.LINK: 40})
    for day in ("2026-11-23", "2026-11-24", "2026-11-25"):
        store.settle(day, {CAMERA: one})
    store.unsettle("2026-11-24")
    assert store.settled(["2026-11-23", "2026-11-24", "2026-11-25"]) == {"2026-11-23": {CAMERA: one}}


def test_a_fault_is_open_until_it_is_closed(store: SqlHealth) -> None:
    store.save_incident(INCIDENT, [])
    assert store.open_incidents() == [INCIDENT]
    over = replace(INCIDENT, still_down=(), closed_us=NOW_US + MINUTE_US)
    store.save_incident(over, [])
    assert store.open_incidents() == []
    assert store.incidents(TimeSpan(NOW_US, NOW_US + 1)) == [over]
    assert store.incidents(TimeSpan(NOW_US + MINUTE_US, NOW_US + 2 * MINUTE_US)) == []


def test_a_message_is_stored_once_and_due_until_taken(store: SqlHealth) -> None:
    told = messages(INCIDENT, "opened", [HOOK], "64.08", NOW_US)
    store.save_incident(INCIDENT, told)
    store.save_incident(INCIDENT, told)
    (due,) = store.due(NOW_US, 10)
    assert due == told[0]
    failed = after_try(due, "away", NOW_US)
    store.told(failed)
    assert store.due(NOW_US, 10) == []
    assert store.due(NOW_US + 6 * SECOND_US, 10) == [failed]
    store.told(after_try(failed, None, NOW_US))
    assert store.due(NOW_US + MINUTE_US, 10) == []
    assert store.waiting() == 0
    store.save_incident(INCIDENT, told)  # a turn that was cut off comes again
    assert store.due(NOW_US + MINUTE_US, 10) == []


def test_secrets_of_a_channel_are_sealed_in_the_database(store: SqlHealth, engine: Engine) -> None:
    store.put_channel(HOOK)
    assert store.channels() == [HOOK]
    with engine.begin() as connection:
        stored = connection.exec_driver_sql("SELECT settings_sealed FROM alert_channels").scalar_one()
    assert "kenari" not in stored
    store.put_channel(replace(HOOK, enabled=False))
    assert [one.enabled for one in store.channels()] == [False]


def test_a_dropped_channel_takes_its_waiting_messages_with_it(store: SqlHealth) -> None:
    store.put_channel(HOOK)
    store.save_incident(INCIDENT, messages(INCIDENT, "opened", [HOOK], "64.08", NOW_US))
    store.drop_channel(HOOK.channel_id)
    assert store.channels() == []
    assert store.waiting() == 0


def test_a_repair_order_is_given_back_as_it_was(store: SqlHealth) -> None:
    store.add(REPAIR)
    assert store.get("r-1") == REPAIR
    assert store.all() == [REPAIR]
    assert store.get("r-2") is None


def test_a_change_built_on_an_older_revision_is_refused(store: SqlHealth) -> None:
    store.add(REPAIR)
    newer = store.save(replace(REPAIR, assignee="Teknisi A"))
    with pytest.raises(RepairChangedError):
        store.save(replace(REPAIR, assignee="Teknisi B"))
    assert store.get("r-1") == newer
    assert newer.revision == 2


def test_only_the_latest_verdict_of_a_camera_is_kept(store: SqlHealth) -> None:
    check = PictureCheck(
        camera=CAMERA,
        at_us=NOW_US,
        verdict=Verdict.GOOD,
        since_us=NOW_US,
        brightness=80.5,
        contrast=30.0,
        change=None,
    )
    store.put_picture(check)
    black = replace(check, verdict=Verdict.BLACK, at_us=NOW_US + 1)
    store.put_picture(black)
    assert store.pictures() == {CAMERA: black}


def test_a_setting_is_what_was_put_last(engine: Engine) -> None:
    settings = SqlSettings(engine)
    assert settings.get("alert_after_s") is None
    settings.put("alert_after_s", 300)
    settings.put("alert_after_s", 15)
    settings.put("contact", {"name": "Diskominfo"})
    assert settings.get("alert_after_s") == 15
    assert settings.get("contact") == {"name": "Diskominfo"}
