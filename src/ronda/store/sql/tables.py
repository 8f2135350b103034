"""Imports every module that defines tables, so that `open_engine` makes them all."""

from ronda.store.sql import cases, people, registry

__all__ = ["cases", "people", "registry"]
