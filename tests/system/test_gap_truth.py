"""Declared gaps are the true gaps: virtual cameras with every fault they know, and a kill in between.

Each picture carries its number (`ronda.sim.sei`), so the numbers in the files show what is missing, whatever the
recorder says of it. RONDA_TRUTH_S sets how long it is recorded; `make test-long` asks for ten minutes.
A frozen picture and a wrong camera clock lose no frame: they must not be declared as a gap.
"""

import os
import random
import time
from pathlib import Path

from tests.drill.cameras import virtual_cameras
from tests.drill.footage import ALL, RecorderProcess, check_clean, make_data_folder, numbers, rows, wait_for
from tests.drill.truth import declared, doubled, holes, undeclared, unfounded

from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US
from ronda.sim.plan import FaultKind
from ronda.store.disk.index import SqliteIndex

SECONDS = float(os.environ.get("RONDA_TRUTH_S", "17"))
FAULTS = [*FaultKind, None]  # one camera each; the last is never touched
LASTS_S = 3.0
ROUND_S = 8.0


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
        assert not doubled(found[camera]), f"{name}: a frame is doubled or out of order"
        missing = holes(found[camera], epoch_us, frame_us)
        last_us = epoch_us + found[camera][-1] * frame_us
        gaps = [gap for gap in index.gaps(camera, ALL) if gap.start_us < last_us - SECOND_US]
        spans = declared(gaps)
        assert undeclared(missing, spans) == [], f"{name}: missing, and not declared"
        assert unfounded(spans, missing) == [], f"{name}: declared, but no frame is missing"
        if faults[name] in (FaultKind.FREEZE, FaultKind.CLOCK, None):
            assert len(gaps) < turn, f"{name} lost nothing but by the kills"
        else:
            assert gaps, f"{name} was off {turn} times"  # two in a row may be one gap, when the start takes long
    index.close()
