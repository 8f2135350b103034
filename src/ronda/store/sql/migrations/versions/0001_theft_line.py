"""The first schema: register, people, sessions, cases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("schema_version", sa.Column("version", sa.Integer(), nullable=False))
    op.create_table(
        "sites",
        sa.Column("site_id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("area", sa.String(40), nullable=False),
        sa.Column("lat_deg", sa.Float()),
        sa.Column("lon_deg", sa.Float()),
    )
    op.create_table(
        "cameras",
        sa.Column("camera", sa.String(63), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("site_id", sa.String(40), sa.ForeignKey("sites.site_id"), nullable=False),
        sa.Column("purpose", sa.String(200), nullable=False),
        sa.Column("legal_basis", sa.String(200), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=False),
        sa.Column("url_sealed", sa.Text(), nullable=False),
        sa.Column("sub_url_sealed", sa.Text()),
        sa.Column("direction_deg", sa.Float()),
        sa.Column("off_reason", sa.String(200)),
        sa.Column("training", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "people",
        sa.Column("person_id", sa.String(40), primary_key=True),
        sa.Column("login", sa.String(60), nullable=False, unique=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("official_id", sa.String(40), nullable=False),
        sa.Column("office", sa.String(200), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("area", sa.String(40), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("password_digest", sa.String(200), nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        sa.Column("person_id", sa.String(40), sa.ForeignKey("people.person_id"), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(40), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("area", sa.String(40), nullable=False),
        sa.Column("lp_number", sa.String(200), nullable=False),
        sa.Column("requested_us", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
    )
    op.create_index("ix_cases_requested_us", "cases", ["requested_us"])
    op.bulk_insert(sa.table("schema_version", sa.column("version", sa.Integer())), [{"version": 1}])


def downgrade() -> None:
    for table in ("cases", "sessions", "people", "cameras", "sites", "schema_version"):
        op.drop_table(table)
