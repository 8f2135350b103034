"""The first run of the demo: accounts, register, a month of history, a night of footage.

Each part is there or not there; a run that was cut off is taken up again by the next.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ronda.app.data_folder import create, write_private
from ronda.app.demo.cases import build_cases
from ronda.app.demo.history import build_history
from ronda.app.demo.people import enrol
from ronda.app.demo.theft import footage_span, night_of, past_theft
from ronda.app.demo.village import build_village_past, make_village
from ronda.app.demo.wider import build_wider
from ronda.app.errors import UnusableFolderError
from ronda.app.recorder_file import write_cameras
from ronda.app.wiring import Wiring
from ronda.core.ids import AreaCode, CameraId, SiteId
from ronda.core.time import TimeSpan
from ronda.registry.model import Camera, Site, SiteKind
from ronda.registry.purposes import PurposeKind, usual_purpose
from ronda.sim.builder import load_reels
from ronda.sim.past import PastCamera, build_past
from ronda.sim.plan import Showing
from ronda.sim.regency import (
    CAMERAS,
    DEAD,
    INTERRUPTED,
    NEXT_ON_ROAD,
    REACHING,
    RegencyCamera,
    interruption,
    power_cut,
    theft_showings,
    theft_us,
    virtual_cameras,
)
from ronda.sim.scenes.looks import look_named
from ronda.sim.schedule import Schedule
from ronda.video.model import Gap, GapCause

LEGAL_BASIS = "UU 27/2022 Pasal 17; rancangan Perbup penyelenggaraan CCTV"
_DONE = "demo-built.json"
VILLAGE = "village"  # the data folder of the village's box, below the demo's own
_KINDS = {
    "simpang-3": SiteKind.JUNCTION,
    "simpang-kabo": SiteKind.JUNCTION,
    "pasar-induk": SiteKind.MARKET,
    "loket-kecamatan": SiteKind.DISTRICT_OFFICE,
    "loket-disdukcapil": SiteKind.HELP_CENTRE,
    "puskesmas-teluk-lingga": SiteKind.PUSKESMAS,
    "gerbang-smp-2": SiteKind.SCHOOL,
    "perpustakaan-umum": SiteKind.LIBRARY,
    "jalan-swarga-bara": SiteKind.VILLAGE_ROAD,
    "pos-singa-gembara": SiteKind.PATROL_POST,
}
_COUNTERS = ("loket-kecamatan", "loket-disdukcapil", "perpustakaan-umum")


def tell(sentence: str) -> None:
    """Progress for people: stderr, one line each."""
    print(f"ronda demo: {sentence}", file=sys.stderr, flush=True)


def open_demo(root: Path) -> Wiring:
    """The demo's folder with its accounts. Raises UnusableFolderError on a folder with real data."""
    folder = create(root, training=True)
    if not folder.training:
        raise UnusableFolderError(
            f"{root} holds real data; the demo never mixes with it. Next: choose another folder with --data"
        )
    wiring = Wiring(folder)
    enrol(wiring.people, wiring.access)
    return wiring


def register_cameras(wiring: Wiring, urls: dict[str, str], sub_urls: dict[str, str | None]) -> None:
    """Put the virtual cameras into the register, with the addresses of this run."""
    known = {entry.camera for entry in wiring.register.cameras()}
    for row in CAMERAS:
        if row.camera in known:
            wiring.register.set_url(row.camera, urls[row.camera], sub_urls.get(row.camera))
        else:
            wiring.note("kamera.didaftarkan", {"kamera": row.camera})
            wiring.register.add_camera(_entry(row, urls[row.camera], sub_urls.get(row.camera)))
    write_cameras(wiring.folder, wiring.register.cameras())


def build_once(wiring: Wiring, sim: Path, *, footage: bool = True) -> None:
    """History, cases and (with `footage`) the night of the theft, unless a run before has built them."""
    village = wiring.folder.root / VILLAGE
    make_village(wiring, village)
    done = wiring.folder.root / _DONE
    if done.exists():
        build_wider(wiring, wiring.clock.now_us())
        return
    now_us = wiring.clock.now_us()
    midnight_us = night_of(now_us)
    night = footage_span(midnight_us)
    kept_free = dict.fromkeys((*REACHING, NEXT_ON_ROAD), night) if footage else {}
    if footage:
        kept_free[DEAD] = power_cut(midnight_us)
    tell("30 days of training history")
    here = [camera for camera in CAMERAS if camera.camera != NEXT_ON_ROAD]
    rows = build_history(wiring.index, now_us, kept_free, here)
    build_cases(wiring, now_us)
    tell("a year of theft reports, a budget, a counter's numbers")
    build_wider(wiring, now_us)
    if footage:
        tell("footage of the night of the theft, six cameras, one of them in the village")
        filmed = _past_cameras(sim, midnight_us, night, REACHING)
        built = build_past(filmed, wiring.folder.footage, wiring.index, training=True)
        tell(f"{built.segments} files, {built.size_bytes / 1e6:.0f} MB, {rows} history rows")
    there = [camera for camera in CAMERAS if camera.camera == NEXT_ON_ROAD]
    build_village_past(
        village,
        _past_cameras(sim, midnight_us, night, (NEXT_ON_ROAD,)) if footage else [],
        lambda index: build_history(index, now_us, kept_free, there),
    )
    if footage:
        theft = json.dumps(past_theft(midnight_us), indent=1)
        write_private(wiring.folder.root / "theft.json", theft + "\n")
    write_private(done, json.dumps({"built_us": now_us}) + "\n")


def _past_cameras(sim: Path, midnight_us: int, night: TimeSpan, cameras: Sequence[CameraId]) -> list[PastCamera]:
    by_name = {camera.name: camera for camera in virtual_cameras()}
    showings = theft_showings(theft_us(midnight_us))
    return [_past_camera(by_name[camera].name, sim, midnight_us, night, showings) for camera in cameras]


def _past_camera(
    camera: CameraId, sim: Path, midnight_us: int, night: TimeSpan, showings: Sequence[Showing]
) -> PastCamera:
    virtual = next(one for one in virtual_cameras() if one.name == camera)
    reel = load_reels(sim, look_named(virtual.look))[0]
    schedule = Schedule(epoch_us=midnight_us, seed=camera, clip_gops=reel.clip_gops)
    for showing in showings:
        if showing.camera == camera:
            schedule = schedule.with_clip(showing.clip, showing.at_us, for_us=showing.for_us)
    spans, gaps = _spans(camera, midnight_us, night)
    return PastCamera(camera=virtual, reel=reel, schedule=schedule, spans=spans, gaps=gaps)


def _spans(camera: CameraId, midnight_us: int, night: TimeSpan) -> tuple[list[TimeSpan], list[Gap]]:
    if camera == DEAD:
        cut = power_cut(midnight_us)
        return [], [_gap(camera, cut, GapCause.POWER, "UPS melapor baterai 02.00, PLN padam sampai 05.10")]
    if camera == INTERRUPTED:
        hole = interruption(midnight_us)
        gap = _gap(camera, hole, GapCause.LINK, "sambungan tidak menjawab, perangkat jaringan menjawab")
        return [TimeSpan(night.start_us, hole.start_us), TimeSpan(hole.end_us, night.end_us)], [gap]
    return [night], []


def _gap(camera: CameraId, span: TimeSpan, cause: GapCause, evidence: str) -> Gap:
    return Gap(
        camera=camera,
        start_us=span.start_us,
        end_us=span.end_us,
        cause=cause,
        evidence=f"data latihan: {evidence}",
        training=True,
    )


def _entry(row: RegencyCamera, url: str, sub_url: str | None) -> Camera:
    kind = _KINDS.get(row.camera, SiteKind.MAIN_ROAD)
    return Camera(
        camera=row.camera,
        name=row.name,
        site=Site(
            site_id=SiteId(f"s-{row.camera}"),
            name=row.site,
            kind=kind,
            area=AreaCode(row.village_code),
            lat_deg=row.lat,
            lon_deg=row.lon,
        ),
        purpose=row.purpose_id,
        purpose_kind=PurposeKind.COUNTERS if row.camera in _COUNTERS else usual_purpose(kind),
        legal_basis=LEGAL_BASIS,
        retention_days=row.retention_days,
        url=url,
        sub_url=sub_url,
        direction_deg=row.direction_deg,
        training=True,
    )
