"""Papers that an office owes: an impact assessment, a breach pack, an audit pack. Filled from live settings."""
