"""The one `MetaData` that every table of the configuration database hangs on.

Instants are BIGINT microseconds UTC; booleans are BOOLEAN; lists and maps are JSON. Alembic's step says
where a database is; the version row lets an older Ronda refuse a newer database in one sentence.
"""

from sqlalchemy import Column, Integer, MetaData, Table

SCHEMA_VERSION = 11

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, nullable=False))
