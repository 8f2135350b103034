"""Thefts as the police list them, for the back-test: when, where and what kind; never who."""

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Boolean, Column, Engine, Float, String, Table, delete, insert, select

from ronda.cases.backtest import TheftReport
from ronda.core.time import TimeSpan
from ronda.store.sql.schema import metadata

theft_reports = Table(
    "theft_reports",
    metadata,
    Column("report_id", String(80), primary_key=True),
    Column("kind", String(200), nullable=False),
    Column("place", String(200), nullable=False),
    Column("lat_deg", Float(53), nullable=False),
    Column("lon_deg", Float(53), nullable=False),
    Column("start_us", BigInteger, nullable=False, index=True),
    Column("end_us", BigInteger, nullable=False),
    Column("source", String(200), nullable=False),
    Column("training", Boolean, nullable=False),
)


class SqlTheftReports:
    """The imported list, on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, reports: Iterable[TheftReport]) -> None:
        """Add or replace by number, all or none."""
        rows = [
            {
                "report_id": one.report_id,
                "kind": one.kind,
                "place": one.place,
                "lat_deg": one.lat_deg,
                "lon_deg": one.lon_deg,
                "start_us": one.span.start_us,
                "end_us": one.span.end_us,
                "source": one.source,
                "training": one.training,
            }
            for one in reports
        ]
        with self._engine.begin() as connection:
            for row in rows:
                connection.execute(delete(theft_reports).where(theft_reports.c.report_id == row["report_id"]))
            if rows:
                connection.execute(insert(theft_reports), rows)

    def within(self, span: TimeSpan) -> Sequence[TheftReport]:
        """Those that began in the span, oldest first."""
        query = (
            select(theft_reports)
            .where(theft_reports.c.start_us >= span.start_us, theft_reports.c.start_us < span.end_us)
            .order_by(theft_reports.c.start_us, theft_reports.c.report_id)
        )
        with self._engine.begin() as connection:
            return [
                TheftReport(
                    report_id=row.report_id,
                    kind=row.kind,
                    place=row.place,
                    lat_deg=row.lat_deg,
                    lon_deg=row.lon_deg,
                    span=TimeSpan(row.start_us, row.end_us),
                    source=row.source,
                    training=row.training,
                )
                for row in connection.execute(query)
            ]
