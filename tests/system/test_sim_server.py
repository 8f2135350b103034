"""The virtual cameras on a real socket: foreign programs accept them, and the truth file is true."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.needs import require_program
from tests.sim_kit import reel

from ronda.core.time import SECOND_US
from ronda.sim.control import SimControl
from ronda.sim.errors import ControlError
from ronda.sim.plan import SimPlan, cameras_of
from ronda.sim.sei import Mark, parse_all
from ronda.sim.server import Serving, SimClock, SimOptions, SimServer
from ronda.sim.truth import read_truth


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Serving]:
    plan = SimPlan(cameras=cameras_of([("cam-a", "test"), ("cam-b", "test")]))
    server = SimServer(plan, {"test": {0: reel(), 1: reel()}}, SimOptions(data=tmp_path), SimClock())
    serving = await server.start()
    yield serving
    await server.stop()


class Client:
    """Plays one path and keeps every byte."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.data = bytearray()

    async def __aenter__(self) -> "Client":
        port = int(self.url.split(":")[2].split("/")[0])
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        self.status = await self._ask("DESCRIBE", self.url)
        if self.status == 200:
            await self._ask("SETUP", self.url + "/trackID=0", "Transport: RTP/AVP/TCP;interleaved=0-1")
            await self._ask("PLAY", self.url, f"Session: {self.session}")
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.writer.close()

    async def _ask(self, method: str, url: str, *headers: str) -> int:
        lines = [f"{method} {url} RTSP/1.0", "CSeq: 1", *headers, "", ""]
        self.writer.write("\r\n".join(lines).encode())
        try:
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            return 0
        for line in head.split("\r\n"):
            if line.startswith("Session:"):
                self.session = line.split(":")[1].split(";")[0].strip()
            if line.startswith("Content-Length:"):
                await self.reader.readexactly(int(line.split(":")[1]))
        return int(head.split()[1])

    async def marks(self, count: int) -> list[Mark]:
        """Read until so many marks were seen."""
        while len(found := parse_all(self.data)) < count:
            more = await asyncio.wait_for(self.reader.read(65536), 10)
            if not more:
                break
            self.data += more
        return found


async def run(*command: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await asyncio.wait_for(process.communicate(), 40)
    return process.returncode or 0, out.decode(errors="replace")


async def test_ffprobe_and_ffmpeg_accept_the_stream(sim: Serving, tmp_path: Path) -> None:
    """Copied and fully decoded without a complaint, main and sub stream."""
    require_program("ffmpeg", "ffmpeg")
    file = str(tmp_path / "copy.mp4")
    source = ("-rtsp_transport", "tcp", "-i")
    copied, decoded = await asyncio.gather(
        run("ffmpeg", "-v", "error", "-y", *source, sim.urls["cam-a"], "-t", "4", "-c", "copy", file),
        run("ffmpeg", "-v", "error", *source, sim.sub_urls["cam-b"], "-t", "4", "-f", "null", "-"),
    )
    assert copied == (0, "")
    assert decoded == (0, "")
    code, out = await run(
        "ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=codec_name,nb_read_frames", file
    )
    assert code == 0
    assert "codec_name=h264" in out
    frames = int(out.split("nb_read_frames=")[1].split()[0])
    assert 38 <= frames <= 42


async def test_gstreamer_accepts_the_stream(sim: Serving) -> None:
    """The other family of clients in cameras' lives."""
    require_program("gst-launch-1.0", "gstreamer1.0-tools")
    code, out = await run(
        *("gst-launch-1.0", "-q", "rtspsrc", f"location={sim.urls['cam-a']}", "protocols=tcp", "!"),
        *("rtph264depay", "!", "h264parse", "!", "identity", "eos-after=30", "!", "fakesink"),
    )
    assert code == 0, out
    assert "ERROR" not in out


async def test_the_truth_file_names_exactly_what_two_sessions_got(sim: Serving, tmp_path: Path) -> None:
    """Frames are numbered while nobody watches, and the hole between two sessions shows."""
    async with Client(sim.urls["cam-a"]) as first:
        early = await first.marks(25)
    await asyncio.sleep(0.5)
    async with Client(sim.urls["cam-a"]) as second:
        late = await second.marks(3)
    await asyncio.sleep(0.3)
    sent = [(line["first_frame"], line["last_frame"]) for line in read_truth(tmp_path / "truth.jsonl", "sent")]
    assert [mark.frame for mark in early] == list(range(early[0].frame, early[0].frame + len(early)))
    assert early[0].frame % 20 == late[0].frame % 20 == 0
    assert late[0].frame > early[-1].frame + 3
    assert sent[0][0] == early[0].frame
    assert sent[0][1] >= early[-1].frame
    assert sent[1][0] == late[0].frame
    anchor = next(iter(read_truth(tmp_path / "truth.jsonl", "camera")))
    assert all(mark.at_us == anchor["epoch_us"] + mark.frame * anchor["frame_us"] for mark in early + late)


async def test_faults_on_command(sim: Serving, tmp_path: Path) -> None:
    """Dropped: cut and hung up on. Stopped: 503. Each is in the truth file with its span."""
    control = SimControl(sim.control_port)
    async with Client(sim.urls["cam-a"]) as client:
        await client.marks(2)
        answer = await asyncio.to_thread(control.fault, "cam-a", "drop", 0.7)
        await client.marks(10**6)  # until the end of the connection
    async with Client(sim.urls["cam-a"]) as refused:
        assert refused.status == 0
    await asyncio.to_thread(control.fault, "cam-b", "stop", 0.7)
    async with Client(sim.urls["cam-b"]) as refused:
        assert refused.status == 503
    await asyncio.sleep(0.8)
    async with Client(sim.urls["cam-a"]) as back:
        assert back.status == 200
    faults = [line for line in read_truth(tmp_path / "truth.jsonl", "fault") if "to_us" in line]
    assert [(line["camera"], line["fault"]) for line in faults] == [("cam-a", "drop"), ("cam-b", "stop")]
    assert faults[0]["from_us"] == answer["from_us"]
    assert faults[0]["to_us"] - faults[0]["from_us"] == 700_000


async def test_a_special_clip_on_command_is_shown_whole(sim: Serving, tmp_path: Path) -> None:
    """The demo stages its theft this way; the truth says who is seen from when to when."""
    control = SimControl(sim.control_port)
    answer = await asyncio.to_thread(control.show, "cam-a", "theft")
    with pytest.raises(ControlError, match="there is no clip"):
        await asyncio.to_thread(control.show, "cam-a", "heist")
    await asyncio.sleep(3.2)
    lines = [line for line in read_truth(tmp_path / "truth.jsonl", "clip") if line["clip"] == "theft"]
    assert lines[0]["first_frame"] == answer["first_frame"]
    assert lines[0]["seen"][0]["actor"] == "pencuri"
    assert lines[0]["seen"][0]["from_us"] - lines[0]["from_us"] == SECOND_US


async def test_the_command_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    """`ronda sim`: builds its scenes, prints addresses, ends cleanly on SIGTERM with the truth written."""
    program = "import sys; from ronda.app.cli import main; sys.argv[0] = 'ronda'; main()"
    arguments = ("sim", "--data", str(tmp_path), "--cameras", "2", "--scene", "puskesmas", "--port", "0", "--json")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, *arguments), stdout=asyncio.subprocess.PIPE, env=os.environ
    )
    assert process.stdout is not None
    facts = json.loads(await asyncio.wait_for(process.stdout.readline(), 50))
    assert [camera["name"] for camera in facts["cameras"]] == ["puskesmas-001", "puskesmas-002"]
    async with Client(facts["cameras"][1]["url"]) as client:
        marks = await client.marks(3)
    assert {mark.camera for mark in marks} == {2}
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0
    assert any(line["camera"] == "puskesmas-002" for line in read_truth(tmp_path / "truth.jsonl", "sent"))
