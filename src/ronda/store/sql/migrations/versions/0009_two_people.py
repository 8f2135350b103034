"""Changes that wait for a second person, tokens of programs, names at a provider, the roster, look backs."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def _person(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=40), sa.ForeignKey("people.person_id"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("change_id", sa.String(length=40), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_us", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
    )
    op.create_index("ix_changes_asked_us", "changes", ["asked_us"])
    op.create_table(
        "api_tokens",
        sa.Column("token_id", sa.String(length=40), primary_key=True),
        sa.Column("digest", sa.String(length=64), nullable=False, unique=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("actions", sa.JSON(), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        _person("made_by"),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("revoked_us", sa.BigInteger(), nullable=True),
        sa.Column("used_us", sa.BigInteger(), nullable=True),
    )
    op.create_table(
        "provider_subjects",
        sa.Column("issuer", sa.String(length=300), primary_key=True),
        sa.Column("subject", sa.String(length=255), primary_key=True),
        _person("person_id"),
        sa.Column("linked_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "duties",
        sa.Column("duty_id", sa.String(length=40), primary_key=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        _person("person_id"),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("to_us", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
    )
    op.create_table(
        "look_backs",
        sa.Column("look_back_id", sa.String(length=40), primary_key=True),
        _person("person_id"),
        sa.Column("camera", sa.String(length=63), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("to_us", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("reason_us", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_look_backs_to_us", "look_backs", ["to_us"])
    op.execute("UPDATE schema_version SET version = 9")


def downgrade() -> None:
    for table in ("look_backs", "duties", "provider_subjects", "api_tokens", "changes"):
        op.drop_table(table)
    op.execute("UPDATE schema_version SET version = 7")
