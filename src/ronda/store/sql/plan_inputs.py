"""What a planner brought beside points and counts: price items, outside cameras, obstacles, how thefts spread.

Each is one document of its own, replaced whole: an import is taken in whole or not at all. Kept in the
table of the terms, because like them they are what new plans begin with. Outlines are packed: tens of
thousands of houses are some megabytes.
"""

import base64
import json
import zlib
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Engine, delete, insert, select

from ronda.planning.density import Density
from ronda.planning.model import Building, Standing
from ronda.planning.places import Hub, Zone
from ronda.planning.pricing import PriceItem
from ronda.planning.surface import Mark, Unit
from ronda.store.errors import DocumentError
from ronda.store.sql.planning import plan_terms

_ITEMS: Final = TypeAdapter(tuple[PriceItem, ...])
_STANDING: Final = TypeAdapter(tuple[Standing, ...])
_BUILDINGS: Final = TypeAdapter(tuple[Building, ...])
_DENSITY: Final = TypeAdapter(Density)
_ROADS: Final = TypeAdapter(tuple[str, ...])
_HUBS: Final = TypeAdapter(tuple[Hub, ...])
_ZONES: Final = TypeAdapter(tuple[Zone, ...])
_MARKS: Final = TypeAdapter(tuple[Mark, ...])
_UNITS: Final = TypeAdapter(tuple[Unit, ...])
_T = TypeVar("_T")


class SqlPlanInputs:
    """On SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def items(self) -> tuple[PriceItem, ...]:
        return self._get("items", _ITEMS) or ()

    def put_items(self, items: Sequence[PriceItem]) -> None:
        self._put("items", _ITEMS.dump_python(tuple(items), mode="json"))

    def standing(self) -> tuple[Standing, ...]:
        return self._get("standing", _STANDING) or ()

    def put_standing(self, standing: Sequence[Standing]) -> None:
        self._put("standing", _STANDING.dump_python(tuple(standing), mode="json"))

    def density(self) -> Density | None:
        return self._get("density", _DENSITY)

    def put_density(self, density: Density | None) -> None:
        self._put("density", None if density is None else _DENSITY.dump_python(density, mode="json"))

    def hubs(self) -> tuple[Hub, ...]:
        return self._get("hubs", _HUBS) or ()

    def put_hubs(self, hubs: Sequence[Hub]) -> None:
        self._put("hubs", _HUBS.dump_python(tuple(hubs), mode="json"))

    def zones(self) -> tuple[Zone, ...]:
        return self._get("zones", _ZONES) or ()

    def put_zones(self, zones: Sequence[Zone]) -> None:
        self._put("zones", _ZONES.dump_python(tuple(zones), mode="json"))

    def marks(self) -> tuple[Mark, ...]:
        return self._get("marks", _MARKS) or ()

    def put_marks(self, marks: Sequence[Mark]) -> None:
        self._put("marks", _MARKS.dump_python(tuple(marks), mode="json"))

    def units(self) -> tuple[Unit, ...]:
        return self._get("units", _UNITS) or ()

    def put_units(self, units: Sequence[Unit]) -> None:
        self._put("units", _UNITS.dump_python(tuple(units), mode="json"))

    def roads(self) -> tuple[str, ...]:
        """Lines as WKT in degrees."""
        packed = self._document("roads")
        return () if packed is None else _read(_ROADS, zlib.decompress(base64.b64decode(packed["packed"])))

    def put_roads(self, roads: Sequence[str]) -> None:
        text = zlib.compress(_ROADS.dump_json(tuple(roads)))
        self._put("roads", {"packed": base64.b64encode(text).decode()})

    def buildings(self) -> tuple[Building, ...]:
        packed = self._document("buildings")
        if packed is None:
            return ()
        return _read(_BUILDINGS, zlib.decompress(base64.b64decode(packed["packed"])))

    def put_buildings(self, buildings: Sequence[Building]) -> None:
        text = zlib.compress(_BUILDINGS.dump_json(tuple(buildings)))
        self._put("buildings", {"packed": base64.b64encode(text).decode()})

    def _document(self, name: str) -> Any:
        with self._engine.begin() as connection:
            row = connection.execute(select(plan_terms.c.document).where(plan_terms.c.name == name)).first()
        return row.document if row else None

    def _get(self, name: str, adapter: TypeAdapter[_T]) -> _T | None:
        document = self._document(name)
        return None if document is None else _read(adapter, json.dumps(document).encode())

    def _put(self, name: str, document: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(plan_terms).where(plan_terms.c.name == name))
            if document is not None:
                connection.execute(insert(plan_terms).values(name=name, document=document))


def _read(adapter: TypeAdapter[_T], text: bytes) -> _T:
    """Raises DocumentError when the document has another shape; nothing is guessed."""
    try:
        return adapter.validate_json(text, strict=True, extra="forbid")
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        raise DocumentError(f"stored inputs of the planner cannot be read: {told}") from None
