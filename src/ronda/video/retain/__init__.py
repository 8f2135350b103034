"""How long footage stays, and what is said when a promise cannot be kept."""
