"""Counters staffed, queues, opening hours: numbers only, no picture kept."""
