"""Two cameras change places (N76): recognised by the serial number, refused until a person confirms."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.http_kit import CAMERA, FAR_CAMERA, Town, at_port, town

from ronda.app.card import device_of
from ronda.app.identities import change_identities, read_identities
from ronda.app.jobs.camera_identity import look
from ronda.core.ids import camera_id
from ronda.sim.onvif import VirtualDevice, VirtualOnvif
from ronda.video.onvif.identity import Identity, Judgement, judge


@pytest.fixture
def device() -> VirtualDevice:
    return VirtualDevice(name="onvif", url="rtsp://127.0.0.1:9/x", serial="SN-1", password="p")


@pytest.fixture
def onvif(device: VirtualDevice) -> Iterator[VirtualOnvif]:
    with VirtualOnvif([device]) as served:
        yield served


@pytest.fixture
def office(tmp_path: Path, onvif: VirtualOnvif) -> Town:
    here = town(tmp_path / "data", training=True)
    here.wiring.register.set_url(camera_id(CAMERA), "rtsp://admin:p@127.0.0.1:9/x", None)
    at_port(here, onvif.port)
    kept = {CAMERA: Identity(serial="sn1"), FAR_CAMERA: Identity(serial="SN-2")}
    here.wiring.register.set_off(camera_id(FAR_CAMERA), "mati untuk uji")
    change_identities(here.wiring.folder, lambda rows: rows.update(kept))
    return here


def reason_of(office: Town) -> str | None:
    entry = office.wiring.register.camera(camera_id(CAMERA))
    assert entry is not None
    return entry.off_reason


def recorded(office: Town) -> bool:
    rows = json.loads(office.wiring.folder.recorder_cameras.read_text())
    return next(bool(row["enabled"]) for row in rows if row["camera"] == CAMERA)


def test_the_registered_device_goes_on(office: Town, onvif: VirtualOnvif) -> None:
    look(office.wiring)
    assert reason_of(office) is None


def test_another_device_is_refused_until_a_person_confirms_it(
    office: Town, onvif: VirtualOnvif, device: VirtualDevice
) -> None:
    device.serial = "SN-2"
    look(office.wiring)
    reason = reason_of(office)
    assert reason is not None
    assert "SN-2" in reason
    assert FAR_CAMERA in reason
    assert not recorded(office)
    assert [one.action for one in office.wiring.log.entries()][-1] == "kamera.tertukar"
    look(office.wiring)
    assert [one.action for one in office.wiring.log.entries()].count("kamera.tertukar") == 1

    done = office.client("admin").put(f"/api/cameras/{CAMERA}/recording", json={"off_reason": None})
    assert done.status_code == 204, done.text
    assert recorded(office)
    assert read_identities(office.wiring.folder)[CAMERA] == Identity(serial="SN-2")
    assert "kamera.dikenali" in [one.action for one in office.wiring.log.entries()]
    look(office.wiring)
    assert reason_of(office) is None


@pytest.mark.parametrize("silence", ["password", "serial", "away"])
def test_a_device_that_says_nothing_is_not_judged(
    office: Town, onvif: VirtualOnvif, device: VirtualDevice, silence: str
) -> None:
    if silence == "password":
        device.password = "another"
    elif silence == "serial":
        device.serial = "-"
    else:
        at_port(office, 9)
    look(office.wiring)
    assert reason_of(office) is None


def test_the_serial_number_and_the_port_of_a_probe_stay_with_the_camera(office: Town) -> None:
    body = {
        "camera": "baru", "name": "Baru", "site": "Titik baru", "area": "64.08.04",
        "purpose": "Keamanan jalan umum",
        "legal_basis": "UU 27/2022", "retention_days": 30, "url": "rtsp://10.0.0.9/1", "serial": " SN-9 ",
        "onvif_port": 8899,
    }  # fmt: skip
    assert office.client("admin").post("/api/cameras", json=body).status_code == 201
    assert read_identities(office.wiring.folder)["baru"] == Identity(serial="SN-9")
    entry = office.wiring.register.camera(camera_id("baru"))
    assert entry is not None
    assert device_of(entry)[:3] == ("http://10.0.0.9:8899/onvif/device_service", "10.0.0.9", 8899)


def test_a_broken_file_judges_nobody(office: Town) -> None:
    (office.wiring.folder.recorder_cameras.parent / "identities.json").write_text("{broken")
    assert read_identities(office.wiring.folder) == {}


@pytest.mark.parametrize(
    ("known", "seen", "judgement"),
    [
        ("A1-B2", "a1b2", Judgement.SAME),
        ("A1", "A2", Judgement.OTHER),
        ("", "A2", Judgement.UNKNOWN),
        ("A1", "", Judgement.UNKNOWN),
        ("A1", " - ", Judgement.UNKNOWN),
    ],
)
def test_serial_numbers_are_compared_as_makers_write_them(known: str, seen: str, judgement: Judgement) -> None:
    assert judge(Identity(serial=known), seen) is judgement
