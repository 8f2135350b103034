"""Registry, people and cases in SQLite (one box) or PostgreSQL (a hub): one set of queries."""
