"""Ronda: an open platform for a region's public CCTV."""

__version__ = "0.1.0"
