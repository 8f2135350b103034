"""A plan under construction: what stands in which year, who sees what from when, and the room in each row.

Invariant: `put` is called only for what `fits`, so any moment is a place to stop, but for promises still
open. A camera may be put earlier than it stood; nothing else moves by itself.
"""

from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.solver.prices import Money
from ronda.planning.solver.problem import Bools, Problem, pairs, seers, site_years, used_of

_TRUST = 0.5  # in the wish for a hub: what it takes off its price


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What every draft of a problem shares."""

    of: Problem
    money: Money
    from_on: Ints  # [T + 1] worth of the years from one on
    fans: Ints  # [S, most cameras of a site] cameras of each site, -1 where it has fewer
    fixed: Floats  # [R, C, T + 1] builds
    running: Floats  # [R, C, T + 1] upkeeps from a year on
    plain: bool  # nobody is shunned, one seer counts, no hubs

    @classmethod
    def of_problem(cls, of: Problem) -> "Ground":
        from_on = np.concatenate([np.cumsum(of.year_worth[::-1])[::-1], [0]]).astype(np.int64)
        counts = np.diff(of.first_camera)
        fans = np.full((of.sites, int(counts.max(initial=1))), -1, dtype=np.int64)
        inside = np.arange(of.cameras) - of.first_camera[of.site]
        fans[of.site, inside] = np.arange(of.cameras)
        money = Money(of=of)
        plain = len(of.worth) == 1
        return cls(of=of, money=money, from_on=from_on, fans=fans, fixed=money.builds, running=money.upkeeps,
                   plain=plain)  # fmt: skip

    def usage_of_sites(self) -> Floats:
        """[R, S] of building each site with its one camera in the first year."""
        of, purse = self.of, self.of.purse
        build, yearly = of.build + of.camera_build, of.yearly + of.camera_yearly
        return np.asarray(self.fixed[:, purse, 0] * build + self.running[:, purse, 0] * yearly)


class Draft:
    """years of cameras and sites, `seen` [N, J] the first N years in which a column gains a seer."""

    def __init__(
        self, ground: Ground, year: Ints | None = None, links: Ints | None = None, open_by: Floats | None = None
    ) -> None:
        of = ground.of
        self.open_by = open_by  # [T, H] how surely a hub will be open by a year; None: nobody knows
        self.only: Ints | None = None  # [H] years from which hubs are meant to be open; None: any may be
        self.ground, self.of = ground, of
        self.year = np.full(of.cameras, of.years, dtype=np.int64) if year is None else year.copy()
        self.built = site_years(of, self.year)
        self.links = np.full(of.sites, -1, dtype=np.int64) if links is None else links.copy()
        self.room = ground.money.given - np.array(used_of(of, self.year, self.links), dtype=np.float64)
        self.seen = self._seen()
        self.harmed = np.full(len(of.harm), of.years, dtype=np.int64)
        some = np.flatnonzero(self.year < of.years)
        number, column = pairs(of.shuns, some)
        np.minimum.at(self.harmed, column, self.year[some[number]])

    def copy(self) -> "Draft":
        other = Draft.__new__(Draft)
        other.ground, other.of, other.open_by, other.only = self.ground, self.of, self.open_by, self.only
        for name in ("year", "built", "links", "room", "seen", "harmed"):
            setattr(other, name, getattr(self, name).copy())
        return other

    def _seen(self) -> Ints:
        of = self.of
        seen = np.full(of.worth.shape, of.years, dtype=np.int64)
        for t in range(of.years - 1, -1, -1):
            count = seers(of, np.flatnonzero(self.year <= t))
            for n in range(len(seen)):
                seen[n, count > n] = t
        return seen

    def value(self) -> int:
        of, from_on = self.of, self.ground.from_on
        stands = self.year < of.years
        own = int((of.own[stands] * from_on[self.year[stands]]).sum())
        return own + int((of.worth * from_on[self.seen]).sum()) - int((of.harm * from_on[self.harmed]).sum())

    # -- what it costs and adds ----------------------------------------------------------------

    def usage(self, cameras: Ints, year: int) -> Floats:
        """[R, n] more that each row would carry if one of these cameras stood from `year` on; hubs apart."""
        return self._priced(self.ground.fixed, self.ground.running, cameras, year)

    def price(self, build: Floats, upkeep: Floats, cameras: Ints, year: int) -> tuple[Floats, Floats]:
        """At prices [C, T + 1]: of the camera, and of its site where that is not built by then."""
        of = self.of
        site = of.site[cameras]
        purse, was, stood = of.purse[site], self.year[cameras], self.built[site]
        camera = of.camera_build[cameras] * (build[purse, year] - build[purse, was])
        camera += of.camera_yearly[cameras] * (upkeep[purse, year] - upkeep[purse, was])
        new = np.minimum(year, stood)
        own = of.build[site] * (build[purse, new] - build[purse, stood])
        return camera, own + of.yearly[site] * (upkeep[purse, new] - upkeep[purse, stood])

    def _priced(self, fixed: Floats, running: Floats, cameras: Ints, year: int) -> Floats:
        of = self.of
        site = of.site[cameras]
        purse, was, stood = of.purse[site], self.year[cameras], self.built[site]
        new = np.minimum(year, stood)
        return np.asarray(
            of.camera_build[cameras] * (fixed[:, purse, year] - fixed[:, purse, was])
            + of.camera_yearly[cameras] * (running[:, purse, year] - running[:, purse, was])
            + of.build[site] * (fixed[:, purse, new] - fixed[:, purse, stood])
            + of.yearly[site] * (running[:, purse, new] - running[:, purse, stood])
        )

    def usage_of(self, camera: int, year: int) -> Floats:
        """The same for one camera, without the arrays."""
        of = self.of
        site = int(of.site[camera])
        purse, was, stood = int(of.purse[site]), int(self.year[camera]), int(self.built[site])
        fixed, running = self.ground.fixed[:, purse], self.ground.running[:, purse]
        usage = of.camera_build[camera] * (fixed[:, year] - fixed[:, was])
        usage = usage + of.camera_yearly[camera] * (running[:, year] - running[:, was])
        if year < stood:
            usage = usage + of.build[site] * (fixed[:, year] - fixed[:, stood])
            usage = usage + of.yearly[site] * (running[:, year] - running[:, stood])
        return np.asarray(usage)

    def fits_one(self, camera: int, year: int) -> bool:
        if self.of.hubs is not None:
            return bool(self.fits(np.array([camera]), year)[0])
        site = self.of.site[camera]
        if self.of.banned[site] or (self.of.lone and self.built[site] < self.year[camera]):
            return False
        return bool((self.usage_of(camera, year) <= self.room).all())

    def fits(self, cameras: Ints, year: int, kept: Floats | None = None) -> Bools:
        """Is there room for each of them, alone? `kept` [R]: to be left free."""
        room = self.room if kept is None else self.room - kept
        enough = self._enough(cameras, year, room) & ~self.of.banned[self.of.site[cameras]]
        if self.of.lone:  # its site has another one
            enough &= self.built[self.of.site[cameras]] >= self.year[cameras]
        if self.of.hubs is not None:
            enough &= self._ports_fit(cameras, year, room)
        return np.asarray(enough)

    def _enough(self, cameras: Ints, year: int, room: Floats) -> Bools:
        """Does the money suffice? What stands in no year yet costs the same in all rows that count it alike."""
        of, ground = self.of, self.ground
        site = of.site[cameras]
        alone = self.built[site] == of.years
        fresh = (self.year[cameras] == of.years) & (alone | (self.built[site] <= year))
        build = of.camera_build[cameras] + np.where(alone, of.build[site], 0)
        yearly = of.camera_yearly[cameras] + np.where(alone, of.yearly[site], 0)
        enough = np.ones(len(cameras), dtype=bool)
        for purse in range(of.classes):
            least: dict[tuple[float, float], float] = {}
            counts = zip(
                ground.fixed[:, purse, year].tolist(), ground.running[:, purse, year].tolist(), strict=True
            )
            for alike, left in zip(counts, room.tolist(), strict=True):
                least[alike] = min(left, least.get(alike, left))
            fits = np.ones(len(cameras), dtype=bool)
            for (once, every), left in least.items():
                fits &= once * build + every * yearly <= left
            enough &= fits | (of.purse[site] != purse)
        moved = np.flatnonzero(~fresh)
        if len(moved):
            enough[moved] = (self.usage(cameras[moved], year) <= room[:, None]).all(axis=0)
        return enough

    def allows(self, camera: int, year: int) -> bool:
        """Does it fit, with the deadline of its site and the cap of its village?"""
        from ronda.planning.solver.fill import full  # fill knows drafts, not the other way round

        closed = full(self, year)
        site = int(self.of.site[camera])
        return not (closed is not None and closed[site]) and self.fits_one(camera, year)

    def gains(self, year: int) -> Ints:
        """[K] what each camera would add if it stood from `year` on."""
        of, from_on = self.of, self.ground.from_on
        left = self.left(np.arange(of.columns), year)
        gain = of.own * np.maximum(from_on[year] - from_on[self.year], 0)
        sums = np.concatenate(([0], np.cumsum(left[of.sees.cols])))
        gain = gain + sums[of.sees.start[1:]] - sums[of.sees.start[:-1]]
        if len(of.harm):
            more = of.harm * np.maximum(from_on[year] - from_on[self.harmed], 0)
            sums = np.concatenate(([0], np.cumsum(more[of.shuns.cols])))
            gain = gain - sums[of.shuns.start[1:]] + sums[of.shuns.start[:-1]]
        return np.asarray(gain)

    def left(self, columns: Ints, year: int) -> Ints:
        """What one more seer from `year` on would add to each column."""
        of, from_on = self.of, self.ground.from_on
        if self.ground.plain:
            return np.asarray(of.worth[0, columns] * np.maximum(from_on[year] - from_on[self.seen[0, columns]], 0))
        seen, worth = self.seen[:, columns], of.worth[:, columns]
        pushed = np.sort(np.vstack([seen, np.full((1, len(columns)), year)]), axis=0)[:-1]
        return np.asarray((worth * (from_on[pushed] - from_on[seen])).sum(axis=0))

    # -- putting ---------------------------------------------------------------------------------

    def put(self, camera: int, year: int) -> None:
        """The camera stands from `year` on; its site from then at the latest."""
        of, site = self.of, int(self.of.site[camera])
        self.room = self.room - self.usage_of(camera, year)
        if of.hubs is not None:
            self._link(site, year)
        columns = of.sees.row(camera)
        new = self._newly(camera, columns)
        self.year[camera] = year
        self.built[site] = min(int(self.built[site]), year)
        if self.ground.plain:
            self.seen[0, columns] = np.minimum(self.seen[0, columns], year)
        elif len(new) == len(columns):
            seen = np.vstack([self.seen[:, new], np.full((1, len(new)), year)])
            self.seen[:, new] = np.sort(seen, axis=0)[:-1]
        else:
            self.seen = self._seen()
        shunned = of.shuns.row(camera)
        self.harmed[shunned] = np.minimum(self.harmed[shunned], year)

    def _newly(self, camera: int, columns: Ints) -> Ints:
        """The columns that nobody at this site sees yet."""
        if self.ground.plain:
            return columns
        of, site = self.of, int(self.of.site[camera])
        mine = np.arange(of.first_camera[site], of.first_camera[site + 1])
        mine = mine[self.year[mine] < of.years]
        return np.setdiff1d(columns, pairs(of.sees, mine)[1])

    # -- shared uplinks --------------------------------------------------------------------------

    def _open_hubs(self) -> tuple[Ints, Ints]:
        """Year of opening and free ports of each hub."""
        hubs = self.of.hubs
        assert hubs is not None
        opened = np.full(len(hubs.cost), self.of.years, dtype=np.int64)
        some = np.flatnonzero(self.links >= 0)
        np.minimum.at(opened, self.links[some], self.built[some])
        return opened, hubs.ports - np.bincount(self.links[some], minlength=len(hubs.ports))

    def _hub_usage(self, hubs: Ints, year: int, opened: Ints) -> Floats:
        """[R, n] more that each row would carry if these hubs were open from `year` on."""
        known = self.of.hubs
        assert known is not None
        fixed, running, purse = self.ground.fixed, self.ground.running, known.purse[hubs]
        was = opened[hubs]
        new = np.minimum(year, was)
        return np.asarray(
            known.cost[hubs] * (fixed[:, purse, new] - fixed[:, purse, was])
            + known.yearly[hubs] * (running[:, purse, new] - running[:, purse, was])
        )

    def _ports_fit(self, cameras: Ints, year: int, room: Floats) -> Bools:
        """Can the site of each camera be linked, with the hub paid for as well?"""
        sites, where = np.unique(self.of.site[cameras], return_inverse=True)
        opened, free = self._open_hubs()
        usage = self.usage(cameras, year)
        fit = np.zeros(len(cameras), dtype=bool)
        by_site: dict[int, Floats | None] = {int(s): self._cheapest(int(s), year, opened, free)[1] for s in sites}
        for number, site in enumerate(sites):
            hub = by_site[int(site)]
            mine = np.flatnonzero(where == number)
            if hub is not None:
                fit[mine] = (usage[:, mine] + hub[:, None] <= room[:, None]).all(axis=0)
        return fit

    def _cheapest(self, site: int, year: int, opened: Ints, free: Ints) -> tuple[int, Floats | None]:
        """The hub that this site would take, and what that adds to each row; None when it has none."""
        assert self.of.hubs is not None
        if self.links[site] >= 0:
            link = int(self.links[site])
            return link, self._hub_usage(np.array([link]), year, opened)[:, 0]
        reach = self.of.hubs.reach.row(site)
        some = reach[free[reach] > 0]
        if self.only is not None:
            some = some[self.only[some] <= year]
        if not len(some):
            return -1, None
        usage = self._hub_usage(some, year, opened)
        cost = usage.sum(axis=0)
        if self.open_by is not None:  # others will share a hub that is wished for
            cost = cost * (1 - _TRUST * self.open_by[year, some])
        best = int(np.lexsort((some, -free[some], cost))[0])
        return int(some[best]), usage[:, best]

    def _link(self, site: int, year: int) -> None:
        """Take a port; a site that has one and moves to an earlier year may open its hub earlier."""
        opened, free = self._open_hubs()
        hub, usage = self._cheapest(site, year, opened, free)
        if usage is None:
            raise ValueError(f"no port for site {site}")
        self.room = self.room - usage
        self.links[site] = hub
