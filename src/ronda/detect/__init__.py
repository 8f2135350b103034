"""Hints of activity from the index; never identities."""
