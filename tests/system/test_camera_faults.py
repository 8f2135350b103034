"""Cameras that stamp, report, change and break what they send: what is kept, what is declared, what is noted.

Recorded through both engines from a camera on loopback that sends what a test writes into its packets.
"""

import asyncio
import contextlib
import random
import resource
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.camera_kit import TestCamera, recorder_in, until
from tests.needs import c_engine
from tests.stream_kit import DISTANCE_90K, PPS, SPS, Sender, Unit, picture

from ronda.core.ids import CameraId
from ronda.core.time import DAY_US, HOUR_US, SECOND_US, TimeSpan
from ronda.evidence.clock_facts import ClockReport, measure
from ronda.media.fmp4_read import scan
from ronda.store.disk.index import SqliteIndex
from ronda.video.cameras_file import CameraConfig
from ronda.video.gap_cause import Finding
from ronda.video.model import Gap, Note, Segment
from ronda.video.recorder import Recorder
from ronda.video.status_watch import FORMAT_NOTE, TIME_NOTE, StatusWatch

CAM = CameraId("cam-1")
ALL = TimeSpan(0, 1 << 60)
NTP_1970 = 2_208_988_800
OTHER_SPS = SPS[:7] + b"\xb0" + SPS[8:]  # the same camera set to another width
OTHER_WIDTH = 704
Script = Callable[[int, Sender], None]
ENGINES = ["python", pytest.param("c", marks=pytest.mark.skipif(c_engine() is None, reason="not built"))]


def plain(number: int, sender: Sender, *, stamp: int | None = None, key: bool | None = None) -> None:
    """One picture, whose filling byte tells its number."""
    is_key = number % 10 == 0 if key is None else key
    nals = [SPS, PPS] if is_key else []
    nals.append(picture(400, key=is_key, fill=1 + number % 250))
    sender.send(Unit(nals=nals, stamp=(number * DISTANCE_90K if stamp is None else stamp) & 0xFFFFFFFF))


@dataclass(slots=True)
class ScriptedCamera(TestCamera):
    """Sends `count` times what the script writes, one every `pace_s`, and then nothing."""

    __test__ = False
    script: Script = plain
    count: int = 60
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        sender = Sender()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            for number in range(self.count):
                await asyncio.sleep(self.pace_s)
                self.script(number, sender)
                writer.write(bytes(sender.out))
                sender.out.clear()
                await writer.drain()
            self.done.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What is left after an orderly stop."""

    segments: list[Segment]
    gaps: list[Gap]
    notes: list[Note]
    fills: list[int]  # the filling byte of each recorded picture, in the files' order
    pairs: list[tuple[int, int]]  # (arrival, NTP seconds) of the camera's reports
    offset_us: int | None  # what the status showed of the camera's clock
    damaged: int

    @property
    def inner_gaps(self) -> list[Gap]:
        return [gap for gap in self.gaps if gap.end_us is not None]


async def record(folder: Path, engine: str, script: Script, *, count: int = 60, wait: bool = True) -> Recorded:
    camera = ScriptedCamera(script=script, count=count, pace_s=0.02)
    await camera.start()
    offset_us = None
    try:
        async with recorder_in(folder, engine) as recorder:
            watch = StatusWatch(recorder)
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            await until(camera.done.is_set)
            await settled(recorder)
            watch.sample()
            status = watch.status().cameras[CAM]
            offset_us = status.clock_offset_us
    finally:
        await camera.stop()
    return read(folder, offset_us)


async def settled(recorder: Recorder) -> None:
    """The engine's next sweep has read all that was sent."""
    await asyncio.sleep(0.6)


def read(folder: Path, offset_us: int | None) -> Recorded:
    index = SqliteIndex(folder / "index.sqlite")
    segments = index.segments(CAM, ALL)
    fills, damaged = [], 0
    for segment in segments:
        data = (folder / segment.path).read_bytes()
        fills += [
            data[sample.offset + sample.size_bytes - 1] for part in scan(data).fragments for sample in part.samples
        ]
        damaged += sum(one.damaged for one in index.fragments(segment.segment_id))
    pairs = [
        (pair.arrival_us, (pair.ntp >> 32) - NTP_1970)
        for one in segments
        for pair in index.clock_pairs(one.segment_id)
    ]
    found = Recorded(
        segments=segments,
        gaps=index.gaps(CAM, ALL),
        notes=[one for one in index.notes(ALL) if one.kind in (TIME_NOTE, FORMAT_NOTE)],
        fills=fills,
        pairs=pairs,
        offset_us=offset_us,
        damaged=damaged,
    )
    index.close()
    return found


def numbers(count: int) -> list[int]:
    return [1 + number % 250 for number in range(count)]


def wild(number: int) -> int:
    jumps = {23: -9_800 * 90_000, 37: 37_600 * 90_000}
    return number * DISTANCE_90K + jumps.get(number, 0)


STAMPS = {
    "single frames hours away": (wild, True),
    "61 ms back": (lambda number: number * DISTANCE_90K - (5_490 if number % 7 == 3 else 0), False),
    "reset to 0": (lambda number: (number - 31) * DISTANCE_90K + (2_000_000_000 if number < 31 else 0), True),
    "roll-over": (lambda number: 0xFFFF_FFFF - 100_000 + number * DISTANCE_90K, False),
    "standing still": (lambda number: 777, True),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", STAMPS)
async def test_wild_time_stamps_keep_every_frame_in_order_by_arrival_and_are_noted(
    tmp_path: Path, kind: str, engine: str
):
    """N70: no frame is lost, no gap declared, and the footage is as long as it took to arrive."""
    stamp, is_noted = STAMPS[kind]
    got = await record(tmp_path, engine, lambda number, sender: plain(number, sender, stamp=stamp(number)))
    assert got.fills == numbers(60)
    assert got.inner_gaps == []
    assert 0.5 * SECOND_US < sum(one.span.duration_us for one in got.segments) < 15 * SECOND_US
    assert [one.kind for one in got.notes] == ([TIME_NOTE] if is_noted else [])


def report(sender: Sender, camera_us: int | None, stamp: int) -> None:
    """An RTCP sender report; None: without a time, as cameras without a clock send it."""
    ntp = 0 if camera_us is None else ((camera_us // SECOND_US + NTP_1970) << 32) & 0xFFFF_FFFF_FFFF_FFFF
    body = struct.pack(">BBHIQIII", 0x80, 200, 6, sender.ssrc, ntp, stamp & 0xFFFFFFFF, 1, 1)
    sender.out += struct.pack(">BBH", 0x24, 1, len(body)) + body


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("off_us", [1_700_000, HOUR_US, DAY_US, -5 * HOUR_US, None])
async def test_a_wrong_clock_of_the_camera_is_measured_and_shown_and_moves_nothing(
    tmp_path: Path, off_us: int | None, engine: str
):
    """N71 and N77: times are those of arrival; what the camera's clock said stands beside them, uncorrected."""
    begun_us = time.time_ns() // 1000

    def script(number: int, sender: Sender) -> None:
        plain(number, sender)
        if number % 10 == 5 and off_us is not None:
            report(sender, time.time_ns() // 1000 + off_us, number * DISTANCE_90K)

    got = await record(tmp_path, engine, script)
    ended_us = time.time_ns() // 1000
    assert got.fills == numbers(60)
    assert got.inner_gaps == []
    assert begun_us <= got.segments[0].span.start_us < got.segments[-1].span.end_us <= ended_us + SECOND_US
    if off_us is None:
        assert got.pairs == []
        assert got.offset_us is None
    else:
        assert len(got.pairs) >= 4
        assert got.offset_us is not None
        assert abs(got.offset_us - off_us) < 2 * SECOND_US  # the report has whole seconds, and waits for its read


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_report_of_the_year_1900_is_no_time(tmp_path: Path, engine: str):
    """N71: the camera has no clock yet; nothing jumps, and the reports are kept as they were sent."""

    def script(number: int, sender: Sender) -> None:
        plain(number, sender)
        if number % 10 == 5:
            report(sender, None, number * DISTANCE_90K)

    got = await record(tmp_path, engine, script)
    assert got.fills == numbers(60)
    assert got.inner_gaps == []
    assert got.segments[0].span.start_us > 1_700_000_000 * SECOND_US


def test_reports_that_jump_widen_the_uncertainty():
    """N71: a clock that is set between two reports is not averaged away."""
    steady = [
        ClockReport(arrival_us=n * 5 * SECOND_US, ntp=(NTP_1970 + n * 5) << 32, rtp_90k=n * 450_000)
        for n in range(9)
    ]
    jumping = [
        ClockReport(
            arrival_us=one.arrival_us, ntp=one.ntp + ((3600 << 32) if index % 2 else 0), rtp_90k=one.rtp_90k
        )
        for index, one in enumerate(steady)
    ]
    calm, wild_facts = measure(steady), measure(jumping)
    assert calm is not None
    assert wild_facts is not None
    assert wild_facts.uncertainty_us > calm.uncertainty_us


@pytest.mark.parametrize("engine", ENGINES)
async def test_fewer_pictures_than_declared_are_no_gap(tmp_path: Path, engine: str):
    """N72: 25 are declared, 21 come."""
    got = await record(tmp_path, engine, lambda number, sender: plain(number, sender, stamp=number * 90_000 // 21))
    assert got.fills == numbers(60)
    assert got.gaps == got.gaps[-1:]
    assert got.inner_gaps == []


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_sender_that_changes_its_number_goes_on_after_a_few_packets(tmp_path: Path, engine: str):
    """N73: an encoder that started anew; what was refused meanwhile is marked, nothing is mixed."""

    def script(number: int, sender: Sender) -> None:
        if number == 30:
            sender.ssrc, sender.sequence = 0x9999, 17
        plain(number, sender, stamp=number * DISTANCE_90K)

    got = await record(tmp_path, engine, script, count=160)
    assert got.fills[:30] == numbers(30)
    after = got.fills[30:]
    assert len(after) >= 50
    assert after == numbers(160)[-len(after) :]


def lossy(rate: float) -> Script:
    chance = random.Random(7)

    def script(number: int, sender: Sender) -> None:
        whole = Sender(sequence=sender.sequence, limit_bytes=120)
        plain(number, whole)
        packets, data = [], bytes(whole.out)
        while data:
            size = 4 + int.from_bytes(data[2:4], "big")
            packets.append(data[:size])
            data = data[size:]
        for index in range(len(packets)):
            if chance.random() < rate:
                other = chance.randrange(len(packets))
                packets[index], packets[other] = packets[other], packets[index]
            if chance.random() < rate:
                packets[index] *= 2
            if chance.random() < rate:
                packets[index] = b""
        sender.out += b"".join(packets)
        sender.sequence = whole.sequence

    return script


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rate", [0.01, 0.1, 0.3])
async def test_lost_doubled_and_swapped_packets_are_damage_and_gaps_never_a_crash(
    tmp_path: Path, rate: float, engine: str
):
    """N74: what is not whole is marked and declared; recording goes on."""
    got = await record(tmp_path, engine, lossy(rate), count=120)
    assert got.segments
    assert got.damaged > 0
    assert any("packets were missing" in gap.evidence for gap in got.inner_gaps)
    assert {one.cause.value for one in got.inner_gaps} == {"link"}


def fu_without_end(number: int, sender: Sender) -> None:
    if number % 10 == 4:  # the fragments stop in the middle of the picture
        sender.packet(b"\x7c\x81\x88" + bytes(300), number * DISTANCE_90K, marker=False)
        sender.packet(b"\x7c\x01" + bytes(300), number * DISTANCE_90K, marker=False)
    else:
        plain(number, sender)


def forbidden_bit(number: int, sender: Sender) -> None:
    if number % 10 == 4:
        nal = picture(300, key=False, fill=1 + number)
        sender.packet(bytes((nal[0] | 0x80,)) + nal[1:], number * DISTANCE_90K, marker=True)
    else:
        plain(number, sender)


def huge_sei(number: int, sender: Sender) -> None:
    if number == 25:
        sender.limit_bytes = 60_000
        sender.send(Unit(nals=[b"\x06\x05" + b"s" * 2_000_000], stamp=number * DISTANCE_90K, marker=False))
    plain(number, sender)


def oversized(number: int, sender: Sender) -> None:
    if number == 25:
        sender.limit_bytes = 60_000
        sender.send(Unit(nals=[picture(5_000_000, key=False)], stamp=number * DISTANCE_90K))
    else:
        plain(number, sender)


def unasked_sound(number: int, sender: Sender) -> None:
    plain(number, sender)
    body = struct.pack(">BBHII", 0x80, 97, number, number * 320, 5) + bytes(160)
    sender.out += struct.pack(">BBH", 0x24, 2, len(body)) + body


BROKEN = {"FU-A without end": fu_without_end, "forbidden bit": forbidden_bit, "an oversized picture": oversized}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", BROKEN)
async def test_a_broken_picture_is_marked_or_left_out_and_those_around_it_are_whole(
    tmp_path: Path, kind: str, engine: str
):
    """N74: the damage is a row, not a guess; the pictures after it are those that were sent."""
    got = await record(tmp_path, engine, BROKEN[kind])
    assert got.damaged > 0
    assert any("a picture is incomplete or left out" in gap.evidence for gap in got.inner_gaps)
    assert set(numbers(60)) - set(got.fills) <= {1 + number for number in (4, 14, 24, 25, 34, 44, 54)}


@pytest.mark.parametrize("engine", ENGINES)
async def test_an_sei_of_2_mb_is_kept_with_its_picture(tmp_path: Path, engine: str):
    """N74: odd, but whole."""
    got = await record(tmp_path, engine, huge_sei)
    assert got.fills == numbers(60)
    assert got.inner_gaps == []


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_sound_track_that_nobody_asked_for_costs_no_picture(tmp_path: Path, engine: str):
    """N74: it is not recorded, and the pictures beside it are whole."""
    got = await record(tmp_path, engine, unasked_sound)
    assert got.fills == numbers(60)
    assert got.damaged == 0
    assert got.inner_gaps == []


@pytest.mark.parametrize("engine", ENGINES)
async def test_no_parameter_sets_means_nothing_recorded_and_it_is_said(tmp_path: Path, engine: str):
    """N74: nobody could decode it; the camera's time is not called recorded."""

    def script(number: int, sender: Sender) -> None:
        key = number % 10 == 0
        sender.send(Unit(nals=[picture(300, key=key)], stamp=number * DISTANCE_90K))

    got = await record(tmp_path, engine, script)
    assert got.segments == []


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_camera_that_never_sends_an_idr_is_recorded_from_a_recovery_point(tmp_path: Path, engine: str):
    """N74: after 300 pictures a picture that the encoder calls clean may begin a segment."""

    def script(number: int, sender: Sender) -> None:
        clean = number % 10 == 0
        nals = [SPS, PPS, b"\x06\x06\x01\xc4\x80"] if clean else []
        nals.append(picture(200, key=False, fill=1 + number % 250))
        sender.send(Unit(nals=nals, stamp=number * DISTANCE_90K))

    got = await record(tmp_path, engine, script, count=420)
    assert got.fills
    assert got.fills == numbers(420)[-len(got.fills) :]
    assert len(got.fills) >= 20  # a block must begin with such a picture: with these groups each 130th


@pytest.mark.parametrize("engine", ENGINES)
async def test_thirty_seconds_of_media_without_a_key_frame_stay_one_segment(tmp_path: Path, engine: str):
    """N74: the group of pictures is kept whole."""
    got = await record(
        tmp_path,
        engine,
        lambda number, sender: plain(number, sender, stamp=number * 45_000, key=number == 0),
        count=70,
    )
    assert got.fills == numbers(70)
    assert len(got.segments) == 1


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_camera_that_changes_its_size_begins_a_new_segment_with_a_note(tmp_path: Path, engine: str):
    """N72: each file holds one format; that it changed is kept with the footage."""
    camera = ScriptedCamera(pace_s=0.02, count=400)

    def script(number: int, sender: Sender) -> None:
        key = number % 10 == 0
        nals = [OTHER_SPS if number >= 100 else SPS, PPS] if key else []
        nals.append(picture(400, key=key, fill=1 + number % 250))
        sender.send(Unit(nals=nals, stamp=number * DISTANCE_90K))

    camera.script = script
    await camera.start()
    try:
        async with recorder_in(tmp_path, engine) as recorder:
            watch = StatusWatch(recorder)
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])

            def width() -> int | None:
                watch.sample()
                writing = recorder.writer.recorder(CAM)
                return writing.facts.width_px if writing and writing.facts else None

            await until(lambda: width() == 640)
            await until(lambda: width() not in (None, 640))
            watch.sample()
    finally:
        await camera.stop()
    got = read(tmp_path, None)
    assert [one.width_px for one in got.segments][:2] == [640, OTHER_WIDTH]
    assert got.segments[0].span.end_us <= got.segments[1].span.start_us
    assert got.inner_gaps == []
    assert [one.kind for one in got.notes] == [FORMAT_NOTE]


async def test_without_names_cameras_by_number_are_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """N68: no DNS is a fault of the line of those that need it; it is tried again, and nobody else notices."""
    real, asked = socket.getaddrinfo, []

    def resolving(host: object, *more: object, **options: object) -> object:
        if host == "kamera-7.test":
            asked.append(host)
            raise socket.gaierror(socket.EAI_AGAIN, "no name server answers")
        return real(host, *more, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolving)
    camera = ScriptedCamera(pace_s=0.02, count=1000)
    await camera.start()
    named = CameraConfig(camera=CameraId("cam-7"), url=f"rtsp://kamera-7.test:{camera.port}/live")
    try:
        async with recorder_in(tmp_path) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url), named])
            await until(lambda: recorder.keepers[CAM].state.state == "recording" and len(asked) >= 3)
            state = recorder.keepers[named.camera].state
            assert state.finding is Finding.NAME_UNKNOWN
            assert "cannot be resolved" in str(state.last_error)
            assert recorder.keepers[CAM].state.last_error is None
    finally:
        await camera.stop()
    assert read(tmp_path, None).inner_gaps == []


async def test_without_a_file_descriptor_the_gap_says_so_and_recording_goes_on(tmp_path: Path):
    """N67: a limit of the process ends nothing; when it is lifted, the camera is recorded again."""
    camera = ScriptedCamera(pace_s=0.02, count=100_000)
    await camera.start()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        async with recorder_in(tmp_path) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            state = recorder.keepers[CAM].state
            await until(lambda: state.state == "recording")
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
            camera.drop()
            await until(lambda: state.finding is Finding.TOO_MANY_FILES)
            await asyncio.sleep(1.5)
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            writing = recorder.writer.recorder(CAM)
            assert writing is not None
            frames = writing.frames
            await until(lambda: writing.frames > frames + 20, 30)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        await camera.stop()
    got = read(tmp_path, None)
    assert any("files" in gap.evidence for gap in got.inner_gaps)
