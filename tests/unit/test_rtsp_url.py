"""Camera addresses: passwords with odd signs, and what is refused."""

import pytest

from ronda.media.rtsp_url import WrongUrlError, parse_rtsp_url


@pytest.mark.parametrize(
    ("text", "host", "port", "user", "password", "request_url"),
    [
        ("rtsp://10.0.0.5/a", "10.0.0.5", 554, None, "", "rtsp://10.0.0.5/a"),
        ("rtsp://admin:p@ss@cam/a?b=1", "cam", 554, "admin", "p@ss", "rtsp://cam/a?b=1"),
        ("rtsp://u:100%25@cam:8554/", "cam", 8554, "u", "100%", "rtsp://cam:8554/"),
        ("rtsp://u:100%x@cam:554", "cam", 554, "u", "100%x", "rtsp://cam:554"),
        ("RTSP://u:a:b@[fe80::1]:88/x", "fe80::1", 88, "u", "a:b", "rtsp://[fe80::1]:88/x"),
        ("rtsps://cam/a", "cam", 322, None, "", "rtsps://cam/a"),
        ("rtsps://u:hush@cam:443/a", "cam", 443, "u", "hush", "rtsps://cam:443/a"),
        ("rtsp://cam?ch=1", "cam", 554, None, "", "rtsp://cam/?ch=1"),
    ],
)
def test_an_address_is_taken_apart(text, host, port, user, password, request_url):
    """The user part ends at the last @; the request never holds it."""
    url = parse_rtsp_url(text)
    assert (url.host, url.port, url.user, url.password) == (host, port, user, password)
    assert url.request_url == request_url
    assert password == "" or password not in repr(url)


@pytest.mark.parametrize(
    "text",
    [
        "http://cam/a",
        "rtsp+tls://cam/a",
        "rtsp://cam/" + "a" * 5000,
        "cam/a",
        "rtsp:///a",
        "rtsp://u:secret@/a",
        "rtsp://cam:0/a",
        "rtsp://cam:99999/a",
        "rtsp://cam:٣٣/a",
        "rtsp://[::1/a",
        "rtsp://u:secret@cam/a b",
        "exec:rm",
    ],
)
def test_what_is_no_camera_address_is_refused_without_its_password(text: str):
    """One sentence with the next step, and no secret in it."""
    with pytest.raises(WrongUrlError) as caught:
        parse_rtsp_url(text)
    assert "Next:" in str(caught.value)
    assert "secret" not in str(caught.value)
