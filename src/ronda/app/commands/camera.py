"""`ronda camera`: the register of cameras from the command line."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.app.camera_place import check_places
from ronda.app.commands.init import KUTAI_TIMUR
from ronda.app.data_folder import data_path, open_folder
from ronda.app.recorder_file import write_cameras
from ronda.app.wiring import Wiring
from ronda.core.ids import AreaCode, SiteId, camera_id, new_id
from ronda.core.secrets import mask_url
from ronda.media.rtsp_transport import Transport
from ronda.registry.errors import NotRegisteredError
from ronda.registry.model import Camera, Site, SiteKind
from ronda.registry.purposes import PurposeKind, usual_purpose
from ronda.registry.rules import check_camera

DEFAULT_BASIS = "UU 27/2022 Pasal 17; Perbup penyelenggaraan CCTV"


def add(
    name: str,
    url: str,
    *,
    site: Annotated[str, Parameter(help="The place where it stands; made when it is new.")],
    purpose: Annotated[str, Parameter(help="What it is for, in a sentence. No purpose, no recording.")],
    purpose_kind: Annotated[
        PurposeKind | None,
        Parameter(help="Of the closed list; bounds the days kept. Left out: by the kind of site."),
    ] = None,
    sub: Annotated[str | None, Parameter(help="A smaller stream for live view.")] = None,
    record_sub: Annotated[bool, Parameter(help="Keep the smaller stream too.")] = False,
    transport: Annotated[Transport, Parameter(help="How the camera sends.")] = Transport.AUTO,
    onvif_port: Annotated[int | None, Parameter(help="Where its ONVIF service answers, when not at 80.")] = None,
    vendor: Annotated[str, Parameter(help="Who made the camera.")] = "",
    kind: SiteKind = SiteKind.MAIN_ROAD,
    area: str = KUTAI_TIMUR,
    legal_basis: str = DEFAULT_BASIS,
    retention_days: int = 30,
    lat: float | None = None,
    lon: float | None = None,
    direction: float | None = None,
    data: Path | None = None,
) -> int:
    """Register a camera; a running recorder takes it up at once."""
    folder = open_folder(data_path(data))
    wiring = Wiring(folder)
    place = wiring.register.site_named(site) or Site(
        site_id=SiteId(new_id("s")), name=site, kind=kind, area=AreaCode(area), lat_deg=lat, lon_deg=lon
    )
    entry = Camera(
        camera=camera_id(name),
        name=name,
        site=place,
        purpose=purpose,
        legal_basis=legal_basis,
        retention_days=retention_days,
        url=url,
        sub_url=sub,
        record_sub=record_sub,
        transport=transport.value,
        vendor=vendor,
        purpose_kind=purpose_kind or usual_purpose(place.kind),
        onvif_port=onvif_port,
        direction_deg=direction,
        training=folder.training,
    )
    check_camera(entry)
    check_places(wiring, (entry.url, entry.sub_url), from_shell=True)
    wiring.note("kamera.didaftarkan", {"kamera": entry.camera, "titik": place.site_id})
    wiring.register.add_camera(entry)
    write_cameras(folder, wiring.register.cameras())
    print(f"{name}: registered at {site}, kept {retention_days} days, from {mask_url(url)}")
    return 0


def show(*, data: Path | None = None) -> int:
    """List the cameras; addresses without their passwords."""
    for entry in Wiring(open_folder(data_path(data))).register.cameras():
        state = f"off: {entry.off_reason}" if entry.off_reason else "on"
        print(f"{entry.camera}\t{entry.site.name}\t{entry.retention_days} d\t{mask_url(entry.url)}\t{state}")
    return 0


def off(name: str, *, reason: str, data: Path | None = None) -> int:
    """Switch recording off; the reason becomes the cause of the gap."""
    return _switch(name, reason, data)


def on(name: str, *, data: Path | None = None) -> int:
    """Switch recording on again."""
    return _switch(name, None, data)


def _switch(name: str, reason: str | None, data: Path | None) -> int:
    folder = open_folder(data_path(data))
    wiring = Wiring(folder)
    entry = wiring.register.camera(camera_id(name))
    if entry is None:
        raise NotRegisteredError(name)
    wiring.note("kamera.dimatikan" if reason else "kamera.dinyalakan", {"kamera": entry.camera})
    wiring.register.set_off(entry.camera, reason)
    write_cameras(folder, wiring.register.cameras())
    print(f"{name}: {'off, ' + reason if reason else 'on'}")
    return 0
