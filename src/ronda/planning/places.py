"""Shared uplinks and privacy zones: where they are and what they mean to a plan. Values only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A shared uplink: points within `reach_m` that have no line of their own take one of its ports."""

    hub: str
    name: str
    lat_deg: float
    lon_deg: float
    ports: int
    build_cost_idr: int
    yearly_cost_idr: int
    reach_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A place better not seen (WKT in degrees, valid): all of it is worth as much as so many thefts in view."""

    name: str
    shape: str
    as_thefts: float
