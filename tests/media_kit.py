"""Real coded material for format tests, made by ffmpeg in a second and kept for the session."""

import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.needs import require_program

_FOLDER = Path(mkdtemp(prefix="ronda-media-"))


def ffmpeg(*arguments: str | Path) -> None:
    """Run ffmpeg; its complaint becomes the test's failure."""
    command = [require_program("ffmpeg", "ffmpeg"), "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def ffprobe(path: Path, entries: str, *more: str) -> list[str]:
    """What ffprobe shows, a line each. Anything it complains of fails the test."""
    program = require_program("ffprobe", "ffmpeg")
    command = [program, "-v", "error", "-show_entries", entries, "-of", "csv=p=0", *more, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return [line.rstrip(",") for line in done.stdout.split()]


def decoded_frames(path: Path) -> int:
    """How many pictures ffmpeg decodes without one complaint."""
    return int(ffprobe(path, "stream=nb_read_frames", "-count_frames", "-select_streams", "v")[0])


@cache
def annex_b(codec: str, size: str = "320x180", params: str = "bframes=2:keyint=10", frames: int = 30) -> bytes:
    """A test picture as a byte stream with start codes. codec: `h264` or `h265`."""
    path = _FOLDER / f"{codec}-{size}-{abs(hash((params, frames)))}.{codec}"
    library, option = ("libx264", "-x264-params") if codec == "h264" else ("libx265", "-x265-params")
    source = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25"]
    quiet = ":log-level=error" if codec == "h265" else ""
    ffmpeg(*source, "-frames:v", str(frames), "-pix_fmt", "yuv420p", "-c:v", library, option, params + quiet, path)
    return path.read_bytes()


@cache
def ffmpeg_mp4(video: str, audio: str | None = None, frames: int = 30) -> bytes:
    """A fragmented MP4 as ffmpeg writes it: another hand's bytes for our reader."""
    path = _FOLDER / f"{video}-{audio}.{'mov' if audio == 'pcm_alaw' else 'mp4'}"
    length = ["-t", str(frames / 25)]
    sound = ["-f", "lavfi", *length, "-i", "sine=frequency=440:sample_rate=8000"] if audio else []
    coded = ["-c:a", audio] if audio else []
    tag = ["-tag:v", "hvc1"] if video == "libx265" else []
    quiet = ["-x265-params", "log-level=error"] if video == "libx265" else []
    source = ["-f", "lavfi", *length, "-i", "testsrc2=size=320x180:rate=25"]
    limits = ["-pix_fmt", "yuv420p", "-g", "10", "-c:v", video]
    flags = ["-movflags", "frag_keyframe+empty_moov+default_base_moof"]
    ffmpeg(*source, *sound, *limits, *quiet, *tag, *coded, *flags, path)
    return path.read_bytes()


def split(stream: bytes) -> list[bytes]:
    """The NAL units between start codes."""
    parts = stream.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
    return [part for part in parts if part]


def adts_frames(clock_hz: int = 16_000, seconds: float = 1.0) -> tuple[bytes, list[bytes]]:
    """(AudioSpecificConfig, access units) of a tone in AAC-LC."""
    path = _FOLDER / f"tone-{clock_hz}.aac"
    source = ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate={clock_hz}", "-t", str(seconds)]
    ffmpeg(*source, "-ac", "1", "-c:a", "aac", path)
    data, at, found = path.read_bytes(), 0, []
    profile, rate, channels = data[2] >> 6, (data[2] >> 2) & 15, (data[2] & 1) << 2 | data[3] >> 6
    config = ((profile + 1) << 11 | rate << 7 | channels << 3).to_bytes(2, "big")
    while at + 7 <= len(data):
        size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        found.append(data[at + (7 if data[at + 1] & 1 else 9) : at + size])
        at += size
    return config, found
