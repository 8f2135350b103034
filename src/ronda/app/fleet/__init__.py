"""The hub's desk for its edges: what it takes from them and asks of them. Pure rules: `ronda.fleet`."""
