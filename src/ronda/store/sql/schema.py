"""The one `MetaData` that every table of the configuration database hangs on.

Instants are BIGINT microseconds UTC; booleans are BOOLEAN; lists and maps are JSON. The version
row lets a folder written by another version be refused in one sentence.
"""

from sqlalchemy import Column, Integer, MetaData, Table

SCHEMA_VERSION = 1

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, nullable=False))
