"""A gap is filled from the camera's card: verified, marked, over nothing, and never what a person wanted dark."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.http_kit import town
from tests.sim_kit import reel

from ronda.app.jobs.card_filling import SETTING, CardRound
from ronda.core.ids import camera_id
from ronda.core.time import SECOND_US, TimeSpan
from ronda.media.onvif.device import ClockOffset
from ronda.media.onvif.soap import Login
from ronda.media.rtsp_url import parse_rtsp_url
from ronda.sim.onvif import VirtualDevice, VirtualOnvif
from ronda.sim.replay import Kept, ReplayServer
from ronda.sim.sei import parse_all
from ronda.store.disk.index import SqliteIndex
from ronda.video.errors import StorageError
from ronda.video.model import Gap, GapCause, SegmentState
from ronda.video.onvif.camera import OnvifCamera, device_url
from ronda.video.onvif.fill import CARD, FILLED, Filled, FillRefusedError, fill_gap, find_recordings, replay_address
from ronda.video.onvif.transport import Line
from ronda.video.onvif.where import LOOPBACK, place_of
from ronda.video.record.repair import repair_all

CAMERA = camera_id("gerbang")
START_US = 1_795_654_800 * SECOND_US
ALL = TimeSpan(0, 1 << 60)
EXACT = ClockOffset(offset_us=0, uncertainty_us=500_000)


def seconds(begin: float, end: float) -> TimeSpan:
    return TimeSpan(START_US + round(begin * SECOND_US), START_US + round(end * SECOND_US))


def gap_of(begin: float, end: float | None, cause: GapCause = GapCause.LINK) -> Gap:
    end_us = None if end is None else seconds(begin, end).end_us
    start_us = START_US + round(begin * SECOND_US)
    return Gap(camera=CAMERA, start_us=start_us, end_us=end_us, cause=cause, evidence="line cut", training=False)


@pytest.fixture
def index(tmp_path: Path) -> SqliteIndex:
    return SqliteIndex(tmp_path / "index.sqlite", create=True)


async def filled(
    tmp_path: Path, index: SqliteIndex, gap: Gap, card: ReplayServer, clock: ClockOffset = EXACT
) -> Filled:
    index.write(gaps=[gap])
    return await fill_gap(gap, parse_rtsp_url(card.url), clock, footage=tmp_path, index=index, idle_s=0.5)


def files(tmp_path: Path) -> list[Path]:
    return sorted(tmp_path.rglob("*.mp4"))


async def test_what_the_card_holds_comes_into_the_gap_and_the_rest_of_it_stays(
    tmp_path: Path, index: SqliteIndex
) -> None:
    """The card lacks the first five seconds; a key frame comes every two, so at most two more stay dark."""
    gap = gap_of(0, 30)
    with ReplayServer(reel(), (Kept(span=seconds(5, 60)),)) as card:
        done = await filled(tmp_path, index, gap, card)
    assert card.asked == [seconds(0, 30)]
    (segment,) = index.segments(CAMERA, ALL)
    assert segment.state is SegmentState.CLOSED
    assert seconds(5, 7.1).start_us <= segment.span.start_us <= seconds(5, 7.1).end_us
    assert seconds(28.9, 30).start_us <= segment.span.end_us <= seconds(28, 30).end_us
    assert done.frames == segment.frames
    data = (tmp_path / segment.path).read_bytes()
    assert hashlib.sha256(data).hexdigest() == segment.sha256
    numbers = [mark.frame for mark in parse_all(data)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    rest = index.gaps(CAMERA, ALL)
    assert [(one.start_us, one.end_us) for one in rest] == [
        (gap.start_us, segment.span.start_us),
        (segment.span.end_us, gap.end_us),
    ]
    assert all(one.cause is GapCause.LINK and one.evidence.endswith(FILLED) for one in rest)


async def test_where_it_is_from_and_how_uncertain_its_times_are_stays_with_it(
    tmp_path: Path, index: SqliteIndex
) -> None:
    """The device's clock is an hour and a quarter behind; the footage lies where it was taken."""
    clock = ClockOffset(offset_us=-4_500 * SECOND_US, uncertainty_us=700_000)
    kept = (Kept(span=seconds(0, 20)),)
    with ReplayServer(reel(), kept, clock_offset_us=clock.offset_us) as card:
        await filled(tmp_path, index, gap_of(0, 20), card, clock)
    (segment,) = index.segments(CAMERA, ALL)
    assert abs(segment.span.start_us - START_US) < SECOND_US
    ((span, origin),) = index.origins(CAMERA, ALL)
    assert span == segment.span
    assert (origin.kind, origin.offset_us, origin.uncertainty_us) == (CARD, -4_500 * SECOND_US, 700_000)


async def test_a_break_on_the_card_stays_a_break(tmp_path: Path, index: SqliteIndex) -> None:
    kept = (Kept(span=seconds(0, 10)), Kept(span=seconds(20, 30), first_frame=200))
    with ReplayServer(reel(), kept) as card:
        done = await filled(tmp_path, index, gap_of(0, 30), card)
    assert len(done.spans) == 2
    inner = [
        one for one in index.gaps(CAMERA, ALL) if one.start_us > START_US and one.end_us != seconds(0, 30).end_us
    ]
    assert len(inner) == 1
    assert inner[0].end_us is not None
    assert 9 * SECOND_US < inner[0].end_us - inner[0].start_us < 12 * SECOND_US


@pytest.mark.parametrize("cause", [GapCause.PERSON, GapCause.PLANNED_OFF])
async def test_what_a_person_wanted_dark_is_never_fetched(
    tmp_path: Path, index: SqliteIndex, cause: GapCause
) -> None:
    with (
        ReplayServer(reel(), (Kept(span=seconds(0, 30)),)) as card,
        pytest.raises(FillRefusedError, match="purpose"),
    ):
        await filled(tmp_path, index, gap_of(0, 30, cause), card)
    assert card.asked == []
    assert files(tmp_path) == []


async def test_a_gap_that_still_lasts_waits(tmp_path: Path, index: SqliteIndex) -> None:
    with ReplayServer(reel(), ()) as card, pytest.raises(FillRefusedError, match="still lasts"):
        await filled(tmp_path, index, gap_of(0, None), card)


async def test_an_empty_card_leaves_the_gap_as_it_is(tmp_path: Path, index: SqliteIndex) -> None:
    gap = gap_of(0, 30)
    kept = (Kept(span=seconds(100, 130)),)
    with ReplayServer(reel(), kept) as card, pytest.raises(FillRefusedError, match="nothing that can be"):
        await filled(tmp_path, index, gap, card)
    assert index.gaps(CAMERA, ALL) == [gap]
    assert files(tmp_path) == []


async def test_noise_instead_of_pictures_leaves_no_row_and_no_file(tmp_path: Path, index: SqliteIndex) -> None:
    gap = gap_of(0, 10)
    kept = (Kept(span=seconds(0, 10)),)
    with ReplayServer(reel(), kept, rotten=True) as card, pytest.raises(FillRefusedError):
        await filled(tmp_path, index, gap, card)
    assert index.segments(CAMERA, ALL) == []
    assert index.gaps(CAMERA, ALL) == [gap]
    assert files(tmp_path) == []


async def test_a_gap_that_changed_meanwhile_takes_nothing(tmp_path: Path, index: SqliteIndex) -> None:
    gap = gap_of(0, 20)
    index.write(gaps=[replace(gap, end_us=seconds(0, 15).end_us)])
    kept = (Kept(span=seconds(0, 20)),)
    with ReplayServer(reel(), kept) as card, pytest.raises(StorageError, match="has changed"):
        await fill_gap(gap, parse_rtsp_url(card.url), EXACT, footage=tmp_path, index=index, idle_s=0.5)
    assert index.segments(CAMERA, ALL) == []
    assert files(tmp_path) == []


async def test_a_kill_before_the_rows_leaves_nothing_that_the_recorder_would_take_for_its_own(
    tmp_path: Path, index: SqliteIndex
) -> None:
    """The files are there, the transaction never came: a start takes them away."""

    class Killed(SqliteIndex):
        def fill(self, *_: object) -> None:
            kept.update({path: path.read_bytes() for path in files(tmp_path)})
            raise StorageError("killed")

    kept: dict[Path, bytes] = {}
    gap = gap_of(0, 20)
    index.write(gaps=[gap])
    with ReplayServer(reel(), (Kept(span=seconds(0, 20)),)) as card:
        url, killed = parse_rtsp_url(card.url), Killed(index.path)
        with pytest.raises(StorageError):
            await fill_gap(gap, url, EXACT, footage=tmp_path, index=killed, idle_s=0.5)
    for path, data in kept.items():
        path.write_bytes(data)
    done = repair_all(index, tmp_path, next_id=index.next_segment_id)
    assert [one.action for one in done] == ["removed"]
    assert index.segments(CAMERA, ALL) == []
    assert files(tmp_path) == []


async def test_filling_twice_changes_nothing_more(tmp_path: Path, index: SqliteIndex) -> None:
    gap = gap_of(0, 20)
    with ReplayServer(reel(), (Kept(span=seconds(0, 20)),)) as card:
        await filled(tmp_path, index, gap, card)
        before = index.segments(CAMERA, ALL)
        with pytest.raises(StorageError):
            await fill_gap(gap, parse_rtsp_url(card.url), EXACT, footage=tmp_path, index=index, idle_s=0.5)
    assert index.segments(CAMERA, ALL) == before
    assert [str(path.relative_to(tmp_path)) for path in files(tmp_path)] == [one.path for one in before]


async def test_own_and_fetched_numbers_never_meet(tmp_path: Path, index: SqliteIndex) -> None:
    with ReplayServer(reel(), (Kept(span=seconds(0, 20)),)) as card:
        await filled(tmp_path, index, gap_of(0, 20), card)
    assert index.next_segment_id() == 1
    (segment,) = index.segments(CAMERA, ALL)
    assert segment.segment_id >= 1 << 39


def test_the_device_names_its_recordings_and_where_they_are_replayed() -> None:
    device = VirtualDevice(
        name="gerbang",
        url="rtsp://127.0.0.1:9/x",
        password="p",
        recorded=(seconds(0, 60), seconds(300, 400)),
        replay_url="rtsp://10.9.9.9:554/replay",
    )
    with VirtualOnvif([device]) as onvif:
        url, host, port = device_url(onvif.address("gerbang"))
        login = Login(user="admin", password="p")
        with Line(place_of(host, port, allowed=LOOPBACK), login) as line:
            camera = OnvifCamera(line, url, login)
            found = find_recordings(camera, seconds(310, 320))
            assert [one.token for one in found] == ["rec1"]
            assert replay_address(camera, found[0]) == "rtsp://127.0.0.1:554/replay"


def test_the_command_fills_what_the_card_holds_and_says_what_it_left(tmp_path: Path) -> None:
    """Register, index, device and card as they are in an installation; the camera's clock is 100 s ahead."""
    ahead_us = 100 * SECOND_US
    here = town(tmp_path / "data", training=True)
    entry = here.wiring.register.cameras()[0]
    now_us = here.wiring.clock.now_us() // SECOND_US * SECOND_US
    dark = TimeSpan(now_us - 600 * SECOND_US, now_us - 570 * SECOND_US)
    gap = Gap(
        camera=entry.camera,
        start_us=dark.start_us,
        end_us=dark.end_us,
        cause=GapCause.LINK,
        evidence="x",
        training=True,
    )
    off = replace(gap, start_us=dark.end_us + SECOND_US, end_us=dark.end_us + 30 * SECOND_US, cause=GapCause.PERSON)
    here.wiring.index.write(gaps=[gap, off])
    card = ReplayServer(reel(), (Kept(span=TimeSpan(dark.start_us, off.end_us or 0)),), clock_offset_us=ahead_us)
    device = VirtualDevice(
        name="card", url="rtsp://127.0.0.1:9/x", password="p@ss", clock_offset_us=ahead_us,
        recorded=(TimeSpan(dark.start_us, off.end_us or 0),), replay_url=card.url,
    )  # fmt: skip
    with card, VirtualOnvif([device]) as onvif:
        here.wiring.register.set_url(entry.camera, "rtsp://admin:p%40ss@127.0.0.1:9/x", None)
        words = [
            "camera",
            "fill",
            str(entry.camera),
            "--device",
            onvif.address("card"),
            "--data",
            str(tmp_path / "data"),
        ]
        done = subprocess.run([sys.executable, "-m", "ronda", *words], capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "came from the card" in done.stdout
    assert "switched off on purpose" in done.stdout
    fetched = here.wiring.index.origins(entry.camera, ALL)
    assert len(fetched) == 1
    assert dark.start_us <= fetched[0][0].start_us < fetched[0][0].end_us <= dark.end_us
    assert abs(fetched[0][1].offset_us - ahead_us) <= fetched[0][1].uncertainty_us
    assert [one.action for one in here.wiring.log.entries()][-1] == "rekaman.dilengkapi"


def test_the_worker_fills_by_itself_where_the_office_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing without the setting; a gap that ended a moment ago has to wait."""
    here = town(tmp_path / "data", training=True)
    entry = here.wiring.register.cameras()[0]
    here.wiring.register.set_url(entry.camera, "rtsp://admin:p@127.0.0.1:9/x", None)
    now_us = here.wiring.clock.now_us() // SECOND_US * SECOND_US
    old = replace(
        gap_of(0, 1), camera=entry.camera, start_us=now_us - 600 * SECOND_US, end_us=now_us - 580 * SECOND_US
    )
    fresh = replace(old, start_us=now_us - 60 * SECOND_US, end_us=now_us - 30 * SECOND_US)
    here.wiring.index.write(gaps=[old, fresh])
    held = TimeSpan(old.start_us, now_us)
    with ReplayServer(reel(), (Kept(span=held),)) as card:
        device = VirtualDevice(name="card", url=entry.url, password="p", recorded=(held,), replay_url=card.url)
        with VirtualOnvif([device]) as onvif:
            turns = CardRound(here.wiring, device=onvif.address("card"))
            monkeypatch.delenv(SETTING, raising=False)
            turns.run()
            assert card.asked == []
            monkeypatch.setenv(SETTING, "all")
            turns.run()
    ((span, _),) = here.wiring.index.origins(entry.camera, ALL)
    assert old.start_us <= span.start_us < span.end_us <= (old.end_us or 0)
    assert fresh in here.wiring.index.gaps(entry.camera, ALL)


def test_the_command_restarts_a_camera_and_the_log_has_it(tmp_path: Path) -> None:
    here = town(tmp_path / "data", training=True)
    entry = here.wiring.register.cameras()[0]
    here.wiring.register.set_url(entry.camera, "rtsp://admin:p@127.0.0.1:9/x", None)
    device = VirtualDevice(name="gate", url=entry.url, password="p", clock_offset_us=-(10**9))
    with VirtualOnvif([device]) as onvif:
        words = [
            "camera",
            "reboot",
            str(entry.camera),
            "--device",
            onvif.address("gate"),
            "--data",
            str(tmp_path / "data"),
        ]
        done = subprocess.run([sys.executable, "-m", "ronda", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert device.reboots == 1
    assert [one.action for one in here.wiring.log.entries()][-1] == "kamera.dimulai_ulang"


async def test_nothing_is_written_over_footage_that_is_there(tmp_path: Path, index: SqliteIndex) -> None:
    """A gap row that contradicts the footage inside it: the footage wins, whatever the card says."""
    gap = gap_of(0, 20)
    with ReplayServer(reel(), (Kept(span=seconds(0, 20)),)) as card:
        await filled(tmp_path, index, gap, card)
        before = index.segments(CAMERA, ALL)
        with pytest.raises(StorageError, match="something lies where"):
            await filled(tmp_path, index, gap, card)
    assert index.segments(CAMERA, ALL) == before
    assert [str(path.relative_to(tmp_path)) for path in files(tmp_path)] == [one.path for one in before]
