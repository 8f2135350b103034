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
from itertools import count
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ronda.app.recorder_run import raise_file_limit, running_recorder, stop_event
from ronda.core.errors import WrongUsageError
from ronda.core.ids import CameraId
from ronda.core.secrets import mask_url
from ronda.core.time import TimeSpan
from ronda.media.rtsp_url import WrongUrlError, parse_rtsp_url
from ronda.video.cameras_file import CameraConfig
from ronda.video.connect.failure import DEFINITE
from ronda.video.connect.keeper import Keeper
from ronda.video.errors import StorageError
from ronda.video.record.footage_folder import FootageFolder
from ronda.video.recorder import Recorder

_LONGEST_S = 10 * 365 * 86_400
HASH_VARIABLE = "RONDA_RECORD_HASH"  # 0: for measurements only; such footage has no fingerprint
_OWN_FILES = 40  # index, ring, loop, libraries


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
    if for_s is not None and not 0 < for_s < _LONGEST_S:
        raise WrongUsageError(f"--for {for_s:g} is no length of time. Next: give seconds, such as --for 60")
    addresses = [*(_checked(url, "") for url in urls), *_read_addresses(urls_file)]
    if not addresses:
        raise WrongUsageError("no stream was named. Next: give an rtsp:// address, or a file of them with --urls")
    _check_stats_file(stats)
    streams = _name_streams(addresses)
    _warn_of_file_limit(len(streams))
    until_s = None if for_s is None else _process_started_s() + for_s
    counts = asyncio.run(_record(streams, out.absolute(), until_s, engine))
    for sentence in counts.sentences:
        print(sentence, file=sys.stderr)
    if stats is not None:
        _write_stats(stats, counts)
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
    hashed = os.environ.get(HASH_VARIABLE) != "0"
    async with running_recorder(
        FootageFolder(out), engine=engine, training=False, retain=False, declare_end=False, hashed=hashed
    ) as (recording, before):
        started_us = recording.arrival.now_us()
        configs = [CameraConfig(camera=camera, url=url) for camera, url in streams.items()]
        await recording.apply(configs, first_evidence=before)
        await _wait(stop, recording, until_s)
        errors = {camera: _why_nothing_came(keeper) for camera, keeper in recording.keepers.items()}
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


def _why_nothing_came(keeper: Keeper) -> str:
    return keeper.state.last_error or (
        f"no picture has come from {keeper.place} when the time was over. "
        "Next: give it more time with --for, or check the camera's address, power and line"
    )


def _count(
    recording: Recorder, streams: dict[CameraId, str], errors: dict[CameraId, str], span: TimeSpan
) -> _Counts:
    rows, sentences = [], []
    for camera, url in streams.items():
        found = recording.writer.recorder(camera)
        row = {
            "url": mask_url(url),
            "frames": found.frames if found else 0,
            "bytes": found.bytes if found else 0,
            "gaps": len(recording.index.gaps(camera, span)),
            "damaged": found.damaged if found else 0,
        }
        rows.append(row)
        if not row["frames"]:
            sentences.append(f"ronda: {mask_url(url)} gave no frame: {errors[camera]}")
    return _Counts(engine=recording.engine.name, streams=rows, sentences=sentences)


def _read_addresses(path: Path | None) -> list[str]:
    """One address a line; empty lines and those that begin with # are left out."""
    if path is None:
        return []
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as fault:
        raise WrongUsageError(
            f"the list of addresses {path} cannot be read ({fault}); nothing was recorded. "
            "Next: give a text file with one rtsp:// address a line"
        ) from None
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line and line[0] != "#"]
    return [_checked(line, f"{path}, line {number}: ") for number, line in numbered]


def _checked(address: str, where: str) -> str:
    try:
        parse_rtsp_url(address)
    except WrongUrlError as fault:
        raise WrongUsageError(f"{where}{fault}") from None
    return address


def _check_stats_file(path: Path | None) -> None:
    """Before the recording: an hour of it must not end in a file that cannot be written."""
    if path is not None and (path.is_dir() or not os.access(path.absolute().parent, os.W_OK)):
        raise WrongUsageError(
            f"the statistics cannot be written to {path}; nothing was recorded. "
            "Next: name a file in a folder that is there and that you may write to"
        )


def _write_stats(path: Path, counts: _Counts) -> None:
    try:
        path.write_text(json.dumps(counts.as_json(), indent=1) + "\n")
    except OSError as fault:
        raise StorageError(
            f"the statistics could not be written to {path} ({fault.strerror}); the footage is complete. "
            "Next: `ronda check` on the footage folder counts it again"
        ) from None


def _warn_of_file_limit(streams: int) -> None:
    """Each stream holds a socket and a file, and for a moment the file before it."""
    allowed, needed = raise_file_limit(), 3 * streams + _OWN_FILES
    if allowed < needed:
        print(
            f"ronda: {streams} streams need {needed} open files, this process may open {allowed}: "
            "some will not be recorded. Next: raise the limit (`ulimit -Hn`), or record fewer streams",
            file=sys.stderr,
        )


def _name_streams(addresses: Sequence[str]) -> dict[CameraId, str]:
    """A folder name for each address: the last part of its path, with a number where that is taken."""
    names: dict[CameraId, str] = {}
    for url in addresses:
        parsed = parse_rtsp_url(url)
        last = parsed.request_url.split("://", 1)[1].partition("/")[2].partition("?")[0].rstrip("/")
        base = re.sub(r"[^a-z0-9]+", "-", last.rpartition("/")[2].lower())[:50].strip("-") or "camera"
        free = (name for n in count(2) if (name := CameraId(f"{base}-{n}")) not in names)
        names[CameraId(base) if CameraId(base) not in names else next(free)] = url
    return names


def _process_started_s() -> float:
    """When this process began, on the clock that counts from the start of the machine."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")
