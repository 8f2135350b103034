"""Processes, commands and wiring: the only place that chooses."""
