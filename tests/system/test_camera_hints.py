"""Hints of cameras: asked for only where the office wants it, dated on our clock, seen only inside a case."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.http_kit import CAMERA, FAR_CAMERA, Town, at_port, town

from ronda.app.jobs.camera_hints import SETTING, HintRound
from ronda.core.ids import camera_id
from ronda.core.time import DAY_US, SECOND_US, TimeSpan
from ronda.media.onvif.events import HintKind
from ronda.sim.onvif import VirtualDevice, VirtualOnvif
from ronda.video.model import CameraHint

ALL = TimeSpan(0, 1 << 60)


@pytest.fixture
def device() -> VirtualDevice:
    return VirtualDevice(name="onvif", url="rtsp://127.0.0.1:9/x", password="p", clock_offset_us=-40 * SECOND_US)


@pytest.fixture
def onvif(device: VirtualDevice) -> Iterator[VirtualOnvif]:
    with VirtualOnvif([device]) as served:
        yield served


@pytest.fixture
def office(tmp_path: Path, onvif: VirtualOnvif, monkeypatch: pytest.MonkeyPatch) -> Town:
    here = town(tmp_path / "data", training=True)
    here.wiring.register.set_url(camera_id(CAMERA), "rtsp://admin:p@127.0.0.1:9/x", None)
    at_port(here, onvif.port)
    monkeypatch.setenv(SETTING, CAMERA)
    return here


def hints_of(office: Town, camera: str = CAMERA) -> list[tuple[str, bool]]:
    return [(one.kind, one.on) for one in office.wiring.index.hints(camera_id(camera), ALL)]


def test_what_the_camera_believes_is_kept_at_our_time(
    office: Town, onvif: VirtualOnvif, device: VirtualDevice
) -> None:
    """The camera's clock is forty seconds behind; the hint lies where it happened."""
    now_us = office.wiring.clock.now_us()
    turns = HintRound(office.wiring)
    turns.run()
    device.hints += [(HintKind.MOTION, True, now_us), (HintKind.TAMPER, True, now_us + SECOND_US)]
    turns.run()
    found = office.wiring.index.hints(camera_id(CAMERA), ALL)
    assert [(one.kind, one.on) for one in found] == [("motion", True), ("tamper", True)]
    assert abs(found[0].at_us - now_us) <= SECOND_US
    assert hints_of(office, FAR_CAMERA) == []


def test_no_camera_is_asked_where_nobody_wanted_it(
    office: Town, onvif: VirtualOnvif, device: VirtualDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SETTING)
    device.hints.append((HintKind.MOTION, True, office.wiring.clock.now_us()))
    HintRound(office.wiring).run()
    assert device.hints != []
    assert hints_of(office) == []


def test_a_camera_that_refuses_is_left_alone(office: Town, onvif: VirtualOnvif, device: VirtualDevice) -> None:
    """A wrong password every ten seconds would lock the account."""
    device.password = "another"
    turns = HintRound(office.wiring)
    turns.run()
    device.password = "p"
    device.hints.append((HintKind.MOTION, True, office.wiring.clock.now_us()))
    turns.run()
    assert device.hints != []


def test_hints_go_with_the_footage_and_twice_is_once(office: Town) -> None:
    now_us = office.wiring.clock.now_us()
    hint = CameraHint(kind="motion", on=True, at_us=now_us - 40 * DAY_US, topic="t")
    office.wiring.index.write_hints(camera_id(CAMERA), [hint, hint], 0)
    assert hints_of(office) == [("motion", True)]
    office.wiring.index.write_hints(camera_id(CAMERA), [], now_us - 30 * DAY_US)
    assert hints_of(office) == []


def test_hints_are_seen_only_inside_an_approved_case(office: Town) -> None:
    at_us = office.start_us + SECOND_US
    hint = CameraHint(kind="tamper", on=True, at_us=at_us, topic="t")
    office.wiring.index.write_hints(camera_id(CAMERA), [hint], 0)
    client = office.client("investigator")
    case = office.approved_case()
    (line,) = client.get(f"/api/cases/{case}/timeline").json()
    assert line["hints"] == [{"at_us": at_us, "kind": "tamper", "on": True}]
    (other,) = office.client("inspector").get(f"/api/cases/{case}/timeline").json() or [{"hints": []}]
    assert other["hints"] == []
    asked = f"/api/cameras/{CAMERA}/timeline?from_us={office.start_us}&to_us={at_us + SECOND_US}"
    assert "hints" not in client.get(asked).json()


def test_tampering_is_shown_to_who_looks_after_the_cameras_and_motion_to_nobody(office: Town) -> None:
    """A covered lens is a fault of the camera; who moved before it is not for this screen."""
    now_us = office.wiring.clock.now_us()
    told = [
        ("motion", True, 9),
        ("tamper", True, 8),
        ("tamper", False, 7),
        ("tamper", True, 2),
        ("tamper", True, 1),
    ]
    for camera in (CAMERA, FAR_CAMERA):
        hints = [CameraHint(kind=kind, on=on, at_us=now_us - ago * SECOND_US, topic="x") for kind, on, ago in told]
        office.wiring.index.write_hints(camera_id(camera), hints, 0)
    seen = office.client("operator").get("/api/tampering").json()
    assert seen["asked"] == 1
    assert [(one["camera"], now_us - one["since_us"], one["until_us"]) for one in seen["found"]] == [
        (CAMERA, 2 * SECOND_US, None),
        (CAMERA, 8 * SECOND_US, now_us - 7 * SECOND_US),
    ]
    assert office.client("investigator").get("/api/tampering").status_code == 403


def test_where_no_camera_is_asked_the_screen_says_so(office: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING)
    assert office.client("operator").get("/api/tampering").json() == {"asked": 0, "found": []}
