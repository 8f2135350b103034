"""Join cases, register and recording index: which thefts could have been seen, and what follows from it.

The plan gets cells only (`Around`), repair gets cameras with causes (`down_at_thefts`). Verdicts are kept
for a minute, because the slider asks for them with every move.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final

from ronda.cases.backtest import (
    DownAtThefts,
    Recordings,
    TheftReport,
    Verdict,
    down_at_thefts,
    judge,
    reports_of,
    unseen_cells,
)
from ronda.cases.ports import CaseStore
from ronda.core.time import DAY_US, MINUTE_US, Clock, TimeSpan
from ronda.planning.learning import spread_out
from ronda.planning.model import STANDING_HEIGHT_M, Building, Candidate, Cell, Shares, Standing
from ronda.planning.places import Hub, Zone
from ronda.planning.pricing import PriceItem
from ronda.planning.reach import reach_m
from ronda.planning.surface import Mark
from ronda.planning.visibility import FULL_DEG
from ronda.registry.model import Camera, CameraState
from ronda.registry.ports import Register
from ronda.store.sql.plan_inputs import SqlPlanInputs
from ronda.store.sql.theft_reports import SqlTheftReports

COUNTED_US: Final = 365 * DAY_US
_KEPT_US: Final = MINUTE_US


class LookingBack:
    """The back-test over the last twelve months."""

    def __init__(
        self,
        *,
        cases: CaseStore,
        reports: SqlTheftReports,
        register: Register,
        recordings: Callable[[], Recordings],
        clock: Clock,
        inputs: SqlPlanInputs,
    ) -> None:
        self._cases, self._reports, self._register = cases, reports, register
        self._recordings, self._clock, self._inputs = recordings, clock, inputs
        self._kept: tuple[int, list[Verdict]] | None = None
        self._lock = threading.Lock()

    def span(self) -> TimeSpan:
        now_us = self._clock.now_us()
        return TimeSpan(now_us - COUNTED_US, now_us)

    def reports(self) -> list[TheftReport]:
        """From cases and from the list; a theft that is in both counts once, as its case."""
        span = self.span()
        from_cases = [one for one in reports_of(self._cases.all()) if span.contains(one.span.start_us)]
        listed = [one for one in self._reports.within(span) if not any(_same(one, case) for case in from_cases)]
        return [*from_cases, *listed]

    def verdicts(self) -> Sequence[Verdict]:
        with self._lock:
            now_us = self._clock.now_us()
            if self._kept is None or now_us - self._kept[0] > _KEPT_US:
                cameras, recordings = self._register.cameras(), self._recordings()
                self._kept = (now_us, [judge(one, cameras, recordings) for one in self.reports()])
            return self._kept[1]

    def forget(self) -> None:
        with self._lock:
            self._kept = None

    def down_at_thefts(self) -> list[DownAtThefts]:
        """For repair: cameras that were down when a theft happened within their reach."""
        return down_at_thefts(self.verdicts())

    # -- `ronda.planning.ports.Surroundings` -----------------------------------------------------

    def unseen(self) -> list[Cell]:
        return unseen_cells(self.verdicts())

    def expected(self, cells: Sequence[Cell], candidates: Sequence[Candidate], shares: Shares) -> tuple[Cell, ...]:
        density = self._inputs.density()
        if density is None:
            return tuple(cells)
        near = [(one.lat_deg, one.lon_deg, one.reach_m) for one in candidates]
        return spread_out(cells, density, near, shares.vehicle)

    def buildings(self) -> Sequence[Building]:
        return self._inputs.buildings()

    def items(self) -> Sequence[PriceItem]:
        return self._inputs.items()

    def hubs(self) -> Sequence[Hub]:
        return self._inputs.hubs()

    def zones(self) -> Sequence[Zone]:
        return self._inputs.zones()

    def marks(self) -> Sequence[Mark]:
        return self._inputs.marks()

    def standing(self) -> list[Standing]:
        """Cameras in service, and those of others that a planner brought in a file."""
        serving = [one for one in self._register.cameras() if one.state is CameraState.IN_SERVICE]
        return [seen for one in serving if (seen := _seen(one)) is not None] + list(self._inputs.standing())


def _seen(camera: Camera) -> Standing | None:
    """By its direction, angle and height; all around where nobody told both; None without a place."""
    site = camera.site
    if site.lat_deg is None or site.lon_deg is None:
        return None
    aimed = camera.direction_deg is not None and camera.view_deg is not None
    return Standing(
        lat_deg=site.lat_deg, lon_deg=site.lon_deg, reach_m=reach_m(site.kind),
        direction_deg=(camera.direction_deg or 0.0) if aimed else 0.0,
        view_deg=(camera.view_deg or FULL_DEG) if aimed else FULL_DEG,
        height_m=STANDING_HEIGHT_M if camera.height_m is None else camera.height_m,
    )  # fmt: skip


def _same(listed: TheftReport, case: TheftReport) -> bool:
    """The same number of a report, or the same place and an overlapping time."""
    near = abs(listed.lat_deg - case.lat_deg) < 1e-4 and abs(listed.lon_deg - case.lon_deg) < 1e-4
    return listed.report_id == case.report_id or (near and listed.span.overlaps(case.span))
