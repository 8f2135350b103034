"""Sessions say when they were last used, on what, and whether as a wall screen. Everybody signs in anew once."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _made_anew(*more: sa.Column[object]) -> None:
    """No session outlives a change of version: the table is made anew, empty."""
    op.drop_table("sessions")
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.String(length=64), primary_key=True),
        sa.Column("person_id", sa.String(length=40), sa.ForeignKey("people.person_id"), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("proved_us", sa.BigInteger(), nullable=True),
        *more,
    )


def upgrade() -> None:
    _made_anew(
        sa.Column("used_us", sa.BigInteger(), nullable=False),
        sa.Column("vouched_us", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("wall", sa.Boolean(), nullable=False),
    )
    op.execute("UPDATE schema_version SET version = 10")


def downgrade() -> None:
    _made_anew()
    op.execute("UPDATE schema_version SET version = 9")
