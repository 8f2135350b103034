"""How far a camera of a kind of site sees well enough for what it is for, when nobody measured it.

Round figures for a fixed camera of 4 megapixels: a vehicle or a person can be followed, not recognised.
Used for standing cameras and in the back-test; a candidate brings its own figure from the price list.
"""

from typing import Final

from ronda.registry.model import SiteKind

REACH_M: Final[dict[SiteKind, float]] = {
    SiteKind.MAIN_ROAD: 140.0,
    SiteKind.JUNCTION: 150.0,
    SiteKind.MARKET: 120.0,
    SiteKind.VILLAGE_ROAD: 110.0,
    SiteKind.PATROL_POST: 90.0,
    SiteKind.DISTRICT_OFFICE: 80.0,
    SiteKind.VILLAGE_OFFICE: 80.0,
    SiteKind.PUSKESMAS: 80.0,
    SiteKind.SCHOOL: 80.0,
    SiteKind.LIBRARY: 80.0,
    SiteKind.HELP_CENTRE: 80.0,
}


def reach_m(kind: SiteKind) -> float:
    return REACH_M[kind]
