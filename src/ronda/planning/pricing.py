"""What a point costs, put together from a price list of things: pole, cabinet, switch, uplink, power, camera.

Every price has a source, a year and a range (lowest, usual, highest), so a plan can say which points
survive when prices are at their highest. Decides sums, and what a usual point needs; where a price comes
from is the list's word.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ronda.planning.errors import PriceMissingError


class Item(StrEnum):
    """What is bought for a point. `uplink_*` and `camera_*` are of one kind each.

    UPLINK_SHARED is a port of a hub (`model.Hub`); its price is that of the link to it, nothing if none is listed.
    """

    POLE = "pole"
    CABINET = "cabinet"
    SWITCH = "switch"
    UPLINK_FIBRE_M = "uplink_fibre_m"
    UPLINK_RADIO = "uplink_radio"
    UPLINK_CELLULAR = "uplink_cellular"
    UPLINK_SHARED = "uplink_shared"
    POWER_GRID = "power_grid"
    POWER_SOLAR = "power_solar"
    CAMERA_FIXED = "camera_fixed"
    CAMERA_LONG = "camera_long"
    CAMERA_DOME = "camera_dome"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceItem:
    """One line of the list; `yearly_idr` each year that it stands. Fibre is by the metre.

    view_deg, range_m  of a camera: its angle, and how far it does what it is for; 360: all around
    purpose            what that is (`optics.Purpose`), as the list says it
    """

    item: Item
    each_idr: int
    low_idr: int
    high_idr: int
    yearly_idr: int
    source: str
    year: int
    view_deg: float | None = None
    range_m: float | None = None
    purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one point: to build (lowest, usual, highest) and to run for a year."""

    low_idr: int
    build_idr: int
    high_idr: int
    yearly_idr: int


SITE: Final = (Item.POLE, Item.CABINET, Item.SWITCH)
UPLINKS: Final = (Item.UPLINK_FIBRE_M, Item.UPLINK_RADIO, Item.UPLINK_CELLULAR)
POWERS: Final = (Item.POWER_GRID, Item.POWER_SOLAR)
CAMERAS: Final = (Item.CAMERA_FIXED, Item.CAMERA_LONG, Item.CAMERA_DOME)
_RUN_YEARS: Final = 5  # over which two ways to do the same are compared


def cost_of(wanted: Mapping[Item, int], listed: Iterable[PriceItem]) -> Cost:
    """So many of each thing. Raises PriceMissingError with every thing that has no price."""
    prices = {one.item: one for one in listed}
    wanted = {item: number for item, number in wanted.items() if item in prices or item is not Item.UPLINK_SHARED}
    absent = sorted(item.value for item, number in wanted.items() if number and item not in prices)
    if absent:
        raise PriceMissingError(absent)
    used = [(prices[item], number) for item, number in wanted.items() if number]
    return Cost(
        low_idr=sum(price.low_idr * number for price, number in used),
        build_idr=sum(price.each_idr * number for price, number in used),
        high_idr=sum(price.high_idr * number for price, number in used),
        yearly_idr=sum(price.yearly_idr * number for price, number in used),
    )


def camera_kinds(listed: Iterable[PriceItem]) -> tuple[PriceItem, ...]:
    """The cameras of a list that say how far and how wide they see: these can be planned with a direction."""
    known = {one.item: one for one in listed if one.view_deg is not None and one.range_m is not None}
    return tuple(known[item] for item in CAMERAS if item in known)


def is_complete(listed: Iterable[PriceItem]) -> bool:
    """Can a usual point be put together from this list, with a camera that has a direction?"""
    prices = tuple(listed)
    known = {one.item for one in prices}
    enough = set(SITE) <= known and bool(known & set(UPLINKS)) and bool(known & set(POWERS))
    return enough and bool(camera_kinds(prices))


def usual_needs(
    listed: Iterable[PriceItem],
    *,
    on_building: bool,
    fibre_m: int | None = None,
    uplink: Item | None = None,
    power: Item | None = None,
) -> dict[Item, int]:
    """What a point takes: no pole on a building, the cheapest uplink and power over some years unless told.

    Raises PriceMissingError for what the list lacks.
    """
    prices = {one.item: one for one in listed}
    told = Item.UPLINK_FIBRE_M if fibre_m is not None else uplink
    link = told or _cheapest(prices, UPLINKS[1:])
    if link is Item.UPLINK_FIBRE_M and fibre_m is None:
        raise PriceMissingError([f"{link.value}: metres of fibre"])
    wanted = {item: 1 for item in SITE if not (on_building and item is Item.POLE)}
    wanted[link] = max(fibre_m or 0, 1) if link is Item.UPLINK_FIBRE_M else 1
    wanted[power or _cheapest(prices, POWERS)] = 1
    cost_of(wanted, prices.values())
    return wanted


def _cheapest(prices: Mapping[Item, PriceItem], ways: tuple[Item, ...]) -> Item:
    some = [prices[item] for item in ways if item in prices]
    if not some:
        raise PriceMissingError([item.value for item in ways])
    return min(some, key=lambda one: one.each_idr + _RUN_YEARS * one.yearly_idr).item
