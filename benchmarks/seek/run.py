"""Any instant of any camera of a month of 500: how long until the first picture's bytes are in memory.

An index with every segment row of `--days` x `--cameras` is made once in `--work` (some minutes, some GB), in
the order in which a recorder would have written it. Four cameras, spread over the list, have the fragments and
files of their last day: 1,440 names of `--films` copies of one real minute. A seek is what the product does for
a player: `playback.plan` for the instant, then the init segment and the fragments from the key frame on, proven
by CRC-32.

- warm: index and files are in the page cache and the connection is open.
- cold: before each seek the index's connections are closed, and index and film are dropped from the page cache.
- the peer is PyAV on the same file, told which file and where in it: open, seek, first packet.

    .venv/bin/python benchmarks/seek/run.py
    .venv/bin/python benchmarks/seek/run.py --cameras 50 --days 7 --seeks 200
"""

import argparse
import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
from minute import Minute, minute

from ronda.core.ids import CameraId
from ronda.core.time import DAY_US, MINUTE_US, SECOND_US, TimeSpan, utc
from ronda.store.disk.index import SqliteIndex
from ronda.store.disk.packing import compact, pack_rows
from ronda.video.playback import plan, read_init_bytes, read_part

START_US = 1_795_000_000_000_000 // DAY_US * DAY_US
SEEKED = 4


def main() -> int:
    options = _options()
    work: Path = options.work / f"ronda-seek-{options.cameras}x{options.days}"
    work.mkdir(parents=True, exist_ok=True)
    film = minute(work)
    cameras = [CameraId(f"camera-{number:04d}") for number in range(options.cameras)]
    seeked = [cameras[at * (len(cameras) - 1) // max(1, SEEKED - 1)] for at in range(SEEKED)]
    built_s = _build(work, cameras, seeked, film, options)
    size_bytes = (work / "index.sqlite").stat().st_size
    index = SqliteIndex(work / "index.sqlite")
    instants = _instants(seeked, options)
    report = {
        "cameras": options.cameras,
        "days": options.days,
        "segment_rows": options.cameras * options.days * 1440,
        "rows_with_fragments": len(set(seeked)) * 1440,
        "built_s": None if built_s is None else round(built_s, 1),
        "index_bytes": size_bytes,
        "index_bytes_a_camera_day": round(size_bytes / options.cameras / options.days),
        "fragment_bytes_a_camera_day": len(compact(pack_rows(film.fragments))) * 1440,
        "ours_warm": _series(instants, lambda at: _ours(index, work, *at), before=None),
        "ours_cold": _series(
            instants, lambda at: _ours(index, work, *at), before=lambda at: _cool(index, work, at)
        ),
        "pyav_warm": _series(instants, lambda at: _pyav(work, *at), before=None),
        "pyav_cold": _series(instants, lambda at: _pyav(work, *at), before=lambda at: _cool(index, work, at)),
    }
    for how in ("warm", "cold"):
        ours, peer = report[f"ours_{how}"], report[f"pyav_{how}"]
        report[f"ratio_{how}_median"] = round(peer["median_ms"] / ours["median_ms"], 1)
    index.close()
    print(json.dumps(report, indent=1))
    if not options.keep:
        shutil.rmtree(work)
    good = report["ours_warm"]["median_ms"] <= 2 and report["ours_cold"]["p95_ms"] <= 25
    return 0 if good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cameras", type=int, default=500)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seeks", type=int, default=200)
    parser.add_argument("--films", type=int, default=16, help="copies of the minute; each has many names")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--keep", action="store_true", help="leave the index and the films for another run")
    return parser.parse_args()


# -- the index and the files -------------------------------------------------------------------------


def _path(camera: CameraId, start_us: int) -> str:
    at = utc(start_us)
    return f"{camera}/{at:%Y-%m-%d}/{at:%H}/{start_us}.mp4"


def _phase_us(number: int) -> int:
    return number * 7_919_333 % MINUTE_US  # cameras do not cut at the same instant


def _rows(cameras: list[CameraId], days: int, film: Minute) -> Iterator[tuple[object, ...]]:
    number = 0
    digest = bytes(range(32))
    for at in range(days * 1440):
        for camera, name in enumerate(cameras):
            number += 1
            start_us = START_US + at * MINUTE_US + _phase_us(camera)
            yield (
                number,
                camera + 1,
                start_us,
                start_us + MINUTE_US,
                _path(name, start_us),
                film.size_bytes,
                digest,
            )


def _build(
    work: Path, cameras: list[CameraId], seeked: list[CameraId], film: Minute, options: argparse.Namespace
) -> float | None:
    """None when it is there from a run before."""
    if (work / "done").exists():
        return None
    path, began = work / "index.sqlite", time.monotonic()
    path.unlink(missing_ok=True)
    SqliteIndex(path, create=True).close()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = OFF")
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -400000")
    db.execute("BEGIN")
    db.executemany("INSERT INTO camera VALUES (?, ?)", list(enumerate(cameras, start=1)))
    indexes = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    db.executemany(
        "INSERT INTO segment (id, camera, start_us, end_us, path, size_bytes, sha256, state, frames, codec, "
        "width_px, height_px, init_bytes, training) "
        f"VALUES (?,?,?,?,?,?,?,1,1500,'avc1.64001f',1920,1080,{film.init_bytes},0)",
        _rows(cameras, options.days, film),
    )
    for _, sql in indexes:
        db.execute(sql)
    films = _copies(work, film, options.films)
    for camera in dict.fromkeys(seeked):
        _give_day(db, work, camera, cameras.index(camera), film, films, options.days)
    db.execute("COMMIT")
    db.close()
    (work / "done").touch()
    return time.monotonic() - began


def _copies(work: Path, film: Minute, count: int) -> list[Path]:
    copies = [work / f"film-{number}.mp4" for number in range(count)]
    for path in copies:
        shutil.copyfile(film.path, path)
    os.sync()
    return copies


def _give_day(
    db: sqlite3.Connection, work: Path, camera: CameraId, number: int, film: Minute, films: list[Path], days: int
) -> None:
    for at in range((days - 1) * 1440, days * 1440):
        start_us = START_US + at * MINUTE_US + _phase_us(number)
        parts = [one._replace(start_us=start_us + one.start_us) for one in film.fragments]
        (segment,) = db.execute(
            "SELECT id FROM segment WHERE camera = ? AND start_us = ?", (number + 1, start_us)
        ).fetchone()
        db.execute("INSERT INTO fragment_table VALUES (?, ?, ?)", (segment, compact(pack_rows(parts)), b""))
        path = work / _path(camera, start_us)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.hardlink_to(films[at % len(films)])


# -- seeking -----------------------------------------------------------------------------------------


def _instants(seeked: list[CameraId], options: argparse.Namespace) -> list[tuple[CameraId, int]]:
    chance = random.Random(options.seed)
    last_day_us = START_US + (options.days - 1) * DAY_US
    return [
        (chance.choice(seeked), last_day_us + chance.randrange(MINUTE_US, DAY_US - MINUTE_US))
        for _ in range(options.seeks)
    ]


def _series(
    instants: list[tuple[CameraId, int]],
    seek: Callable[[tuple[CameraId, int]], int],
    before: Callable[[tuple[CameraId, int]], None] | None,
) -> dict[str, float]:
    if before is None:
        for at in instants:
            seek(at)
    took_s, cpu_s, size_bytes = [], 0.0, 0
    for at in instants:
        if before is not None:
            before(at)
        wall_s, used_s = time.perf_counter(), time.process_time()
        size_bytes += seek(at)
        took_s.append(time.perf_counter() - wall_s)
        cpu_s += time.process_time() - used_s
    took_s.sort()
    return {
        "median_ms": round(took_s[len(took_s) // 2] * 1000, 3),
        "p95_ms": round(took_s[len(took_s) * 95 // 100] * 1000, 3),
        "worst_ms": round(took_s[-1] * 1000, 3),
        "cpu_ms": round(cpu_s / len(took_s) * 1000, 3),
        "bytes_a_seek": size_bytes // len(took_s),
    }


def _ours(index: SqliteIndex, work: Path, camera: CameraId, at_us: int) -> int:
    part = plan(index, camera, TimeSpan(at_us, at_us + 1))[0]
    return len(read_init_bytes(work, part.segment)) + len(read_part(work, part.segment, part.fragments))


def _file_of(work: Path, camera: CameraId, at_us: int) -> tuple[Path, float]:
    phase_us = _phase_us(int(camera.rpartition("-")[2]))
    start_us = START_US + (at_us - START_US - phase_us) // MINUTE_US * MINUTE_US + phase_us
    return work / _path(camera, start_us), (at_us - start_us) / SECOND_US


def _pyav(work: Path, camera: CameraId, at_us: int) -> int:
    path, into_s = _file_of(work, camera, at_us)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        container.seek(int(into_s / stream.time_base), stream=stream, backward=True)
        return next(container.demux(stream)).size


def _cool(index: SqliteIndex, work: Path, at: tuple[CameraId, int]) -> None:
    """Nothing of the index or of this film stays in memory."""
    index.close()
    for path in (index.path, _file_of(work, *at)[0]):
        fd = os.open(path, os.O_RDONLY)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


if __name__ == "__main__":
    sys.exit(main())
