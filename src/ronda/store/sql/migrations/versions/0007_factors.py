"""Second factors, recovery codes, browsers that were used before; one-time passwords end by themselves.

Who is signed in stays so; whose role forces a second factor sets one up at the next look.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("one_time_until_us", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proved_us", sa.BigInteger(), nullable=True))
    op.create_table(
        "known_devices",
        sa.Column("digest", sa.String(length=64), primary_key=True),
        sa.Column("person_id", sa.String(length=40), sa.ForeignKey("people.person_id"), nullable=False),
        sa.Column("seen_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "factors",
        sa.Column("factor_id", sa.String(length=40), primary_key=True),
        sa.Column("person_id", sa.String(length=40), sa.ForeignKey("people.person_id"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=True),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("added_us", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_factors_person_id", "factors", ["person_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("digest", sa.String(length=64), primary_key=True),
        sa.Column("person_id", sa.String(length=40), sa.ForeignKey("people.person_id"), nullable=False),
    )
    op.create_index("ix_recovery_codes_person_id", "recovery_codes", ["person_id"])
    op.execute("UPDATE schema_version SET version = 7")


def downgrade() -> None:
    op.drop_table("recovery_codes")
    op.drop_table("factors")
    op.drop_table("known_devices")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_column("proved_us")
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_column("one_time_until_us")
    op.execute("UPDATE schema_version SET version = 6")
