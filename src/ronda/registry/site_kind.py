"""The kinds of place that exist in the region, in the order of the register."""

from enum import StrEnum


class SiteKind(StrEnum):
    MAIN_ROAD = "main_road"
    JUNCTION = "junction"
    DISTRICT_OFFICE = "district_office"
    VILLAGE_OFFICE = "village_office"
    LIBRARY = "library"
    HELP_CENTRE = "help_centre"
    PUSKESMAS = "puskesmas"
    SCHOOL = "school"
    MARKET = "market"
    VILLAGE_ROAD = "village_road"
    PATROL_POST = "patrol_post"
