"""Talk to one camera: what it is, what it offers, what time it believes it is; take its picture, restart it.

Every method asks and gives a value, or raises OnvifError with one sentence. Blocking: called in a thread.
The order of a first talk: its clock (needs no password), then with a proof dated on that clock.
"""

import secrets
import time
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ronda.core.time import SECOND_US
from ronda.media.errors import MediaError
from ronda.media.onvif import device, profiles
from ronda.media.onvif.device import ClockOffset, DeviceFacts
from ronda.media.onvif.profiles import Profile
from ronda.media.onvif.soap import Login, OnvifFaultError, body_of, envelope
from ronda.media.onvif.xml import Node
from ronda.video.onvif.errors import CameraLoginError, NoOnvifError, NotOfferedError
from ronda.video.onvif.transport import Answer, Line
from ronda.video.onvif.where import Place, moved

DEVICE_PATH = "/onvif/device_service"
_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A profile and where it plays; the address holds no password."""

    profile: Profile
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a camera says of itself. `main` and `sub` are tokens of `streams`, as Ronda would record them."""

    device_url: str
    facts: DeviceFacts
    clock: ClockOffset | None
    streams: tuple[Stream, ...]
    main: str | None
    sub: str | None
    services: tuple[str, ...]
    picture: bool  # it offers one by HTTP


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    kind: str
    data: bytes


class OnvifCamera:
    """One camera at one place. Used by one thread; `line` is closed by its owner."""

    def __init__(self, line: Line, device_url: str, login: Login | None) -> None:
        self._line, self._device_url, self._login = line, device_url, login
        self._offset_us = 0
        self._services: dict[str, str] | None = None

    @property
    def place(self) -> Place:
        return self._line.place

    def clock(self) -> ClockOffset | None:
        """How far its clock is ahead of ours; None when it names no instant. Later proofs are dated by it."""
        asked_us, started_s = time.time_ns() // 1000, time.monotonic()
        body = self._body(self._line.post(self._device_url, envelope(device.GET_DATE)))
        answered_us = asked_us + round((time.monotonic() - started_s) * SECOND_US)
        said_us = device.read_date_us(body)
        if said_us is None:
            return None
        found = device.clock_offset(said_us=said_us, asked_us=asked_us, answered_us=answered_us)
        self._offset_us = found.offset_us
        return found

    def facts(self) -> DeviceFacts:
        return device.read_information(self.ask(self._device_url, device.GET_INFORMATION))

    def services(self) -> dict[str, str]:
        """Name to address, at the host that was asked: what GetCapabilities names, and GetServices besides."""
        if self._services is None:
            found: dict[str, str] = {}
            for question in (device.GET_CAPABILITIES, device.GET_SERVICES):
                try:
                    found = {**device.read_services(self.ask(self._device_url, question)), **found}
                except NotOfferedError:
                    continue
            places = {name: moved(url, self.place) for name, url in found.items()}
            self._services = {name: url for name, url in places.items() if url.startswith("http")}
        return self._services

    def service(self, name: str) -> str:
        """Raises NotOfferedError."""
        address = self.services().get(name)
        if address is None:
            raise NotOfferedError(f"the camera at {self.place.host} offers no {name} service")
        return address

    def streams(self) -> tuple[Stream, ...]:
        """Every profile with a video encoder, and where it plays. Media 2 (H.265) is asked first."""
        for name, question in (("media2", profiles.GET_PROFILES2), ("media", profiles.GET_PROFILES)):
            if name not in self.services():
                continue
            found = profiles.read_profiles(self._try(self.service(name), question))
            streams = [self._stream(one, name) for one in found]
            playing = tuple(one for one in streams if one is not None)
            if playing:
                return playing
        return ()

    def _stream(self, profile: Profile, service: str) -> Stream | None:
        request = profiles.stream_request(profile.token, media2=service == "media2")
        url = moved(profiles.read_uri(self._try(self.service(service), request)), self.place)
        return Stream(profile=profile, url=url) if url.startswith("rtsp") else None

    def snapshot_url(self, token: str) -> str | None:
        for name in ("media2", "media"):
            if name in self.services():
                request = profiles.snapshot_request(token, media2=name == "media2")
                url = moved(profiles.read_uri(self._try(self.service(name), request)), self.place)
                if url.startswith("http"):
                    return url
        return None

    def snapshot(self, token: str) -> Picture | None:
        """The camera's own picture, a JPEG or PNG by its first bytes; None when it offers none."""
        url = self.snapshot_url(token)
        if url is None:
            return None
        answer = self._line.get(url)
        kind = next((kind for start, kind in _PICTURES.items() if answer.body.startswith(start)), None)
        return Picture(kind=kind, data=answer.body) if answer.status == 200 and kind is not None else None

    def reboot(self) -> str:
        """Restart it; what it says to that. It is away for a minute or two then."""
        answer = self.ask(self._device_url, device.REBOOT)
        return device.short(answer.says("Message"))

    def ask(self, url: str, request: str) -> Node:
        """Raises CameraLoginError, NotOfferedError, NoOnvifError, CameraSilentError."""
        nonce = secrets.token_bytes(16)
        at_us = time.time_ns() // 1000 + self._offset_us
        return self._body(self._line.post(url, envelope(request, login=self._login, nonce=nonce, at_us=at_us)))

    def _try(self, url: str, request: str) -> Node:
        """An empty answer where the camera cannot do that."""
        try:
            return self.ask(url, request)
        except NotOfferedError:
            return Node("Body")

    def _body(self, answer: Answer) -> Node:
        where = f"{self.place.host}:{self.place.port}"
        try:
            body = body_of(answer.body)
        except OnvifFaultError as fault:
            if fault.is_refusal or answer.status == 401:
                raise self._login_error() from None
            raise NotOfferedError(f"the camera at {where} refuses: {fault.reason or fault.code}") from None
        except MediaError as fault:
            if answer.status in (401, 403):
                raise self._login_error() from None
            raise NoOnvifError(
                f"{where} is no ONVIF camera, or a broken one: status {answer.status}, {fault}. "
                "Next: check the address, and that ONVIF is switched on in the camera"
            ) from None
        if answer.status == 401:
            raise self._login_error()
        return body

    def _login_error(self) -> CameraLoginError:
        return CameraLoginError(
            f"the camera at {self.place.host} does not accept this user name and password. "
            "Next: give an ONVIF account of the camera; some makers keep those apart from the web accounts"
        )


def device_url(address: str) -> tuple[str, str, int]:
    """(address of the device service, host, port) of host, host:port or an http(s) address; else ""."""
    text = address.strip()
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "", "", 0
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "", "", 0
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = parts.path if len(parts.path) > 1 else DEVICE_PATH
    return f"{parts.scheme}://{host}:{port}{path}", parts.hostname, port


def probe(camera: OnvifCamera, url: str) -> Probed:
    """Everything that enrolment needs, in one talk."""
    clock = camera.clock()
    facts = camera.facts()
    streams = camera.streams()
    main, sub = profiles.main_and_sub(tuple(one.profile for one in streams))
    picture = main is not None and camera.snapshot_url(main.token) is not None
    return Probed(
        device_url=url,
        facts=facts,
        clock=clock,
        streams=streams,
        main=main.token if main is not None else None,
        sub=sub.token if sub is not None else None,
        services=tuple(sorted(camera.services())),
        picture=picture,
    )


def without_clock(probed: Probed) -> Probed:
    """For comparisons: everything but what changes with each question."""
    return replace(probed, clock=None)
