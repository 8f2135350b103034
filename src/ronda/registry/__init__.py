"""Areas, sites and cameras with purpose and retention: what may be recorded, and why."""
