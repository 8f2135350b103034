"""The edge drill: a real camera, a real box, a thin line that is cut, and kill -9 of either side in it.

    .venv/bin/python benchmarks/edge/drill.py --cut 600

Virtual cameras over RTSP, a hub's web process, `ronda edge run` behind a relay of 1 Mbit/s. In the cut the
box and the hub are killed and started again. Then a case asks for minutes recorded during the cut. Prints one
JSON object; exits 1 unless nothing is lost or doubled, every film arrived with equal SHA-256, and the
relay counted no more bytes than the day's budget.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ronda.app.data_folder import create
from ronda.app.demo.client import ApiClient
from ronda.app.demo.people import enrol
from ronda.app.demo.sim_process import VirtualCameras, start_cameras
from ronda.app.edge.village import VillageBox
from ronda.app.wiring import Wiring
from ronda.core.ids import AreaCode, CameraId, SiteId
from ronda.core.time import SECOND_US, TimeSpan
from ronda.registry.model import Camera, Site, SiteKind
from ronda.video.model import SegmentState

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.edge.hub_process import HubProcess

CAMERA = "jalan-swarga-bara"
EDGE = "desa-swarga-bara"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cut", type=float, default=600, help="seconds without a line")
    parser.add_argument("--budget-mb", type=float, default=60)
    parser.add_argument("--bits", type=float, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=2, help="of footage to ask for")
    parser.add_argument("--scenes", type=Path, default=Path(tempfile.gettempdir()) / "ronda-bench-scenes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ronda-drill-") as scratch:
        result = drill(Path(scratch), options.scenes, options)
    print(json.dumps(result, indent=1))
    return 0 if result["ok"] else 1


def drill(root: Path, scenes: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The whole drill below `root`; the report's figures are worked out from both databases at the end."""
    started_s = time.monotonic()
    wiring = Wiring(create(root / "hub", training=True))
    enrol(wiring.people, wiring.access)
    loop = asyncio.new_event_loop()
    cameras = loop.run_until_complete(start_cameras(scenes, _plan(root)))
    hub = HubProcess(wiring.folder.root)
    village = VillageBox(wiring, root / "edge", edge=EDGE)
    report: dict[str, Any] = {"cut_s": options.cut, "bits_s": options.bits}
    try:
        _register(wiring, cameras)
        village.make([CAMERA], "64.08", round(options.budget_mb * 1e6))
        hub.start()
        village.start(hub.port, bits_s=options.bits)
        _until(lambda: _closed(wiring) >= 1, 180, "the first segment's row at the hub")
        report |= _cut(wiring, hub, village, options.cut)
        report |= _ask(wiring, hub, village, options.minutes)
        time.sleep(3)
        figures = village.figures()
    finally:
        village.stop()
        hub.stop()
        loop.run_until_complete(cameras.stop())
        loop.close()
    relay_bytes = figures.relay_up_bytes + figures.relay_down_bytes
    report |= figures.document() | {
        "relay_bytes": relay_bytes,
        "bytes_per_row": round(report.pop("_row_bytes") / max(1, figures.rows_at_hub)),
        "took_s": round(time.monotonic() - started_s, 1),
    }
    report["ok"] = (
        figures.rows_lost == figures.rows_doubled == 0
        and figures.films_asked == figures.films_arrived == figures.films_equal > 0
        and relay_bytes <= figures.budget_bytes
    )
    return report


def _cut(wiring: Wiring, hub: HubProcess, village: VillageBox, cut_s: float) -> dict[str, Any]:
    """Cut the line; kill the box after a third, the hub after two thirds; heal, and see the rows settle."""
    before = _counted(village)
    cut_at = time.time()
    village.cut()
    time.sleep(cut_s / 3)
    village.kill()
    village.start(hub.port)
    time.sleep(cut_s / 3)
    hub.kill()
    hub.start()
    time.sleep(cut_s / 3)
    waiting = village.figures().rows_waiting
    village.heal()
    healed_s = time.monotonic()
    _until(lambda: village.figures().rows_waiting < waiting, 120, "the first row after the cut")
    first_s = time.monotonic() - healed_s
    _until(lambda: village.figures().rows_waiting <= 1, 120, "every row after the cut")
    return {
        "cut_from_us": round(cut_at * SECOND_US),
        "rows_waiting_at_heal": waiting,
        "first_row_after_heal_s": round(first_s, 1),
        "settled_after_heal_s": round(time.monotonic() - healed_s, 1),
        "_row_bytes": _counted(village) - before,
    }


def _ask(wiring: Wiring, hub: HubProcess, village: VillageBox, minutes: float) -> dict[str, Any]:
    """A case asks for what was recorded during the cut; the line is cut once more while it comes."""
    rows = _remote(wiring)
    assert rows, "the hub knows of no segment"
    middle = rows[len(rows) // 2].span.start_us
    span = TimeSpan(middle, min(rows[-1].span.end_us, middle + round(minutes * 60 * SECOND_US)))
    _approve(hub.url, span)
    asked_s = time.monotonic()
    fleet = wiring.fleet
    _until(lambda: any(one.have_bytes for one in fleet.fetches(EDGE)), 90, "the first part of a film")
    village.cut()
    time.sleep(5)
    village.heal()
    _until(
        lambda: bool(fleet.fetches(EDGE)) and not fleet.fetches(EDGE, waiting=True), 1800, "every film asked for"
    )
    size = sum(one.size_bytes for one in fleet.fetches(EDGE))
    took_s = time.monotonic() - asked_s
    return {"films_took_s": round(took_s, 1), "films_kbit_s": round(size * 8 / 1000 / took_s)}


def _approve(url: str, span: TimeSpan) -> None:
    client = ApiClient(url)
    client.become(_person(client, "investigator"))
    letter = {
        "lp_number": "LP/B/147/XI/2026/SPKT/POLRES KUTAI TIMUR/POLDA KALTIM",
        "lp_date": "2026-11-18",
        "letter_number": "B/412/XI/2026/Satreskrim",
        "letter_date": "2026-11-18",
        "requester": {"name": "Rahmat Hidayat", "rank": "Aipda", "nrp": "84071129", "unit": "Satreskrim"},
        "crime_kind": "Pencurian sepeda motor",
        "place": "Jalan Swarga Bara",
        "purpose": "investigation",
        "ground": "criminal_investigation",
        "reason": "Mencari pelaku pencurian sepeda motor",
        "incident_from_us": span.start_us,
        "incident_to_us": span.end_us,
        "scope": {"cameras": [CAMERA], "from_us": span.start_us, "to_us": span.end_us},
    }
    case = client.post("/api/cases", letter)
    client.become(_person(client, "approver"))
    body = {"scope": case["scope"], "scope_version": case["scope_version"], "note": "Sesuai surat permintaan"}
    client.post(f"/api/cases/{case['case_id']}/approval", body)


def _person(client: ApiClient, role: str) -> str:
    people = client.get("/api/demo")["people"]
    return str(next(one["person_id"] for one in people if role in one["roles"]))


def _plan(root: Path) -> Path:
    path = root / "plan.json"
    path.write_text(json.dumps({}))
    return path


def _register(wiring: Wiring, cameras: VirtualCameras) -> None:
    site = Site(
        site_id=SiteId("s-swarga-bara"),
        name="Jalan Swarga Bara",
        kind=SiteKind.VILLAGE_ROAD,
        area=AreaCode("64.08.04"),
        lat_deg=0.5,
        lon_deg=117.5,
    )
    wiring.register.add_camera(
        Camera(
            camera=CameraId(CAMERA),
            name="Jalan Swarga Bara",
            site=site,
            purpose="Keamanan jalan desa",
            legal_basis="UU 27/2022 Pasal 17",
            retention_days=14,
            url=cameras.urls[CAMERA],
            sub_url=None,
            direction_deg=None,
            training=True,
        )
    )


def _day(wiring: Wiring) -> TimeSpan:
    now = wiring.clock.now_us()
    return TimeSpan(now - 86_400 * SECOND_US, now + SECOND_US)


def _remote(wiring: Wiring) -> list[Any]:
    found = wiring.index.segments(CameraId(CAMERA), _day(wiring))
    return [one for one in found if one.state is SegmentState.REMOTE and one.sha256 is not None]


def _closed(wiring: Wiring) -> int:
    return len(_remote(wiring))


def _counted(village: VillageBox) -> int:
    assert village.relay is not None
    count = village.relay.count()
    return count.up_bytes + count.down_bytes


def _until(holds: Callable[[], bool], for_s: float, what: str) -> None:
    deadline = time.monotonic() + for_s
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited {for_s:.0f} s for {what}")
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
