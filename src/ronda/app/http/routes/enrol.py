"""Find and probe cameras before they are registered: what answers, what it offers, one picture to see it is right.

Nothing is kept but the log entry that somebody looked. Addresses where no camera stands are refused before
anything is sent (`ronda.video.onvif.where`); on a training folder loopback is allowed, because the virtual
cameras stand there.
"""

import asyncio
import base64
from urllib.parse import quote, urlsplit

from fastapi import APIRouter
from pydantic import BaseModel, Field

from ronda.access.policy import Action
from ronda.app.camera_look import NoCameraPictureError, jpeg_of_still, jpeg_of_stream
from ronda.app.camera_place import allowed_networks
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.core.errors import WrongUsageError
from ronda.media.onvif.soap import Login
from ronda.media.rtsp_url import parse_rtsp_url
from ronda.video.onvif.camera import OnvifCamera, Picture, Probed, Stream, device_url, probe
from ronda.video.onvif.discover import discover
from ronda.video.onvif.errors import OnvifError
from ronda.video.onvif.transport import Line
from ronda.video.onvif.where import Place, place_of

router = APIRouter(prefix="/api/enrol", tags=["register"])
SEARCH_S = 3.0


class FoundOut(BaseModel):
    """A camera that answered on the local network. `address` is what to probe; `known`: registered already."""

    host: str
    address: str
    name: str
    hardware: str
    location: str
    known: bool


class ProbeIn(BaseModel):
    """`address`: host, host:port, http://host/onvif/device_service; rtsp://host/path for a look without ONVIF."""

    address: str = Field(max_length=500)
    user: str = Field(default="", max_length=100)
    password: str = Field(default="", max_length=200)


class StreamOut(BaseModel):
    """`role`: main or sub as Ronda would record them, "" for the rest. `url` holds no password."""

    role: str
    url: str
    codec: str
    width_px: int
    height_px: int
    fps: int | None
    kbit_s: int | None
    sound: bool


class ProbeOut(BaseModel):
    """What the camera says of itself, and how it looks.

    onvif           False: only its stream was looked at
    port            where its ONVIF service answered; goes into its entry
    clock_offset_s  how far its clock is ahead of this machine's; null when it names none
    picture         a JPEG in base64, kept nowhere; null with the reason in `no_picture`
    known           one of the streams is a registered camera's already
    """

    onvif: bool
    host: str
    port: int | None = None
    maker: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""
    clock_offset_s: float | None = None
    clock_uncertainty_s: float | None = None
    streams: list[StreamOut] = []
    card: bool = False
    picture: str | None = None
    no_picture: str = ""
    known: bool = False


@router.post("/discover")
async def search(person: SignedIn, context: InContext) -> list[FoundOut]:
    """Ask the local network for ONVIF cameras; answers for three seconds."""
    context.allow(person, Action.MANAGE_CAMERAS, person.area, {})
    try:
        found = await asyncio.to_thread(discover, for_s=SEARCH_S)
    except OSError as fault:
        raise WrongUsageError(f"this machine cannot ask its network ({fault.strerror}); probe by address") from None
    context.note(person, "jaringan.dicari", "berhasil", {"ditemukan": len(found)})
    known = _known_hosts(context)
    return [
        FoundOut(
            host=one.host,
            address=one.device_url,
            name=one.found.name,
            hardware=one.found.hardware,
            location=one.found.location,
            known=one.host in known,
        )
        for one in found
    ]


@router.post("/probe")
async def look(body: ProbeIn, person: SignedIn, context: InContext) -> ProbeOut:
    """Ask one camera what it is and take one picture of it; nothing is kept, nothing in it is changed."""
    context.allow(person, Action.MANAGE_CAMERAS, person.area, {})
    login = Login(user=body.user, password=body.password) if body.user else None
    address = body.address.strip()
    host = urlsplit(address if "://" in address else f"http://{address}").hostname or ""
    context.note(person, "kamera.dicoba", "berhasil", {}, private={"alamat": host})
    if address.lower().startswith(("rtsp://", "rtsps://")):
        return await _look_at_stream(context, address, login)
    return await _look_at_camera(context, address, login)


async def _look_at_stream(context: Context, address: str, login: Login | None) -> ProbeOut:
    url = parse_rtsp_url(address)
    place = await asyncio.to_thread(place_of, url.host, url.port, allowed=allowed_networks(context.wiring))
    streams = [_stream_out(None, url.request_url, "main")]
    shown = ProbeOut(onvif=False, host=url.host, streams=streams, known=_is_known(context, streams))
    return await _with_picture(shown, None, address, place, login)


async def _look_at_camera(context: Context, address: str, login: Login | None) -> ProbeOut:
    url, host, port = device_url(address)
    if not url:
        raise WrongUsageError("this is no address of a camera. Next: give a host, host:port, http:// or rtsp://")
    place = await asyncio.to_thread(place_of, host, port, allowed=allowed_networks(context.wiring))
    probed, still = await asyncio.to_thread(_ask, place, url, login)
    roles = {probed.main: "main", probed.sub: "sub"}
    streams = [_stream_out(one, one.url, roles.get(one.profile.token, "")) for one in probed.streams]
    shown = ProbeOut(
        onvif=True,
        host=host,
        port=port,
        maker=probed.facts.maker,
        model=probed.facts.model,
        firmware=probed.facts.firmware,
        serial=probed.facts.serial,
        clock_offset_s=probed.clock.offset_us / 1e6 if probed.clock else None,
        clock_uncertainty_s=probed.clock.uncertainty_us / 1e6 if probed.clock else None,
        streams=streams,
        card="replay" in probed.services and "search" in probed.services,
        known=_is_known(context, streams),
    )
    main = next((one.url for one in probed.streams if one.profile.token == probed.main), None)
    return await _with_picture(shown, still, main, place, login)


def _ask(place: Place, url: str, login: Login | None) -> tuple[Probed, Picture | None]:
    with Line(place, login) as line:
        camera = OnvifCamera(line, url, login)
        probed = probe(camera, url)
        try:
            still = camera.snapshot(probed.main) if probed.main is not None else None
        except OnvifError:
            still = None  # the stream's first key frame serves
        return probed, still


async def _with_picture(
    shown: ProbeOut, still: Picture | None, url: str | None, place: Place, login: Login | None
) -> ProbeOut:
    try:
        if still is not None:
            data = await asyncio.to_thread(jpeg_of_still, still.data)
        elif url is not None:
            parsed = parse_rtsp_url(_with_login(url, login))
            data = await jpeg_of_stream(parsed, place.address)
        else:
            raise NoCameraPictureError("the camera offers no stream that Ronda records")
    except NoCameraPictureError as fault:
        return shown.model_copy(update={"no_picture": str(fault)})
    return shown.model_copy(update={"picture": base64.b64encode(data).decode("ascii")})


def _with_login(url: str, login: Login | None) -> str:
    """The address as the recorder takes it: name and password inside, percent-coded."""
    scheme, _, rest = url.partition("://")
    if login is None or "@" in rest.partition("/")[0]:
        return url
    return f"{scheme}://{quote(login.user, safe='')}:{quote(login.password, safe='')}@{rest}"


def _stream_out(stream: Stream | None, url: str, role: str) -> StreamOut:
    profile = stream.profile if stream is not None else None
    return StreamOut(
        role=role,
        url=url,
        codec=profile.codec if profile else "",
        width_px=profile.width_px if profile else 0,
        height_px=profile.height_px if profile else 0,
        fps=profile.fps if profile else None,
        kbit_s=profile.kbit_s if profile else None,
        sound=profile.sound if profile else False,
    )


def _is_known(context: Context, streams: list[StreamOut]) -> bool:
    """Compared without user and password: another account is no other camera."""
    registered = {_bare(entry.url) for entry in context.wiring.register.cameras() if entry.url}
    return any(_bare(one.url) in registered for one in streams)


def _bare(url: str) -> str:
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"


def _known_hosts(context: Context) -> set[str]:
    hosts = set()
    for entry in context.wiring.register.cameras():
        if entry.url:
            hosts.add(urlsplit(entry.url).hostname or "")
    return hosts
