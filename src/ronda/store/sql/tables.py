"""Imports every module that defines tables, so that `open_engine` makes them all."""

from ronda.store.sql import people, registry

__all__ = ["people", "registry"]
