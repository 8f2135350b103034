"""Ids, time spans, the clock port and the base error: what every other package may use."""
