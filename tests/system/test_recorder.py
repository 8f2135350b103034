"""The recorder against a camera on loopback: faults of the line, the disk and the machine."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.camera_kit import recorder_in, test_camera, until

from ronda.app.clock import SystemClock
from ronda.core.ids import CameraId, HoldId
from ronda.core.time import SECOND_US, TimeSpan
from ronda.media.fmp4_read import scan
from ronda.store.disk.index import SqliteIndex
from ronda.video.cameras_file import CameraConfig
from ronda.video.check import Checked, check
from ronda.video.model import GapCause, Hold, SegmentState
from ronda.video.playback import frame_at, plan, read_init_bytes, read_part
from ronda.video.record.footage_folder import FootageFolder
from ronda.video.record.repair import repair_all
from ronda.video.retain.runner import Retention

CAM = CameraId("cam-1")
ALL = TimeSpan(0, 1 << 60)


def frames_on_disk(index: SqliteIndex) -> int:
    return sum(one.frames for one in index.segments(CAM, ALL))


def findings(index: SqliteIndex, folder: Path) -> list[object]:
    return list(check(index.all_segments(), folder, full=True, checked=Checked()))


async def recorded(recorder: object, frames: int) -> None:
    def enough() -> bool:
        found = recorder.writer.recorder(CAM)  # type: ignore[attr-defined]
        return found is not None and found.frames >= frames

    await until(enough)


async def test_a_stream_becomes_files_that_agree_with_their_index(tmp_path: Path):
    """The plain case: nothing lost, every byte hashed."""
    async with test_camera() as camera:
        async with recorder_in(tmp_path) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            await recorded(recorder, 40)
        index = SqliteIndex(tmp_path / "index.sqlite")
        (segment,) = index.segments(CAM, ALL)
        assert segment.state is SegmentState.CLOSED
        assert segment.frames == recorder.writer.recorder(CAM).frames
        assert findings(index, tmp_path) == []
        found = scan((tmp_path / segment.path).read_bytes())
        assert found.closed
        assert sum(len(part.samples) for part in found.fragments) == segment.frames
        assert [part.offset for part in found.fragments] == [f.offset for f in index.fragments(segment.segment_id)]


async def test_a_dropped_connection_is_a_gap_of_the_camera_and_recording_goes_on(tmp_path: Path):
    """Each segment lies on its side of the gap; the gap is as long as the hole in the footage."""
    async with test_camera() as camera:
        async with recorder_in(tmp_path) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            await recorded(recorder, 20)
            camera.drop()
            await recorded(recorder, 60)
        index = SqliteIndex(tmp_path / "index.sqlite")
        (gap,) = index.gaps(CAM, ALL)
        assert gap.cause is GapCause.CAMERA
        before, after = index.segments(CAM, ALL)
        assert gap.end_us == after.span.start_us
        assert abs(gap.start_us - before.span.end_us) < SECOND_US // 4
        spans = index.recorded(CAM, TimeSpan(before.span.start_us, after.span.end_us))
        assert len(spans) == 2
        assert camera.connections == 2


async def test_a_camera_that_is_switched_off_is_planned_off(tmp_path: Path):
    """A reason of a person becomes the gap's cause."""
    async with test_camera() as camera:
        async with recorder_in(tmp_path) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            await recorded(recorder, 10)
            off = CameraConfig(camera=CAM, url=camera.url, enabled=False, off_reason="the pole is moved")
            await recorder.apply([off])
        gap = SqliteIndex(tmp_path / "index.sqlite").open_gap(CAM)
        assert gap is not None
        assert gap.cause is GapCause.PLANNED_OFF
        assert "the pole is moved" in gap.evidence


async def test_a_hold_closes_the_open_segment_and_loses_nothing(tmp_path: Path):
    """The export waits until the file is durable and hashed; recording goes on in the next one."""
    async with test_camera() as camera:
        async with recorder_in(tmp_path) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            await recorded(recorder, 20)
            segment = await recorder.close_segment(CAM)
            assert segment is not None
            assert segment.sha256 is not None
            assert recorder.index.segment(segment.segment_id).state is SegmentState.CLOSED
            await recorded(recorder, 60)
        index = SqliteIndex(tmp_path / "index.sqlite")
        first, second = index.segments(CAM, ALL)
        assert index.fragments(second.segment_id)[0].key
        assert index.gaps(CAM, ALL) == []
        assert first.span.end_us == second.span.start_us


async def test_five_seconds_without_a_writer_lose_nothing(tmp_path: Path):
    """Every mass loss ever measured was a disk that stood still: the ring must bear it."""
    async with test_camera(frame_bytes=20_000) as camera:
        async with recorder_in(tmp_path) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            await recorded(recorder, 10)
            recorder.ring.order(lambda: time.sleep(5))
            await asyncio.sleep(5.5)
            await recorded(recorder, 140)
        index = SqliteIndex(tmp_path / "index.sqlite")
        assert index.gaps(CAM, ALL) == []
        assert recorder.writer.state().dropped_frames == 0


async def test_a_vanished_footage_folder_is_a_gap_of_the_disk_and_recording_resumes(tmp_path: Path):
    """N64: nothing is written to what lies under the mount point meanwhile."""
    folder, away = tmp_path / "footage", tmp_path / "away"
    async with test_camera() as camera:
        async with recorder_in(folder) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            await recorded(recorder, 20)
            folder.rename(away)
            folder.mkdir()
            await until(lambda: recorder.writer.state().fault is not None)
            assert "Next:" in recorder.writer.state().fault
            assert list(folder.iterdir()) == []
            folder.rmdir()
            away.rename(folder)
            await until(lambda: recorder.writer.state().fault is None)
            await recorded(recorder, recorder.writer.recorder(CAM).frames + 30)
        index = SqliteIndex(folder / "index.sqlite")
        assert {gap.cause for gap in index.gaps(CAM, ALL)} == {GapCause.DISK}
        assert all(gap.end_us is not None for gap in index.gaps(CAM, ALL))
        assert findings(index, folder) == []


async def test_another_disk_at_the_same_place_is_refused(tmp_path: Path):
    """The wrong disk with the right name must not be written to."""
    from ronda.video.errors import FootageFolderError

    folder = FootageFolder(tmp_path / "footage", outside=tmp_path / "storage.json")
    folder.prepare()
    (tmp_path / "footage").rename(tmp_path / "old")
    with pytest.raises(FootageFolderError, match="gone or empty"):
        FootageFolder(tmp_path / "footage", outside=tmp_path / "storage.json").prepare()
    FootageFolder(tmp_path / "footage").prepare()
    with pytest.raises(FootageFolderError, match="another recorder"):
        FootageFolder(tmp_path / "footage", outside=tmp_path / "storage.json").prepare()


async def test_held_footage_outlives_its_retention(tmp_path: Path):
    """A court hold beats the days; ending it frees the footage again."""
    async with test_camera() as camera, recorder_in(tmp_path) as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url, retention_days=0)])
        await recorded(recorder, 20)
        first = await recorder.close_segment(CAM)
        await recorded(recorder, 40)
        second = await recorder.close_segment(CAM)
        await asyncio.sleep(0.1)
        hold = Hold(hold_id=HoldId("h1"), camera=CAM, span=first.span, until_us=None, reason="LP/1")
        recorder.index.place_hold(hold)
        retention = Retention(
            recorder.index, recorder.disks, SystemClock(), now_us=recorder.arrival.now_us, days=lambda: {CAM: 0}
        )
        retention.run_once()
        assert (tmp_path / first.path).exists()
        # the hold's end touches the second segment's start by no instant
        assert not (tmp_path / second.path).exists()
        recorder.index.end_hold(HoldId("h1"), recorder.arrival.now_us())
        retention.run_once()
        assert not (tmp_path / first.path).exists()


async def test_playback_begins_at_the_key_frame_before_and_proves_its_bytes(tmp_path: Path):
    """What is shown is what was written; a rotten byte is never shown."""
    async with test_camera() as camera, recorder_in(tmp_path) as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
        await recorded(recorder, 60)
        segment = await recorder.close_segment(CAM)
        index = recorder.index
        middle = (segment.span.start_us + segment.span.end_us) // 2
        (part, *_) = plan(index, CAM, TimeSpan(middle, middle + SECOND_US))
        assert part.fragments[0].key
        assert part.start_us <= middle < part.fragments[0].start_us + SECOND_US
        content = read_init_bytes(tmp_path, segment) + read_part(tmp_path, segment, part.fragments)
        assert scan(content).fragments[0].samples[0].key
        frame = frame_at(index, tmp_path, CAM, middle)
        assert 0 <= middle - frame.at_us < 200_000
        path = tmp_path / segment.path
        rotten = bytearray(path.read_bytes())
        rotten[part.fragments[0].offset + 200] ^= 1
        path.write_bytes(rotten)
        with pytest.raises(Exception, match="checksum"):
            read_part(tmp_path, segment, part.fragments)
        assert [found.kind for found in findings(index, tmp_path)][:1] == ["altered"]


RECORD = [sys.executable, "-c", "from ronda.app.cli import main; main()", "record"]


async def run_record(*arguments: str) -> tuple[int, str, float]:
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *RECORD, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    _, errors = await process.communicate()
    return process.returncode or 0, errors.decode(), time.monotonic() - started


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"status": {"DESCRIBE": 401}}, "user name or password"),
        ({"status": {"DESCRIBE": 404}}, "refuses DESCRIBE (404"),
        ({"sdp": "v=0\r\nm=audio 0 RTP/AVP 0\r\n"}, "no video"),
        ({"sdp": "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"}, "VP8"),
    ],
)
async def test_what_can_never_be_recorded_is_one_sentence_and_exit_status_1(
    tmp_path: Path, options: dict[str, object], says: str
):
    """Wrong password, wrong path, no video, a codec we do not record: no endless trying on a command line."""
    async with test_camera(**options) as camera:
        url = camera.url.replace("//", "//user:hush-hush@")
        status, errors, _ = await run_record(url, "--out", str(tmp_path / "out"))
    assert status == 1
    assert says in errors
    assert "Next:" in errors
    assert "hush" not in errors
    assert len(errors.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["http://camera/x"], 64, "no rtsp:// or rtsps:// address"),
        ([], 64, "no stream was named"),
        (["rtsp://127.0.0.1:1/x", "--engine", "warp"], 64, "no packet engine"),
        (["--urls", "/nowhere/list"], 64, "cannot be read"),
    ],
)
async def test_wrong_usage_is_refused_before_anything_is_made(
    tmp_path: Path, arguments: list[str], status: int, says: str
):
    """One sentence, the next step, nothing on disk."""
    found, errors, _ = await run_record(*arguments, "--out", str(tmp_path / "out"))
    assert found == status
    assert says in errors
    assert not (tmp_path / "out" / "index.sqlite").exists()


async def test_after_kill_9_the_file_is_cut_to_its_last_fragment_and_the_gap_has_a_cause(tmp_path: Path):
    """At most a second is lost, and what is left is whole, hashed and accounted for."""
    async with test_camera() as camera:
        await camera_killed(camera.url, tmp_path)
        (path,) = tmp_path.glob("live/*/*/*.mp4")
        with path.open("ab") as file:
            file.write(b"\x00\x00\x10\x00moof half a fragment")
        status, errors, _ = await run_record(camera.url, "--out", str(tmp_path), "--for", "4")
        assert (status, errors.count("Traceback")) == (0, 0)
    index = SqliteIndex(tmp_path / "index.sqlite")
    live = CameraId("live")
    first, second = index.segments(live, ALL)
    assert first.state is SegmentState.REPAIRED
    content = (tmp_path / first.path).read_bytes()
    assert scan(content).whole_end == len(content)
    assert second.state is SegmentState.CLOSED
    assert list(check(index.all_segments(), tmp_path, full=True, checked=Checked())) == []
    gap = index.gaps(live, ALL)[0]
    assert gap.cause is GapCause.MACHINE
    assert "without closing" in gap.evidence
    assert abs(gap.start_us - first.span.end_us) < SECOND_US // 2
    assert gap.end_us == second.span.start_us


async def camera_killed(url: str, folder: Path) -> None:
    """Record for a few seconds, then kill the recorder."""
    process = await asyncio.create_subprocess_exec(*RECORD, url, "--out", str(folder))
    await until(lambda: any(path.stat().st_size > 60_000 for path in folder.glob("*/*/*/*.mp4")), 20)
    process.send_signal(signal.SIGKILL)
    await process.wait()


def test_a_file_without_a_row_is_adopted_and_a_row_without_a_file_becomes_a_gap(tmp_path: Path):
    """A crash between writing a file and its row, and a disk that lost its last writes."""
    asyncio.run(_record_two_segments(tmp_path))
    index = SqliteIndex(tmp_path / "index.sqlite")
    first, second = index.segments(CAM, ALL)
    import sqlite3

    with sqlite3.connect(tmp_path / "index.sqlite") as db:
        db.execute("DELETE FROM segment WHERE id = ?", (second.segment_id,))
        db.execute("UPDATE segment SET state = 0 WHERE id = ?", (first.segment_id,))
    (tmp_path / first.path).unlink()
    repairs = repair_all(index, tmp_path, next_id=index.next_segment_id)
    assert {repair.action for repair in repairs} == {"missing", "adopted"}
    (adopted,) = index.segments(CAM, ALL)
    assert (adopted.path, adopted.frames, adopted.sha256) == (second.path, second.frames, second.sha256)
    assert index.gaps(CAM, ALL)[0].cause is GapCause.DISK
    assert findings(index, tmp_path) == []


def test_the_gap_before_an_adopted_file_is_declared_again(tmp_path: Path):
    """Rows of a gap and of the file after it wait for one sync: a kill before it must not hide the gap."""
    asyncio.run(_record_two_segments(tmp_path))
    index = SqliteIndex(tmp_path / "index.sqlite")
    first, second = index.segments(CAM, ALL)
    import sqlite3

    later_us = second.span.start_us + 5 * SECOND_US
    path = tmp_path / second.path
    moved = path.rename(path.with_name(f"{later_us}.mp4"))
    with sqlite3.connect(tmp_path / "index.sqlite") as db:
        db.execute("DELETE FROM segment WHERE id = ?", (second.segment_id,))
    repair_all(index, tmp_path, next_id=index.next_segment_id)
    (gap,) = index.gaps(CAM, ALL)
    assert gap.cause is GapCause.MACHINE
    assert (gap.start_us, gap.end_us) == (pytest.approx(first.span.end_us, abs=SECOND_US // 4), later_us)
    assert [one.path for one in index.segments(CAM, ALL)] == [
        first.path,
        moved.relative_to(tmp_path).as_posix(),
    ]


async def _record_two_segments(folder: Path) -> None:
    async with test_camera() as camera, recorder_in(folder) as recorder:
        await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
        await recorded(recorder, 15)
        await recorder.close_segment(CAM)
        await recorded(recorder, 40)


async def test_a_full_disk_is_said_and_harms_nothing(tmp_path: Path):
    """N62: a small disk of its own; what was written stays whole, and recording goes on when there is room."""
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(tmp_path)], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("mounting a small disk needs root")
    try:
        async with test_camera(frame_bytes=30_000) as camera:
            async with recorder_in(tmp_path / "f") as recorder:
                await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
                await recorded(recorder, 20)
                (tmp_path / "ballast").write_bytes(bytes(3_500_000))
                await until(lambda: recorder.writer.state().fault is not None, 20)
                assert "is full" in recorder.writer.state().fault
                before = recorder.writer.recorder(CAM).frames
                (tmp_path / "ballast").unlink()
                await until(lambda: recorder.writer.state().fault is None)
                camera.frame_bytes = 500
                await recorded(recorder, before + 20)
            index = SqliteIndex(tmp_path / "f" / "index.sqlite")
            assert GapCause.DISK in {gap.cause for gap in index.gaps(CAM, ALL)}
            assert findings(index, tmp_path / "f") == []
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=False)


async def test_a_mistake_of_the_writer_is_a_gap_row_and_recording_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Nothing is lost silently: not even through a fault of our own."""
    async with test_camera() as camera:
        async with recorder_in(tmp_path) as recorder:
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])
            await recorded(recorder, 10)
            own = recorder.writer.recorder(CAM)
            whole, failed = type(own).take, []

            def take(self: object, block: object) -> None:
                if not failed:
                    failed.append(block)
                    raise RuntimeError("a mistake")
                whole(self, block)

            monkeypatch.setattr(type(own), "take", take)
            before = own.frames
            await recorded(recorder, before + 20)
            assert recorder.writer.state().dropped_frames == len(failed[0].sizes)
        gaps = SqliteIndex(tmp_path / "index.sqlite").gaps(CAM, ALL)
        assert any(gap.cause is GapCause.MACHINE and "failed on what came" in gap.evidence for gap in gaps)
