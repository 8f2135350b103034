"""Plans keep the data that they were made from."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_editions",
        sa.Column("name", sa.String(length=64), primary_key=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.execute("UPDATE schema_version SET version = 5")


def downgrade() -> None:
    op.drop_table("plan_editions")
    op.execute("UPDATE schema_version SET version = 4")
