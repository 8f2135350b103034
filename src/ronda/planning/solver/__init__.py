"""Which points, with which cameras, in which year: the arithmetic of a plan, with its proof. Arrays only."""
