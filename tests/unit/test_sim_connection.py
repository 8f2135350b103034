"""A client that does not read: whole frames are dropped, counted, and nothing half is ever sent."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from tests.sim_kit import reel

from ronda.core.time import SECOND_US
from ronda.sim.camera import RunningCamera
from ronda.sim.connection import MAX_QUEUE_BYTES, Connection
from ronda.sim.plan import FaultKind, PlannedFault, cameras_of
from ronda.sim.schedule import GOP_FRAMES, Schedule
from ronda.sim.sei import parse_all
from ronda.sim.truth import TruthFile, read_truth

EPOCH = 1_800_000_000 * SECOND_US
TALK = (
    b"SETUP rtsp://h/cam/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n",
    b"PLAY rtsp://h/cam RTSP/1.0\r\nCSeq: 2\r\nSession: %s\r\n\r\n",
)


class Wire(asyncio.Transport):
    """A transport whose unsent bytes a test decides."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = bytearray()
        self.waiting_bytes = 0
        self.open = True

    def write(self, data: bytes | bytearray | memoryview) -> None:  # type: ignore[type-arg]
        self.sent += data

    def get_write_buffer_size(self) -> int:
        return self.waiting_bytes

    def close(self) -> None:
        self.open = False

    def abort(self) -> None:
        self.open = False


class OneCameraHost:
    """Implements `ronda.sim.connection.Host` with a clock that a test moves."""

    credentials = None
    session_timeout_s = 60

    def __init__(self, folder: Path) -> None:
        self.truth = TruthFile(folder / "truth.jsonl")
        self.time_us = EPOCH
        schedule = Schedule(epoch_us=EPOCH, seed="cam", clip_gops=reel().clip_gops)
        self.camera = RunningCamera(cameras_of([("cam", "test")])[0], {0: reel()}, schedule, self.truth)

    def now_us(self) -> int:
        return self.time_us

    def refusal(self, path: str) -> int | None:
        return None

    def description(self, path: str) -> str:
        return reel().description

    def camera_of(self, path: str) -> tuple[RunningCamera, int]:
        return self.camera, 0

    def opened(self, connection: Connection) -> None: ...

    def closed(self, connection: Connection) -> None: ...

    def joined(self, connection: Connection, camera: RunningCamera) -> None:
        camera.watchers.add(connection)

    def left(self, connection: Connection) -> None:
        self.camera.watchers.discard(connection)

    def send(self, first: int, end: int) -> None:
        for frame in range(first, end):
            self.time_us = self.camera.schedule.due_us(frame)
            self.camera.send(frame, self.time_us)


@pytest.fixture
def host(tmp_path: Path) -> OneCameraHost:
    return OneCameraHost(tmp_path)


def playing(host: OneCameraHost) -> tuple[Connection, Wire]:
    connection, wire = Connection(host), Wire()
    connection.connection_made(wire)
    connection.data_received(TALK[0])
    connection.data_received(TALK[1] % connection.session.encode())
    wire.sent.clear()
    return connection, wire


def frames(wire: Wire) -> list[int]:
    return [mark.frame for mark in parse_all(wire.sent)]


def told(tmp_path: Path, kind: str) -> list[tuple[int, int]]:
    return [(line["first_frame"], line["last_frame"]) for line in read_truth(tmp_path / "truth.jsonl", kind)]


def test_a_session_begins_at_a_key_frame(host: OneCameraHost) -> None:
    """Nothing before it could be decoded."""
    _, wire = playing(host)
    host.send(13, 33)
    assert frames(wire) == list(range(20, 33))


def test_a_blocked_client_loses_whole_frames_until_the_next_key_frame(host: OneCameraHost, tmp_path: Path) -> None:
    """As cameras do; the truth file must name exactly the frames that were not sent."""
    connection, wire = playing(host)
    host.send(0, 50)
    wire.waiting_bytes = MAX_QUEUE_BYTES
    host.send(50, 53)
    wire.waiting_bytes = 0
    host.send(53, 80)
    connection.finish()
    assert frames(wire) == [*range(50), *range(60, 80)]
    assert connection.dropped == 10
    assert told(tmp_path, "sent") == [(0, 49), (60, 79)]
    assert told(tmp_path, "dropped") == [(50, 59)]


def test_sequence_numbers_have_no_hole_where_frames_were_dropped(host: OneCameraHost) -> None:
    """The camera never sent them: a hole in the numbers would accuse the network."""
    _, wire = playing(host)
    host.send(0, 30)
    wire.waiting_bytes = MAX_QUEUE_BYTES
    host.send(30, 31)
    wire.waiting_bytes = 0
    host.send(31, 50)
    numbers, at = [], 0
    while at < len(wire.sent):
        numbers.append(int.from_bytes(wire.sent[at + 6 : at + 8], "big"))
        at += 4 + int.from_bytes(wire.sent[at + 2 : at + 4], "big")
    assert all((after - before) & 0xFFFF == 1 for before, after in pairwise(numbers))


def test_time_stamps_follow_the_frame_numbers(host: OneCameraHost) -> None:
    """A gap must show in media time as long as it was."""
    _, wire = playing(host)
    host.send(0, 2)
    first = int.from_bytes(wire.sent[8:12], "big")
    wire.sent.clear()
    host.send(40, 41)
    assert (int.from_bytes(wire.sent[8:12], "big") - first) & 0xFFFFFFFF == 40 * 9000


def test_a_stalled_camera_keeps_the_connection_and_sends_nothing(host: OneCameraHost, tmp_path: Path) -> None:
    """The recorder must notice by itself that no byte comes."""
    connection, wire = playing(host)
    host.send(0, 20)
    fault = PlannedFault(camera=host.camera.camera.name, kind=FaultKind.STALL, at_us=0, for_s=1.0)
    host.time_us = host.camera.schedule.due_us(20)
    host.camera.begin_fault(fault, host.time_us)
    host.send(20, 60)
    connection.finish()
    assert frames(wire) == [*range(20), *range(40, 60)]
    assert told(tmp_path, "dropped") == [(20, 39)]


def test_a_dropped_camera_cuts_its_connections(host: OneCameraHost) -> None:
    """At once, without a goodbye."""
    _, wire = playing(host)
    fault = PlannedFault(camera=host.camera.camera.name, kind=FaultKind.DROP, at_us=0, for_s=5.0)
    host.camera.begin_fault(fault, host.time_us)
    assert not wire.open
    assert not host.camera.watchers


def test_a_frozen_camera_goes_on_numbering(host: OneCameraHost) -> None:
    """Only the picture stands still; frames, numbers and times run."""
    _, wire = playing(host)
    fault = PlannedFault(camera=host.camera.camera.name, kind=FaultKind.FREEZE, at_us=0, for_s=4.0)
    host.camera.begin_fault(fault, EPOCH)
    host.send(0, 60)
    assert frames(wire) == list(range(60))
    assert {host.camera.schedule.at(frame)[0] for frame in range(2 * GOP_FRAMES)} == {"frozen"}


def test_a_wrong_clock_shows_in_sender_reports_and_not_in_the_marks(host: OneCameraHost) -> None:
    """The marks are the truth that the recorder's account is checked against."""
    connection, wire = playing(host)
    host.send(0, 20)
    fault = PlannedFault(
        camera=host.camera.camera.name, kind=FaultKind.CLOCK, at_us=0, for_s=60.0, offset_s=-3600.0
    )
    host.camera.begin_fault(fault, host.time_us)
    wire.sent.clear()
    connection.keep(host.time_us)
    seconds = int.from_bytes(wire.sent[12:16], "big") - 2_208_988_800
    assert seconds - host.time_us // SECOND_US == -3600
    wire.sent.clear()
    host.send(20, 21)
    assert parse_all(wire.sent)[0].at_us == host.time_us


def test_a_silent_client_is_closed_after_the_session_timeout(host: OneCameraHost) -> None:
    """A recorder that died must not be sent to for ever."""
    connection, wire = playing(host)
    host.time_us += 61 * SECOND_US
    connection.keep(host.time_us)
    assert not wire.open
