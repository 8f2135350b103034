"""`kill -9` of the recorder, at random moments and at every named failpoint of its write steps (N60).

RONDA_KILLS sets how many; `make test-long` asks for a thousand. The failpoints stand outside of the recorder
(tests/drill/failpoints.c): a preloaded library ends the process before, in the middle of and after each call
that creates, writes, syncs or cuts a footage file, its folder or the index.
The frames that each connection was given are in the cameras' own books; the numbers in the files say which
of them were recorded.
"""

import os
import random
from dataclasses import dataclass
from pathlib import Path

from tests.drill.cameras import Sent, VirtualCameras, virtual_cameras
from tests.drill.footage import (
    RecorderProcess,
    check_clean,
    files_without_row,
    make_data_folder,
    numbers,
    rows,
    wait_for,
)

from ronda.core.ids import CameraId
from ronda.video.model import Segment

KILLS = int(os.environ.get("RONDA_KILLS", "5"))
CAMERAS, MANY = 6, 10  # above 8 files the whole file system is synced with one call
FRAME_S = 0.04
# name, and up to which occurrence the kill may come
FAILPOINTS = {
    "segment.create.after": 6,
    "segment.reserve.after": 6,
    "segment.write.before": 40,
    "segment.write.half": 40,
    "segment.cut.before": 1,  # the next start cuts what the half write left
    "segment.write.half ": 40,
    "segment.cut.after": 1,
    "segment.write.after": 40,
    "segment.sync.before": 8,
    "segment.sync.after": 8,
    "folder.sync.before": 8,
    "folder.sync.after": 8,
    "disk.sync.before": 2,
    "disk.sync.after": 2,
    "index.write.before": 40,
    "index.write.half": 40,
    "index.write.after": 40,
    "index.sync.before": 3,
    "index.sync.after": 3,
}


@dataclass(slots=True)
class Drill:
    """Lives of one recorder, one after the other, and what the index named when each ended."""

    cameras: VirtualCameras
    data: Path
    chance: random.Random
    named: dict[int, Segment]

    @property
    def footage(self) -> Path:
        return self.data / "footage"

    def die_by_chance(self) -> None:
        """Some 0.3 to 4 s after its start, whatever it does then."""
        self.cameras.list_for(self.data, names(CAMERAS))
        recorder = RecorderProcess(self.data)
        end_us = recorder.began_us + self.chance.randrange(300_000, 4_000_000)
        wait_for(lambda: _now_us() >= end_us, "the moment of the kill")
        recorder.kill()
        self.note()

    def die_at(self, failpoint: str, most: int) -> None:
        name = failpoint.strip()
        self.cameras.list_for(self.data, names(MANY if name.startswith("disk.") else CAMERAS))
        recorder = RecorderProcess(self.data, f"{name}:{self.chance.randint(1, most)}:kill")
        wait_for(lambda: recorder.process.poll() is not None, f"the recorder never came to {name}")
        assert recorder.process.returncode == -9
        self.note()

    def note(self) -> None:
        found = rows(self.footage)
        missing = set(self.named) - set(found)
        assert not missing, f"segments {sorted(missing)} were named before and are not any more"
        self.named = found

    def record_in_peace(self) -> None:
        """After the last kill every camera is recorded again, and the recorder ends in order."""
        self.cameras.list_for(self.data, names(CAMERAS))
        recorder = RecorderProcess(self.data)
        wait_for(lambda: set(names(CAMERAS)) <= self.recorded_since(recorder.began_us), "recording goes on")
        recorder.end()
        assert recorder.process.returncode == 0

    def recorded_since(self, at_us: int) -> set[str]:
        if not self.footage.exists():
            return set()
        return {str(one.camera) for one in rows(self.footage).values() if one.span.start_us > at_us}


def test_a_killed_recorder_loses_nothing_it_had_named_and_at_most_a_second(tmp_path: Path):
    """Every row named at a kill stands with its bytes; of each connection at most its last second is missing."""
    seed = random.Random(60)
    data = tmp_path / "data"
    make_data_folder(data)
    with virtual_cameras(tmp_path / "cameras", MANY) as cameras:
        drill = Drill(cameras, data, seed, {})
        steps = list(FAILPOINTS.items())
        for turn in range(max(KILLS, 1)):
            drill.die_by_chance()
            for failpoint, most in steps if turn == 0 else [steps[turn % len(steps)]] * (turn % 2):
                if not failpoint.startswith("segment.cut") or turn == 0:
                    drill.die_at(failpoint, most)
        drill.record_in_peace()
    now = rows(drill.footage)
    for segment_id, before in drill.named.items():
        after = now[segment_id]
        assert after.path == before.path
        assert after.span.end_us >= before.span.end_us
        assert (drill.footage / after.path).stat().st_size >= before.size_bytes
        assert before.sha256 is None or after.sha256 == before.sha256
    assert files_without_row(drill.footage) == []
    assert check_clean(data) == ""
    recorded = numbers(drill.footage)
    for camera, found in recorded.items():
        assert found == sorted(set(found)), f"{camera}: a frame is doubled or out of order"
    lost = {sent: lost_frames(sent, recorded) for sent in cameras.sent()}
    assert len(lost) > KILLS
    assert max(lost.values()) * FRAME_S <= 1, sorted(lost.items(), key=lambda pair: -pair[1])[:5]
    print(f"{len(lost)} connections, most lost {max(lost.values()) * FRAME_S:.2f} s")


def lost_frames(sent: Sent, recorded: dict[CameraId, list[int]]) -> int:
    """How many of the frames a connection was given are in no file; they must be its last ones."""
    missing = sorted(set(range(sent.first, sent.last + 1)) - set(recorded.get(sent.camera, [])))
    assert missing == list(range(sent.last + 1 - len(missing), sent.last + 1)), f"{sent}: missing inside: {missing}"
    return len(missing)


def names(count: int) -> list[str]:
    return [f"cam-{number}" for number in range(1, count + 1)]


def _now_us() -> int:
    import time

    return time.time_ns() // 1000
