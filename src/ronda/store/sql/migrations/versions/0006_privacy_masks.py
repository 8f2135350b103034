"""Cameras have privacy masks."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cameras", schema=None) as batch_op:
        batch_op.add_column(sa.Column("masks", sa.JSON(none_as_null=True), nullable=True))
    op.execute("UPDATE schema_version SET version = 6")


def downgrade() -> None:
    with op.batch_alter_table("cameras", schema=None) as batch_op:
        batch_op.drop_column("masks")
    op.execute("UPDATE schema_version SET version = 5")
