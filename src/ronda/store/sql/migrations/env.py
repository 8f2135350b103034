"""Alembic's entry: runs the steps inside the transaction that `migrate` began."""

from alembic import context

from ronda.store.sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
    compare_type=True,
)
context.run_migrations()
