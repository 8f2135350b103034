"""Probing and finding cameras over real sockets: a virtual device that behaves, and one that does not."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ronda.core.time import SECOND_US
from ronda.media.onvif.soap import Login
from ronda.sim.onvif import Lie, VirtualDevice, VirtualOnvif
from ronda.video.onvif.camera import OnvifCamera, Probed, device_url, probe
from ronda.video.onvif.discover import discover
from ronda.video.onvif.errors import CameraLoginError, CameraSilentError, NoOnvifError
from ronda.video.onvif.transport import Line
from ronda.video.onvif.where import LOOPBACK, place_of

PASSWORD = 'p<&"é'


@pytest.fixture
def device() -> VirtualDevice:
    return VirtualDevice(
        name="simpang-3",
        url="rtsp://127.0.0.1:8554/simpang-3",
        sub_url="rtsp://127.0.0.1:8554/simpang-3/sub",
        serial="SN-77",
        password=PASSWORD,
    )


@pytest.fixture
def served(device: VirtualDevice) -> Iterator[VirtualOnvif]:
    with VirtualOnvif([device]) as onvif:
        yield onvif


def ask(onvif: VirtualOnvif, password: str = PASSWORD, longest_s: float = 5.0) -> Probed:
    url, host, port = device_url(onvif.address("simpang-3"))
    login = Login(user="admin", password=password)
    with Line(place_of(host, port, allowed=LOOPBACK), login, longest_s=longest_s) as line:
        return probe(OnvifCamera(line, url, login), url)


def test_a_probe_tells_who_it_is_and_what_to_record(served: VirtualOnvif) -> None:
    found = ask(served)
    assert (found.facts.maker, found.facts.serial) == ("Ronda", "SN-77")
    assert [(one.profile.token, one.url) for one in found.streams] == [
        ("main", "rtsp://127.0.0.1:8554/simpang-3"),
        ("sub", "rtsp://127.0.0.1:8554/simpang-3/sub"),
    ]
    assert (found.main, found.sub, found.picture) == ("main", "sub", True)


@pytest.mark.parametrize("hours", [-7, 0, 24 * 365])
def test_a_wrong_clock_is_measured_and_does_not_lock_us_out(
    served: VirtualOnvif, device: VirtualDevice, hours: int
) -> None:
    """The proof of the password is dated by the camera's own clock."""
    device.clock_offset_us = hours * 3600 * SECOND_US
    clock = ask(served).clock
    assert clock is not None
    assert abs(clock.offset_us - device.clock_offset_us) <= clock.uncertainty_us + 50_000


def test_a_wrong_password_is_called_that(served: VirtualOnvif) -> None:
    with pytest.raises(CameraLoginError, match="does not accept this user name and password"):
        ask(served, password="wrong")


def test_the_picture_comes_with_the_same_account(served: VirtualOnvif) -> None:
    url, host, port = device_url(served.address("simpang-3"))
    login = Login(user="admin", password=PASSWORD)
    with Line(place_of(host, port, allowed=LOOPBACK), login) as line:
        picture = OnvifCamera(line, url, login).snapshot("main")
    assert picture is not None
    assert picture.kind == "image/jpeg"
    assert picture.data.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("lie", "error", "says"),
    [
        (Lie.BOMB, NoOnvifError, "entities"),
        (Lie.HUGE, NoOnvifError, "the rest was not read"),
        (Lie.SLOW, CameraSilentError, "too slowly"),
        (Lie.HTML, NoOnvifError, "no ONVIF camera"),
        (Lie.REDIRECT, NoOnvifError, "status 302"),
    ],
)
def test_a_device_that_lies_is_refused_in_one_sentence(
    served: VirtualOnvif, device: VirtualDevice, lie: Lie, error: type[Exception], says: str
) -> None:
    device.lie = lie
    with pytest.raises(error, match=says):
        ask(served, longest_s=1.0)


def test_addresses_of_another_host_lead_back_to_the_one_that_was_asked(
    served: VirtualOnvif, device: VirtualDevice
) -> None:
    """Behind a router a camera names its inner address; a hostile one could name anybody's."""
    device.lie = Lie.ELSEWHERE
    found = ask(served)
    assert {one.url.partition("//")[2].partition(":")[0] for one in found.streams} == {"127.0.0.1"}
    assert found.picture


def test_cameras_answer_discovery_for_themselves_alone(served: VirtualOnvif) -> None:
    (found,) = discover(for_s=1.0, group="127.0.0.1", port=served.discovery_port)
    assert found.device_url == served.address("simpang-3")
    assert (found.found.name, found.found.location) == ("simpang-3", "Sangatta Utara")


def test_what_a_stranger_says_about_another_host_is_left_out(served: VirtualOnvif, device: VirtualDevice) -> None:
    device.lie = Lie.ELSEWHERE
    assert discover(for_s=0.6, group="127.0.0.1", port=served.discovery_port) == []


def test_the_command_probes_and_keeps_no_password(served: VirtualOnvif, tmp_path: object) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ronda",
            "camera",
            "probe",
            served.address("simpang-3"),
            "--user",
            "admin",
            "--json",
        ],
        input=PASSWORD + "\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["facts"]["serial"] == "SN-77"
    assert PASSWORD not in done.stdout + done.stderr


def test_the_command_says_that_nobody_answered() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ronda", "camera", "discover", "--interface", "127.0.0.1", "--seconds", "0.5"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "no camera answered. Next:" in done.stderr
