"""What a point costs, put together from a price list of things: pole, cabinet, switch, uplink, power, camera.

Every price has a source, a year and a range (lowest, usual, highest), so a plan can say which points
survive when prices are at their highest. Decides sums only; where a price comes from is the list's word.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ronda.planning.errors import PriceMissingError


class Item(StrEnum):
    """What is bought for a point. `uplink_*` and `camera_*` are of one kind each."""

    POLE = "pole"
    CABINET = "cabinet"
    SWITCH = "switch"
    UPLINK_FIBRE_M = "uplink_fibre_m"
    UPLINK_RADIO = "uplink_radio"
    UPLINK_CELLULAR = "uplink_cellular"
    POWER_GRID = "power_grid"
    POWER_SOLAR = "power_solar"
    CAMERA_FIXED = "camera_fixed"
    CAMERA_LONG = "camera_long"
    CAMERA_DOME = "camera_dome"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceItem:
    """One line of the list; `yearly_idr` each year that it stands. Fibre is by the metre."""

    item: Item
    each_idr: int
    low_idr: int
    high_idr: int
    yearly_idr: int
    source: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one point: to build (lowest, usual, highest) and to run for a year."""

    low_idr: int
    build_idr: int
    high_idr: int
    yearly_idr: int


SITE: Final = (Item.POLE, Item.CABINET, Item.SWITCH)


def cost_of(wanted: Mapping[Item, int], listed: Iterable[PriceItem]) -> Cost:
    """So many of each thing. Raises PriceMissingError with every thing that has no price."""
    prices = {one.item: one for one in listed}
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
