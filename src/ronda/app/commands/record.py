"""`ronda record`: record addresses into a folder, without an installation."""

import asyncio
import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ronda.app.recorder_run import running_recorder, stop_event
from ronda.core.errors import WrongUsageError
from ronda.core.ids import CameraId
from ronda.core.secrets import mask_url
from ronda.core.time import TimeSpan
from ronda.media.rtsp_url import parse_rtsp_url
from ronda.video.cameras_file import CameraConfig
from ronda.video.connect.failure import DEFINITE
from ronda.video.record.footage_folder import FootageFolder
from ronda.video.recorder import Recorder


def record(
    *urls: str,
    out: Path,
    urls_file: Annotated[Path | None, Parameter(name="--urls")] = None,
    for_s: Annotated[float | None, Parameter(name="--for")] = None,
    engine: str = "auto",
    stats: Annotated[Path | None, Parameter(name="--stats")] = None,
) -> int:
    """Record RTSP streams as MP4 segments, with an index of every gap.

    Exit status 0 when every stream gave frames, 1 when some gave none.

    Parameters
    ----------
    urls
        rtsp://user:password@host:554/path, one for each stream.
    out
        Folder for the footage; made when it is missing.
    urls_file
        A file with one address a line; # begins a comment.
    for_s
        Seconds from the start of this process; without it until SIGTERM or Ctrl-C.
    engine
        auto, c or python.
    stats
        A file for the counts of each stream, as JSON.
    """
    addresses = [*urls, *_read_addresses(urls_file)]
    if not addresses:
        raise WrongUsageError("no stream was named. Next: give an rtsp:// address, or a file of them with --urls")
    streams = _name_streams(addresses)
    until_s = None if for_s is None else _process_started_s() + for_s
    counts = asyncio.run(_record(streams, out.absolute(), until_s, engine))
    if stats is not None:
        stats.write_text(json.dumps(counts.as_json(), indent=1) + "\n")
    for sentence in counts.sentences:
        print(sentence, file=sys.stderr)
    return 0 if all(stream["frames"] for stream in counts.streams) else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """What came of each stream."""

    engine: str
    streams: list[dict[str, Any]]
    sentences: list[str]

    def as_json(self) -> dict[str, Any]:
        return {"engine": self.engine, "streams": self.streams}


async def _record(streams: dict[CameraId, str], out: Path, until_s: float | None, engine: str) -> _Counts:
    stop = stop_event()
    async with running_recorder(
        FootageFolder(out), engine=engine, training=False, retain=False, declare_end=False
    ) as (recording, before):
        started_us = recording.arrival.now_us()
        configs = [CameraConfig(camera=camera, url=url) for camera, url in streams.items()]
        await recording.apply(configs, first_evidence=before)
        await _wait(stop, recording, until_s)
        errors = {camera: keeper.state.last_error for camera, keeper in recording.keepers.items()}
    return _count(recording, streams, errors, TimeSpan(started_us, recording.arrival.now_us() + 1))


async def _wait(stop: asyncio.Event, recording: Recorder, until_s: float | None) -> None:
    """Until the time is over, somebody stops it, or no stream can ever give a frame."""
    while not stop.is_set() and not _is_hopeless(recording):
        left_s = 1.0 if until_s is None else until_s - time.clock_gettime(time.CLOCK_BOOTTIME)
        if left_s <= 0:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(left_s, 1.0)):
                await stop.wait()


def _is_hopeless(recording: Recorder) -> bool:
    """Every stream failed for a reason that trying again does not change, and none ever played."""
    return all(
        keeper.state.finding in DEFINITE and not keeper.state.played for keeper in recording.keepers.values()
    )


def _count(
    recording: Recorder, streams: dict[CameraId, str], errors: dict[CameraId, str | None], span: TimeSpan
) -> _Counts:
    rows, sentences = [], []
    for camera, url in streams.items():
        found = recording.writer.recorder(camera)
        row = {
            "url": mask_url(url),
            "camera": camera,
            "frames": found.frames if found else 0,
            "bytes": found.bytes if found else 0,
            "gaps": len(recording.index.gaps(camera, span)),
            "damaged": found.damaged if found else 0,
        }
        rows.append(row)
        if not row["frames"]:
            why = errors.get(camera) or "no picture came in this time"
            sentences.append(f"ronda: {mask_url(url)} gave no frame: {why}")
    return _Counts(engine=recording.engine.name, streams=rows, sentences=sentences)


def _read_addresses(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise WrongUsageError(f"the list of addresses {path} cannot be read ({fault})") from None
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]


def _name_streams(addresses: Sequence[str]) -> dict[CameraId, str]:
    """A folder name for each address: the last part of its path, else a number."""
    names: dict[CameraId, str] = {}
    for number, url in enumerate(addresses, start=1):
        parsed = parse_rtsp_url(url)
        last = parsed.request_url.split("://", 1)[1].partition("/")[2].partition("?")[0].rstrip("/")
        name = re.sub(r"[^a-z0-9]+", "-", last.rpartition("/")[2].lower()).strip("-")[:50]
        if not name or name in names:
            name = f"{name or 'camera'}-{number}"
        names[CameraId(name)] = url
    return names


def _process_started_s() -> float:
    """When this process began, on the clock that counts from the start of the machine."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")
