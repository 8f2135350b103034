"""What one sync of 500 open segments costs the recording index: CPU a segment and sync.

Each sync writes two new fragments of every open segment in one transaction; one in 40 closes and is compacted,
and another begins in its place, as segments of a minute do.

    .venv/bin/python benchmarks/seek/write.py
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import TimeSpan
from ronda.store.disk.index import SqliteIndex
from ronda.video.model import Fragment, Segment, SegmentState, SegmentWrite

SYNCS = 90
SYNC_US = 1_500_000
START_US = 1_795_000_000_000_000


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cameras", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = SqliteIndex(Path(folder) / "index.sqlite", create=True)
        ids, offsets = list(range(1, options.cameras + 1)), [600] * options.cameras
        cpu_s, wall_s, counted = 0.0, 0.0, 0
        for sync in range(SYNCS):
            writes = [_write(ids, offsets, camera, sync) for camera in range(options.cameras)]
            began, used = time.perf_counter(), time.process_time()
            index.write(segments=writes)
            if sync >= SYNCS // 2:  # by then segments close
                cpu_s, wall_s = cpu_s + time.process_time() - used, wall_s + time.perf_counter() - began
                counted += 1
        index.close()
    us = cpu_s / counted / options.cameras * 1e6
    print(json.dumps({"cameras": options.cameras, "cpu_us_a_segment_and_sync": round(us, 1),
                      "transaction_ms": round(wall_s / counted * 1000, 1)}))  # fmt: skip
    return 0 if us <= 25 else 1


def _write(ids: list[int], offsets: list[int], camera: int, sync: int) -> SegmentWrite:
    closing = (sync + camera) % 40 == 0
    at_us, number, offset = START_US + sync * SYNC_US, ids[camera], offsets[camera]
    parts = tuple(
        Fragment(
            offset=offset + at * 190_000, size_bytes=190_000, start_us=at_us + at * SYNC_US // 2,
            start_90k=sync * 135_000, duration_90k=67_500, frames=19, key=at == 0, damaged=False,
            inter_bytes=120_000 + camera, crc32=camera * 7919,
        )
        for at in range(2)
    )  # fmt: skip
    row = Segment(
        segment_id=SegmentId(number), camera=CameraId(f"camera-{camera:04d}"),
        span=TimeSpan(at_us, at_us + SYNC_US),
        path=f"camera-{camera:04d}/2026-11-18/02/{number}.mp4",
        state=SegmentState.CLOSED if closing else SegmentState.OPEN, size_bytes=offset + 380_000, frames=sync * 38,
        sha256="ab" * 32 if closing else None, codec="avc1.640028", width_px=1920, height_px=1080, init_bytes=600,
        training=False,
    )  # fmt: skip
    offsets[camera] += 380_000
    if closing:
        ids[camera], offsets[camera] = number + 100_000, 600
    return SegmentWrite(segment=row, new_fragments=parts)


if __name__ == "__main__":
    sys.exit(main())
