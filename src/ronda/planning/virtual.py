"""A made-up regency for exercises: candidate points, incidents and prices around given centres.

Only the centres are real (the caller gives them); streets, points, incidents and prices are drawn from a
seed and every name or source says "data latihan". The same seed gives the same regency.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ronda.core.ids import AreaCode
from ronda.planning.aiming import ON_BUILDING, needs_of, priced
from ronda.planning.demand import DEG_M, Incident, IncidentKind
from ronda.planning.model import Candidate, Money, Phase, Price, Terms
from ronda.planning.optics import Optics, Purpose
from ronda.planning.pricing import Item, PriceItem, usual_needs
from ronda.registry.model import SiteKind

TRAINING: Final = "data latihan"
YEARS: Final = (2027, 2028, 2029, 2030, 2031)
GENERAL_IDR: Final = 1_900_000_000
VILLAGE_IDR: Final = 1_200_000_000
_K = SiteKind

# kind, build, a year, reach
_PRICES: Final = (
    (_K.DISTRICT_OFFICE, 30_000_000, 2_700_000, 80.0),
    (_K.VILLAGE_OFFICE, 23_000_000, 2_100_000, 80.0),
    (_K.MAIN_ROAD, 62_000_000, 4_800_000, 140.0),
    (_K.JUNCTION, 71_000_000, 5_400_000, 150.0),
    (_K.MARKET, 64_000_000, 5_000_000, 120.0),
    (_K.PUSKESMAS, 44_000_000, 3_600_000, 80.0),
    (_K.SCHOOL, 42_000_000, 3_600_000, 80.0),
    (_K.VILLAGE_ROAD, 38_000_000, 3_000_000, 110.0),
    (_K.PATROL_POST, 33_000_000, 2_700_000, 90.0),
)
_NAMES: Final = {
    _K.DISTRICT_OFFICE: "Kantor Camat {}",
    _K.VILLAGE_OFFICE: "Kantor {} {}",
    _K.MAIN_ROAD: "Jalan utama {} km {}",
    _K.JUNCTION: "Simpang {} {}",
    _K.MARKET: "Pasar {} {}",
    _K.PUSKESMAS: "Puskesmas pembantu {} {}",
    _K.SCHOOL: "Sekolah {} {}",
    _K.VILLAGE_ROAD: "Jalan desa {} {}",
    _K.PATROL_POST: "Pos ronda {} RT {:02d}",
}
_STREET: Final = (_K.MAIN_ROAD, _K.JUNCTION, _K.VILLAGE_ROAD, _K.VILLAGE_ROAD, _K.PATROL_POST)
_PLACES: Final = (_K.MARKET, _K.PUSKESMAS, _K.SCHOOL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """An area with its centre; `level` is `district` or `village`."""

    code: AreaCode
    name: str
    level: str
    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Regency:
    """What was drawn."""

    candidates: tuple[Candidate, ...]
    incidents: tuple[Incident, ...]
    prices: tuple[Price, ...]


def prices() -> tuple[Price, ...]:
    """What points cost in the exercise."""
    return tuple(
        Price(
            kind=kind, build_cost_idr=build, yearly_cost_idr=yearly, reach_m=reach,
            source=f"{TRAINING}: survei harga, bukan HPS", year=2026,
        )
        for kind, build, yearly, reach in _PRICES
    )  # fmt: skip


# thing, price, a year
_ITEMS: Final = (
    (Item.POLE, 14_000_000, 0), (Item.CABINET, 6_000_000, 300_000), (Item.SWITCH, 4_000_000, 200_000),
    (Item.UPLINK_FIBRE_M, 30_000, 2_000), (Item.UPLINK_RADIO, 12_000_000, 1_200_000),
    (Item.UPLINK_CELLULAR, 3_000_000, 3_600_000), (Item.POWER_GRID, 4_000_000, 800_000),
    (Item.POWER_SOLAR, 18_000_000, 900_000), (Item.CAMERA_FIXED, 9_000_000, 600_000),
    (Item.CAMERA_LONG, 13_000_000, 700_000),
)  # fmt: skip
_LENSES: Final = {
    Item.CAMERA_FIXED: Optics(sensor_mm=5.6, lens_mm=4.0, pixels=3840),
    Item.CAMERA_LONG: Optics(sensor_mm=5.6, lens_mm=8.0, pixels=3840),
}


def items() -> tuple[PriceItem, ...]:
    """The price list of things in the exercise: lowest and highest a fifth away; cameras see to detect."""
    return tuple(_listed(*one) for one in _ITEMS)


def _listed(item: Item, each_idr: int, yearly_idr: int) -> PriceItem:
    price = PriceItem(
        item=item, each_idr=each_idr, low_idr=each_idr * 8 // 10, high_idr=each_idr * 12 // 10,
        yearly_idr=yearly_idr, source=f"{TRAINING}: survei harga, bukan HPS", year=2026,
    )  # fmt: skip
    lens = _LENSES.get(item)
    if lens is None:
        return price
    far_m = round(lens.range_m(Purpose.DETECTION))
    return replace(price, view_deg=round(lens.view_deg, 1), range_m=far_m, purpose=Purpose.DETECTION.value)


def put_together(candidates: Sequence[Candidate], *, seed: int = 6408) -> tuple[Candidate, ...]:
    """The points of the street as the price list puts them together: uplink and power drawn by a seed."""
    chance = random.Random(seed)
    listed = items()
    made = []
    for one in candidates:
        fibre = round(chance.uniform(40, 500)) if chance.random() < 0.4 else None
        power = Item.POWER_SOLAR if chance.random() < 0.15 else Item.POWER_GRID
        if one.kind in ON_BUILDING:
            made.append(one)
        else:
            wanted = usual_needs(listed, on_building=False, fibre_m=fibre, power=power)
            made.append(priced(replace(one, needs=needs_of(wanted)), listed))
    return tuple(made)


def terms(years: Sequence[int] = YEARS) -> Terms:
    """Rp3,1 milyar a year from two sources; district offices in the first year, village offices by the fourth."""
    money = tuple(
        one
        for year in years
        for one in (
            Money(source="APBD", year=year, amount_idr=GENERAL_IDR),
            Money(source="Dana Desa", year=year, amount_idr=VILLAGE_IDR, villages_only=True),
        )
    )
    return Terms(
        years=tuple(years),
        money=money,
        running_ceiling_idr=1_150_000_000,
        standing_idr=60_000_000,
        phases=(
            Phase(kind=_K.DISTRICT_OFFICE, by_year=years[0]),
            Phase(kind=_K.VILLAGE_OFFICE, by_year=years[min(3, len(years) - 1)]),
        ),
    )


def regency(centres: Sequence[Centre], *, seed: int = 6408, points: int = 1500, incidents: int = 6000) -> Regency:
    """About `points` candidates and `incidents` incidents; the offices of all centres are among the points."""
    chance = random.Random(seed)
    villages = [one for one in centres if one.level == "village"]
    shares = {one.code: _share(chance, one) for one in villages}
    whole = sum(shares.values())
    places = {one.code: _Place(chance, one) for one in villages}
    listed = prices()
    candidates = [_office(chance, one, listed) for one in centres]
    left = points - len(candidates)
    for one in villages:
        count = max(2, round(left * shares[one.code] / whole))
        candidates += _points(chance, one, places[one.code], count, listed)
    drawn: list[Incident] = []
    for one in villages:
        drawn += places[one.code].incidents(chance, round(incidents * shares[one.code] / whole))
    return Regency(candidates=tuple(candidates[:points]), incidents=tuple(drawn), prices=listed)


def _share(chance: random.Random, village: Centre) -> float:
    """How much happens there: the towns of Sangatta far more than a far village."""
    town = 9.0 if village.code.startswith(("64.08.04", "64.08.17")) else 1.0
    return town * (0.5 + chance.random())


class _Place:
    """Streets and busy places of one village, in metres around its centre."""

    def __init__(self, chance: random.Random, centre: Centre) -> None:
        self._centre = centre
        town = centre.code.startswith(("64.08.04", "64.08.17"))
        wide_m = 1600.0 if town else 700.0
        self.streets = [_street(chance, wide_m) for _ in range(14 if town else 5)]
        self.busy = [self.on_street(chance) for _ in range(10 if town else 2)]

    def on_street(self, chance: random.Random) -> tuple[float, float]:
        (x, y), (dx, dy) = chance.choice(self.streets)
        along = chance.random()
        return x + along * dx, y + along * dy

    def degrees(self, at: tuple[float, float]) -> tuple[float, float]:
        lat = self._centre.lat_deg + at[1] / DEG_M
        return lat, self._centre.lon_deg + at[0] / (DEG_M * math.cos(math.radians(self._centre.lat_deg)))

    def incidents(self, chance: random.Random, count: int) -> list[Incident]:
        found = []
        for _ in range(count):
            near_busy = chance.random() < 0.6
            x, y = chance.choice(self.busy) if near_busy else self.on_street(chance)
            spread_m = 70.0 if near_busy else 25.0
            lat, lon = self.degrees((x + chance.gauss(0, spread_m), y + chance.gauss(0, spread_m)))
            found.append(Incident(kind=_kind(chance), lat_deg=lat, lon_deg=lon))
        return found


def _street(chance: random.Random, wide_m: float) -> tuple[tuple[float, float], tuple[float, float]]:
    angle = chance.choice((0.3, 0.3 + math.pi / 2)) + chance.gauss(0, 0.08)
    length = wide_m * (0.6 + 0.8 * chance.random())
    dx, dy = length * math.cos(angle), length * math.sin(angle)
    x, y = chance.uniform(-wide_m, wide_m) / 2 - dx / 2, chance.uniform(-wide_m, wide_m) / 2 - dy / 2
    return (x, y), (dx, dy)


def _kind(chance: random.Random) -> IncidentKind:
    roll = chance.random()
    if roll < 0.30:
        return IncidentKind.VEHICLE_THEFT
    if roll < 0.48:
        return IncidentKind.THEFT
    return IncidentKind.TRAFFIC if roll < 0.92 else IncidentKind.REQUEST


def _price(chance: random.Random, kind: SiteKind, listed: Sequence[Price]) -> tuple[int, int, float]:
    """The listed price, with what the ground adds: poles, distance to power and line."""
    price = next(one for one in listed if one.kind is kind)
    more = 0.9 + 0.35 * chance.random()
    build = round(price.build_cost_idr * more / 100_000) * 100_000
    return build, price.yearly_cost_idr, price.reach_m


def _office(chance: random.Random, centre: Centre, listed: Sequence[Price]) -> Candidate:
    district = centre.level == "district"
    kind = _K.DISTRICT_OFFICE if district else _K.VILLAGE_OFFICE
    rank = "Desa" if centre.code.split(".")[-1].startswith("2") else "Kelurahan"
    build, yearly, reach = _price(chance, kind, listed)
    return Candidate(
        point=f"{'kec' if district else 'desa'}-{centre.code.replace('.', '-')}",
        name=_NAMES[kind].format(centre.name) if district else _NAMES[kind].format(rank, centre.name),
        kind=kind,
        area=centre.code,
        lat_deg=centre.lat_deg + (0.0008 if district else 0.0),
        lon_deg=centre.lon_deg,
        build_cost_idr=build,
        yearly_cost_idr=yearly,
        reach_m=reach,
    )


def _points(
    chance: random.Random, centre: Centre, place: _Place, count: int, listed: Sequence[Price]
) -> list[Candidate]:
    made: list[Candidate] = []
    for number in range(1, count + 1):
        busy = chance.random() < 0.3
        kind = chance.choice(_PLACES if busy else _STREET)
        x, y = chance.choice(place.busy) if busy else place.on_street(chance)
        spread_m = 60.0 if busy else 5.0
        lat, lon = place.degrees((x + chance.gauss(0, spread_m), y + chance.gauss(0, spread_m)))
        build, yearly, reach = _price(chance, kind, listed)
        made.append(
            Candidate(
                point=f"titik-{centre.code.replace('.', '-')}-{number:03d}",
                name=_NAMES[kind].format(centre.name, number),
                kind=kind,
                area=centre.code,
                lat_deg=round(lat, 6),
                lon_deg=round(lon, 6),
                build_cost_idr=build,
                yearly_cost_idr=yearly,
                reach_m=reach,
                requested_by=("police",) if chance.random() < 0.04 else (),
            )
        )
    return made
