"""What a plan is made of: candidate points, demand, prices, money, promises, and the plan itself.

Values only; the planner sees counts by cell, never a case, a picture or a person. Money is whole
rupiah. Demand is whole millionths of everything that is counted (`demand.weights`), so a value is an
exact sum and can be recomputed from the chosen points alone.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from ronda.core.ids import AreaCode
from ronda.planning.places import Hub
from ronda.planning.pricing import Item, PriceItem
from ronda.registry.model import SiteKind

WHOLE = 1_000_000  # all demand of one year, in the unit of weights


HEIGHT_M = 6.0  # of a camera on a usual pole
STANDING_HEIGHT_M = 5.0  # of a camera that is there, when nobody measured it


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """So many of one thing of the price list."""

    item: Item
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A point where cameras could stand.

    build_cost_idr   with its one camera; of a point with `needs` without cameras, at the prices of its edition
    yearly_cost_idr  power, line, upkeep: each year that it stands, the year of building included
    reach_m          how far it sees: from its kind, or measured on the spot
    requested_by     parties that asked for it
    needs            what is bought for it; then it takes cameras of the price list, each with a direction. Empty:
                     one camera that looks all around, in the price of the point
    height_m         of its cameras above the ground
    """

    point: str
    name: str
    kind: SiteKind
    area: AreaCode
    lat_deg: float
    lon_deg: float
    build_cost_idr: int
    yearly_cost_idr: int
    reach_m: float
    requested_by: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    height_m: float = HEIGHT_M


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Counts at one place of the ground, over `demand.COUNTED_MONTHS` months.

    vehicle_thefts  of the thefts, those of or from vehicles: what deterrence was found for
    expected        weighted thefts to expect here (`learning.spread_out`); None: as many as were counted
    place           what kind of place it is (`surface.Place`); "": nobody said
    shunned         of a privacy zone: so many thefts it is worth not to see it
    """

    lat_deg: float
    lon_deg: float
    thefts: int = 0
    vehicle_thefts: int = 0
    traffic: int = 0
    requests: int = 0
    expected: float | None = None
    place: str = ""
    shunned: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How much thefts, traffic and requests weigh; published with every plan; they add up to 1.

    vehicle  how many times another theft one of or from a vehicle counts
    parking, residential  how many times a theft counts there: effects were found for these places
    """

    theft: float = 0.60
    traffic: float = 0.25
    request: float = 0.15
    vehicle: float = 2.0
    parking: float = 1.5
    residential: float = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one point of a kind costs, where the figure is from and of which year."""

    kind: SiteKind
    build_cost_idr: int
    yearly_cost_idr: int
    reach_m: float
    source: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What one source gives in one year.

    villages_only  it may pay only for points in villages (Dana Desa): see `rows.pays_for`
    """

    source: str
    year: int
    amount_idr: int
    villages_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A promise: every candidate of this kind stands by the end of `by_year`."""

    kind: SiteKind
    by_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A camera that stands already: what it sees needs no new point.

    view_deg  360: nobody said where it looks, so it counts as looking all around
    """

    lat_deg: float
    lon_deg: float
    reach_m: float
    direction_deg: float = 0.0
    view_deg: float = 360.0
    height_m: float = STANDING_HEIGHT_M


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """An obstacle: its footprint in degrees (WKT, valid) and its height above the ground."""

    shape: str
    height_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyShare:
    """Of the points that this party asked for, at least `least` stand by the end of `by_year`."""

    party: str
    least: int
    by_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Promises between areas and parties; any of them may be absent.

    every_village_by  year by which every village that has a candidate has a point
    village_cap       most points of a village while some village has none
    carry_over        may a later year spend what an earlier one left?
    availability      share of the time that a camera works: a second one that sees the same counts too; None:
                      a place is seen or not
    """

    every_village_by: int | None = None
    village_cap: int | None = None
    carry_over: bool = False
    availability: float | None = None
    parties: tuple[PartyShare, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under which rules a plan is made.

    running_ceiling_idr  most that everything standing may cost in any year
    standing_idr         what stands already costs a year
    standing_first       it is paid from this money, before anything new; else from elsewhere
    forced, forbidden    candidates that must stand by the last year, or never
    base                 of a plan by RT: the plan above it (`below`)
    """

    years: tuple[int, ...]
    money: tuple[Money, ...]
    running_ceiling_idr: int
    standing_idr: int = 0
    standing_first: bool = False
    phases: tuple[Phase, ...] = ()
    forced: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    shares: Shares = field(default_factory=Shares)
    rules: Rules = field(default_factory=Rules)
    base: str = ""

    def given_idr(self, year: int) -> int:
        return sum(money.amount_idr for money in self.money if money.year == year)

    def general_idr(self, year: int) -> int:
        """Of it, what may pay for every kind of point."""
        return sum(money.amount_idr for money in self.money if money.year == year and not money.villages_only)

    @property
    def taken_first_idr(self) -> int:
        """What is gone from the general money of every year before anything new."""
        return self.standing_idr if self.standing_first else 0

    def free_idr(self, year: int) -> int:
        """For new points, from all sources."""
        return max(0, self.given_idr(year) - self.taken_first_idr)

    def free_general_idr(self, year: int) -> int:
        return max(0, self.general_idr(year) - self.taken_first_idr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything that decides a plan."""

    candidates: tuple[Candidate, ...]
    cells: tuple[Cell, ...]
    standing: tuple[Standing, ...]
    terms: Terms
    buildings: tuple[Building, ...] = ()
    items: tuple[PriceItem, ...] = ()
    hubs: tuple[Hub, ...] = ()


class Why(StrEnum):
    """Why a point is in the plan or not; `explain` makes the sentence."""

    PROMISED = "promised"
    FORCED = "forced"
    THEFTS = "thefts"
    TRAFFIC = "traffic"
    REQUESTED = "requested"
    FORBIDDEN = "forbidden"
    SEEN_BY_OTHERS = "seen_by_others"
    NOTHING_TO_SEE = "nothing_to_see"
    TOO_DEAR = "too_dear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A code with its figures.

    thefts, traffic, requests  counts within its reach that no standing camera sees
    others                     chosen points that see the same cells, nearest first
    by_year                    year of the promise
    enters_at_idr              money a year from which it would be chosen; None: not known
    """

    why: Why
    thefts: int = 0
    traffic: int = 0
    requests: int = 0
    others: tuple[str, ...] = ()
    by_year: int | None = None
    enters_at_idr: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aimed:
    """A camera of a chosen point: what it is, where it looks (clockwise from north), and from which year.

    sources  who pays how much of it
    """

    item: Item
    direction_deg: float
    view_deg: float
    range_m: float
    year: int
    build_idr: int
    yearly_idr: int
    sources: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A point of the plan, in buying order.

    gain       weight-years that only this step adds, in buying order (millionths of a year's demand)
    sources    who pays how much of its building cost, cameras with a direction apart
    hub        the shared uplink whose port it takes; "": none
    cameras    where each looks; empty: one that looks all around, in the price of the point
    """

    point: str
    year: int
    order: int
    gain: int
    sources: tuple[tuple[str, int], ...]
    reason: Reason
    cameras: tuple[Aimed, ...] = ()
    hub: str = ""

    @property
    def paid(self) -> tuple[tuple[str, int], ...]:
        """Who pays how much of the point and of each camera."""
        return (*self.sources, *(part for one in self.cameras for part in one.sources))

    def build_idr(self, site_idr: int) -> int:
        """With its cameras; `site_idr` is the candidate's own building cost."""
        return site_idr + sum(one.build_idr for one in self.cameras)

    def yearly_idr(self, site_idr: int) -> int:
        return site_idr + sum(one.yearly_idr for one in self.cameras)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A candidate that the plan leaves out; `alone` is what it would add to this plan, in weight-years."""

    point: str
    alone: int
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class YearAccount:
    """One year of the plan in rupiah; `running_idr` counts what stood before."""

    year: int
    given_idr: int
    building_idr: int
    upkeep_idr: int
    running_idr: int
    points: int
    seen: int  # weight seen at the end of the year, standing cameras included


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHub:
    """A shared uplink that is opened for the plan: when, what it costs, and who pays."""

    hub: str
    year: int
    build_idr: int
    yearly_idr: int
    points: int
    sources: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What the plan sees in its last year, in counts: evidence and deterrence are two different promises.

    evidence    thefts and traffic incidents within reach of some camera, of all counted
    deterrence  thefts of and from vehicles within reach, of all such thefts
    before_*    the same by the cameras that stand already
    """

    incidents: int
    incidents_seen: int
    incidents_seen_before: int
    vehicle_thefts: int
    vehicle_thefts_seen: int
    vehicle_thefts_seen_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An answer with its proof.

    value   weight-years seen by new points, recomputed from the chosen points
    bound   no plan under the same terms sees more; value <= bound always
    """

    value: int
    bound: int
    chosen: tuple[Chosen, ...]
    refused: tuple[Refused, ...]
    accounts: tuple[YearAccount, ...]
    reach: Reach
    total: int  # weight-years if everything unseen were seen from the first year on
    hubs: tuple[OpenHub, ...] = ()

    @property
    def gap(self) -> float:
        """How far the value may be below the best, as a share of the bound."""
        return (self.bound - self.value) / self.bound if self.bound else 0.0
