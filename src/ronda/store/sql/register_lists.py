"""What stands beside the cameras: places that targets count, RTs by village, uploaded boundaries."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)

from ronda.core.ids import AreaCode
from ronda.registry.model import Neighbourhood, Place, SiteKind
from ronda.store.sql.schema import metadata

if TYPE_CHECKING:
    from ronda.registry.boundaries import BoundarySet

places = Table(
    "places",
    metadata,
    Column("place_id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("area", String(40), nullable=False),
    Column("lat_deg", Float),
    Column("lon_deg", Float),
    Column("source", String(200), nullable=False),
)

neighbourhoods = Table(
    "neighbourhoods",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("village", String(40), nullable=False, index=True),
    Column("rw", String(10), nullable=False),
    Column("rt", String(10), nullable=False),
    Column("name", String(200), nullable=False),
)

boundaries = Table(
    "boundaries",
    metadata,
    Column("boundary_id", Integer, primary_key=True, autoincrement=True),
    Column("file_name", String(200), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("uploaded_us", BigInteger, nullable=False),
    Column("shapes", Text, nullable=False),
)


class SqlRegisterLists:
    """Lists and boundaries; each write is whole or not at all."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def places(self) -> list[Place]:
        with self._engine.begin() as connection:
            rows = connection.execute(select(places).order_by(places.c.kind, places.c.name, places.c.place_id))
            return [_place(row) for row in rows]

    def neighbourhoods(self) -> list[Neighbourhood]:
        with self._engine.begin() as connection:
            rows = connection.execute(select(neighbourhoods).order_by(neighbourhoods.c.code))
            return [_neighbourhood(row) for row in rows]

    def put_places(self, entries: Sequence[Place]) -> None:
        """Add or replace places by their id."""
        with self._engine.begin() as connection:
            _remove(connection, places, places.c.place_id, {entry.place_id for entry in entries})
            _add(connection, places, (_place_columns(entry) for entry in entries))

    def put_neighbourhoods(self, entries: Sequence[Neighbourhood]) -> None:
        """Replace the whole list of every village that is named; other villages keep theirs."""
        with self._engine.begin() as connection:
            _remove(connection, neighbourhoods, neighbourhoods.c.village, {entry.village for entry in entries})
            _add(
                connection,
                neighbourhoods,
                (
                    {"code": one.code, "village": one.village, "rw": one.rw, "rt": one.rt, "name": one.name}
                    for one in entries
                ),
            )

    def boundaries(self) -> "BoundarySet | None":
        """The newest set, or None while there is none."""
        query = select(boundaries).order_by(boundaries.c.boundary_id.desc()).limit(1)
        with self._engine.begin() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        from ronda.registry.boundaries import BoundarySet  # loads a geometry library

        return BoundarySet(
            file_name=row.file_name, sha256=row.sha256, uploaded_us=row.uploaded_us, geojson=row.shapes
        )

    def boundaries_version(self) -> int:
        """Changes with each upload; cheap enough to ask at each request."""
        query = select(boundaries.c.boundary_id).order_by(boundaries.c.boundary_id.desc()).limit(1)
        with self._engine.begin() as connection:
            return int(connection.execute(query).scalar() or 0)

    def put_boundaries(self, made: "BoundarySet") -> None:
        """The new set is served from now on; the one before is kept in the table."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(boundaries).values(
                    file_name=made.file_name,
                    sha256=made.sha256,
                    uploaded_us=made.uploaded_us,
                    shapes=made.geojson,
                )
            )


_CHUNK = 500  # below the limit of bound values of every backend


def _remove(connection: Connection, table: Table, column: Column[Any], values: Iterable[str]) -> None:
    wanted = sorted(values)
    for start in range(0, len(wanted), _CHUNK):
        connection.execute(delete(table).where(column.in_(wanted[start : start + _CHUNK])))


def _add(connection: Connection, table: Table, rows: Iterable[dict[str, object]]) -> None:
    values = list(rows)
    if values:
        connection.execute(insert(table), values)


def _place_columns(entry: Place) -> dict[str, object]:
    return {
        "place_id": entry.place_id,
        "name": entry.name,
        "kind": entry.kind.value,
        "area": entry.area,
        "lat_deg": entry.lat_deg,
        "lon_deg": entry.lon_deg,
        "source": entry.source,
    }


def _place(row: Any) -> Place:
    return Place(
        place_id=row.place_id,
        name=row.name,
        kind=SiteKind(row.kind),
        area=AreaCode(row.area),
        lat_deg=row.lat_deg,
        lon_deg=row.lon_deg,
        source=row.source,
    )


def _neighbourhood(row: Any) -> Neighbourhood:
    return Neighbourhood(
        code=AreaCode(row.code), village=AreaCode(row.village), rw=row.rw, rt=row.rt, name=row.name
    )
