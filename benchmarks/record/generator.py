"""The load generator for benchmarks: built with gcc, fed with video made by ffmpeg, both kept in the temp folder.

`Generator` runs `load.c` and asks its control port. What it decides not: what is measured of a recorder.
"""

import hashlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CACHE = Path(tempfile.gettempdir()) / "ronda-bench"
LOOP_S = 24
FPS = 25

_NOISE = "noise=alls=12:allf=t"
_PICTURES = {
    "a": f"testsrc2=size=1920x1080:rate=25,{_NOISE}",
    "d": f"cellauto=size=1920x1080:rate=25:rule=110:scroll=1,{_NOISE}",
}
_X264 = "keyint=50:min-keyint=50:scenecut=0:repeat-headers=1"
_RATE = ("-b:v", "2M", "-maxrate", "2M", "-bufsize", "2M")
_CODECS = {
    "a": ("-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-x264-params", _X264),
    "d": ("-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-x264-params", _X264),
    "b": (
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-bf",
        "2",
        "-x264-params",
        f"{_X264}:b-adapt=0:b-pyramid=none",
    ),
    "c": ("-c:v", "libx265", "-preset", "ultrafast", "-bf", "0", "-x265-params", f"{_X264}:log-level=error"),
}
MATERIALS = tuple(sorted(_CODECS))  # a, d: H.264; b: H.264 with B-frames; c: H.265


def build(source: str) -> Path:
    """The program of a C file beside this one; built once for each content of the file."""
    text = (HERE / source).read_bytes()
    program = CACHE / f"{Path(source).stem}-{hashlib.sha256(text).hexdigest()[:12]}"
    if not program.exists():
        if shutil.which("gcc") is None:
            raise SystemExit("gcc is not installed: apt install gcc")
        CACHE.mkdir(parents=True, exist_ok=True)
        scratch = program.with_suffix(".part")
        subprocess.run(["gcc", "-O2", "-Wall", "-o", scratch, HERE / source], check=True)
        scratch.rename(program)
    return program


def material(name: str) -> Path:
    """An elementary stream of 1080p25, 2 Mbit/s, a key frame each 2 s; a loop of 24 s."""
    place = CACHE / f"{name}-{LOOP_S}.{'h265' if name == 'c' else 'h264'}"
    if not place.exists():
        if shutil.which("ffmpeg") is None:
            raise SystemExit("ffmpeg is not installed: apt install ffmpeg")
        CACHE.mkdir(parents=True, exist_ok=True)
        scratch = place.with_name(f"part-{place.name}")
        command = ["ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-f", "lavfi"]
        command += ["-i", _PICTURES.get(name, _PICTURES["a"]), "-t", str(LOOP_S), "-pix_fmt", "yuv420p"]
        subprocess.run([*command, *_CODECS[name], *_RATE, scratch], check=True)
        if name == "b":
            place.with_name(f"{place.name}.shift").write_text(_shifts(scratch))
        scratch.rename(place)
    return place


def _shifts(stream: Path) -> str:
    """How many frames later than decoded each picture is shown, as PyAV finds it in the stream's own order."""
    import av

    with av.open(str(stream)) as source:
        shown = [frame for packet in source.demux(video=0) for frame in _picture_types(packet)]
    lines, order = [], _display_order(shown)
    for decoded, display in enumerate(order):
        lines.append(str(display - decoded + 1))
    return "\n".join(lines) + "\n"


def _picture_types(packet: Any) -> list[str]:
    """What each access unit is: K (key), B (nobody refers to it) or P."""
    data = bytes(packet)
    if not data:
        return []
    return ["K" if packet.is_keyframe else "B" if _is_unreferenced(data) else "P"]


def _is_unreferenced(data: bytes) -> bool:
    at = data.find(b"\0\0\1")
    while at >= 0:
        if 1 <= data[at + 3] & 31 <= 5:
            return not data[at + 3] & 0x60
        at = data.find(b"\0\0\1", at + 3)
    return False


def _display_order(types: list[str]) -> list[int]:
    """With the fixed pattern P b b (no B-pyramid), a reference picture is shown after the B pictures behind it."""
    order = [0] * len(types)
    place, waiting = 0, -1
    for index, kind in enumerate(types):
        if kind == "B":
            order[index] = place
            place += 1
            continue
        if waiting >= 0:
            order[waiting] = place
            place += 1
        waiting = index
    if waiting >= 0:
        order[waiting] = place
    return order


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the generator says of itself; `each` is (sent, dropped, first, last frame) by camera, `load-1` first."""

    cameras: int
    playing: int
    sent: int
    dropped: int
    frame: int
    utc0_us: int
    worst_late_ms: float
    cpu_s: float
    accepted: int
    refused: int
    second: int
    accepts_a_second: list[int]
    each: list[tuple[int, int, int, int, int]]


class Generator:
    """`load.c` as a process; a context manager."""

    def __init__(
        self,
        cameras: int,
        *,
        streams: str = "ad",
        port: int = 8700,
        host: str = "127.0.0.1",
        stap: bool = False,
        netns: str | None = None,
    ) -> None:
        self.cameras, self.host, self.port, self._netns = cameras, host, port, netns
        command = [build("load.c"), "--port", str(port), "--control", str(port + 1), "--cameras", str(cameras)]
        command += ["--fps", str(FPS), "--bind", host, *(["--stap"] if stap else [])]
        inside = ["ip", "netns", "exec", netns] if netns else []
        self._command = [*inside, *map(str, command), *(str(material(name)) for name in streams)]

    def __enter__(self) -> "Generator":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        if self.process.stdout.readline() != b"ready\n":
            raise SystemExit("the load generator did not start")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def urls(self) -> list[str]:
        return [f"rtsp://{self.host}:{self.port}/load-{number}" for number in range(1, self.cameras + 1)]

    def ask(self, word: str = "stats") -> Counts:
        """stats; fresh: forget the worst lateness and serve; end: finish, close, refuse; off: reset; on."""
        with socket.create_connection((self.host, self.port + 1), timeout=10) as link:
            link.sendall(f"{word}\n".encode())
            answer = b"".join(iter(lambda: link.recv(1 << 16), b""))
        facts = json.loads(answer)
        facts["each"] = [tuple(row) for row in facts["each"]]
        return Counts(**{name: facts[name] for name in Counts.__slots__})

    def wait_playing(self, share: float = 1.0, timeout_s: float = 120) -> float:
        """Until this share of the cameras plays; the seconds it took. SystemExit when they never do."""
        began_s = time.monotonic()
        while (counts := self.ask()).playing < share * self.cameras:
            if time.monotonic() - began_s > timeout_s:
                raise SystemExit(f"only {counts.playing} of {self.cameras} streams play after {timeout_s:g} s")
            time.sleep(0.1)
        return time.monotonic() - began_s
