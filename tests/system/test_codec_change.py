"""N72: a camera is set to another codec in flight. What came before stays whole; what follows begins a new segment.

Its description is read only at the start of a connection. Once it has been seen for some seconds that what comes is
not what was described, the connection is ended, declared as a gap, and the description read anew.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.camera_kit import SDP, recorder_in, until
from tests.media_kit import annex_b, decoded_frames, ffprobe, split
from tests.stream_kit import DISTANCE_90K, Sender
from tests.system.test_camera_faults import ALL, CAM, ENGINES, ScriptedCamera

from ronda.core.time import SECOND_US
from ronda.store.disk.index import SqliteIndex
from ronda.video.cameras_file import CameraConfig
from ronda.video.model import GapCause
from ronda.video.status_watch import FORMAT_NOTE, StatusWatch

H265_SDP = SDP.replace("H264/90000", "H265/90000").replace(" packetization-mode=1", " tx-mode=SRST")
BEFORE = 50  # pictures until the codec changes


def pictures(codec: str) -> list[list[bytes]]:
    """Real pictures, each with the NAL units before it."""
    made: list[list[bytes]] = [[]]
    for nal in split(annex_b(codec, params="bframes=0:keyint=10:scenecut=0")):
        made[-1].append(nal)
        kind = nal[0] & 0x1F if codec == "h264" else nal[0] >> 1 & 0x3F
        if kind in (1, 5) if codec == "h264" else kind < 32:
            made.append([])
    return made[:-1]


@dataclass(slots=True)
class Changing(ScriptedCamera):
    """H.264 first; H.265 in the middle of the session, and in every one after it."""

    __test__ = False
    sent: int = 0
    old: list[list[bytes]] = field(default_factory=lambda: pictures("h264"))
    new: list[list[bytes]] = field(default_factory=lambda: pictures("h265"))

    def change(self, number: int, sender: Sender) -> None:
        """`number` counts from the start of a connection, `sent` over all of them."""
        if self.sent == BEFORE:
            self.sdp = H265_SDP
        source = self.old if self.sent < BEFORE else self.new
        nals = source[number % len(source)]
        for nal in nals:
            sender.packet(nal, number * DISTANCE_90K & 0xFFFFFFFF, marker=nal is nals[-1])
        self.sent += 1


@pytest.mark.parametrize("engine", ENGINES)
async def test_another_codec_in_flight_is_a_declared_gap_then_a_new_segment_with_a_note(
    tmp_path: Path, engine: str
) -> None:
    camera = Changing(pace_s=0.02, count=100_000)
    camera.script = camera.change
    await camera.start()
    try:
        async with recorder_in(tmp_path, engine) as recorder:
            watch = StatusWatch(recorder)
            await recorder.apply([CameraConfig(camera=CAM, url=camera.url)])

            def codec() -> str | None:
                watch.sample()
                writing = recorder.writer.recorder(CAM)
                return writing.facts.codec if writing and writing.facts else None

            await until(lambda: (codec() or "").startswith("avc"), 20)
            await until(lambda: (codec() or "").startswith(("hvc", "hev")), 40)
            watch.sample()
    finally:
        await camera.stop()
    index = SqliteIndex(tmp_path / "index.sqlite")
    try:
        first, second = index.segments(CAM, ALL)
        gaps = [one for one in index.gaps(CAM, ALL) if one.end_us is not None]
        notes = [one.kind for one in index.notes(ALL) if one.kind == FORMAT_NOTE]
    finally:
        index.close()
    assert [ffprobe(tmp_path / one.path, "stream=codec_name")[0] for one in (first, second)] == ["h264", "hevc"]
    assert first.frames >= BEFORE
    assert decoded_frames(tmp_path / second.path) == second.frames
    gap = gaps[-1]  # before it, the few pictures that were taken for H.264 may have one of their own
    assert (gap.cause, "described as h264" in gap.evidence) == (GapCause.CAMERA, True)
    assert abs(gap.start_us - first.span.end_us) <= SECOND_US
    assert gap.end_us is not None
    assert abs(second.span.start_us - gap.end_us) <= SECOND_US
    assert notes == [FORMAT_NOTE]
