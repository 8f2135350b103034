"""Declared gaps are the true gaps: virtual cameras with every fault they know, and a kill in between.

Each picture carries its number (`ronda.sim.sei`), so the numbers in the files show what is missing, whatever the
recorder says of it. RONDA_TRUTH_S sets how long it is recorded; `make test-long` asks for ten minutes.
A frozen picture and a wrong camera clock lose no frame: they must not be declared as a gap.
"""

import os
import random
import time
from itertools import pairwise
from pathlib import Path

from tests.drill.cameras import virtual_cameras
from tests.drill.footage import ALL, RecorderProcess, check_clean, make_data_folder, numbers, rows, wait_for

from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US
from ronda.sim.plan import FaultKind
from ronda.store.disk.index import SqliteIndex
from ronda.video.model import Gap

SECONDS = float(os.environ.get("RONDA_TRUTH_S", "17"))
FAULTS = [*FaultKind, None]  # one camera each; the last is never touched
LASTS_S = 3.0
ROUND_S = 8.0
NO_GAP_US = 3 * SECOND_US // 2  # shorter holes are not declared; see docs/design/segments.md


def test_what_is_missing_is_declared_and_what_is_declared_is_missing(tmp_path: Path):
    """Every hole in the frame numbers has its gap, and every gap its hole, within a second at both ends."""
    data, names = tmp_path / "data", [f"cam-{number}" for number in range(1, len(FAULTS) + 1)]
    make_data_folder(data)
    with virtual_cameras(tmp_path / "cameras", len(FAULTS)) as cameras:
        cameras.list_for(data, names)
        recorder = RecorderProcess(data)
        wait_for(lambda: len({one.camera for one in rows(data / "footage").values()}) == len(names), "all recorded")
        chance, end_s, turn = random.Random(4), time.monotonic() + SECONDS, 0
        while time.monotonic() < end_s - ROUND_S + 1:
            for name, fault in zip(names, FAULTS, strict=True):
                if fault is not None:
                    cameras.control.fault(name, fault.value, LASTS_S, offset_s=3600)
            time.sleep(ROUND_S * chance.uniform(0.9, 1.1))
            if turn == 0 or chance.random() < 0.2:
                recorder.kill()
                recorder = RecorderProcess(data)
            turn += 1
        time.sleep(4)
        recorder.end()
        beats = cameras.beats()
    assert check_clean(data) == ""
    index, found = SqliteIndex(data / "footage" / "index.sqlite"), numbers(data / "footage")
    faults = dict(zip(names, FAULTS, strict=True))
    for name in names:
        camera, (epoch_us, frame_us) = CameraId(name), beats[name]
        assert found[camera] == sorted(set(found[camera])), f"{name}: a frame is doubled or out of order"
        holes = [
            (epoch_us + before * frame_us, epoch_us + after * frame_us)
            for before, after in pairwise(found[camera])
            if after > before + 1
        ]
        last_us = epoch_us + found[camera][-1] * frame_us
        gaps = [gap for gap in index.gaps(camera, ALL) if gap.start_us < last_us - SECOND_US]
        compare(name, holes, gaps)
        if faults[name] in (FaultKind.FREEZE, FaultKind.CLOCK, None):
            assert len(gaps) < turn, f"{name} lost nothing but by the kills"
        else:
            assert gaps, f"{name} was off {turn} times"  # two in a row may be one gap, when the start takes long
    index.close()


def compare(name: str, holes: list[tuple[int, int]], gaps: list[Gap]) -> None:
    """Both ways. Gaps that touch, of different causes, cover a hole together."""
    spans: list[tuple[int, int]] = []
    for gap in gaps:
        assert gap.end_us is not None, f"{name}: a gap never ended"
        if spans and gap.start_us <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], gap.end_us))
        else:
            spans.append((gap.start_us, gap.end_us))
    for start_us, end_us in holes:
        if end_us - start_us > NO_GAP_US:
            assert any(same(span, (start_us, end_us)) for span in spans), (
                f"{name}: {start_us}-{end_us} not declared"
            )
    for span in spans:
        assert any(same(span, hole) for hole in holes), f"{name}: {span} is declared, but no frame is missing"


def same(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return abs(one[0] - other[0]) <= SECOND_US and abs(one[1] - other[1]) <= SECOND_US
