"""What the planner of the demo works on, all of it training data: a made-up regency, and a year of thefts.

The thefts are drawn with place and time only; whether a camera reached, recorded or was down is found by
the rules (`cases.backtest`), never written here. For that, the recording history is drawn for eleven
months before the one of `history`, with the same habits of outages and long rows.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from ronda.app.demo.history import DAYS, outages
from ronda.app.wiring import Wiring
from ronda.cases.backtest import TheftReport
from ronda.core.ids import CameraId
from ronda.core.time import DAY_US, HOUR_US, MINUTE_US, TimeSpan, uncovered
from ronda.planning import virtual
from ronda.planning.demand import cells_of
from ronda.planning.model import Candidate
from ronda.registry.areas import districts, villages
from ronda.registry.model import SiteKind
from ronda.sim.regency import CAMERAS, RegencyCamera
from ronda.video.model import Gap

THEFTS: Final = 118  # with the two thefts among the closed cases: 120
YEAR_DAYS: Final = 365
POINTS: Final = 1500
INCIDENTS: Final = 2400
SOURCE: Final = "data latihan: rekap kejadian 12 bulan"
_NEAR_CAMERA: Final = 0.46  # of the thefts; people leave motorcycles where people are, and so cameras
_IN_THE_DARK: Final = 0.42  # of those near a camera: while something was down, such as the power
_KINDS: Final = ("Pencurian sepeda motor", "Pencurian sepeda motor", "Pencurian helm", "Pencurian dalam kendaraan")
_TOWN: Final = ("64.08.04", "64.08.17")  # codes that the towns of the regency lie in
_BUSY: Final = (SiteKind.MARKET, SiteKind.JUNCTION, SiteKind.MAIN_ROAD, SiteKind.VILLAGE_ROAD)
_WITA_US: Final = 8 * HOUR_US


def build_planning(wiring: Wiring) -> None:
    """Candidates, prices, demand and budgets, unless they are there."""
    store = wiring.planning
    if store.terms() is not None:
        return
    drawn = virtual.regency(centres(), points=POINTS, incidents=INCIDENTS)
    wiring.note("latihan.rencana", {"titik": len(drawn.candidates)})
    store.put_prices(drawn.prices)
    wiring.plan_inputs.put_items(virtual.items())
    store.put_candidates(virtual.put_together(drawn.candidates))
    store.put_cells(SOURCE, cells_of(drawn.incidents))
    store.put_terms(virtual.terms())


def centres() -> list[virtual.Centre]:
    """The districts and villages of the register's own table."""
    return [
        virtual.Centre(
            code=area.code,
            name=area.name,
            level="village" if area.is_village else "district",
            lat_deg=area.lat_deg,
            lon_deg=area.lon_deg,
        )
        for area in (*districts(), *villages())
    ]


def build_thefts(wiring: Wiring, now_us: int) -> int:
    """A year of theft reports and the recording history to judge them by; gives how many reports.

    `build_planning` comes first: thefts that no camera sees are drawn around its candidate points.
    """
    older = TimeSpan(now_us - YEAR_DAYS * DAY_US, now_us - DAYS * DAY_US)
    gaps = {camera.camera: _older_gaps(camera, older) for camera in CAMERAS}
    for camera in CAMERAS:
        missing = [_span(gap) for gap in gaps[camera.camera]]
        spans = [row for part in uncovered(older, missing) for row in _rows(part)]
        wiring.index.add_history(camera.camera, spans, gaps[camera.camera])
    recent = TimeSpan(older.end_us, now_us)
    for camera in CAMERAS:
        gaps[camera.camera] = [*gaps[camera.camera], *wiring.index.gaps(camera.camera, recent)]
    town = [one for one in wiring.planning.candidates() if one.area.startswith(_TOWN) and one.kind in _BUSY]
    busy = random.Random("tempat ramai").sample(town, min(len(town), 40))
    reports = [_theft(number, now_us, gaps, busy) for number in range(1, THEFTS + 1)]
    wiring.note("latihan.pencurian", {"laporan": len(reports)})
    wiring.theft_reports.put(reports)
    return len(reports)


def _older_gaps(camera: RegencyCamera, older: TimeSpan) -> list[Gap]:
    """Month by month; each month has its own chances, because `outages` draws from the names alone."""
    found: list[Gap] = []
    month_us = DAYS * DAY_US
    number, end = 0, older.end_us
    while end - month_us >= older.start_us:
        number += 1
        drawn = replace(camera, village_code=f"{camera.village_code}/{number}", look=camera.look)
        found += [_of(camera, gap) for gap in _drawn(drawn, number, TimeSpan(end - month_us, end))]
        end -= month_us
    return found


def _drawn(camera: RegencyCamera, number: int, month: TimeSpan) -> Sequence[Gap]:
    return outages(replace(camera, camera=type(camera.camera)(f"{camera.camera}-{number}")), month)


def _of(camera: RegencyCamera, gap: Gap) -> Gap:
    return replace(gap, camera=camera.camera)


def _rows(part: TimeSpan) -> list[TimeSpan]:
    """Long rows, because a year of hours would only make the first start slow."""
    step = 20 * HOUR_US
    return [TimeSpan(at, min(at + step, part.end_us)) for at in range(part.start_us, part.end_us, step)]


def _span(gap: Gap) -> TimeSpan:
    return TimeSpan(gap.start_us, gap.end_us if gap.end_us is not None else gap.start_us)


def _theft(
    number: int, now_us: int, gaps: Mapping[CameraId, Sequence[Gap]], busy: Sequence[Candidate]
) -> TheftReport:
    chance = random.Random(f"pencurian:{number}")
    at_us = _night(chance, now_us)
    if chance.random() < _NEAR_CAMERA:
        camera = chance.choice(CAMERAS)
        lat, lon = camera.lat + chance.gauss(0, 0.00025), camera.lon + chance.gauss(0, 0.00025)
        dark = [gap for gap in gaps[camera.camera] if _span(gap).duration_us > HOUR_US]
        if dark and chance.random() < _IN_THE_DARK:
            gap = chance.choice(dark)
            at_us = gap.start_us + int((_span(gap).duration_us - HOUR_US) * chance.random())
        place = camera.site
    else:  # where people leave things: a few places see many thefts, as places do
        spot = busy[min(int(chance.expovariate(1 / 7)), len(busy) - 1)]
        spread = 0.0004 if chance.random() < 0.7 else 0.003
        lat, lon = spot.lat_deg + chance.gauss(0, spread), spot.lon_deg + chance.gauss(0, spread)
        place = spot.name
    return TheftReport(
        report_id=f"latihan-LP-{number:03d}",
        kind=chance.choice(_KINDS),
        place=place,
        lat_deg=round(lat, 6),
        lon_deg=round(lon, 6),
        span=TimeSpan(at_us, at_us + chance.randrange(20, 50) * MINUTE_US),
        source="data latihan",
        training=True,
    )


def _night(chance: random.Random, now_us: int) -> int:
    """Some hour between evening and morning of a day of the last twelve months."""
    days = chance.randrange(2, YEAR_DAYS - 5)
    midnight = (now_us + _WITA_US) // DAY_US * DAY_US - _WITA_US - days * DAY_US
    return midnight + int((chance.random() * 9 - 3) * HOUR_US)
