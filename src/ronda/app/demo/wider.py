"""What the office of the demo works with besides the theft: a plan, a year's reports, a counter, the public.

Each part is there or not there; all of it is training data. Past figures of the counter are made of drawn
samples through the same rules that the worker uses, never written in.
"""

import json
import math
import random
from dataclasses import replace
from typing import Final

from ronda.app.data_folder import write_private
from ronda.app.demo.planning import build_planning, build_thefts
from ronda.app.jobs.health import ALERT_AFTER_SETTING
from ronda.app.public_facts import CONTACT_SETTING
from ronda.app.wiring import Wiring
from ronda.core.days import day_of, day_span
from ronda.core.ids import CameraId, camera_id
from ronda.core.time import DAY_US, MINUTE_US, SECOND_US
from ronda.registry.model import PublicMark
from ronda.service.hours import opening_spans, parse_day
from ronda.service.model import Method, Quarter, Sample, ServicePoint, Zone, ZoneKind
from ronda.service.rows import Following, add_sample, empty_quarter, quarter_start
from ronda.sim.regency import OFFICE_ZONES, SERVICE

_DONE: Final = "demo-wider.json"
PUBLIC: Final = camera_id("simpang-kabo")
DAYS: Final = 14
ALERT_AFTER_S: Final = 20  # nobody waits five minutes in a demo; a real installation does
HOURS: Final = {day: parse_day("08.00-12.00, 13.00-15.30") for day in range(5)}
_EVERY_US: Final = 20 * SECOND_US
_CONTACT: Final = "Diskominfo Kutai Timur, Bukit Pelangi, Sangatta (data latihan)"


def build_wider(wiring: Wiring, now_us: int) -> None:
    """Everything, unless a run before has built it."""
    done = wiring.folder.root / _DONE
    if done.exists():
        return
    build_planning(wiring)
    build_thefts(wiring, now_us)
    build_counter(wiring, now_us)
    _open_one_camera(wiring, now_us)
    wiring.settings.put(CONTACT_SETTING, _CONTACT)
    wiring.settings.put(ALERT_AFTER_SETTING, ALERT_AFTER_S)
    write_private(done, json.dumps({"built_us": now_us}) + "\n")


def build_counter(wiring: Wiring, now_us: int) -> None:
    """Register the counter hall of the district office, with two weeks of numbers."""
    entry = wiring.register.camera(SERVICE)
    if entry is None:
        return
    wiring.note("latihan.layanan", {"kamera": SERVICE})
    wiring.service.put_point(
        ServicePoint(
            camera=SERVICE,
            name=entry.name,
            area=entry.site.area,
            legal_basis="data latihan: Perbup standar pelayanan minimal",
            purpose="Loket terlayani dan waktu tunggu warga",
            zones=tuple(
                Zone(kind=ZoneKind(kind), left=left, top=top, right=right, bottom=bottom, capacity=capacity)
                for kind, left, top, right, bottom, capacity in OFFICE_ZONES
            ),
            hours=HOURS,
            training=True,
        )
    )
    today_us = day_span(day_of(now_us)).start_us
    rows = [row for back in range(1, DAYS + 1) for row in counter_day(SERVICE, day_of(today_us - back * DAY_US))]
    wiring.service.put_quarters(rows)


def counter_day(camera: CameraId, day: str) -> list[Quarter]:
    """A drawn day at the counter: opened a little late, people who come in waves, a counter left now and then."""
    chance = random.Random(f"loket:{camera}:{day}")
    rows: dict[int, Quarter] = {}
    following = Following()
    late_us = int(chance.uniform(0, 9) * MINUTE_US)
    for number, span in enumerate(opening_spans(HOURS, day)):
        queue, serving, away_until_us = 0.0, 0, 0
        for at_us in range(span.start_us + (late_us if number == 0 else 0), span.end_us, _EVERY_US):
            wave = 0.5 + 0.5 * math.sin(math.pi * (at_us - span.start_us) / span.duration_us)
            queue += chance.random() < 0.11 * wave
            if chance.random() < 0.0012:
                away_until_us = at_us + int(chance.uniform(4, 14) * MINUTE_US)
            staffed = at_us >= away_until_us
            serving -= 1
            if serving <= 0 and queue >= 1 and staffed:
                queue, serving = queue - 1, chance.randrange(6, 13)
            sample = Sample(
                at_us=at_us, method=Method.BACKGROUND, staffed=staffed, visitor=serving > 1, queue=queue
            )
            start = quarter_start(at_us)
            row = rows.get(start) or empty_quarter(camera, at_us, training=True)
            rows[start] = add_sample(row, sample, HOURS, following)
    return list(rows.values())


def _open_one_camera(wiring: Wiring, now_us: int) -> None:
    """One junction is open to everybody: small, masked, never the past."""
    entry = wiring.register.camera(PUBLIC)
    if entry is None or entry.public is not None:
        return
    reason = "data latihan: arus kendaraan di simpang, tanpa wajah dan nomor yang terbaca"
    wiring.note("latihan.kamera_publik", {"kamera": PUBLIC})
    mark = PublicMark(reason=reason, width_px=480, masks=(), viewer_limit=20, since_us=now_us)
    wiring.register.save(replace(entry, public=mark))
