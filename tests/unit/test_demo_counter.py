"""The demo measures a counter by what the worker's rows gain meanwhile, whatever quarter of an hour begins then."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from ronda.app.demo.story_city import City
from ronda.app.edge.village import VillageBox
from ronda.app.wiring import Wiring
from ronda.core.time import HOUR_US, SECOND_US, TimeSpan
from ronda.sim.control import SimControl

QUARTER_US = HOUR_US // 4


class Rows:
    """A row with many looks an hour ago, and one that grows by five each time it is asked for."""

    def __init__(self, quarter_us: int) -> None:
        self.rows = {quarter_us - HOUR_US: 900, quarter_us - QUARTER_US: 40}
        self.clock = SimpleNamespace(now_us=lambda: self.now_us)
        self.now_us = quarter_us - SECOND_US

    def quarters(self, camera: object, span: TimeSpan) -> list[Any]:
        self.rows[max(self.rows)] += 5
        self.now_us += 2 * SECOND_US  # a quarter of an hour begins between two looks
        return [
            SimpleNamespace(open_samples=looks, staffed_samples=looks)
            for start_us, looks in self.rows.items()
            if span.start_us <= start_us < span.end_us
        ]


def test_looks_of_an_hour_ago_are_not_taken_away_from_those_of_now() -> None:
    rows = Rows(1_000 * HOUR_US)
    wiring = cast(Wiring, SimpleNamespace(service=rows, clock=rows.clock))
    city = City(wiring, "http://127.0.0.1:1", cast(SimControl, None), cast(VillageBox, None))
    looked = asyncio.run(city._measured(0))
    assert (looked.samples, looked.staffed) == (5, 5)
