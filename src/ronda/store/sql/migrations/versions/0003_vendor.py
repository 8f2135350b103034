"""Cameras have a maker, a second stream that is kept when asked, and a way of sending."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cameras", schema=None) as batch_op:
        batch_op.add_column(sa.Column("vendor", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("record_sub", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("transport", sa.String(length=10), nullable=False, server_default="auto"))
    op.execute("UPDATE schema_version SET version = 3")


def downgrade() -> None:
    with op.batch_alter_table("cameras", schema=None) as batch_op:
        batch_op.drop_column("transport")
        batch_op.drop_column("record_sub")
        batch_op.drop_column("vendor")
    op.execute("UPDATE schema_version SET version = 2")
