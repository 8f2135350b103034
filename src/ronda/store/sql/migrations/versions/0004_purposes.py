"""Cameras have a purpose of the closed list, and the port where their ONVIF service answers.

What was promised stays: an entry that keeps footage longer than the general purpose allows goes on under a rule
of the region, which the office then names or gives up.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LONGEST_OF_PUBLIC_ORDER_DAYS = 90  # as it was when this step was written


def upgrade() -> None:
    with op.batch_alter_table("cameras", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("purpose_kind", sa.String(length=20), nullable=False, server_default="public_order")
        )
        batch_op.add_column(sa.Column("onvif_port", sa.Integer(), nullable=True))
    cameras = sa.table("cameras", sa.column("purpose_kind"), sa.column("retention_days"))
    op.execute(
        cameras.update()
        .where(cameras.c.retention_days > LONGEST_OF_PUBLIC_ORDER_DAYS)
        .values(purpose_kind="regional_rule")
    )
    op.execute("UPDATE schema_version SET version = 4")


def downgrade() -> None:
    with op.batch_alter_table("cameras", schema=None) as batch_op:
        batch_op.drop_column("onvif_port")
        batch_op.drop_column("purpose_kind")
    op.execute("UPDATE schema_version SET version = 3")
