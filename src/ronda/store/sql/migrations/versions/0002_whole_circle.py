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
        "dead_batch",
        sa.Column("dead_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("edge", sa.String(length=40), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("dead_id"),
    )
    with op.batch_alter_table("dead_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dead_batch_edge"), ["edge"], unique=False)

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
        "edge",
        sa.Column("edge", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=True),
        sa.Column("token_until_us", sa.BigInteger(), nullable=True),
        sa.Column("public_key", sa.String(length=64), nullable=True),
        sa.Column("invited_us", sa.BigInteger(), nullable=False),
        sa.Column("enrolled_us", sa.BigInteger(), nullable=True),
        sa.Column("budget_bytes", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.Column("projected", sa.BigInteger(), nullable=False),
        sa.Column("missing_rows", sa.BigInteger(), nullable=False),
        sa.Column("instance", sa.String(length=80), nullable=True),
        sa.Column("frozen_instance", sa.String(length=80), nullable=True),
        sa.Column("last_contact_us", sa.BigInteger(), nullable=True),
        sa.Column("heartbeat", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("edge"),
    )
    op.create_table(
        "edge_camera",
        sa.Column("camera", sa.String(length=63), nullable=False),
        sa.Column("edge", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("camera"),
    )
    with op.batch_alter_table("edge_camera", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_edge_camera_edge"), ["edge"], unique=False)

    op.create_table(
        "edge_fetch",
        sa.Column("camera", sa.String(length=63), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("edge", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("asked_us", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("have_bytes", sa.BigInteger(), nullable=False),
        sa.Column("arrived_us", sa.BigInteger(), nullable=True),
        sa.Column("fault", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("camera", "start_us"),
    )
    with op.batch_alter_table("edge_fetch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_edge_fetch_edge"), ["edge"], unique=False)

    op.create_table(
        "edge_instance",
        sa.Column("edge", sa.String(length=40), nullable=False),
        sa.Column("instance", sa.String(length=80), nullable=False),
        sa.Column("first_us", sa.BigInteger(), nullable=False),
        sa.Column("heard_us", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("edge", "instance"),
    )
    op.create_table(
        "edge_row",
        sa.Column("edge", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("edge", "epoch", "seq"),
    )
    op.create_table(
        "edge_row_apart",
        sa.Column("edge", sa.String(length=40), nullable=False),
        sa.Column("instance", sa.String(length=80), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("edge", "instance", "epoch", "seq"),
    )
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
        "plan_candidates",
        sa.Column("point", sa.String(length=63), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("point"),
    )
    op.create_table(
        "plan_demand",
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("lat_deg", sa.Float(precision=53), nullable=False),
        sa.Column("lon_deg", sa.Float(precision=53), nullable=False),
        sa.Column("thefts", sa.Integer(), nullable=False),
        sa.Column("vehicle_thefts", sa.Integer(), nullable=False),
        sa.Column("traffic", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "lat_deg", "lon_deg"),
    )
    op.create_table(
        "plan_prices",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
    )
    op.create_table(
        "plan_terms",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "plans",
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id"),
    )
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plans_made_us"), ["made_us"], unique=False)

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
        "service_points",
        sa.Column("camera", sa.String(length=63), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("camera"),
    )
    op.create_table(
        "service_quarters",
        sa.Column("camera", sa.String(length=63), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("open_samples", sa.Integer(), nullable=False),
        sa.Column("staffed_samples", sa.Integer(), nullable=False),
        sa.Column("queue_samples", sa.Integer(), nullable=False),
        sa.Column("queue_sum", sa.Float(), nullable=False),
        sa.Column("queue_max", sa.Float(), nullable=False),
        sa.Column("waiting_s", sa.Float(), nullable=False),
        sa.Column("served", sa.Integer(), nullable=False),
        sa.Column("first_staffed_us", sa.BigInteger(), nullable=True),
        sa.Column("last_staffed_us", sa.BigInteger(), nullable=True),
        sa.Column("training", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("camera", "start_us"),
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "theft_reports",
        sa.Column("report_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("lat_deg", sa.Float(precision=53), nullable=False),
        sa.Column("lon_deg", sa.Float(precision=53), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("training", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("report_id"),
    )
    with op.batch_alter_table("theft_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_theft_reports_start_us"), ["start_us"], unique=False)

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

    with op.batch_alter_table("theft_reports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_theft_reports_start_us"))

    op.drop_table("theft_reports")
    op.drop_table("settings")
    op.drop_table("service_quarters")
    op.drop_table("service_points")
    op.drop_table("repairs")
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plans_made_us"))

    op.drop_table("plans")
    op.drop_table("plan_terms")
    op.drop_table("plan_prices")
    op.drop_table("plan_demand")
    op.drop_table("plan_candidates")
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
    op.drop_table("edge_row_apart")
    op.drop_table("edge_row")
    op.drop_table("edge_instance")
    with op.batch_alter_table("edge_fetch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_edge_fetch_edge"))

    op.drop_table("edge_fetch")
    with op.batch_alter_table("edge_camera", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_edge_camera_edge"))

    op.drop_table("edge_camera")
    op.drop_table("edge")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("deliveries_due")

    op.drop_table("deliveries")
    with op.batch_alter_table("dead_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dead_batch_edge"))

    op.drop_table("dead_batch")
    op.drop_table("boundaries")
    op.drop_table("alert_channels")
    op.execute("UPDATE schema_version SET version = 1")
