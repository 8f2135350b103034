"""The closed list of what a public camera may be for, and the longest its footage may stay for it. Pure.

Decides two things from one figure: how many days may be promised for a purpose, and which camera gives way
first where not all can be kept: the one with the shorter purpose. What stands beside it in the register, a
sentence of the office's own, describes the purpose and decides nothing.
Invariant: every camera has one of these purposes; none keeps footage longer than its purpose allows.
Why closed: a free sentence bounds nothing. What is not on the list needs a rule of the region, by name.
`ALLOWED_BY` is where such a purpose is looked up; the days are Ronda's own, no law's.
"""

import re
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
_SECURITY: Final = "UU 27/2022 Pasal 17 huruf a (keamanan)"
ALLOWED_BY: Final[Mapping[PurposeKind, str]] = {
    PurposeKind.PUBLIC_ORDER: f"{_SECURITY}; UU 23/2014 Pasal 12 ayat (1) huruf e",
    PurposeKind.TRAFFIC: "UU 27/2022 Pasal 17 huruf a (lalu lintas); UU 22/2009 Pasal 245",
    PurposeKind.BUILDINGS: f"{_SECURITY}; PP 27/2014 Pasal 42",
    PurposeKind.COUNTERS: f"{_SECURITY}; UU 25/2009 Pasal 15",
    PurposeKind.SCHOOLS: f"{_SECURITY}; UU 35/2014 Pasal 54",
    PurposeKind.HEALTH: f"{_SECURITY}; UU 17/2023",
    PurposeKind.HAZARDS: "UU 27/2022 Pasal 17 huruf a (pencegahan bencana); UU 24/2007 Pasal 46",
    PurposeKind.REGIONAL_RULE: "Perda, Perbup atau keputusan kepala daerah, disebut dalam dasar hukum",
}
_REGIONAL: Final = re.compile(
    r"\b(perda|perbup|perwali|perwal|pergub|(peraturan|keputusan) (daerah|bupati|wali ?kota|gubernur))\b",
    re.IGNORECASE,
)
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


def names_regional_rule(legal_basis: str) -> bool:
    """Whether a legal basis names a rule of the region, such as "Perbup 12/2026"."""
    return _REGIONAL.search(legal_basis) is not None


def importance(purpose: PurposeKind) -> int:
    """Higher is kept longer while the disk cannot follow: the longest days of its purpose."""
    return LONGEST_DAYS[purpose]
