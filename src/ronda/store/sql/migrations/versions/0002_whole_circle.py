"""The whole circle: plan, health, service, edges, witnesses; cameras are planned, in service or retired."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_channels",
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("settings_sealed", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id"),
    )
    op.create_table(
        "boundaries",
        sa.Column("boundary_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_us", sa.BigInteger(), nullable=False),
        sa.Column("shapes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("boundary_id"),
    )
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.String(length=100), nullable=False),
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_us", sa.BigInteger(), nullable=False),
        sa.Column("done_us", sa.BigInteger(), nullable=True),
        sa.Column("last_fault", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("deliveries_due", ["done_us", "next_us"], unique=False)

    op.create_table(
        "incidents",
        sa.Column("incident_id", sa.String(length=40), nullable=False),
        sa.Column("opened_us", sa.BigInteger(), nullable=False),
        sa.Column("closed_us", sa.BigInteger(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id"),
    )
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.create_index("incidents_by_opened", ["opened_us"], unique=False)

    op.create_table(
        "ledger_days",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("camera", sa.String(length=63), nullable=False),
        sa.Column("span_us", sa.BigInteger(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("missing_us", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("day", "camera"),
    )
    op.create_table(
        "ledger_settled", sa.Column("day", sa.String(length=10), nullable=False), sa.PrimaryKeyConstraint("day")
    )
    op.create_table(
        "neighbourhoods",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("village", sa.String(length=40), nullable=False),
        sa.Column("rw", sa.String(length=10), nullable=False),
        sa.Column("rt", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    with op.batch_alter_table("neighbourhoods", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_neighbourhoods_village"), ["village"], unique=False)

    op.create_table(
        "picture_checks",
        sa.Column("camera", sa.String(length=63), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("camera"),
    )
    op.create_table(
        "places",
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("lat_deg", sa.Float(), nullable=True),
        sa.Column("lon_deg", sa.Float(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("place_id"),
    )
    op.create_table(
        "repairs",
        sa.Column("repair_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("opened_us", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("repair_id"),
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    with op.batch_alter_table("cameras", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=20), server_default="in_service", nullable=False))
        batch_op.add_column(sa.Column("owner", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("sign_photo_sha256", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("public_mark", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("origin", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("in_service_us", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("retired_us", sa.BigInteger(), nullable=True))
    op.execute("UPDATE schema_version SET version = 2")


def downgrade() -> None:
    with op.batch_alter_table("cameras", schema=None) as batch_op:
        batch_op.drop_column("retired_us")
        batch_op.drop_column("in_service_us")
        batch_op.drop_column("origin")
        batch_op.drop_column("public_mark")
        batch_op.drop_column("sign_photo_sha256")
        batch_op.drop_column("owner")
        batch_op.drop_column("state")

    op.drop_table("settings")
    op.drop_table("repairs")
    op.drop_table("places")
    op.drop_table("picture_checks")
    with op.batch_alter_table("neighbourhoods", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_neighbourhoods_village"))

    op.drop_table("neighbourhoods")
    op.drop_table("ledger_settled")
    op.drop_table("ledger_days")
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.drop_index("incidents_by_opened")

    op.drop_table("incidents")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("deliveries_due")

    op.drop_table("deliveries")
    op.drop_table("boundaries")
    op.drop_table("alert_channels")
    op.execute("UPDATE schema_version SET version = 1")
