"""Steps from one schema of the configuration database to the next (Alembic), and what each installation is at.

A new database is made from the tables as they are now and marked with the newest step; an older one is
taken there step by step, in one transaction. A test proves that both roads end in the same schema.
"""
