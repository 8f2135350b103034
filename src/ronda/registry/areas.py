"""The administrative areas of Kutai Timur: 18 districts and 141 villages with code, name and centre.

Facts only, in our own table `kutai_timur.csv`; codes nest by dots, so that `64.08.04` covers
`64.08.04.2001`. Decides nothing about coverage (`targets`) or shape (`cells`).
Invariant: every village's code begins with the code of a district in the table.
"""

import csv
import difflib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from ronda.core.ids import AreaCode

REGENCY: Final = AreaCode("64.08")
_DISTRICT_DEPTH, _VILLAGE_DEPTH = 3, 4


class AreaKind(StrEnum):
    REGENCY = "kabupaten"
    DISTRICT = "kecamatan"
    VILLAGE = "desa"
    URBAN_VILLAGE = "kelurahan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One area; the centre is a point inside it, not a survey mark."""

    code: AreaCode
    kind: AreaKind
    name: str
    lat_deg: float
    lon_deg: float

    @property
    def is_village(self) -> bool:
        return self.kind in (AreaKind.VILLAGE, AreaKind.URBAN_VILLAGE)


@cache
def all_areas() -> dict[AreaCode, Area]:
    """Every area by its code, in the order of codes."""
    text = (files("ronda.registry") / "kutai_timur.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {
        AreaCode(row["code"]): Area(
            code=AreaCode(row["code"]),
            kind=AreaKind(row["kind"]),
            name=row["name"],
            lat_deg=float(row["lat_deg"]),
            lon_deg=float(row["lon_deg"]),
        )
        for row in rows
    }


@cache
def districts() -> tuple[Area, ...]:
    return tuple(area for area in all_areas().values() if area.kind is AreaKind.DISTRICT)


@cache
def villages() -> tuple[Area, ...]:
    """Desa and kelurahan."""
    return tuple(area for area in all_areas().values() if area.is_village)


def district_code(code: AreaCode) -> AreaCode | None:
    """The district that a code lies in, or None for the regency and above."""
    return _up_to(code, _DISTRICT_DEPTH)


def village_code(code: AreaCode) -> AreaCode | None:
    """The village that a code lies in; an RT's code gives its village. None above villages."""
    return _up_to(code, _VILLAGE_DEPTH)


def area_name(code: AreaCode) -> str:
    """The name, with its district for villages: `Swarga Bara, Sangatta Utara`; the code when unknown."""
    village, district = village_code(code), district_code(code)
    names = [all_areas()[one].name for one in (village, district) if one is not None and one in all_areas()]
    if not names and code in all_areas():
        names = [all_areas()[code].name]
    return ", ".join(names) or code


def nearest_names(text: str, *, most: int = 1) -> list[Area]:
    """Areas whose name or code looks most like `text`: what a person may have meant."""
    by_name: dict[str, Area] = {}
    for area in (*villages(), *districts()):
        by_name.setdefault(area.name.casefold(), area)
        by_name.setdefault(area.code, area)
    found = difflib.get_close_matches(text.strip().casefold(), list(by_name), n=most, cutoff=0.6)
    return [by_name[name] for name in found]


def _up_to(code: AreaCode, depth: int) -> AreaCode | None:
    parts = code.split(".")
    return AreaCode(".".join(parts[:depth])) if len(parts) >= depth else None
