"""Small films, people and a whole case, made in memory and on disk: what the tests of evidence stand on.

Films are encoded once with PyAV and written with our own MP4 writer, as the recorder writes them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path

import av
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.signing_kit import Signer, stripped

from ronda.access.errors import LogUnavailableError
from ronda.access.model import Person, Role
from ronda.cases.enhance import Treatment
from ronda.cases.errors import ChangedMeanwhileError
from ronda.cases.model import Case, LegalGround, Officer, Purpose, Request, Scope
from ronda.cases.office import Office
from ronda.cases.package import PackageBuilder
from ronda.cases.ports import StampAuthorities
from ronda.cases.service import CaseService
from ronda.core.ids import AreaCode, CameraId, CaseId, HoldId, PersonId, SegmentId, SiteId
from ronda.core.time import SECOND_US, TimeSpan, parse_utc, uncovered
from ronda.evidence.authority import Root, SealingIdentity, new_root, new_sealing_identity
from ronda.evidence.camera_signing.intake import Seen
from ronda.evidence.checkpoint import NoteSigner
from ronda.evidence.entry import AuditEvent
from ronda.evidence.machine_clock import ClockReading
from ronda.media.fmp4_read import scan
from ronda.media.fmp4_write import FrameTable, fragment_header, init_segment, random_access_box
from ronda.media.h264 import ParameterSets, iter_nals
from ronda.registry.model import Camera, Site, SiteKind
from ronda.store.log import SqliteLog
from ronda.video.engine.choose import engine_kind
from ronda.video.model import ClockPair, Fragment, Gap, GapCause, Hold, Origin, Segment, SegmentState

NIGHT_US = parse_utc("2026-11-18T02:10:00+08:00")
MORNING_US = parse_utc("2026-11-18T08:00:00+08:00")
AREA = AreaCode("64.08.01")
FPS = 5
ORIGIN = "log.kutaitimur.example/jejak"


class FixedClock:
    """Stands still until told."""

    def __init__(self, at_us: int = MORNING_US) -> None:
        self.at_us = at_us

    def now_us(self) -> int:
        return self.at_us

    def monotonic_us(self) -> int:
        return self.at_us

    def advance(self, *, days: float = 0, s: float = 0) -> None:
        self.at_us += round((days * 86_400 + s) * SECOND_US)


@cache
def coded_pictures(
    seed: int, count: int, width: int = 160, height: int = 96
) -> tuple[ParameterSets, tuple[bytes, ...]]:
    """`count` moving pictures as H.264 samples, a key frame each second."""
    coder = av.CodecContext.create("libx264", "w")
    coder.width, coder.height, coder.pix_fmt = width, height, "yuv420p"
    coder.framerate, coder.time_base = Fraction(FPS), Fraction(1, FPS)
    coder.options = {"preset": "ultrafast", "x264-params": f"keyint={FPS}:min-keyint={FPS}:bframes=0:threads=1"}
    noise = np.random.default_rng(seed)
    ground = noise.integers(0, 200, (height, width, 3), dtype=np.uint8)
    packets: list[bytes] = []
    for number in range(count):
        picture = np.roll(ground, number * 3, axis=1)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts = number
        packets += [bytes(packet) for packet in coder.encode(frame)]
    packets += [bytes(packet) for packet in coder.encode(None)]
    split = [[n for n in p.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if n] for p in packets]
    sets = ParameterSets.of(nal for nals in split for nal in nals)
    samples = [b"".join(len(n).to_bytes(4, "big") + n for n in nals if n[0] & 31 in (1, 5)) for nals in split]
    return sets, tuple(samples)


def film_bytes(seed: int = 1, seconds: int = 4, width: int = 160, height: int = 96) -> bytes:
    """A closed segment file with one fragment a second."""
    sets, samples = coded_pictures(seed, seconds * FPS, width, height)
    return segment_file(sets, samples)


def segment_file(sets: ParameterSets, samples: Sequence[bytes]) -> bytes:
    """Samples as a closed segment file, a fragment and a key frame each second."""
    out, entries, tick = bytearray(init_segment(sets)), [], 90_000 // FPS
    for second in range(len(samples) // FPS):
        part = samples[second * FPS : (second + 1) * FPS]
        times = [(second * FPS + index) * tick for index in range(FPS)]
        table = FrameTable(
            sizes=[len(one) for one in part],
            dts_90k=times,
            pts_90k=times,
            keys=[index == 0 for index in range(FPS)],
            next_dts_90k=(second + 1) * 90_000,
        )
        entries.append((times[0], len(out)))
        out += fragment_header(second + 1, table) + b"".join(part)
    return bytes(out + random_access_box(entries))


def signed_films(
    signer: Signer, seed: int = 1, seconds: int = 8, each_s: int = 4, *, bare: bool = False
) -> list[bytes]:
    """Segment files of one stream, whose groups of a second are signed one picture later; so one SEI crosses over.

    bare  the signatures are taken out again
    """
    sets, samples = coded_pictures(seed, seconds * FPS)
    pictures = signer.sign([list(split_sample(sample)) for sample in samples])
    pictures = stripped(pictures) if bare else [*pictures[:-2], [*pictures[-2], *pictures[-1]]]
    coded = [b"".join(len(nal).to_bytes(4, "big") + nal for nal in nals) for nals in pictures]
    return [segment_file(sets, coded[at : at + each_s * FPS]) for at in range(0, seconds * FPS, each_s * FPS)]


def split_sample(sample: bytes) -> Iterable[bytes]:
    return [bytes(nal) for nal in iter_nals(sample)]


def film_with_b_frames(seconds: int = 4, width: int = 160, height: int = 96) -> bytes:
    """A segment whose pictures are coded in another order than they are shown; picture n is n times brighter."""
    coder = av.CodecContext.create("libx264", "w")
    coder.width, coder.height, coder.pix_fmt = width, height, "yuv420p"
    coder.framerate, coder.time_base = Fraction(FPS), Fraction(1, FPS)
    options = f"keyint={FPS}:min-keyint={FPS}:bframes=2:b-adapt=0:scenecut=0:open-gop=0:threads=1"
    coder.options = {"preset": "medium", "x264-params": options}
    packets = []
    for number in range(seconds * FPS):
        frame = av.VideoFrame.from_ndarray(
            np.full((height, width, 3), 10 + 10 * number, dtype=np.uint8), format="rgb24"
        )
        frame.pts = number
        packets += coder.encode(frame)
    packets += coder.encode(None)
    split = [[n for n in bytes(p).replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if n] for p in packets]
    sets = ParameterSets.of(nal for nals in split for nal in nals)
    coded = [b"".join(len(n).to_bytes(4, "big") + n for n in nals if n[0] & 31 in (1, 5)) for nals in split]
    tick, first = 90_000 // FPS, packets[0].dts or 0
    out, entries = bytearray(init_segment(sets)), []
    for second in range(seconds):
        part = slice(second * FPS, (second + 1) * FPS)
        table = FrameTable(
            sizes=[len(one) for one in coded[part]],
            dts_90k=[((p.dts or 0) - first) * tick for p in packets[part]],
            pts_90k=[((p.pts or 0) - first) * tick for p in packets[part]],
            keys=[p.is_keyframe for p in packets[part]],
            next_dts_90k=(second + 1) * FPS * tick,
        )
        entries.append((table.pts_90k[0], len(out)))
        out += fragment_header(second + 1, table) + b"".join(coded[part])
    return bytes(out + random_access_box(entries))


@dataclass
class FakeRecorder:
    """The recorder's index, holds and files, in memory and in a folder."""

    root: Path
    stored: list[Segment] = field(default_factory=list)
    pieces: dict[int, list[Fragment]] = field(default_factory=dict)
    gap_rows: list[Gap] = field(default_factory=list)
    clock_rows: dict[int, list[ClockPair]] = field(default_factory=dict)
    readings: list[ClockReading] = field(default_factory=list)  # of the machine's own clock
    hold_rows: dict[HoldId, Hold] = field(default_factory=dict)
    closed: list[CameraId] = field(default_factory=list)
    signing: dict[str, tuple[Seen, ...]] = field(default_factory=dict)

    def record(self, camera: str, start_us: int, data: bytes, *, training: bool = False) -> Segment:
        found = scan(data)
        ticks = sum(fragment.duration_90k for fragment in found.fragments)
        path = f"{camera}/{start_us}.mp4"
        (self.root / camera).mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(data)
        number = SegmentId(len(self.stored) + 1)
        segment = Segment(
            segment_id=number,
            camera=CameraId(camera),
            span=TimeSpan(start_us, start_us + ticks * 100 // 9),
            path=path,
            state=SegmentState.CLOSED,
            size_bytes=len(data),
            frames=sum(len(fragment.samples) for fragment in found.fragments),
            sha256=sha256(data).hexdigest(),
            codec=found.init.codec,
            width_px=found.init.width_px,
            height_px=found.init.height_px,
            init_bytes=found.init.size_bytes,
            training=training,
        )
        self.stored.append(segment)
        self.pieces[number] = [
            Fragment(
                offset=one.offset,
                size_bytes=one.size_bytes,
                start_us=start_us + one.samples[0].dts_90k * 100 // 9,
                start_90k=one.samples[0].dts_90k,
                duration_90k=one.duration_90k,
                frames=len(one.samples),
                key=one.key,
                damaged=False,
                inter_bytes=0,
                crc32=0,
                shift_90k=one.samples[0].pts_90k - one.samples[0].dts_90k,
            )
            for one in found.fragments
        ]
        return segment

    def cameras(self) -> list[CameraId]:
        return sorted({segment.camera for segment in self.stored})

    def segments(self, camera: CameraId, span: TimeSpan) -> list[Segment]:
        own = [s for s in self.stored if s.camera == camera and s.span.overlaps(span)]
        return sorted(own, key=lambda segment: segment.span)

    def segment(self, segment_id: SegmentId) -> Segment | None:
        return next((s for s in self.stored if s.segment_id == segment_id), None)

    def fragments(self, segment_id: SegmentId) -> list[Fragment]:
        return self.pieces[segment_id]

    def clock_readings(self, span: TimeSpan) -> list[ClockReading]:
        return [one for one in self.readings if one.at_us < span.end_us]

    def origins(self, camera: CameraId, span: TimeSpan) -> list[tuple[TimeSpan, Origin]]:
        return []  # everything was recorded as it came

    def clock_pairs(self, segment_id: SegmentId) -> list[ClockPair]:
        return self.clock_rows.get(segment_id, [])

    def gaps(self, camera: CameraId, span: TimeSpan) -> list[Gap]:
        return [g for g in self.gap_rows if g.camera == camera and g.start_us < span.end_us]

    def recorded(self, camera: CameraId, span: TimeSpan) -> list[TimeSpan]:
        holes = uncovered(span, [s.span for s in self.segments(camera, span)])
        return uncovered(span, holes)

    def place_hold(self, hold: Hold) -> None:
        self.hold_rows[hold.hold_id] = hold

    def end_hold(self, hold_id: HoldId, until_us: int) -> None:
        self.hold_rows[hold_id] = replace(self.hold_rows[hold_id], until_us=until_us)

    def holds(self, camera: CameraId, span: TimeSpan) -> Sequence[Hold]:
        return [h for h in self.hold_rows.values() if h.camera == camera and h.span.overlaps(span)]

    def path(self, relative: str) -> Path:
        return self.root / relative

    async def close_segment(self, camera: CameraId) -> None:
        self.closed.append(camera)
        for index, segment in enumerate(self.stored):
            if segment.camera == camera and segment.state is SegmentState.OPEN:
                data = (self.root / segment.path).read_bytes()
                self.stored[index] = replace(
                    segment, state=SegmentState.CLOSED, sha256=sha256(data).hexdigest(), size_bytes=len(data)
                )


class FakeStore:
    """Cases in a dict, with the same revision rule as the real stores."""

    def __init__(self) -> None:
        self.rows: dict[CaseId, Case] = {}

    def add(self, case: Case) -> None:
        self.rows[case.case_id] = case

    def save(self, case: Case) -> Case:
        if self.rows[case.case_id].revision != case.revision:
            raise ChangedMeanwhileError(case.case_id)
        self.rows[case.case_id] = replace(case, revision=case.revision + 1)
        return self.rows[case.case_id]

    def get(self, case_id: CaseId) -> Case | None:
        return self.rows.get(case_id)

    def all(self) -> Sequence[Case]:
        return sorted(self.rows.values(), key=lambda case: -case.requested_us)


class FakePeople:
    def __init__(self, people: Iterable[Person]) -> None:
        self.rows = {person.person_id: person for person in people}

    def by_id(self, person_id: PersonId) -> Person | None:
        return self.rows.get(person_id)


class FakeRegister:
    def __init__(self, cameras: Iterable[str], area: AreaCode = AREA) -> None:
        self.rows = {CameraId(name): camera(name, area) for name in cameras}

    def camera(self, name: CameraId) -> Camera | None:
        return self.rows.get(name)


class DeadLog:
    """A log on a full disk."""

    def append(self, event: AuditEvent) -> int:
        raise LogUnavailableError("the access log cannot be written: no space left on device")


def camera(name: str, area: AreaCode = AREA) -> Camera:
    site = Site(
        site_id=SiteId(f"site-{name}"),
        name="Jl. Yos Sudarso",
        kind=SiteKind.JUNCTION,
        area=area,
        lat_deg=0.4936,
        lon_deg=117.5361,
    )
    return Camera(
        camera=CameraId(name),
        name=f"Kamera {name}",
        site=site,
        purpose="Keamanan jalan umum",
        legal_basis="Perbup",
        retention_days=30,
        url="rtsp://user:geheim@camera/stream",
        sub_url=None,
        direction_deg=45.0,
    )


def person(name: str, number: str, *roles: Role, area: str = "64.08") -> Person:
    return Person(
        person_id=PersonId(name),
        login=name,
        name=name.title(),
        official_id=number,
        office="Diskominfo" if Role.OPERATOR in roles else "Polres Kutai Timur",
        roles=frozenset(roles),
        area=AreaCode(area),
    )


INVESTIGATOR = person("rina", "87010203", Role.INVESTIGATOR)
APPROVER = person("hadi", "197503042000031002", Role.APPROVER)
OPERATOR = person("nur", "199001012015032001", Role.OPERATOR)
INSPECTOR = person("sri", "198005052006042003", Role.INSPECTOR)
PEOPLE = (INVESTIGATOR, APPROVER, OPERATOR, INSPECTOR)


def scope(*cameras: str, start_s: float = 0, end_s: float = 20) -> Scope:
    span = TimeSpan(NIGHT_US + round(start_s * SECOND_US), NIGHT_US + round(end_s * SECOND_US))
    return Scope(cameras=tuple(CameraId(name) for name in cameras), span=span)


def letter(wanted: Scope | None = None) -> Request:
    return Request(
        lp_number="LP/B/147/XI/2026/SPKT/POLRES KUTAI TIMUR/POLDA KALTIM",
        lp_date="2026-11-18",
        letter_number="B/1207/XI/RES.1.8/2026",
        letter_date="2026-11-18",
        requester=Officer(name="Rina Wulandari", rank="IPDA", nrp="87010203", unit="Satreskrim Polres Kutai Timur"),
        crime_kind="pencurian sepeda motor",
        place="Jl. Yos Sudarso, Sangatta Utara",
        lat_deg=0.4936,
        lon_deg=117.5361,
        incident=TimeSpan(NIGHT_US, NIGHT_US + 1800 * SECOND_US),
        scope=wanted or scope("simpang-3", "pasar"),
        purpose=Purpose.INVESTIGATION,
        ground=LegalGround.CRIMINAL_INVESTIGATION,
        reason="Pencurian motor, pelaku lewat simpang",
    )


@cache
def office_root() -> Root:
    return new_root("Pemerintah Kabupaten Kutai Timur", MORNING_US)


@cache
def sealing_identity() -> SealingIdentity:
    return new_sealing_identity(office_root(), "Diskominfo Kutai Timur", MORNING_US)


@dataclass
class House:
    """A whole service over fakes and a real log."""

    service: CaseService
    recorder: FakeRecorder
    store: FakeStore
    people: FakePeople
    log: SqliteLog
    clock: FixedClock
    packages: Path
    stills: dict[str, bytes]

    def actions(self) -> list[tuple[str, str, str]]:
        """(action, phase, outcome) of every entry."""
        return [(e.action, str(e.fields["tahap"]), str(e.fields["hasil"])) for e in self.log.entries(0, 10_000)]


def house(
    root: Path,
    *,
    cameras: Sequence[str] = ("simpang-3", "pasar", "bank"),
    training: bool = False,
    stamps: StampAuthorities | None = None,
) -> House:
    """Nothing recorded, nobody asked yet."""
    clock, recorder, store = FixedClock(), FakeRecorder(root / "footage"), FakeStore()
    stills: dict[str, bytes] = {}
    log, people = SqliteLog(root / "log", clock), FakePeople(PEOPLE)
    builder = PackageBuilder(
        folder=root / "packages",
        footage=recorder,
        identity=sealing_identity(),
        log_signer=NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32)))),
        log=log,
        office=Office(),
        signing_seen=lambda: recorder.signing,
        stamps=stamps,
        still_picture=stills.get,
        make_hashes=engine_kind("auto").make_bulk_hashes,
    )
    service = CaseService(
        store=store,
        people=people,
        register=FakeRegister(cameras),
        recordings=recorder,
        holds=recorder,
        footage=recorder,
        closer=recorder,
        builder=builder,
        clock=clock,
        training=training,
        copies=root / "copies",
    )
    return House(service, recorder, store, people, log, clock, root / "packages", stills)


def record_the_theft(recorder: FakeRecorder, *, training: bool = False, tiny: bool = False) -> None:
    """Two cameras over 20 s; simpang-3 is cut from 8 to 14 s (link), pasar runs through.

    simpang-3's own clock is 0.5 s ahead and its reports wait for 0 to 0.3 s; pasar never tells its time.

    tiny  pictures of a few bytes, for tests that read the films hundreds of times
    """
    size = (32, 32) if tiny else (160, 96)
    for camera_name, starts in (("simpang-3", (0, 4, 14, 18)), ("pasar", (0, 4, 8, 12, 16))):
        for number, start in enumerate(starts):
            data = film_bytes(number + (10 if camera_name == "pasar" else 0), 4, *size)
            at_us = NIGHT_US + start * SECOND_US
            segment = recorder.record(camera_name, at_us, data, training=training)
            if camera_name == "simpang-3":
                recorder.clock_rows[segment.segment_id] = [
                    clock_pair(at_us + after * SECOND_US, offset_us=SECOND_US // 2, waited_us=after * 100_000)
                    for after in range(4)
                ]
    recorder.gap_rows.append(
        Gap(
            camera=CameraId("simpang-3"),
            start_us=NIGHT_US + 8 * SECOND_US,
            end_us=NIGHT_US + 14 * SECOND_US,
            cause=GapCause.LINK,
            evidence="tidak ada paket selama 6,0 dtk; sambungan TCP putus",
        )
    )


def clock_pair(sent_us: int, *, offset_us: int, waited_us: int = 0) -> ClockPair:
    """A sender report of a camera whose clock is `offset_us` ahead, dated `waited_us` after it was sent."""
    since_1900_us = sent_us + offset_us + 2_208_988_800 * SECOND_US
    seconds, rest = divmod(since_1900_us, SECOND_US)
    ntp = (seconds & 0xFFFFFFFF) << 32 | (rest << 32) // SECOND_US
    return ClockPair(arrival_us=sent_us + waited_us, ntp=ntp, rtp_90k=sent_us * 9 // 100 & 0xFFFFFFFF)


def take_stills(home: House, case: Case) -> Case:
    """Two stills of two cameras, the first with an enhanced copy; kept in `home.stills`."""
    service = home.service
    for camera_name, after_s in (("simpang-3", 5.5), ("pasar", 5.4)):
        at_us = NIGHT_US + round(after_s * SECOND_US)
        case, still = service.still(INVESTIGATOR.person_id, case.case_id, CameraId(camera_name), at_us)
        home.stills[case.stills[-1].still_id] = still.png
    first = case.stills[-2]
    clearer = Treatment(brightness=1.8, contrast=1.3)
    case, copy = service.enhance(
        INVESTIGATOR.person_id, case.case_id, first.still_id, home.stills[first.still_id], clearer
    )
    home.stills[case.stills[-1].still_id] = copy.png
    return case


async def sealed_package(
    root: Path,
    *,
    training: bool = False,
    tiny: bool = False,
    stamps: StampAuthorities | None = None,
    stills: bool = False,
) -> tuple[House, Case, Path]:
    """The thin line: asked, approved, packed."""
    home = house(root, training=training, stamps=stamps)
    record_the_theft(home.recorder, training=training, tiny=tiny)
    case = home.service.request(INVESTIGATOR.person_id, letter())
    case = home.service.approve(APPROVER.person_id, case.case_id, scope_version=1)
    case = take_stills(home, case) if stills else case
    case, record = await home.service.pack(INVESTIGATOR.person_id, case.case_id)
    return home, case, home.packages / record.folder
