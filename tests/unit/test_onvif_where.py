"""Which addresses a probe may ask: refused are those where no camera stands (N6)."""

import ipaddress
import socket

import pytest

from ronda.video.onvif import where
from ronda.video.onvif.errors import CameraSilentError, ForbiddenPlaceError
from ronda.video.onvif.where import Place, moved, networks_of_setting, place_of

FORBIDDEN = (
    "127.0.0.1", "127.8.9.1", "::1", "169.254.169.254", "169.254.1.1", "fe80::1", "0.0.0.0", "::", "224.0.0.1",
    "255.255.255.255", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "0177.0.0.1", "0x7f.0.0.1", "2130706433",
    "127.1", "localhost", "10.0.0.5@127.0.0.1", "10.0.0.5#a", "10.0.0.5 ", "", "a..b", "-a.id", "0x7f000001",
)  # fmt: skip


@pytest.mark.parametrize("host", FORBIDDEN)
def test_no_camera_stands_there(host: str) -> None:
    with pytest.raises(ForbiddenPlaceError):
        place_of(host, 80)


def test_an_address_of_this_machine_is_refused_on_whatever_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(where, "is_own", lambda address: str(address) == "10.9.8.7")
    with pytest.raises(ForbiddenPlaceError, match="this machine itself"):
        place_of("10.9.8.7", 80)
    assert place_of("10.9.8.6", 80) == Place(host="10.9.8.6", address="10.9.8.6", port=80)


def test_a_name_is_refused_when_any_of_its_addresses_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolved(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("10.0.0.5", 80)), (2, 1, 6, "", ("127.0.0.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(ForbiddenPlaceError, match=r"kamera\.contoh\.id \(127\.0\.0\.1\)"):
        place_of("kamera.contoh.id", 80)


def test_a_name_is_pinned_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.5", 80))])
    assert place_of("kamera.contoh.id", 80).address == "10.0.0.5"


def test_a_name_that_leads_nowhere_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", none)
    with pytest.raises(CameraSilentError, match="leads nowhere"):
        place_of("kamera.contoh.id", 80)


def test_the_office_may_allow_a_network_by_name() -> None:
    allowed = networks_of_setting("127.0.0.0/8, 169.254.0.0/16")
    assert place_of("127.0.0.1", 80, allowed=allowed).address == "127.0.0.1"
    assert place_of("::ffff:127.0.0.1", 80, allowed=allowed).host == "::ffff:127.0.0.1"
    with pytest.raises(ForbiddenPlaceError):
        place_of("169.254.169.254", 80, allowed=allowed)
    with pytest.raises(ForbiddenPlaceError, match="which is no network"):
        networks_of_setting("10.0.0.300/8")
    assert networks_of_setting("") == ()


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        ("http://192.168.0.19/onvif/media", "http://10.0.0.5:8080/onvif/media"),
        ("http://10.0.0.5:81/onvif/media?a=b", "http://10.0.0.5:81/onvif/media?a=b"),
        ("rtsp://192.168.0.19:554/live?x=1", "rtsp://10.0.0.5:554/live?x=1"),
        ("rtsp://admin:pw@192.168.0.19/live", "rtsp://10.0.0.5/live"),
        ("file:///etc/passwd", ""),
        ("http://192.168.0.19:99999/", ""),
        ("http://a b/", ""),
        ("", ""),
    ],
)
def test_an_answer_never_leads_to_another_host(named: str, asked: str) -> None:
    assert moved(named, Place(host="10.0.0.5", address="10.0.0.5", port=8080)) == asked


def test_this_machine_knows_its_own_addresses() -> None:
    assert where.is_own(ipaddress.ip_address("127.0.0.1"))
    assert not where.is_own(ipaddress.ip_address("203.0.113.77"))
