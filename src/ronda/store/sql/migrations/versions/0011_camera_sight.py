"""Cameras have an angle of view and a height: plans see what they see."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cameras", schema=None) as batch_op:
        batch_op.add_column(sa.Column("view_deg", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("height_m", sa.Float(), nullable=True))
    op.execute("UPDATE schema_version SET version = 11")


def downgrade() -> None:
    with op.batch_alter_table("cameras", schema=None) as batch_op:
        batch_op.drop_column("height_m")
        batch_op.drop_column("view_deg")
    op.execute("UPDATE schema_version SET version = 10")
