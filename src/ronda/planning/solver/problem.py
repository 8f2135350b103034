"""The question as arrays. Sites carry cameras, cameras see columns, years are numbered from 0.

Every rule may be absent: a plain maximal covering problem is one year, one camera a site, one row of
money. Money, weights and years are whole numbers, so a value or an account is exact. Invariant:
`value_of` here, and nothing else, says what a plan is worth; `excess` says which rules it breaks. Neither
knows how a plan was found.

A plan is the year of every camera (`years` = never). A site is built in the year of its first camera.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ronda.planning.cover import Cover, Ints

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A limit on what is spent; whole rupiah (or any unit, the same everywhere).

    name      says in an answer which limit it is
    builds    [C, T]: does what a site of class C spends on building in year T count?
    upkeeps   [C, T]: does its running cost of year T count?
    given     the most that all which counts may come to
    """

    name: str
    builds: Bools
    upkeeps: Bools
    given: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A promise to a party: of these sites at least `least` stand by the end of year `by`."""

    name: str
    members: Bools
    least: int
    by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hubs:
    """Shared uplinks: a site needs a port of one hub in its reach from the year it is built.

    cost, yearly  of opening a hub, and of each year that it is open; paid as a site of class `purse`
    ports         sites that one hub can serve
    reach         which hubs each site can be linked to
    """

    cost: Ints
    yearly: Ints
    ports: Ints
    purse: Ints
    reach: Cover


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Arrays by site (S), camera (K), column (J), village (V), class of money (C) and year (T).

    site            site of each camera, ascending: the cameras of a site follow each other
    sees            which columns each camera sees; by_column the other way round
    worth           [N, J]: what the n-th site that sees a column adds in a year; falls with n, never below 0
    own             [K]: what a camera adds in each year that no other can (may be negative)
    shuns, harm     columns that are better not seen (privacy), and what it costs once a year if any camera does
    year_worth      what a year of seeing counts for
    build, yearly   of a site; camera_build, camera_yearly: of a camera
    purse           class of each site: which rows of money it counts in
    must            last year in which a site may be built; T: no promise
    banned          sites that never stand
    village         of each site; -1: none
    due             by village: last year by which it has a site; T: no deadline; -1: it has one already
    cap             most sites of a village while some village has none; None: no such rule
    lone            a site takes one of its cameras, for good: they stand for sets that are bought together
    """

    years: int
    site: Ints
    sees: Cover
    by_column: Cover
    worth: Ints
    own: Ints
    shuns: Cover
    harm: Ints
    year_worth: Ints
    build: Ints
    yearly: Ints
    camera_build: Ints
    camera_yearly: Ints
    purse: Ints
    rows: tuple[Row, ...]
    must: Ints
    banned: Bools
    village: Ints
    due: Ints
    cap: int | None = None
    shares: tuple[Share, ...] = ()
    hubs: Hubs | None = None
    lone: bool = False
    first_camera: Ints = field(
        init=False
    )  # [S + 1]: the cameras of site s are first_camera[s] to first_camera[s + 1]

    def __post_init__(self) -> None:
        starts = np.searchsorted(self.site, np.arange(len(self.build) + 1))
        object.__setattr__(self, "first_camera", starts.astype(np.int64))

    @property
    def sites(self) -> int:
        return len(self.build)

    @property
    def cameras(self) -> int:
        return len(self.site)

    @property
    def columns(self) -> int:
        return int(self.worth.shape[1])

    @property
    def villages(self) -> int:
        """How many villages there are, with a deadline or without."""
        return max(len(self.due), int(self.village.max(initial=-1)) + 1)

    @property
    def classes(self) -> int:
        """How many classes of money there are."""
        return int(self.rows[0].builds.shape[0]) if self.rows else int(self.purse.max(initial=0)) + 1

    @property
    def total(self) -> int:
        """What no plan can exceed, without any rule: everything seen by everybody from the first year on."""
        return (int(self.worth.sum()) + int(np.maximum(self.own, 0).sum())) * int(self.year_worth.sum())


def site_years(of: Problem, year: Ints) -> Ints:
    """The year in which each site is built: that of its first camera."""
    built = np.full(of.sites, of.years, dtype=np.int64)
    np.minimum.at(built, of.site, year)
    return built


def value_of(of: Problem, year: Ints) -> int:
    """What these cameras are worth: exact, from their years alone."""
    total = 0
    for t in range(of.years):
        cameras = np.flatnonzero(year <= t)
        worth = int(of.own[cameras].sum())
        counted = seers(of, cameras)
        for number in range(of.worth.shape[0]):
            worth += int(of.worth[number][counted > number].sum())
        worth -= int(of.harm[np.unique(pairs(of.shuns, cameras)[1])].sum())
        total += worth * int(of.year_worth[t])
    return total


def seers(of: Problem, cameras: Ints) -> Ints:
    """How many sites see each column: two cameras of one site count once."""
    row, column = pairs(of.sees, cameras)
    if of.worth.shape[0] > 1:
        column = np.unique(of.site[cameras[row]] * max(of.columns, 1) + column) % max(of.columns, 1)
    return np.bincount(column, minlength=of.columns).astype(np.int64)


def pairs(cover: Cover, rows: Ints) -> tuple[Ints, Ints]:
    """Every (number in `rows`, column) of these rows."""
    lengths = cover.start[rows + 1] - cover.start[rows]
    number = np.repeat(np.arange(len(rows)), lengths)
    inside = np.arange(len(number)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return number, cover.cols[np.repeat(cover.start[rows], lengths) + inside]


def spent(of: Problem, year: Ints, links: Ints | None = None) -> tuple[Ints, Ints]:
    """[C, T] of building and of running cost; `links`: hub of each site, where there are hubs."""
    classes = of.classes
    builds, upkeeps = (np.zeros((classes, of.years + 1), dtype=np.int64) for _ in range(2))
    sites = site_years(of, year)
    for when, purse, build, yearly in (
        (sites, of.purse, of.build, of.yearly),
        (year, of.purse[of.site], of.camera_build, of.camera_yearly),
        *([] if of.hubs is None or links is None else [_hub_costs(of.hubs, sites, links, of.years)]),
    ):
        np.add.at(builds, (purse, when), build)
        np.add.at(upkeeps, (purse, when), yearly)
    return builds[:, :-1], np.cumsum(upkeeps[:, :-1], axis=1)


def _hub_costs(hubs: Hubs, sites: Ints, links: Ints, years: int) -> tuple[Ints, Ints, Ints, Ints]:
    return hub_years(hubs, sites, links, years), hubs.purse, hubs.cost, hubs.yearly


def hub_years(hubs: Hubs, sites: Ints, links: Ints, years: int) -> Ints:
    """The year in which each hub opens: that of its first site."""
    opened = np.full(len(hubs.cost), years, dtype=np.int64)
    linked = links >= 0
    np.minimum.at(opened, links[linked], sites[linked])
    return opened


def hubs_near(of: Problem) -> tuple[Ints, Ints]:
    """(village, hub) of all that some site of the village can be linked to."""
    none = np.zeros(0, dtype=np.int64)
    if of.hubs is None or not of.villages:
        return none, none
    site = np.repeat(np.arange(of.sites), np.diff(of.hubs.reach.start))
    some = (of.village[site] >= 0) & ~of.banned[site]
    count = len(of.hubs.cost)
    return np.divmod(np.unique(of.village[site[some]] * count + of.hubs.reach.cols[some]), count)


def excess(of: Problem, year: Ints, links: Ints | None = None) -> list[str]:
    """Every rule that this plan breaks, in words; empty for a plan that keeps them all."""
    sites = site_years(of, year)
    broken = [
        f"{row.name}: {used} of {row.given}"
        for row, used in zip(of.rows, used_of(of, year, links), strict=True)
        if used > row.given
    ]
    late = np.flatnonzero((of.must < of.years) & (sites > of.must))
    broken += [f"site {site} is late: {sites[site]} after {of.must[site]}" for site in late]
    broken += [f"site {site} is banned" for site in np.flatnonzero(of.banned & (sites < of.years))]
    if of.lone:
        many = np.flatnonzero(np.bincount(of.site[year < of.years], minlength=of.sites) > 1)
        broken += [f"site {site} has several cameras" for site in many]
    for share in of.shares:
        stand = int((sites[share.members] <= share.by).sum())
        if stand < share.least:
            broken.append(f"share {share.name}: {stand} of {share.least}")
    return broken + _villages_broken(of, sites) + _links_broken(of, sites, links)


def used_of(of: Problem, year: Ints, links: Ints | None = None) -> list[int]:
    """What counts in each row of money."""
    builds, upkeeps = spent(of, year, links)
    return [int(builds[row.builds].sum() + upkeeps[row.upkeeps].sum()) for row in of.rows]


def _villages_broken(of: Problem, sites: Ints) -> list[str]:
    inside = of.village >= 0
    first = np.where(of.due < 0, -1, of.years)
    np.minimum.at(first, of.village[inside], sites[inside])
    late = np.flatnonzero((of.due >= 0) & (of.due < of.years) & (first > of.due))
    broken = [f"village {village} has no site by year {of.due[village]}" for village in late]
    for t in range(of.years if of.cap is not None and len(of.due) else 0):
        if (first <= t).all():
            continue
        counts = np.bincount(of.village[inside & (sites <= t)], minlength=len(of.due))
        many = np.flatnonzero(counts > (of.cap or 0))
        broken += [f"village {v} has {counts[v]} sites in year {t}, before every village has one" for v in many]
    return broken


def _links_broken(of: Problem, sites: Ints, links: Ints | None) -> list[str]:
    if of.hubs is None:
        return []
    if links is None:
        return ["no links to the hubs are given"]
    broken = []
    for site in np.flatnonzero(sites < of.years):
        if links[site] not in of.hubs.reach.row(int(site)):
            broken.append(f"site {site} is not linked to a hub in reach")
    linked = links[(sites < of.years) & (links >= 0)]
    full = np.flatnonzero(np.bincount(linked, minlength=len(of.hubs.ports)) > of.hubs.ports)
    return broken + [f"hub {hub} has more sites than ports" for hub in full]
