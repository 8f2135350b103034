"""What a service point must have before anything is measured. Pure."""

import math

from ronda.service.errors import BadServicePointError
from ronda.service.hours import check_hours
from ronda.service.model import ServicePoint, Zone, ZoneKind

MIN_TEXT = 10
MOST_ZONES = 12
MOST_CAPACITY = 200
SMALLEST_SHARE = 0.01


def check_point(point: ServicePoint) -> None:
    """Raise BadServicePointError or BadHoursError with the first thing that does not do."""
    for label, text in (("legal basis", point.legal_basis), ("purpose", point.purpose)):
        if not MIN_TEXT <= len(text.strip()) <= 300 or any(ord(sign) < 32 for sign in text):
            raise BadServicePointError(
                f"the {label} of a service measure has {MIN_TEXT} to 300 characters; nothing was stored. "
                "Next: name the rule that allows it: the purposes of public cameras do not cover measuring service"
            )
    if not any(zone.kind is ZoneKind.COUNTER for zone in point.zones):
        raise BadServicePointError(
            "at least one counter zone is needed; nothing was stored. Next: draw where staff sit"
        )
    if len(point.zones) > MOST_ZONES:
        raise BadServicePointError(f"{len(point.zones)} zones, at most {MOST_ZONES}; nothing was stored")
    for zone in point.zones:
        _check_zone(zone)
    if not any(point.hours.values()):
        raise BadServicePointError("no day has opening hours; nothing was stored. Next: write them, 08.00-15.30")
    if not set(point.hours) <= set(range(7)):
        raise BadServicePointError("weekdays are 0 (Monday) to 6; nothing was stored")
    check_hours(point.hours)


def _check_zone(zone: Zone) -> None:
    edges = (zone.left, zone.top, zone.right, zone.bottom)
    if not all(math.isfinite(edge) and 0 <= edge <= 1 for edge in edges):
        raise BadServicePointError("a zone lies outside the picture (shares from 0 to 1); nothing was stored")
    if zone.right - zone.left < SMALLEST_SHARE or zone.bottom - zone.top < SMALLEST_SHARE:
        raise BadServicePointError("a zone is thinner than a hundredth of the picture; nothing was stored")
    if not 1 <= zone.capacity <= MOST_CAPACITY:
        raise BadServicePointError(f"a zone holds 1 to {MOST_CAPACITY} persons; nothing was stored")
