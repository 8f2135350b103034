"""Which points to build, in which year, for which money, and why. Sees aggregated reports only."""
