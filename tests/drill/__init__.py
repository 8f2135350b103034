"""Drills: a recorder as a process of its own, killed and cut off, and the proof of what is left."""
