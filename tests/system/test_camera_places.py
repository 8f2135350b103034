"""Camera addresses: over three hundred tricks, none makes this server ask its own neighbours or start a thing."""

# ruff: noqa: E501  (the corpus reads best as it is)

import itertools
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.http_kit import Town, town

from ronda.app.camera_place import SETTING, own_networks
from ronda.core.ids import camera_id
from ronda.media.rtsp_redirect import check_address
from ronda.media.rtsp_url import WrongUrlError, parse_rtsp_url
from ronda.video.onvif import where as where_module

INSIDE = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0.0.0.0", "0", "localhost", "LOCALHOST", "localhost.",
    "169.254.169.254", "169.254.0.1", "169.254.255.255", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1",
    "[::1]", "[::]", "[fe80::1]", "[ff02::1]", "[fd00:ec2::254]", "[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[::ffff:0.0.0.0]", "[fe80::1%25eth0]",
    "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "0177.0.0.01", "017700000001", "0x7f.1", "127.0x0.1",
    "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "0xa9.0xfe.0xa9.0xfe", "0000127.0.0.1", "127.0.0.1.", "127.000.000.001",
    "１２７.0.0.1", "①②⑦.0.0.1", "127。0。0。1", "lo‍calhost", "ⓛocalhost",
]  # fmt: skip
SHAPES = [
    "rtsp://{}/s", "rtsp://{}:554/s", "rtsps://{}/s", "rtsp://admin:x@{}/s", "rtsp://192.0.2.1@{}/s", "rtsp://192.0.2.1:554@{}/s",
]  # fmt: skip
SCHEMES = [
    "exec:ffmpeg -i x", "exec:/bin/sh -c id", "ffmpeg:rtsp://192.0.2.1/s", "file:///etc/passwd", "file:/etc/passwd", "concat:a|b",
    "pipe:0", "pipe:", "data:video/mp4;base64,AAAA", "http://192.0.2.1/s", "https://192.0.2.1/s", "ftp://192.0.2.1/s",
    "gopher://127.0.0.1:6379/_x", "dict://127.0.0.1:11211/", "ldap://192.0.2.1", "tftp://192.0.2.1/x", "unix:/run/x.sock",
    "rtmp://192.0.2.1/s", "rtp://192.0.2.1:5000", "udp://192.0.2.1:5000", "srt://192.0.2.1:9", "tcp://192.0.2.1:9",
    "subfile,,start,0,end,9,,:/etc/passwd", "crypto:x", "async:x", "cache:x", "lavfi:testsrc", "-i /etc/passwd", "--help",
    "rtsp:", "rtsp:/192.0.2.1/s", "rtsp:///s", "rtsp://", "rtsp://:554/s", "rtsp://@/s", "//192.0.2.1/s", "", " ", "\t",
    "rtsp://192.0.2.1\r\nHost: x/s", "rtsp://192.0.2.1/s\nGET / HTTP/1.1", "rtsp://192.0.2.1 127.0.0.1/s", "rtsp://192.0.2.1:0/s",
    "rtsp://192.0.2.1:65536/s", "rtsp://192.0.2.1:-1/s", "rtsp://192.0.2.1:x/s", "rtsp://[192.0.2.1/s", "rtsp://[::1/s",
    "javascript:alert(1)", "jar:file:///x!/", "view-source:rtsp://x", "rtsp+exec://192.0.2.1/s", "rtspx://192.0.2.1/s",
    "RTSP:exec:ls", "echo:{output}", "$(id)", "`id`", "; id", "| id", "&& id", "rtsp://$(id)/s", "rtsp://`id`/s", "rtsp://;id/s",
    "rtsp://\\127.0.0.1/s", "rtsp:\\\\127.0.0.1\\s", "rtsp://192.0.2.1\\@127.0.0.1/s", "rtsp://192.0.2.1%00/s", "rtsp://%31%32%37.0.0.1/s",
]  # fmt: skip
TRICKS = [shape.format(host) for shape, host in itertools.product(SHAPES, INSIDE)] + SCHEMES
NO_TEXT = [None, 7, True, [], ["rtsp://192.0.2.1/s"], {"url": "rtsp://192.0.2.1/s"}, {"!!python/object": "x"}]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("town"))


def register(place: Town, url: object, name: str = "tiang") -> Any:
    body = {
        "camera": name, "name": "Tiang", "site": "Jalan desa", "area": "64.08.04", "purpose": "Keamanan jalan umum",
        "legal_basis": "UU 27/2022", "retention_days": 7, "url": url,
    }  # fmt: skip
    return place.client("admin").post(
        "/api/cameras", content=json.dumps(body), headers={"content-type": "application/json"}
    )


def nobody_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: object, **__: object) -> None:
        raise AssertionError("something was connected to, or started")

    monkeypatch.setattr(socket.socket, "connect", no)
    monkeypatch.setattr("subprocess.Popen.__init__", no)


def test_none_of_three_hundred_tricks_is_registered_asked_or_started(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3, N5, N6. One test, since a town is dearer than an address."""
    assert len(TRICKS) > 300
    nobody_asked(monkeypatch)
    taken = []
    for trick in TRICKS:
        answer = register(place, trick)
        if answer.status_code != 422:
            taken.append((trick, answer.status_code))
    assert taken == []
    assert place.wiring.register.camera(camera_id("tiang")) is None


@pytest.mark.parametrize("value", NO_TEXT)
def test_an_address_that_is_no_text_is_refused(place: Town, value: object) -> None:
    assert register(place, value).status_code == 422


def test_a_sub_stream_is_judged_as_the_stream_is(place: Town) -> None:
    body = {"state": "in_service", "url": "rtsp://192.0.2.7/main", "sub_url": "rtsp://169.254.169.254/latest"}
    entry = place.wiring.register.camera(camera_id("simpang-3"))
    assert entry is not None
    retired = place.client("admin").put(
        "/api/register/simpang-3/state", json={"state": "retired", "reason": "Dipindah ke tempat lain"}
    )
    assert retired.status_code == 200
    back = place.client("admin").put("/api/register/simpang-3/state", json=body)
    assert back.status_code == 422, back.text


def test_a_name_with_one_address_inside_is_refused_and_a_name_nobody_knows_waits(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(*addresses: str) -> Any:
        rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 554)) for one in addresses]
        return lambda *_args, **_more: rows

    monkeypatch.setattr(where_module.socket, "getaddrinfo", answers("192.0.2.9", "169.254.169.254"))
    assert register(place, "rtsp://kamera.example/s").status_code == 422
    monkeypatch.setattr(where_module.socket, "getaddrinfo", answers("192.0.2.9"))
    assert register(place, "rtsp://kamera.example/s", "tiang-nama").status_code == 201


@pytest.mark.parametrize(
    "later", ["127.0.0.1", "169.254.169.254", "169.254.3.4", "224.0.0.1", "0.0.0.0", "::1", "fe80::1"]
)
def test_a_name_that_leads_inside_when_the_recorder_connects_is_refused(later: str) -> None:
    """DNS that changes: the address that is connected to is the one that is judged."""
    with pytest.raises(WrongUrlError):
        check_address(parse_rtsp_url("rtsp://kamera.example/s"), later)
    assert check_address(parse_rtsp_url("rtsp://kamera.example/s"), "192.0.2.9")


def test_our_own_port_is_no_camera_even_where_loopback_is_allowed(tmp_path: Path) -> None:
    demo = town(tmp_path, training=True)
    assert register(demo, "rtsp://127.0.0.1:8080/s").status_code == 422
    assert register(demo, "rtsp://127.0.0.1:8554/s").status_code == 201


def test_with_a_list_only_the_listed_private_networks_have_cameras(tmp_path: Path) -> None:
    place = town(tmp_path)
    place.wiring.settings.put(SETTING, ["10.1.0.0/16"])
    assert register(place, "rtsp://10.1.2.3/s", "dalam").status_code == 201
    assert register(place, "rtsp://198.51.100.7/s", "umum").status_code in (201, 422)
    for other in ("10.2.0.1", "192.168.1.5", "172.16.0.9", "[fd12::1]", "[::ffff:192.168.1.5]"):
        assert register(place, f"rtsp://{other}/s").status_code == 422


def test_the_machines_own_networks_are_proposed(tmp_path: Path) -> None:
    routes = tmp_path / "route"
    routes.write_text(
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "eth0\t0001010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        "eth1\t0000FEA9\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
    )
    assert own_networks(routes) == ["10.1.1.0/24"]
    assert own_networks(tmp_path / "none") == []
