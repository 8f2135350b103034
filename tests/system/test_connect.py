"""Opening a session against real sockets: UDP, TLS, redirects, and other sides that mean no good.

Limits are small, so that an endless dialogue ends in a moment; every test ends by its own limit.
"""

import asyncio
import contextlib
import datetime as dt
import json
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.camera_kit import recorder_in, test_camera, until

from ronda.core.ids import CameraId, sub_stream
from ronda.core.time import TimeSpan
from ronda.media.errors import MediaError, RtspAuthError, RtspRefusedError, RtspSyntaxError, SdpError
from ronda.media.rtsp_client import Wishes
from ronda.media.rtsp_policy import Limits
from ronda.media.rtsp_transport import Transport
from ronda.media.rtsp_url import WrongUrlError, parse_rtsp_url
from ronda.store.disk.index import SqliteIndex
from ronda.video.cameras_file import CameraConfig
from ronda.video.connect.failure import (
    AnswerLateError,
    CertificateChangedError,
    ClosedEarlyError,
    advice,
    evidence_of,
)
from ronda.video.connect.pins import Pins
from ronda.video.connect.session import OpenLimits, Session, Trust, open_session
from ronda.video.engine.port import StreamKey
from ronda.video.model import GapCause

QUICK = OpenLimits(connect_s=0.5, answer_s=0.4, open_s=1.5, dialogue=Limits(messages=20))
CANARY = "kenari-7f3a"
SDP = (
    "v=0\r\ns=x\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:v\r\n"
    "m=audio 0 RTP/AVP 8\r\na=control:a\r\n"
)
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


@contextlib.asynccontextmanager
async def listening(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on loopback; gives its port. Whatever it does ends with the test."""
    tasks: set[asyncio.Task[object]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answers(*script: str, asked: list[str] | None = None, then: Serve | None = None) -> Serve:
    """A server that gives these answers in turn, the last for ever; or does something else `then`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = list(script)
        while left or then is None:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            if asked is not None:
                asked.append(request)
            cseq = next(line for line in request.split("\r\n") if line.startswith("CSeq"))
            head, _, body = (left.pop(0) if len(left) > 1 or then is not None else left[0]).partition("\r\n\r\n")
            length = f"\r\nContent-Length: {len(body)}" if body else ""
            writer.write(f"{head}\r\n{cseq}{length}\r\n\r\n{body}".encode())
            await writer.drain()
        await then(reader, writer)  # type: ignore[misc]

    return serve


OK = "RTSP/1.0 200 OK"
DESCRIBED = f"{OK}\r\n\r\n{SDP}"
GRANTED = f"{OK}\r\nSession: 7\r\nTransport: RTP/AVP/TCP;interleaved=0-1"
PLAYS = (OK, DESCRIBED, GRANTED, OK)


def address(port: int, scheme: str = "rtsp") -> str:
    return f"{scheme}://u:{CANARY}@127.0.0.1:{port}/live"


async def opened(port: int, *, scheme: str = "rtsp", **more: object) -> Session:
    more.setdefault("limits", QUICK)
    return await open_session(parse_rtsp_url(address(port, scheme)), **more)  # type: ignore[arg-type]


# -- other sides that mean no good (N75, N78) --------------------------------------------------------


async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def one_byte_a_time(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"R")
        await writer.drain()
        await asyncio.sleep(0.1)


async def endless_header(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"RTSP/1.0 200 OK\r\n")
    while True:
        writer.write(b"X-Filler: " + b"a" * 4000 + b"\r\n")
        await writer.drain()


async def endless_messages(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\n" * 10)
        await writer.drain()


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10)


async def speaks_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()
    await asyncio.Event().wait()


HUGE = "a=x:" + "y" * 1020 + "\r\n"


@pytest.mark.parametrize(
    ("serve", "error"),
    [
        (never, AnswerLateError),
        (one_byte_a_time, AnswerLateError),
        (endless_header, RtspSyntaxError),
        (endless_messages, RtspSyntaxError),
        (hangs_up, ClosedEarlyError),
        (speaks_http, RtspSyntaxError),
        (answers(OK, f"{OK}\r\nContent-Length: -5"), RtspSyntaxError),
        (answers(OK, f"{OK}\r\nContent-Length: 99999999"), RtspSyntaxError),
        (answers(OK, f"{OK}\r\n\r\n{HUGE * 1000}"), MediaError),
        (answers(OK, f"{OK}\r\n\r\n" + "m=video -1 RTP/AVP %s%n%x\r\n" * 65), SdpError),
        (answers("RTSP/1.0 %s%n OK"), RtspSyntaxError),
        (answers(OK, DESCRIBED, f"{OK}\r\nTransport: RTP/AVP/TCP;interleaved=999-1000"), RtspSyntaxError),
        (answers("RTSP/1.0 401 No\r\nWWW-Authenticate: Digest realm=r"), RtspAuthError),
        (answers(OK, "RTSP/1.0 454 Session Not Found"), RtspRefusedError),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_a_hostile_camera_is_told_in_one_sentence_and_holds_nothing_up(serve: Serve, error: type[Exception]):
    """N75 and N78: a time-out or a refusal, bounded by the limits; the password in no word of it."""
    async with asyncio.timeout(10), listening(serve) as port:
        with pytest.raises(error) as caught:
            await opened(port)
    evidence = evidence_of(caught.value, f"127.0.0.1:{port}")
    assert CANARY not in str(caught.value) + evidence.sentence() + advice(evidence)
    assert "\n" not in evidence.sentence()
    assert len(evidence.sentence()) < 600


async def test_an_endless_change_of_nonces_is_a_wrong_password_after_three_requests():
    """N75: trying on would lock the account."""
    asked: list[str] = []
    challenges = [f'RTSP/1.0 401 No\r\nWWW-Authenticate: Digest realm="r{n}", nonce="{n}"' for n in range(50)]
    async with listening(answers(OK, *challenges, asked=asked)) as port:
        with pytest.raises(RtspAuthError):
            await opened(port)
    assert len(asked) == 4
    assert CANARY not in "".join(asked)


async def test_a_camera_that_takes_nothing_more_is_not_waited_for():
    """N75, zero window: a request that does not leave within its time ends the attempt."""
    async with listening(answers(*PLAYS, then=never)) as port:
        session = await opened(port)
        with pytest.raises(AnswerLateError):
            await session.send(b"x" * 100_000_000)
        session.close()


# -- redirects ---------------------------------------------------------------------------------------


async def test_a_redirect_is_followed_and_the_password_stays_with_its_host():
    """The second server is another host by name: it gets no credentials, whatever it asks."""
    asked: list[str] = []
    challenge = 'RTSP/1.0 401 No\r\nWWW-Authenticate: Basic realm="r"'
    async with listening(answers(challenge, asked=asked)) as second:
        location = f"RTSP/1.0 302 Moved\r\nLocation: rtsp://localhost:{second}/b"
        async with listening(answers(OK, location)) as first:
            with pytest.raises(RtspAuthError):
                await opened(first)
    assert len(asked) == 1
    assert "Authorization" not in asked[0]


async def test_a_redirect_to_the_same_host_takes_the_password_along_and_plays():
    """A camera that moved its stream to another port."""
    asked: list[str] = []
    challenge = 'RTSP/1.0 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n"'
    async with listening(answers(OK, challenge, DESCRIBED, GRANTED, OK, asked=asked)) as second:
        location = f"RTSP/1.0 301 Moved\r\nLocation: rtsp://127.0.0.1:{second}/b"
        async with listening(answers(location)) as first:
            session = await opened(first)
            session.close()
    assert "Digest" in asked[2]


async def test_endless_redirects_end_after_five(monkeypatch: pytest.MonkeyPatch):
    """N75: 10,000 redirects; each connection waits for the recorder's pace first."""
    asked: list[str] = []
    slots = 0

    async def slot() -> None:
        nonlocal slots
        slots += 1

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        port = writer.get_extra_info("sockname")[1]
        location = f"rtsp://127.0.0.1:{port}/{len(asked)}"
        writer.write(f"RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: {location}\r\n\r\n".encode())
        await writer.drain()

    async with listening(serve) as port:
        with pytest.raises(RtspRefusedError, match="more than 5 times"):
            await opened(port, before_redirect=slot)
    assert len(asked) == 6
    assert slots == 5


async def test_addresses_that_are_no_cameras_are_refused_before_anything_is_sent():
    """N6: as far as the recorder decides it."""
    for host in ("169.254.169.254", "0.0.0.0", "2130706433", "[::ffff:169.254.169.254]"):
        with pytest.raises(WrongUrlError):
            await open_session(parse_rtsp_url(f"rtsp://u:{CANARY}@{host}/a"), limits=QUICK)


# -- UDP ---------------------------------------------------------------------------------------------


async def test_udp_sockets_are_bound_in_pairs_and_the_way_is_opened():
    """461 to TCP: an even port and the next; our first packet reaches the camera's port."""
    loop = asyncio.get_running_loop()
    came: list[bytes] = []

    class Camera(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, source: object) -> None:
            came.append(data)

    ends = [await loop.create_datagram_endpoint(Camera, local_addr=("127.0.0.1", 0)) for _ in range(2)]
    ports = [end[0].get_extra_info("sockname")[1] for end in ends]
    asked: list[str] = []
    grant = f"{OK}\r\nSession: 7\r\nTransport: RTP/AVP;unicast;server_port={ports[0]}-{ports[1]}"
    script = (OK, DESCRIBED, "RTSP/1.0 461 Unsupported Transport", grant, grant, OK)
    async with listening(answers(*script, asked=asked)) as port:
        session = await opened(port, wishes=Wishes(sound=True))
        await until(lambda: len(came) >= 2, 5)
        spec = session.spec(StreamKey(1), record=True)
        assert session.by_udp
        assert spec.udp is not None
        assert spec.audio is not None
        assert spec.audio.udp is not None
        pairs = [(one.rtp.getsockname()[1], one.rtcp.getsockname()[1]) for one in (spec.udp, spec.audio.udp)]
        assert all(rtp % 2 == 0 and rtcp == rtp + 1 for rtp, rtcp in pairs)
        assert f"client_port={pairs[0][0]}-{pairs[0][1]}" in asked[3]
        session.close()
        assert spec.udp.rtp.fileno() == -1
    for end in ends:
        end[0].close()


async def test_no_udp_socket_stays_open_when_the_camera_refuses_after_all():
    """Nothing half done."""
    script = (OK, DESCRIBED, "RTSP/1.0 461 Unsupported Transport", "RTSP/1.0 500 No")
    before = len(list(Path("/proc/self/fd").iterdir()))
    async with listening(answers(*script)) as port:
        with pytest.raises(RtspRefusedError):
            await opened(port)
    await asyncio.sleep(0)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1


# -- TLS ---------------------------------------------------------------------------------------------


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """A server's context with a certificate it signed itself, as cameras do."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=30))  # long over: R12, it never stops recording
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def test_tls_gives_the_engine_plain_bytes_both_ways(tmp_path: Path):
    """A megabyte of packets through the pump, whole and in order; a keepalive the other way."""
    sent = bytes(range(256)) * 4096
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in PLAYS:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            cseq = next(line for line in request.split("\r\n") if line.startswith("CSeq"))
            head, _, body = answer.partition("\r\n\r\n")
            writer.write(f"{head}\r\n{cseq}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        writer.write(sent)
        await writer.drain()
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())

    loop = asyncio.get_running_loop()
    async with asyncio.timeout(20), listening(serve, certificate(tmp_path, "cam")) as port:
        session = await opened(port, scheme="rtsps")
        got = session.playing.early
        while len(got) < len(sent):
            got += await loop.sock_recv(session.sock, 65_536)
        assert got == sent
        await session.send(session.client.keepalive())
        await until(lambda: asked, 5)
        assert await loop.sock_recv(session.sock, 100) == b""
        session.close()
    assert asked[0].startswith("OPTIONS rtsps://127.0.0.1")


async def test_a_changed_certificate_gets_no_password_and_is_an_alarm(tmp_path: Path):
    """N79: refused, unless the camera's entry says that recording goes on; then it plays with a sentence."""
    pins, asked = Pins(tmp_path / "pins.json"), []
    async with listening(answers(*PLAYS, asked=asked), certificate(tmp_path, "first")) as port:
        for _ in range(2):
            session = await opened(port, scheme="rtsps", trust=Trust(pins=pins))
            assert session.line.alarm is None
            session.close()
    known = json.loads((tmp_path / "pins.json").read_text())
    asked.clear()
    async with listening(answers(*PLAYS, asked=asked), certificate(tmp_path, "second")) as other:
        (tmp_path / "pins.json").write_text(json.dumps({f"127.0.0.1:{other}": next(iter(known.values()))}))
        pins = Pins(tmp_path / "pins.json")
        with pytest.raises(CertificateChangedError) as caught:
            await opened(other, scheme="rtsps", trust=Trust(pins=pins))
        assert asked == []
        assert "Next:" in advice(evidence_of(caught.value, "place"))
        session = await opened(other, scheme="rtsps", trust=Trust(pins=pins, goes_on=True))
        assert "recorded on, as its entry says" in (session.line.alarm or "")
        session.close()


async def test_rtsps_to_a_camera_without_tls_is_told(tmp_path: Path):
    """Not a time-out for ever."""
    async with listening(speaks_http) as port:
        with pytest.raises(ssl.SSLError) as caught:
            await opened(port, scheme="rtsps")
    assert "RTSPS port" in advice(evidence_of(caught.value, "cam:1"))


# -- through the recorder ----------------------------------------------------------------------------


async def test_one_cameras_fault_costs_no_other_a_frame_and_no_word_holds_a_password(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """A good camera beside hostile ones, over open, fail and redirect; then everything is searched."""
    caplog.set_level(logging.DEBUG)
    moved = answers(OK, "RTSP/1.0 302 Moved\r\nLocation: rtsp://u2:pw@10.255.255.1:1/b?x=%s%n")
    denied = answers('RTSP/1.0 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n"')
    async with contextlib.AsyncExitStack() as stack:
        camera = await stack.enter_async_context(test_camera())
        ports = [
            await stack.enter_async_context(listening(serve))
            for serve in (never, endless_header, endless_messages, hangs_up, speaks_http, moved, denied)
        ]
        recorder = await stack.enter_async_context(recorder_in(tmp_path))
        good = CameraConfig(camera=CameraId("good"), url=camera.url.replace("//", f"//u:{CANARY}@"))
        bad = [CameraConfig(camera=CameraId(f"bad-{n}"), url=address(port)) for n, port in enumerate(ports)]
        await recorder.apply([*bad, good])
        await until(lambda: camera.frames_sent >= 60, 20)
        written = recorder.writer.recorder(good.camera)
        await until(lambda: written is not None and written.frames >= 40, 20)
        assert written is not None
        assert written.damaged == 0
        assert camera.connections == 1
        words = [repr(recorder.configs)]
        words += [f"{one.state.last_error} {one.state.alarm} {one.place}" for one in recorder.keepers.values()]
    words += [record.getMessage() for record in caplog.records]
    words += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    assert [word[:200] for word in words if CANARY in word] == []


async def test_sound_is_set_up_only_where_the_cameras_entry_allows_it(tmp_path: Path):
    """The same camera twice: the tracks it is asked for differ, nothing else."""
    for allowed in (False, True):
        asked: list[str] = []
        serve = answers(OK, DESCRIBED, GRANTED, GRANTED, OK, asked=asked)
        async with listening(serve) as port, recorder_in(tmp_path / str(allowed)) as recorder:
            config = CameraConfig(camera=CameraId("a"), url=address(port), sound=allowed)
            await recorder.apply([config])
            await until(lambda asked=asked: any(request.startswith("PLAY") for request in asked), 10)
        setups = [request.split()[1].rsplit("/", 1)[1] for request in asked if request.startswith("SETUP")]
        assert setups[:2] == (["v", "a"] if allowed else ["v"])


async def test_the_entrys_transport_is_what_is_asked_for(tmp_path: Path):
    """udp: at once, without asking for TCP first."""
    asked: list[str] = []
    serve = answers(OK, DESCRIBED, f"{OK}\r\nTransport: RTP/AVP;unicast", OK, asked=asked)
    async with listening(serve) as port, recorder_in(tmp_path) as recorder:
        await recorder.apply([CameraConfig(camera=CameraId("a"), url=address(port), transport=Transport.UDP)])
        await until(lambda: any(request.startswith("PLAY") for request in asked), 10)
    assert next(request for request in asked if "client_port" in request).startswith("SETUP")
    assert not any("interleaved" in request for request in asked)


async def test_both_streams_are_kept_where_the_entry_asks_for_it(tmp_path: Path):
    """Each in a folder and an account of time of its own; whoever watches the second one opens no third line."""
    camera_id = CameraId("a")
    async with test_camera() as main, test_camera() as second, recorder_in(tmp_path) as recorder:
        config = CameraConfig(camera=camera_id, url=main.url, sub_url=second.url, record_sub=True)
        await recorder.apply([config])
        await until(lambda: main.frames_sent > 30 and second.frames_sent > 30)
        watched, viewer = recorder.view(camera_id, "sub")
        await asyncio.wait_for(viewer.next(), 10)
        await recorder.leave(watched, viewer)
        assert second.connections == 1
        await recorder.apply([CameraConfig(camera=camera_id, url=main.url, sub_url=second.url)])
        assert list(recorder.keepers) == [camera_id]
        assert main.connections == 1
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["a", "a~sub"]
    index = SqliteIndex(tmp_path / "index.sqlite")
    whole = TimeSpan(0, 2**62)
    assert [len(index.segments(sub_stream(camera_id), whole)), len(index.segments(camera_id, whole))] == [1, 1]
    assert [gap.cause for gap in index.gaps(sub_stream(camera_id), whole)][-1] is GapCause.PLANNED_OFF
    index.close()


async def test_a_changed_entry_connects_its_camera_anew_and_no_other(tmp_path: Path):
    """Sound that is allowed from now on is asked for from now on."""
    async with test_camera() as one, test_camera() as other, recorder_in(tmp_path) as recorder:
        before = [
            CameraConfig(camera=CameraId("one"), url=one.url),
            CameraConfig(camera=CameraId("other"), url=other.url),
        ]
        await recorder.apply(before)
        await until(lambda: one.frames_sent > 5 and other.frames_sent > 5)
        await recorder.apply([replace(before[0], sound=True), replace(before[1], retention_days=3)])
        await until(lambda: one.connections == 2)
        assert other.connections == 1


async def test_a_camera_over_tls_is_recorded_and_a_changed_certificate_is_an_alarm(tmp_path: Path):
    """N79, through the recorder: the engine reads plain bytes; then refused, or recorded with a sentence."""
    name = CameraId("a")
    async with test_camera() as camera, contextlib.AsyncExitStack() as stack:
        port = await stack.enter_async_context(listening(camera._serve, certificate(tmp_path, "cam")))
        config = CameraConfig(camera=name, url=address(port, "rtsps"))
        out = tmp_path / "out"
        async with recorder_in(out) as recorder:
            await recorder.apply([config])
            await until(lambda: (found := recorder.writer.recorder(name)) is not None and found.frames >= 20)
            written = recorder.writer.recorder(name)
            assert written is not None
            assert written.damaged == 0
            assert recorder.keepers[name].state.alarm is None
        pins = out / ".tls-pins.json"
        pins.write_text(json.dumps({f"127.0.0.1:{port}": "00" * 32}))
        async with recorder_in(out) as recorder:
            await recorder.apply([config])
            await until(lambda: recorder.keepers[name].state.last_error is not None)
            assert "another certificate than before" in (recorder.keepers[name].state.last_error or "")
            await recorder.apply([replace(config, tls_goes_on=True)])
            await until(lambda: recorder.keepers[name].state.state == "recording")
            assert "recorded on" in (recorder.keepers[name].state.alarm or "")
    assert json.loads(pins.read_text()) == {f"127.0.0.1:{port}": "00" * 32}


async def test_a_broken_list_of_certificates_stops_only_cameras_over_tls(tmp_path: Path):
    """R12: nothing about certificates ever stops a camera that has none."""
    async with test_camera() as camera, listening(never, certificate(tmp_path, "cam")) as port:
        out = tmp_path / "out"
        out.mkdir()
        (out / ".tls-pins.json").write_text("{")
        async with recorder_in(out) as recorder:
            await recorder.apply(
                [
                    CameraConfig(camera=CameraId("plain"), url=camera.url),
                    CameraConfig(camera=CameraId("tls"), url=address(port, "rtsps")),
                ]
            )
            await until(lambda: recorder.keepers[CameraId("plain")].state.state == "recording")
            await until(lambda: recorder.keepers[CameraId("tls")].state.last_error is not None)
            assert "no list of certificates" in (recorder.keepers[CameraId("tls")].state.last_error or "")
