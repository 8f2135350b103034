"""Finding and probing over the API: who may, where it may lead, what is shown and what is kept (nothing)."""

import asyncio
import base64
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from tests.http_kit import Town, town
from tests.sim_kit import CODE, reel

from ronda.media.rtsp_server import Credentials
from ronda.sim.block_code import read_block_code
from ronda.sim.onvif import VirtualDevice, VirtualOnvif
from ronda.sim.plan import SimPlan, cameras_of
from ronda.sim.server import Serving, SimClock, SimOptions, SimServer

PASSWORD = "p@ss/w:rd"


@pytest.fixture
def rtsp(tmp_path: Path) -> Iterator[Serving]:
    """A virtual camera's stream, served from a loop of its own: the API's client holds this thread's."""
    started, stop, found = threading.Event(), threading.Event(), []

    async def run() -> None:
        options = SimOptions(data=tmp_path, credentials=Credentials(user="admin", password=PASSWORD, digest=True))
        plan = SimPlan(cameras=cameras_of([("gerbang", "test")]))
        server = SimServer(plan, {"test": {0: reel(), 1: reel()}}, options, SimClock())
        found.append(await server.start())
        started.set()
        while not stop.is_set():
            await asyncio.sleep(0.05)
        await server.stop()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert started.wait(20)
    yield found[0]
    stop.set()
    thread.join()


@pytest.fixture
def device(rtsp: Serving) -> VirtualDevice:
    url = rtsp.urls["gerbang"]
    return VirtualDevice(
        name="gerbang", url=url, sub_url=rtsp.sub_urls["gerbang"], serial="SN-1", password=PASSWORD
    )


@pytest.fixture
def onvif(device: VirtualDevice) -> Iterator[VirtualOnvif]:
    with VirtualOnvif([device]) as served:
        yield served


@pytest.fixture
def office(tmp_path: Path) -> Town:
    """A training folder: there loopback is where cameras stand."""
    return town(tmp_path / "data", training=True)


def picture_of(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


def asked(address: str) -> dict[str, str]:
    return {"address": address, "user": "admin", "password": PASSWORD}


def test_a_probe_shows_the_camera_and_keeps_nothing_but_that_somebody_looked(
    office: Town, onvif: VirtualOnvif, rtsp: Serving
) -> None:
    before = len(office.wiring.register.cameras())
    answer = office.client("admin").post("/api/enrol/probe", json=asked(onvif.address("gerbang")))
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["maker"], found["serial"], found["known"]) == ("Ronda", "SN-1", False)
    assert [(one["role"], one["url"]) for one in found["streams"]] == [
        ("main", rtsp.urls["gerbang"]),
        ("sub", rtsp.sub_urls["gerbang"]),
    ]
    assert picture_of(found["picture"]).size == (640, 360)
    assert PASSWORD not in answer.text
    assert len(office.wiring.register.cameras()) == before
    last = list(office.wiring.log.entries())[-1]
    assert last.action == "kamera.dicoba"
    assert "127.0.0.1" not in str(last)


def test_a_stream_without_onvif_shows_its_first_key_frame(office: Town, rtsp: Serving) -> None:
    """The picture's own block code tells that it is the camera's."""
    import numpy as np

    answer = office.client("admin").post("/api/enrol/probe", json=asked(rtsp.urls["gerbang"]))
    found = answer.json()
    assert found["onvif"] is False
    assert found["no_picture"] == ""
    code = read_block_code(np.asarray(picture_of(found["picture"])))
    assert code is not None
    assert (code[0], code[1] % 20) == (CODE, 0)


def test_a_wrong_password_of_the_stream_is_told_with_the_next_step(office: Town, rtsp: Serving) -> None:
    body = {**asked(rtsp.urls["gerbang"]), "password": "wrong"}
    found = office.client("admin").post("/api/enrol/probe", json=body).json()
    assert found["picture"] is None
    assert "password" in found["no_picture"]


def test_a_wrong_password_of_the_device_is_told_as_such(office: Town, onvif: VirtualOnvif) -> None:
    body = {**asked(onvif.address("gerbang")), "password": "wrong"}
    answer = office.client("admin").post("/api/enrol/probe", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "camera_login")


@pytest.mark.parametrize("address", ["127.0.0.1", "http://169.254.169.254/latest", "rtsp://127.0.0.1/x", "0x7f.1"])
def test_outside_training_nobody_is_asked_where_no_camera_stands(tmp_path: Path, address: str) -> None:
    office = town(tmp_path / "data")
    answer = office.client("admin").post("/api/enrol/probe", json=asked(address))
    assert answer.status_code == 422
    assert answer.json()["code"] == "forbidden_place"


@pytest.mark.parametrize("role", ["operator", "investigator", "approver", "inspector"])
@pytest.mark.parametrize("path", ["probe", "discover"])
def test_only_who_may_enter_cameras_may_look_for_them(office: Town, role: str, path: str) -> None:
    answer = office.client(role).post(f"/api/enrol/{path}", json=asked("10.0.0.5"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_an_address_that_is_registered_already_says_so(office: Town, rtsp: Serving) -> None:
    entry = office.wiring.register.cameras()[0]
    office.wiring.register.set_url(entry.camera, rtsp.urls["gerbang"], None)
    found = office.client("admin").post("/api/enrol/probe", json=asked(rtsp.urls["gerbang"])).json()
    assert found["known"] is True
