"""An edge box at work: a recorder of its own, an outbox, a line to the hub. Pure rules: `ronda.fleet`."""
