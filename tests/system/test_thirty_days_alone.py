"""N68: thirty days without name service, time source, time-stamp authority, witness, mail and sign-in provider.

The days are those of our own clock, set forward one by one; everything outside is an address where nobody is.
"""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.camera_kit import recorder_in, test_camera, until
from tests.http_kit import CAMERA, Town
from tests.system.test_alerts import add_channel, falls, watched_town

from ronda.app.clock import SystemClock
from ronda.app.jobs import all_jobs
from ronda.core.ids import CameraId
from ronda.core.time import DAY_US
from ronda.video.cameras_file import CameraConfig
from ronda.video.record.kernel_clock import ClockWatch

DAYS = 30
PASSWORD = "kenari kecil di ladang"


@pytest.fixture
def nowhere() -> Iterator[int]:
    """A port that is taken and where nobody answers: every connection is refused."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        yield nobody.getsockname()[1]


def leave_alone(place: Town, port: int) -> None:
    """Everything outside is set up as an office would, and is away."""
    root, here = place.wiring.folder.root, f"http://127.0.0.1:{port}"
    (root / "oidc.json").write_text(json.dumps({"issuer": here, "client_id": "ronda", "redirect_uri": here}))
    add_channel(place, "webhook", {"url": f"{here}/hook"})
    mail = {"host": "127.0.0.1", "port": str(port), "security": "none", "from": "r@e.id", "to": "o@e.id"}
    add_channel(place, "email", mail)
    add_channel(place, "mqtt", {"host": "127.0.0.1", "port": str(port), "security": "none"})


def test_the_office_works_on_for_thirty_days(tmp_path: Path, nowhere: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in, the log, alerts that wait, every job of the worker: none of them needs anybody outside."""
    place = watched_town(tmp_path)
    leave_alone(place, nowhere)
    falls(place)
    once = place.wiring.access.reset_password(None, place.people["operator"])
    first = place.client("nobody")
    assert first.post("/api/session", json={"login": "operator", "password": once}).status_code == 200
    change = {"old": once, "new": PASSWORD}
    assert first.post("/api/session/password", json=change).status_code == 204
    jobs = all_jobs(place.wiring)
    today, real = [0], SystemClock.now_us
    monkeypatch.setattr(SystemClock, "now_us", lambda clock: real(clock) + today[0] * DAY_US)
    for today[0] in range(DAYS + 1):
        for job in jobs:
            job.run()
        place.wiring.note("latihan.kasus", {"hari": today[0]})
        assert place.wiring.signed_checkpoint()
        client = place.client("nobody")
        if today[0] % 10 == 0:  # a password costs its half second on purpose
            signed = client.post("/api/session", json={"login": "operator", "password": PASSWORD})
            assert signed.status_code == 200, f"day {today[0]}: {signed.text}"
            assert [one["camera"] for one in client.get("/api/cameras").json()] == [CAMERA]
        assert client.get("/api/oidc/start", follow_redirects=False).headers["location"].endswith("provider_away")
    waiting = place.wiring.health.due(1 << 60, 100)
    assert {one.channel_id for one in waiting} == {one.channel_id for one in place.wiring.health.channels()}
    assert all(one.last_fault for one in waiting), "each was tried, and waits"
    assert place.approved_case()


async def test_recording_knows_nothing_of_what_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A month later, without a source of time: cameras by number are recorded, the clock states nothing."""
    real = SystemClock.now_us
    monkeypatch.setattr(SystemClock, "now_us", lambda clock: real(clock) + DAYS * DAY_US)
    camera_id = CameraId("cam-1")
    async with test_camera() as camera, recorder_in(tmp_path, retain=True) as recorder:
        await recorder.apply([CameraConfig(camera=camera_id, url=camera.url)])
        await until(lambda: (found := recorder.writer.recorder(camera_id)) is not None and found.frames > 20)
        assert recorder.retention.doubt is None
    assert ClockWatch(lambda _: None).look(0, 0) is None
