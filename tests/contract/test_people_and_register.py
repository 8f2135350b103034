"""Accounts, sessions and the register on SQLite and PostgreSQL: the same promises on both."""

import dataclasses

import pytest
from sqlalchemy import Engine, text

from ronda.access.model import Person, Role, Session
from ronda.access.service import new_person
from ronda.access.sessions import IDLE_US
from ronda.core.ids import AreaCode, SiteId, camera_id
from ronda.core.time import HOUR_US
from ronda.registry.errors import AlreadyThereError, CameraStandingError, IncompleteEntryError, NotRegisteredError
from ronda.registry.model import Camera, CameraState, Mask, PublicMark, Site, SiteKind
from ronda.registry.purposes import PurposeKind
from ronda.registry.service import in_service, plan_camera, retired
from ronda.store.errors import WrongVersionError
from ronda.store.sql.engine import open_engine
from ronda.store.sql.people import SqlPeople
from ronda.store.sql.registry import SqlRegistry

NOW_US = 1_800_000_000_000_000


class Reversing:
    """Seals by turning the text round: enough to see that the plain text is not what is stored."""

    def seal(self, text: str) -> str:
        return text[::-1]

    def open(self, sealed: str) -> str:
        return sealed[::-1]


def person(login: str = "nur") -> Person:
    roles = frozenset({Role.OPERATOR, Role.INVESTIGATOR})
    return new_person(login, "Nur Sari", "198", "Diskominfo", roles, AreaCode("64.08"))


def session(who: Person, *, expires_us: int = NOW_US + 10) -> Session:
    return Session(
        token_sha256="a" * 64, person_id=who.person_id, started_us=NOW_US, expires_us=expires_us, used_us=NOW_US,
        vouched_us=NOW_US, device="Firefox, Linux",
    )  # fmt: skip


def camera(name: str = "simpang-3") -> Camera:
    site = Site(
        site_id=SiteId("s-1"),
        name="Simpang 3 «Pasar» '; DROP TABLE cameras; --",
        kind=SiteKind.JUNCTION,
        area=AreaCode("64.08.04"),
        lat_deg=0.5079,
        lon_deg=117.5327,
    )
    return Camera(
        camera=camera_id(name),
        name="Simpang Tiga 🛵",
        site=site,
        purpose="Keamanan jalan umum",
        legal_basis="UU 27/2022 Pasal 17",
        retention_days=30,
        url="rtsp://admin:kenari@10.0.0.5/main",
        sub_url=None,
        direction_deg=214.0,
        purpose_kind=PurposeKind.TRAFFIC,
        onvif_port=8080,
    )


def test_a_person_comes_back_as_stored(engine: Engine) -> None:
    people, who = SqlPeople(engine), person()
    people.add(who, "digest")
    assert people.by_id(who.person_id) == who
    assert people.by_login("nur") == (who, "digest")
    assert people.by_login("NUR") is None
    assert people.all() == [who]


def test_a_session_names_its_person_until_it_ends(engine: Engine) -> None:
    people, who = SqlPeople(engine), person()
    people.add(who, "digest")
    people.start_session(session(who))
    assert people.session("a" * 64, NOW_US) == (who, session(who), False)
    assert people.session("b" * 64, NOW_US) is None
    assert people.session("a" * 64, NOW_US + 10) is None
    people.end_session("a" * 64)
    assert people.session("a" * 64, NOW_US) is None


def test_a_session_that_nobody_touches_ends_but_a_wall_screen_stands(engine: Engine) -> None:
    people, who = SqlPeople(engine), person()
    people.add(who, "digest")
    desk = session(who, expires_us=NOW_US + 24 * HOUR_US)
    people.start_session(desk)
    people.start_session(dataclasses.replace(desk, token_sha256="b" * 64, wall=True))
    later = NOW_US + IDLE_US
    assert people.session("a" * 64, later - 1) is not None
    assert people.session("a" * 64, later) is None
    people.touch_session("a" * 64, later)
    assert people.session("a" * 64, later) is None, "what has ended is not touched alive"
    assert [one.token_sha256[0] for one in people.sessions_of(who.person_id, later)] == ["b"]
    people.touch_session("b" * 64, later)
    people.vouch_session("b" * 64, later + 1)
    (wall,) = people.sessions_of(who.person_id, later)
    assert (wall.used_us, wall.vouched_us, wall.device) == (later, later + 1, "Firefox, Linux")


@pytest.mark.parametrize("how", ["password", "disabled"])
def test_a_new_password_or_a_disabled_account_ends_every_session(engine: Engine, how: str) -> None:
    """Somebody who lost the right must not go on with an old cookie."""
    people, who = SqlPeople(engine), person()
    people.add(who, "digest")
    people.start_session(session(who))
    if how == "password":
        people.set_password(who.person_id, "other", one_time_until_us=NOW_US)
    else:
        people.set_disabled(who.person_id, True)
    assert people.session("a" * 64, NOW_US) is None


def test_a_camera_comes_back_with_its_site_and_its_opened_address(engine: Engine) -> None:
    register = SqlRegistry(engine, Reversing())
    register.add_camera(camera())
    assert register.camera(camera_id("simpang-3")) == camera()
    assert register.cameras() == [camera()]
    assert register.site_named(camera().site.name) == camera().site


def test_no_camera_password_stands_in_the_database(engine: Engine) -> None:
    """A stolen copy of the database opens no camera."""
    SqlRegistry(engine, Reversing()).add_camera(camera())
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT * FROM cameras")).all()
    assert "kenari" not in repr(rows)


def test_a_taken_name_changes_nothing(engine: Engine) -> None:
    register = SqlRegistry(engine, Reversing())
    register.add_camera(camera())
    with pytest.raises(AlreadyThereError):
        register.add_camera(dataclasses.replace(camera(), purpose="Something else altogether"))
    assert register.cameras() == [camera()]


def test_recording_is_switched_off_with_a_reason_and_on_again(engine: Engine) -> None:
    register = SqlRegistry(engine, Reversing())
    register.add_camera(camera())
    register.set_off(camera_id("simpang-3"), "pemeliharaan tiang")
    assert [entry.off_reason for entry in register.cameras()] == ["pemeliharaan tiang"]
    register.set_off(camera_id("simpang-3"), None)
    register.set_url(camera_id("simpang-3"), "rtsp://10.0.0.6/main", "rtsp://10.0.0.6/sub")
    (entry,) = register.cameras()
    assert (entry.off_reason, entry.url, entry.sub_url) == (None, "rtsp://10.0.0.6/main", "rtsp://10.0.0.6/sub")


def test_a_database_of_another_version_is_refused_untouched(engine: Engine) -> None:
    SqlPeople(engine).add(person(), "digest")
    with engine.begin() as connection:
        connection.execute(text("UPDATE schema_version SET version = 99"))
    url = engine.url.render_as_string(hide_password=False)
    with pytest.raises(WrongVersionError, match="version 99"):
        open_engine(url)
    assert SqlPeople(engine).all() != []


def test_a_camera_comes_back_with_its_state_owner_sign_and_public_mark(engine: Engine) -> None:
    register = SqlRegistry(engine, Reversing())
    mark = PublicMark(
        reason="Kepadatan Simpang 3 untuk warga", width_px=480, viewer_limit=20, since_us=NOW_US,
        masks=(Mask(left=0.1, top=0.2, right=0.4, bottom=0.9),),
    )  # fmt: skip
    entry = dataclasses.replace(
        camera(), owner="Bank Kaltimtara", sign_photo_sha256="b" * 64, public=mark, origin="import:nvr.csv",
        in_service_us=NOW_US,
    )  # fmt: skip
    register.add_camera(entry)
    assert register.camera(entry.camera) == entry
    closed = dataclasses.replace(entry, public=None, state=CameraState.RETIRED, retired_us=NOW_US + 1)
    register.save(closed)
    assert register.cameras() == [closed]


def test_many_cameras_come_all_or_none(engine: Engine) -> None:
    """A list with one taken name leaves the register as it was."""
    register = SqlRegistry(engine, Reversing())
    register.add_camera(camera("b"))
    with pytest.raises(AlreadyThereError, match="camera b"):
        register.add_cameras([camera("a"), camera("b"), camera("c")])
    assert [entry.camera for entry in register.cameras()] == ["b"]


def test_saving_a_camera_nobody_knows_is_refused(engine: Engine) -> None:
    with pytest.raises(NotRegisteredError):
        SqlRegistry(engine, Reversing()).save(camera())


def test_a_planned_camera_has_no_address_until_it_is_built(engine: Engine) -> None:
    """Planned, in service, retired, back again: each step only from where it is possible."""
    register = SqlRegistry(engine, Reversing())
    with pytest.raises(IncompleteEntryError, match="no legal basis"):
        planned(register, legal_basis=" ")
    assert register.cameras() == []
    entry = planned(register)
    assert (register.camera(entry.camera), entry.url, entry.state) == (entry, "", CameraState.PLANNED)
    with pytest.raises(CameraStandingError):
        retired(entry, now_us=NOW_US)
    with pytest.raises(IncompleteEntryError):
        in_service(entry, url="", sub_url=None, now_us=NOW_US)
    serving = in_service(entry, url="rtsp://10.0.0.5/main", sub_url=None, now_us=NOW_US)
    assert (serving.state, serving.in_service_us, serving.origin) == (CameraState.IN_SERVICE, NOW_US, "plan:p-1/7")
    gone = retired(serving, now_us=NOW_US + 5)
    register.save(serving)
    register.save(gone)
    assert register.camera(entry.camera) == gone
    assert (gone.retired_us, gone.url) == (NOW_US + 5, "rtsp://10.0.0.5/main")


def planned(register: SqlRegistry, legal_basis: str = "UU 27/2022 Pasal 17") -> Camera:
    wanted = camera()
    return plan_camera(
        register, camera=wanted.camera, name=wanted.name, site=wanted.site, purpose=wanted.purpose,
        legal_basis=legal_basis, origin="plan:p-1/7",
    )  # fmt: skip
