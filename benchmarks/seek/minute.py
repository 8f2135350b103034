"""One minute of real footage, made once: 1080p25, some 2 Mbit/s, fragments of a second, a key frame each 2 s."""

import mmap
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

from ronda.media.fmp4_read import scan
from ronda.video.model import Fragment

SCENE = "testsrc2=size=1920x1080:rate=25,noise=alls=12:allf=t"
MOVFLAGS = "empty_moov+default_base_moof+frag_keyframe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    path: Path
    size_bytes: int
    init_bytes: int
    fragments: tuple[Fragment, ...]  # start_us counts from 0


def minute(folder: Path, seconds: int = 60) -> Minute:
    path = folder / f"minute-{seconds}.mp4"
    if not path.exists():
        made = path.with_suffix(".part")
        subprocess.run(
            [
                "ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", SCENE, "-t", str(seconds),
                "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "2M", "-maxrate", "2M", "-bufsize", "2M",
                "-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-bf", "0", "-pix_fmt", "yuv420p",
                "-movflags", MOVFLAGS, "-frag_duration", "1000000", "-video_track_timescale", "90000",
                "-f", "mp4", str(made),
            ],
            check=True,
        )  # fmt: skip
        made.replace(path)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = scan(content)
        parts, at_90k = [], 0
        for one in found.fragments:
            parts.append(
                Fragment(
                    offset=one.offset,
                    size_bytes=one.size_bytes,
                    start_us=at_90k * 100 // 9,
                    start_90k=at_90k,
                    duration_90k=one.duration_90k,
                    frames=len(one.samples),
                    key=one.key,
                    damaged=False,
                    inter_bytes=sum(sample.size_bytes for sample in one.samples if not sample.key),
                    crc32=zlib.crc32(content[one.offset : one.offset + one.size_bytes]),
                )
            )
            at_90k += one.duration_90k
        return Minute(path=path, size_bytes=len(content), init_bytes=found.init.size_bytes, fragments=tuple(parts))
