"""Where the recorder may connect, how often, and whom it wakes: the pure rules of the control plane."""

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ronda.media.digest import MOST_REFUSALS, Authenticator, Scheme, digest_response
from ronda.media.errors import RtspRefusedError
from ronda.media.rtsp_client import RtspClient
from ronda.media.rtsp_policy import Limits
from ronda.media.rtsp_redirect import AddressClass, address_class, check_address, follow
from ronda.media.rtsp_transport import granted, receiver_report
from ronda.media.rtsp_url import WrongUrlError, parse_rtsp_url
from ronda.video.cameras_file import read_cameras
from ronda.video.connect.back_off import SEEN_LONGEST_S, BackOff
from ronda.video.connect.pace import AGAIN_PER_S, FIRST_PER_S, OpeningPace
from ronda.video.connect.pins import Pins, Shown
from ronda.video.connect.pulse import FIRST_FRAME_US, SILENCE_US, Beat, Watch
from ronda.video.engine.port import StreamStats
from ronda.video.gap_cause import Finding

HOME = parse_rtsp_url("rtsp://u:hush@cam/live")
SECOND = 1_000_000


# -- addresses and redirects -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("10.1.2.3", AddressClass.OPEN),
        ("203.0.113.9", AddressClass.OPEN),
        ("127.0.0.1", AddressClass.LOOPBACK),
        ("127.9.9.9", AddressClass.LOOPBACK),
        ("::1", AddressClass.LOOPBACK),
        ("::ffff:127.0.0.1", AddressClass.LOOPBACK),
        ("169.254.3.4", AddressClass.LINK_LOCAL),
        ("fe80::1%eth0", AddressClass.LINK_LOCAL),
        ("169.254.169.254", AddressClass.METADATA),
        ("::ffff:169.254.169.254", AddressClass.METADATA),
        ("fd00:ec2::254", AddressClass.METADATA),
        ("0.0.0.0", AddressClass.NOWHERE),
        ("224.0.0.1", AddressClass.NOWHERE),
        ("255.255.255.255", AddressClass.NOWHERE),
    ],
)
def test_an_address_has_one_class_however_it_is_written(address: str, found: AddressClass):
    """N6: an IPv4 address inside an IPv6 one counts as itself."""
    assert address_class(address) is found


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.0.0.1"])
def test_a_host_in_an_odd_spelling_is_refused(host: str):
    """N6: the resolver would take it for 127.0.0.1; people would not."""
    with pytest.raises(WrongUrlError, match="odd way"):
        check_address(parse_rtsp_url(f"rtsp://{host}/a"), "127.0.0.1")


@pytest.mark.parametrize("resolved", ["169.254.169.254", "0.0.0.0", "239.1.1.1"])
def test_no_camera_lives_at_a_metadata_service_or_nowhere(resolved: str):
    """N6: whatever its name is."""
    with pytest.raises(WrongUrlError):
        check_address(parse_rtsp_url("rtsp://camera.example/a"), resolved)


@pytest.mark.parametrize("resolved", ["127.0.0.1", "169.254.1.1", "169.254.169.254", "::1", "0.0.0.0"])
def test_a_redirect_never_leads_inside(resolved: str):
    """N6 and N75: unless the owner's own address was there."""
    target = parse_rtsp_url("rtsp://elsewhere/a")
    with pytest.raises(RtspRefusedError, match="not followed"):
        check_address(target, resolved, AddressClass.OPEN)
    assert check_address(target, "10.0.0.9", AddressClass.OPEN) is AddressClass.OPEN
    assert check_address(target, "127.0.0.2", AddressClass.LOOPBACK) is AddressClass.LOOPBACK


def test_credentials_follow_to_the_same_host_only():
    """And what a Location brings along of its own is never used."""
    same = follow(HOME, ("rtsp://cam/live",), "rtsp://cam:8554/other", Limits())
    other = follow(HOME, ("rtsp://cam/live",), "rtsp://mallory:pw@evil/other", Limits())
    assert (same.user, same.password, same.port) == ("u", "hush", 8554)
    assert (other.user, other.password, other.host) == (None, "", "evil")


@pytest.mark.parametrize(
    ("seen", "location", "says"),
    [
        (("rtsp://cam/live",), "rtsp://cam/live", "circle"),
        (("rtsp://cam/live", "rtsp://b/1"), "rtsp://b/1", "circle"),
        (tuple(f"rtsp://cam/{n}" for n in range(6)), "rtsp://cam/9", "more than 5 times"),
        (("rtsp://cam/live",), "http://cam/live", "cannot be used"),
        (("rtsp://cam/live",), "file:///etc/passwd", "cannot be used"),
        (("rtsp://cam/live",), None, "cannot be used"),
        (("rtsp://cam/live",), "rtsp://a b/", "cannot be used"),
    ],
)
def test_redirects_that_are_not_followed(seen: tuple[str, ...], location: str | None, says: str):
    """One sentence with the next step, and no password in it."""
    with pytest.raises(RtspRefusedError, match=says) as caught:
        follow(HOME, seen, location, Limits())
    assert "hush" not in str(caught.value)


def test_a_redirect_never_takes_the_encryption_away():
    """The password would go over the line in the clear."""
    with pytest.raises(RtspRefusedError, match="TLS"):
        follow(parse_rtsp_url("rtsps://u:p@cam/a"), (), "rtsp://cam/a", Limits())


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_any_location_is_an_address_or_refused(location: str):
    """N75: from a hostile camera."""
    try:
        found = follow(HOME, ("rtsp://cam/live",), location, Limits())
    except RtspRefusedError as refusal:
        assert "hush" not in str(refusal)  # noqa: PT017 - most examples are refused, some are not
        return
    assert found.password in ("", "hush")
    assert found.password == "" or found.host.lower() == "cam"


@given(st.text(max_size=120), st.booleans())
@settings(max_examples=200)
def test_any_transport_line_is_granted_or_refused(text: str, by_udp: bool):
    """N78: negative ports, channels beyond 255, format strings."""
    for line in (text, f"RTP/AVP/TCP;interleaved={text}", f"RTP/AVP;client_port=5000-5001;server_port={text}"):
        try:
            found = granted(line, (0, 1), (5000, 5001) if by_udp else None)
        except Exception as fault:
            assert type(fault).__name__ in ("RtspRefusedError", "RtspSyntaxError")  # noqa: PT017
            continue
        assert 0 <= found.rtp_channel <= 255
        assert found.udp is None or found.udp.server_ports is None or min(found.udp.server_ports) > 0


def test_the_receiver_report_is_whole_packets():
    """RFC 3550: lengths in 32-bit words, minus one."""
    data, kinds = receiver_report(7), []
    while data:
        size = 4 * (int.from_bytes(data[2:4], "big") + 1)
        kinds.append(data[1])
        data = data[size:]
    assert kinds == [201, 202]


# -- pace --------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 300_000), min_size=1, max_size=400))
@settings(max_examples=100)
def test_no_second_holds_more_than_20_openings_after_faults(waits: list[int]):
    """Wherever the second begins, and however the wishes come."""
    pace, now, slots = OpeningPace(), 0, []
    for wait in waits:
        now += wait
        slots.append(pace.slot(now, first=False))
        assert slots[-1] >= now
    assert slots == sorted(slots)
    for index, at in enumerate(slots):
        assert sum(at <= other < at + SECOND for other in slots[index:]) <= AGAIN_PER_S


@given(st.lists(st.booleans(), min_size=1, max_size=600))
@settings(max_examples=60)
def test_no_second_holds_more_than_150_openings_after_our_start(firsts: list[bool]):
    """All wish at once; those that failed already keep the slower pace."""
    pace = OpeningPace()
    slots = [(pace.slot(0, first=first), first) for first in firsts]
    for index, (at, _) in enumerate(slots):
        window = [first for other, first in slots[index:] if other < at + SECOND]
        assert len(window) <= FIRST_PER_S
        assert window.count(False) <= AGAIN_PER_S


def test_500_cameras_are_tried_once_each_within_30_s_after_a_fault_and_4_s_after_a_start():
    """R7: 95 % recording again within 30 s needs a slot for each before."""
    pace = OpeningPace()
    assert max(pace.slot(0, first=True) for _ in range(500)) < 4 * SECOND
    pace = OpeningPace()
    assert max(pace.slot(0, first=False) for _ in range(500)) < 26 * SECOND


@given(st.integers(0, 60), st.floats(0, 1))
def test_a_camera_seen_in_the_last_day_waits_at_most_5_s(failures: int, chance: float):
    """Each second waited is footage lost; a wrong password stays careful."""
    back_off = BackOff(failures=failures)
    assert 0 < back_off.failed(Finding.HOST_SILENT, chance, seen_lately=True) <= SEEN_LONGEST_S
    assert BackOff(failures=failures).failed(Finding.HOST_SILENT, chance) <= 45
    assert BackOff(failures=failures).failed(Finding.WRONG_PASSWORD, chance, seen_lately=True) >= 10


# -- pulse -------------------------------------------------------------------------------------------


def watch_of(**more: int) -> Watch:
    return Watch(added_us=0, keepalive_us=more.get("keepalive_us", 10**12), tell=lambda _: None)


def came(last_us: int, refused: int = 0, damaged: int = 0, lost: int = 0) -> StreamStats:
    return StreamStats(last_frame_us=last_us, refused_packets=refused, damaged=damaged, lost_packets=lost)


@pytest.mark.parametrize(
    ("every_s", "lost", "strange"), [(1, 0, True), (10, 0, True), (13, 0, False), (1, 1, False)]
)
def test_what_is_not_of_the_described_codec_is_told_once_and_a_lossy_line_never_is(
    every_s: int, lost: int, strange: bool
):
    """Refused packets and damaged pictures, again and again, with none lost on the way."""
    watch, told = watch_of(), []
    for at_s in range(1, 121):
        count = at_s // every_s
        told += watch.look(at_s * SECOND, came(at_s * SECOND, refused=count, damaged=count, lost=lost * count))
    assert told.count(Beat.STRANGE) == strange


def test_a_stream_is_told_once_that_it_plays_falls_quiet_and_is_silent():
    """The keeper sleeps in between."""
    watch = watch_of()
    assert watch.look(1 * SECOND, None) == []
    assert watch.is_opening
    assert watch.look(2 * SECOND, came(2 * SECOND)) == [Beat.PLAYS]
    assert watch.look(3 * SECOND, came(3 * SECOND)) == []
    assert watch.look(8 * SECOND, came(3 * SECOND)) == [Beat.QUIET]
    assert watch.look(9 * SECOND, came(9 * SECOND)) == [Beat.PLAYS]
    assert watch.look(9 * SECOND + SILENCE_US + 1, came(9 * SECOND)) == [Beat.SILENT]
    assert watch.look(60 * SECOND, came(9 * SECOND)) == []


def test_a_stream_that_never_gives_a_picture_is_silent_after_15_s():
    """A little longer than in the middle: some cameras wait for their next key frame."""
    watch = watch_of()
    assert watch.look(FIRST_FRAME_US, None) == []
    assert watch.look(FIRST_FRAME_US + 1, None) == [Beat.SILENT]


@given(st.integers(2, 25), st.lists(st.integers(1, 3000), min_size=1, max_size=200))
def test_keepalives_come_once_in_their_time(every_s: int, waits_ms: list[int]):
    """Never later than a look after they are due."""
    watch, now, asked = watch_of(keepalive_us=every_s * SECOND), 0, 0
    for wait in waits_ms:
        now += wait * 1000
        if Beat.KEEPALIVE in watch.look(now, came(now)):
            assert now - asked >= every_s * SECOND
            asked = now
        assert now - asked < every_s * SECOND


# -- pins and entries --------------------------------------------------------------------------------


def test_the_first_certificate_is_pinned_for_good(tmp_path: Path):
    """N79: over restarts; a change is told each time until a person takes the line out."""
    path = tmp_path / "pins.json"
    assert Pins(path).check("cam:322", "aa") is Shown.FIRST
    again = Pins(path)
    assert again.check("cam:322", "aa") is Shown.SAME
    assert again.check("cam:322", "bb") is Shown.CHANGED
    assert Pins(path).check("cam:322", "bb") is Shown.CHANGED
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"cam:322": "aa"}


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}'])
def test_a_broken_list_of_pins_pins_nothing_anew(tmp_path: Path, content: str):
    """Else whoever breaks the file could change a certificate unseen."""
    path = tmp_path / "pins.json"
    path.write_text(content)
    with pytest.raises(OSError, match="Next:"):
        Pins(path).check("cam:322", "aa")


def test_what_a_cameras_entry_says_of_sound_transport_and_certificates(tmp_path: Path):
    """Sound only where the entry says true in so many letters."""
    path = tmp_path / "cameras.json"
    rows = [
        {"camera": "a", "url": "rtsp://a/"},
        {
            "camera": "b",
            "url": "rtsp://b/",
            "sound": True,
            "transport": "udp",
            "tls_goes_on": True,
            "record_sub": True,
        },
        {"camera": "c", "url": "rtsp://c/", "sound": "true"},
        {"camera": "d", "url": "rtsp://d/", "transport": "pigeon"},
    ]
    path.write_text(json.dumps(rows))
    cameras, refused = read_cameras(path)
    assert [(one.sound, one.transport, one.tls_goes_on, one.record_sub) for one in cameras] == [
        (False, "auto", False, False),
        (True, "udp", True, True),
        (False, "auto", False, False),
    ]
    assert len(refused) == 1
    assert "pigeon" in refused[0]


# -- passwords ---------------------------------------------------------------------------------------


def test_refusals_in_a_row_end_although_each_brings_a_new_nonce():
    """N75: whatever the dialogue would allow, the sixth refusal in a row is the last that is answered."""
    auth = Authenticator("u", "p", make_cnonce=lambda: "c")
    taken = [auth.take_challenge([f'Digest realm="r", nonce="{n}", stale=true']) for n in range(20)]
    assert taken == [True] * MOST_REFUSALS + [False] * (20 - MOST_REFUSALS)
    auth.worked()
    assert auth.take_challenge(['Digest realm="r", nonce="new"'])


def test_a_camera_that_refuses_every_keepalive_is_soon_asked_no_more():
    """Each refused request may count towards a lock-out: RTCP reports need no password."""
    client = RtspClient(parse_rtsp_url("rtsp://u:p@cam/live"), make_cnonce=lambda: "c")
    sdp = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    body = f"Content-Length: {len(sdp)}\r\n\r\n{sdp}"
    for number, rest in enumerate(("Public: GET_PARAMETER\r\n\r\n", body, "\r\n", "\r\n"), start=1):
        client.feed(f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n{rest}".encode())
    asked = 0
    client.to_send()
    for turn in range(40):
        sent = client.keepalive()
        while b"RTSP/1.0" in sent:
            asked += 1
            challenge = f'WWW-Authenticate: Digest realm="r", nonce="{turn}-{asked}"'
            client.feed(f"RTSP/1.0 401 No\r\n{challenge}\r\n\r\n".encode())
            sent = client.to_send()
    assert asked <= 6
    assert sent == client.keepalive()
    assert sent.startswith(b"$\x01")


def test_the_digests_are_those_of_the_standard():
    """RFC 7616, 3.9.1: the example's own figures, MD5 and SHA-256."""
    parts = {
        "user": "Mufasa",
        "password": "Circle of Life",
        "realm": "http-auth@example.org",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "method": "GET",
        "uri": "/dir/index.html",
        "qop": ("00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"),
    }
    assert digest_response(Scheme.DIGEST_MD5, **parts) == "8ca523f5e9506fed4657c9700eebdbec"
    assert (
        digest_response(Scheme.DIGEST_SHA256, **parts)
        == "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    )
