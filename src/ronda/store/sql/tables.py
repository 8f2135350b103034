"""Imports every module that defines tables, so that `open_engine` makes them all."""

from ronda.store.sql import (
    cases,
    changes,
    duty,
    factors,
    fleet,
    health,
    people,
    planning,
    register_lists,
    registry,
    settings,
    theft_reports,
    tokens,
)

__all__ = [
    "cases",
    "changes",
    "duty",
    "factors",
    "fleet",
    "health",
    "people",
    "planning",
    "register_lists",
    "registry",
    "settings",
    "theft_reports",
    "tokens",
]
from ronda.store.sql import service

__all__ = ["cases", "health", "people", "register_lists", "registry", "service", "settings"]
