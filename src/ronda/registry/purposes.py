"""The closed list of what a public camera may be for, and the longest its footage may stay for it. Pure.

Decides two things from one figure: how many days may be promised for a purpose, and which camera gives way
first where not all can be kept: the one with the shorter purpose. What stands beside it in the register, a
sentence of the office's own, describes the purpose and decides nothing.
Invariant: every camera has one of these purposes; none keeps footage longer than its purpose allows.
Why closed: a free sentence bounds nothing. What is not on the list needs a rule of the region, by name.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ronda.registry.site_kind import SiteKind


class PurposeKind(StrEnum):
    PUBLIC_ORDER = "public_order"
    TRAFFIC = "traffic"
    BUILDINGS = "buildings"
    COUNTERS = "counters"
    SCHOOLS = "schools"
    HEALTH = "health"
    HAZARDS = "hazards"
    REGIONAL_RULE = "regional_rule"


LONGEST_DAYS: Final[Mapping[PurposeKind, int]] = {
    PurposeKind.PUBLIC_ORDER: 90,
    PurposeKind.TRAFFIC: 60,
    PurposeKind.BUILDINGS: 60,
    PurposeKind.COUNTERS: 30,
    PurposeKind.SCHOOLS: 30,
    PurposeKind.HEALTH: 30,
    PurposeKind.HAZARDS: 180,
    PurposeKind.REGIONAL_RULE: 365,
}
_USUAL: Final[Mapping[SiteKind, PurposeKind]] = {
    SiteKind.JUNCTION: PurposeKind.TRAFFIC,
    SiteKind.DISTRICT_OFFICE: PurposeKind.BUILDINGS,
    SiteKind.VILLAGE_OFFICE: PurposeKind.BUILDINGS,
    SiteKind.LIBRARY: PurposeKind.BUILDINGS,
    SiteKind.HELP_CENTRE: PurposeKind.BUILDINGS,
    SiteKind.PUSKESMAS: PurposeKind.HEALTH,
    SiteKind.SCHOOL: PurposeKind.SCHOOLS,
}


def usual_purpose(kind: SiteKind) -> PurposeKind:
    """What a camera at such a site is for where the entry does not say it."""
    return _USUAL.get(kind, PurposeKind.PUBLIC_ORDER)


def importance(purpose: PurposeKind) -> int:
    """Higher is kept longer while the disk cannot follow: the longest days of its purpose."""
    return LONGEST_DAYS[purpose]
