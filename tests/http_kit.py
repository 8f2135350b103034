"""A whole installation in a folder, with real footage in its index, and people signed in to its API."""

import dataclasses
import zlib
from dataclasses import dataclass
from pathlib import Path

from starlette.testclient import TestClient
from tests.evidence_kit import FakeRecorder, film_bytes

from ronda.access.model import Person, Role
from ronda.access.service import new_person
from ronda.app.data_folder import create
from ronda.app.http.context import COOKIE
from ronda.app.http.server import make_app
from ronda.app.wiring import Wiring
from ronda.core.ids import AreaCode, SiteId, camera_id
from ronda.core.time import DAY_US, SECOND_US
from ronda.registry.model import Camera, Site, SiteKind
from ronda.video.model import Segment, SegmentWrite

CAMERA, FAR_CAMERA = "simpang-3", "muara-wahau"
LETTER = {
    "lp_number": "LP/B/147/XI/2025/SPKT/POLRES KUTAI TIMUR/POLDA KALTIM",
    "lp_date": "2025-11-18",
    "letter_number": "B/412/XI/2025/Satreskrim",
    "letter_date": "2025-11-18",
    "requester": {"name": "Rahmat Hidayat", "rank": "Aipda", "nrp": "84071129", "unit": "Satreskrim"},
    "crime_kind": "Pencurian sepeda motor",
    "place": "Jl. Yos Sudarso",
    "purpose": "investigation",
    "ground": "criminal_investigation",
    "reason": "Mencari pelaku pencurian sepeda motor",
}


@dataclass
class Town:
    """One installation: its wiring, its API, its people by role, and the bytes of its only film."""

    wiring: Wiring
    app: object
    people: dict[str, Person]
    film: bytes
    segment: Segment

    @property
    def start_us(self) -> int:
        return self.segment.span.start_us

    def client(self, role: str) -> TestClient:
        """Signed in as who plays this role; `nobody` has no session."""
        client = TestClient(self.app, base_url="http://127.0.0.1:8080", headers={"x-ronda": "1"})  # type: ignore[arg-type]
        if role != "nobody":
            client.cookies.set(COOKIE, self.wiring.access.start_session(self.people[role]))
        return client

    def request_body(self) -> dict[str, object]:
        span = {"from_us": self.start_us, "to_us": self.segment.span.end_us}
        return {
            **LETTER,
            "incident_from_us": span["from_us"],
            "incident_to_us": span["to_us"],
            "scope": {"cameras": [CAMERA], **span},
        }

    def approved_case(self) -> str:
        """A case on the film, asked by the investigator and allowed by the approver."""
        made = self.client("investigator").post("/api/cases", json=self.request_body())
        assert made.status_code == 201, made.text
        case = made.json()
        body = {"scope": case["scope"], "scope_version": 1, "note": "Sesuai surat permintaan"}
        done = self.client("approver").post(f"/api/cases/{case['case_id']}/approval", json=body)
        assert done.status_code == 200, done.text
        return str(case["case_id"])


def town(root: Path, *, training: bool = False, ago_us: int = DAY_US) -> Town:
    """Build it below `root`: two cameras, people of every role, one film of four seconds, `ago_us` old."""
    wiring = Wiring(create(root, training=training))
    for name, area in ((CAMERA, "64.08.04"), (FAR_CAMERA, "64.09.01")):
        wiring.register.add_camera(_camera(name, area))
    people = {role.value: _enrol(wiring, role.value, role, "64.08") for role in Role}
    people["other-office"] = _enrol(wiring, "other-office", Role.INVESTIGATOR, "64.09")
    film = film_bytes()
    segment = _record(wiring, film, ago_us)
    app = make_app(wiring.folder)
    return Town(wiring=wiring, app=app, people=people, film=film, segment=segment)


def _enrol(wiring: Wiring, login: str, role: Role, area: str) -> Person:
    number = str(1000 + len(wiring.people.all()))
    person = new_person(login, f"Orang {login}", number, "Kantor", frozenset({role}), AreaCode(area))
    wiring.people.add(person, "no digest: signed in by the test")
    return person


def _camera(name: str, area: str) -> Camera:
    site = Site(
        site_id=SiteId(f"s-{name}"),
        name=name,
        kind=SiteKind.JUNCTION,
        area=AreaCode(area),
        lat_deg=0.5,
        lon_deg=117.5,
    )
    return Camera(
        camera=camera_id(name),
        name=name,
        site=site,
        purpose="Keamanan jalan umum",
        legal_basis="UU 27/2022 Pasal 17",
        retention_days=30,
        url="rtsp://admin:kenari-rahasia@127.0.0.1:1/main",
        sub_url=None,
        direction_deg=None,
    )


def at_port(here: Town, onvif_port: int, camera: str = CAMERA) -> None:
    """As a probe at enrolment leaves it in the register."""
    entry = here.wiring.register.camera(camera_id(camera))
    assert entry is not None
    here.wiring.register.save(dataclasses.replace(entry, onvif_port=onvif_port))


def _record(wiring: Wiring, film: bytes, ago_us: int) -> Segment:
    """Put the film where the recorder would have, with its rows."""
    start_us = (wiring.clock.now_us() - ago_us) // SECOND_US * SECOND_US + SECOND_US
    recorder = FakeRecorder(wiring.folder.footage)
    segment = recorder.record(CAMERA, start_us, film)
    fragments = tuple(
        one._replace(crc32=zlib.crc32(film[one.offset : one.offset + one.size_bytes]))
        for one in recorder.fragments(segment.segment_id)
    )
    wiring.index.write(segments=[SegmentWrite(segment=segment, new_fragments=fragments)])
    return segment
