"""The witness at work: its rounds at a hub, and what it says. Its rules are `ronda.evidence.witness`."""
