"""Virtual cameras' ONVIF side: device, media, events, search and replay addresses, and answers to discovery.

One HTTP port serves every device under /<name>/device_service; discovery is answered on a UDP port that the
caller chooses (3702 and multicast on a real network). A device proves passwords as real ones do: a digest
dated more than five seconds off its own clock is refused. `lie` makes it answer as hostile or broken ones do.
"""

import base64
import io
import re
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw

from ronda.core.time import SECOND_US, TimeSpan
from ronda.media.errors import MediaError
from ronda.media.onvif.events import HintKind, read_instant_us
from ronda.media.onvif.soap import password_digest
from ronda.media.onvif.xml import Node, parse

_CLOCK_S: Final = 5
_MAX_REQUEST: Final = 64 * 1024
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_SPACES = " ".join(
    (
        'xmlns:tt="http://www.onvif.org/ver10/schema"',
        'xmlns:tds="http://www.onvif.org/ver10/device/wsdl"',
        'xmlns:trt="http://www.onvif.org/ver10/media/wsdl"',
        'xmlns:tev="http://www.onvif.org/ver10/events/wsdl"',
        'xmlns:tse="http://www.onvif.org/ver10/search/wsdl"',
        'xmlns:trp="http://www.onvif.org/ver10/replay/wsdl"',
        'xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"',
        'xmlns:wsa="http://www.w3.org/2005/08/addressing"',
        'xmlns:ter="http://www.onvif.org/ver10/error"',
    )
)
_TOPICS = {
    HintKind.MOTION: ("tns1:RuleEngine/CellMotionDetector/Motion", "IsMotion"),
    HintKind.TAMPER: ("tns1:RuleEngine/TamperDetector/Tamper", "IsTamper"),
}


class Lie(StrEnum):
    """What a hostile or broken device answers to everything."""

    BOMB = "bomb"  # entities that grow
    HUGE = "huge"  # more bytes than anybody should read
    SLOW = "slow"  # one byte a second
    HTML = "html"  # a login page
    REDIRECT = "redirect"  # go and ask somebody inside
    ELSEWHERE = "elsewhere"  # all addresses are those of another host


@dataclass(slots=True)
class VirtualDevice:
    """One device. Times are UTC in microseconds on the true clock; it shifts what it says by `clock_offset_us`."""

    name: str
    url: str
    sub_url: str | None = None
    serial: str = ""
    user: str = "admin"
    password: str = ""  # "" asks for none
    size_px: tuple[int, int] = (1280, 720)
    clock_offset_us: int = 0
    lie: Lie | None = None
    recorded: tuple[TimeSpan, ...] = ()
    replay_url: str | None = None
    reboots: int = 0
    hints: list[tuple[HintKind, bool, int]] = field(default_factory=list)

    def now_us(self) -> int:
        return time.time_ns() // 1000 + self.clock_offset_us


class VirtualOnvif:
    """Serves devices from a thread of its own; a context manager."""

    def __init__(self, devices: list[VirtualDevice], *, listen: str = "127.0.0.1", port: int = 0) -> None:
        self.devices = {device.name: device for device in devices}
        self._listen = listen
        owner = self

        class Handler(_Handler):
            onvif = owner

        self._http = ThreadingHTTPServer((listen, port), Handler)
        self._http.daemon_threads = True
        self.port = int(self._http.server_address[1])
        self._udp = socketserver.UDPServer((listen, 0), _discovery_handler(self))
        self.discovery_port = int(self._udp.server_address[1])

    def __enter__(self) -> "VirtualOnvif":
        for server in (self._http, self._udp):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._http, self._udp):
            server.shutdown()
            server.server_close()

    def address(self, name: str) -> str:
        """Of the device service."""
        return f"http://{self._listen}:{self.port}/{name}/device_service"

    def answers(self, message: str) -> Iterator[bytes]:
        """One ProbeMatches for each device."""
        for device in self.devices.values():
            address = self.address(device.name)
            if device.lie is Lie.ELSEWHERE:
                address = re.sub(r"//[^/]*", "//203.0.113.9", address)
            identity = uuid5(NAMESPACE_URL, f"ronda-sim/{device.name}")
            scopes = f"onvif://www.onvif.org/name/{device.name} onvif://www.onvif.org/hardware/SIM-1 "
            scopes += "onvif://www.onvif.org/location/Sangatta%20Utara onvif://www.onvif.org/Profile/Streaming"
            yield (
                f'<?xml version="1.0"?><s:Envelope xmlns:s="{_SOAP}"'
                ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
                ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
                f"<a:RelatesTo>{escape(message)}</a:RelatesTo></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch>"
                f"<a:EndpointReference><a:Address>urn:uuid:{identity}</a:Address></a:EndpointReference>"
                f"<d:Scopes>{scopes}</d:Scopes><d:XAddrs>{address}</d:XAddrs>"
                "</d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
            ).encode()


def _discovery_handler(owner: VirtualOnvif) -> type[socketserver.BaseRequestHandler]:
    class Discovery(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, answer_on = self.request
            try:
                message = parse(data).says("Header", "MessageID")
            except MediaError:
                return
            for answer in owner.answers(message):
                answer_on.sendto(answer, self.client_address)

    return Discovery


class _Handler(BaseHTTPRequestHandler):
    onvif: VirtualOnvif
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        device = self._device()
        if device is None or not self.path.endswith("/snapshot"):
            self._send(404, "text/plain", b"")
        elif device.password and not self._basic_fits(device):
            self._send(401, "text/plain", b"", ("WWW-Authenticate", 'Basic realm="sim"'))
        else:
            self._send(200, "image/jpeg", _picture(device))

    def do_POST(self) -> None:
        size = min(int(self.headers.get("Content-Length") or 0), _MAX_REQUEST)
        data = self.rfile.read(size)
        device = self._device()
        if device is None:
            self._send(404, "text/plain", b"")
        elif device.lie is not None and device.lie is not Lie.ELSEWHERE:
            self._lie(device.lie)
        else:
            status, body = answer(device, data, f"http://{self.headers.get('Host')}/{device.name}")
            begin = f'<?xml version="1.0"?><s:Envelope xmlns:s="{_SOAP}" {_SPACES}><s:Body>'
            self._send(status, "application/soap+xml", f"{begin}{body}</s:Body></s:Envelope>".encode())

    def _device(self) -> VirtualDevice | None:
        return self.onvif.devices.get(self.path.strip("/").partition("/")[0])

    def _basic_fits(self, device: VirtualDevice) -> bool:
        wanted = base64.b64encode(f"{device.user}:{device.password}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {wanted}"

    def _send(self, status: int, kind: str, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _lie(self, lie: Lie) -> None:
        try:
            if lie is Lie.BOMB:
                entities = "".join(f'<!ENTITY e{n} "&e{n - 1};&e{n - 1};">' for n in range(1, 30))
                bomb = f'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY e0 "ha">{entities}]><b>&e29;</b>'
                self._send(200, "application/soap+xml", bomb.encode())
            elif lie is Lie.HTML:
                self._send(200, "text/html", b"<html><body>Please sign in<br></body></html>")
            elif lie is Lie.REDIRECT:
                self._send(302, "text/plain", b"", ("Location", "http://169.254.169.254/latest/meta-data/"))
            else:
                self.send_response(200)
                self.end_headers()
                for _ in range(100):
                    self.wfile.write(b"<" if lie is Lie.SLOW else b"<a>" * 400_000)
                    self.wfile.flush()
                    time.sleep(1 if lie is Lie.SLOW else 0)
        except OSError:
            pass  # the other side has had enough
        self.close_connection = True


# -- answers -------------------------------------------------------------------------------------------


def answer(device: VirtualDevice, data: bytes, base: str) -> tuple[int, str]:
    """Status and the content of the body."""
    try:
        root = parse(data)
    except MediaError:
        return 400, fault("Sender", "WellFormed", "no XML")
    body = root.child("Body")
    if root.name != "Envelope" or body is None or not body.children:
        return 400, fault("Sender", "WellFormed", "no SOAP")
    question = body.children[0]
    handler = _ANSWERS.get(question.name)
    if handler is None:
        return 500, fault("Receiver", "ActionNotSupported", "Optional Action Not Implemented")
    if question.name != "GetSystemDateAndTime" and not _may(device, root):
        return 401, fault("Sender", "NotAuthorized", "Sender not authorized")
    if device.lie is Lie.ELSEWHERE:
        base = re.sub(r"//[^/]*", "//203.0.113.9:8080", base)
    return 200, handler(device, question, base)


def fault(code: str, subcode: str, reason: str) -> str:
    return (
        f"<s:Fault><s:Code><s:Value>s:{code}</s:Value><s:Subcode><s:Value>ter:{subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en">{escape(reason)}</s:Text></s:Reason></s:Fault>'
    )


def _may(device: VirtualDevice, root: Node) -> bool:
    if not device.password:
        return True
    token = root.first("Header", "UsernameToken")
    if token is None or token.says("Username") != device.user:
        return False
    created, nonce = token.says("Created"), base64.b64decode(token.says("Nonce") or "")
    at_us = read_instant_us(created)
    if at_us is None or abs(at_us - device.now_us()) > _CLOCK_S * SECOND_US:
        return False
    return token.says("Password") == password_digest(nonce, created, device.password)


def _date(device: VirtualDevice, _question: Node, _base: str) -> str:
    now = datetime.fromtimestamp(device.now_us() // SECOND_US, tz=UTC)
    return (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>"
        f"<tt:UTCDateTime><tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
        f"<tt:Second>{now.second}</tt:Second></tt:Time><tt:Date><tt:Year>{now.year}</tt:Year>"
        f"<tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date></tt:UTCDateTime>"
        "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def _information(device: VirtualDevice, _question: Node, _base: str) -> str:
    return (
        "<tds:GetDeviceInformationResponse><tds:Manufacturer>Ronda</tds:Manufacturer><tds:Model>SIM-1</tds:Model>"
        f"<tds:FirmwareVersion>1.0</tds:FirmwareVersion><tds:SerialNumber>{escape(device.serial or device.name)}"
        "</tds:SerialNumber><tds:HardwareId>1</tds:HardwareId></tds:GetDeviceInformationResponse>"
    )


def _capabilities(device: VirtualDevice, _question: Node, base: str) -> str:
    g = "" if device.replay_url is None else (
        f"<tt:Extension><tt:Search><tt:XAddr>{base}/search</tt:XAddr></tt:Search>"
        f"<tt:Replay><tt:XAddr>{base}/replay</tt:XAddr></tt:Replay></tt:Extension>"
    )  # fmt: skip
    return (
        "<tds:GetCapabilitiesResponse><tds:Capabilities>"
        f"<tt:Events><tt:XAddr>{base}/events</tt:XAddr></tt:Events>"
        f"<tt:Media><tt:XAddr>{base}/media</tt:XAddr></tt:Media>{g}</tds:Capabilities></tds:GetCapabilitiesResponse>"
    )


def _profiles(device: VirtualDevice, _question: Node, _base: str) -> str:
    width, height = device.size_px
    sizes = [("main", width, height)] + ([("sub", width // 2, height // 2)] if device.sub_url else [])
    return (
        "<trt:GetProfilesResponse>"
        + "".join(
            f'<trt:Profiles token="{name}"><tt:Name>{name}</tt:Name><tt:VideoSourceConfiguration token="v">'
            "<tt:SourceToken>src</tt:SourceToken></tt:VideoSourceConfiguration>"
            '<tt:VideoEncoderConfiguration token="e"><tt:Encoding>H264</tt:Encoding>'
            f"<tt:Resolution><tt:Width>{wide}</tt:Width><tt:Height>{high}</tt:Height></tt:Resolution>"
            "<tt:RateControl><tt:FrameRateLimit>10</tt:FrameRateLimit><tt:BitrateLimit>512</tt:BitrateLimit>"
            "</tt:RateControl><tt:H264><tt:GovLength>20</tt:GovLength></tt:H264></tt:VideoEncoderConfiguration>"
            "</trt:Profiles>"
            for name, wide, high in sizes
        )
        + "</trt:GetProfilesResponse>"
    )


def _stream(device: VirtualDevice, question: Node, base: str) -> str:
    url = device.sub_url if question.says("ProfileToken") == "sub" and device.sub_url else device.url
    if device.lie is Lie.ELSEWHERE:
        url = re.sub(r"//[^/:]*", "//203.0.113.9", url)
    uri = f"<tt:Uri>{escape(url)}</tt:Uri>"
    return f"<trt:GetStreamUriResponse><trt:MediaUri>{uri}</trt:MediaUri></trt:GetStreamUriResponse>"


def _snapshot(_device: VirtualDevice, _question: Node, base: str) -> str:
    uri = f"<tt:Uri>{base}/snapshot</tt:Uri>"
    return f"<trt:GetSnapshotUriResponse><trt:MediaUri>{uri}</trt:MediaUri></trt:GetSnapshotUriResponse>"


def _reboot(device: VirtualDevice, _question: Node, _base: str) -> str:
    device.reboots += 1
    return "<tds:SystemRebootResponse><tds:Message>Rebooting in 1 second</tds:Message></tds:SystemRebootResponse>"


def _subscribe(_device: VirtualDevice, _question: Node, base: str) -> str:
    return (
        "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>"
        f"<wsa:Address>{base}/pull</wsa:Address></tev:SubscriptionReference></tev:CreatePullPointSubscriptionResponse>"
    )


def _pull(device: VirtualDevice, _question: Node, _base: str) -> str:
    """Waits up to a second for something to tell."""
    for _ in range(20):
        if device.hints:
            break
        time.sleep(0.05)
    taken, device.hints[:] = list(device.hints), []
    messages = "".join(
        f"<wsnt:NotificationMessage><wsnt:Topic>{_TOPICS[kind][0]}</wsnt:Topic><wsnt:Message>"
        f'<tt:Message UtcTime="{_instant(at_us + device.clock_offset_us)}" PropertyOperation="Changed"><tt:Data>'
        f'<tt:SimpleItem Name="{_TOPICS[kind][1]}" Value="{str(on).lower()}"/></tt:Data></tt:Message>'
        "</wsnt:Message></wsnt:NotificationMessage>"
        for kind, on, at_us in taken
    )
    return f"<tev:PullMessagesResponse>{messages}</tev:PullMessagesResponse>"


def _unsubscribe(_device: VirtualDevice, _question: Node, _base: str) -> str:
    return "<wsnt:UnsubscribeResponse/>"


def _find(_device: VirtualDevice, _question: Node, _base: str) -> str:
    return "<tse:FindRecordingsResponse><tse:SearchToken>s1</tse:SearchToken></tse:FindRecordingsResponse>"


def _results(device: VirtualDevice, _question: Node, _base: str) -> str:
    rows = "".join(
        f"<tt:RecordingInformation><tt:RecordingToken>rec{number}</tt:RecordingToken><tt:Track>"
        "<tt:TrackToken>v</tt:TrackToken><tt:TrackType>Video</tt:TrackType>"
        f"<tt:DataFrom>{_instant(span.start_us + device.clock_offset_us)}</tt:DataFrom>"
        f"<tt:DataTo>{_instant(span.end_us + device.clock_offset_us)}</tt:DataTo></tt:Track>"
        "</tt:RecordingInformation>"
        for number, span in enumerate(device.recorded)
    )
    return (
        "<tse:GetRecordingSearchResultsResponse><tse:ResultList><tt:SearchState>Completed</tt:SearchState>"
        f"{rows}</tse:ResultList></tse:GetRecordingSearchResultsResponse>"
    )


def _replay(device: VirtualDevice, _question: Node, _base: str) -> str:
    return (
        f"<trp:GetReplayUriResponse><trp:Uri>{escape(device.replay_url or '')}</trp:Uri></trp:GetReplayUriResponse>"
    )


_ANSWERS: Final[dict[str, Callable[[VirtualDevice, Node, str], str]]] = {
    "GetSystemDateAndTime": _date,
    "GetDeviceInformation": _information,
    "GetCapabilities": _capabilities,
    "GetProfiles": _profiles,
    "GetStreamUri": _stream,
    "GetSnapshotUri": _snapshot,
    "SystemReboot": _reboot,
    "CreatePullPointSubscription": _subscribe,
    "PullMessages": _pull,
    "Unsubscribe": _unsubscribe,
    "FindRecordings": _find,
    "GetRecordingSearchResults": _results,
    "GetReplayUri": _replay,
}


def _instant(at_us: int) -> str:
    moment = datetime.fromtimestamp(at_us / SECOND_US, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_us % SECOND_US // 1000:03}Z"


def _picture(device: VirtualDevice) -> bytes:
    """A small still that names its camera."""
    image = Image.new("RGB", (640, 360), (60, 70, 80))
    pen = ImageDraw.Draw(image)
    pen.rectangle((40, 220, 600, 360), fill=(90, 92, 88))
    pen.polygon(((280, 360), (360, 360), (330, 220), (310, 220)), fill=(200, 200, 190))
    pen.text((20, 20), f"{device.name}  {device.serial or device.name}", fill=(255, 255, 255))
    data = io.BytesIO()
    image.save(data, "JPEG", quality=80)
    return data.getvalue()
