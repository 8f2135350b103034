"""The data that a plan was made from, kept beside it: opened again, a plan gives the same numbers.

An edition is everything but the terms. Its name is the digest of its content, so equal data are kept once
and an edition never changes. Packed as compressed JSON, since it is read whole or not at all.
"""

import hashlib
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pydantic import TypeAdapter, ValidationError

from ronda.planning.errors import EditionError
from ronda.planning.model import HEIGHT_M, Building, Candidate, Cell, Question, Standing, Terms
from ronda.planning.places import Hub, Zone
from ronda.planning.pricing import PriceItem
from ronda.planning.surface import zone_cells

LARGEST_BYTES: Final = 1 << 28  # a packed edition that opens into more is refused


@dataclass(frozen=True, kw_only=True)  # no slots: the name is worked out once
class Edition:
    """Candidates, demand by cell, the cameras that stood, the buildings in the way, the price list of things.

    What nobody gave is left out of the content, so it is that of editions made before it could be given: their
    names stay.
    """

    candidates: tuple[Candidate, ...]
    cells: tuple[Cell, ...]
    standing: tuple[Standing, ...]
    buildings: tuple[Building, ...] = ()
    items: tuple[PriceItem, ...] = ()
    hubs: tuple[Hub, ...] = ()
    zones: tuple[Zone, ...] = ()

    @cached_property
    def name(self) -> str:
        """A digest of the content."""
        return hashlib.sha256(_content(self)).hexdigest()

    def question(self, terms: Terms) -> Question:
        """Its cells are those counted, and behind them those of the privacy zones."""
        return Question(
            candidates=self.candidates, cells=(*self.cells, *zone_cells(self.zones)), standing=self.standing,
            terms=terms, buildings=self.buildings, items=self.items, hubs=self.hubs,
        )  # fmt: skip


_LATER: Final = ("buildings", "items", "hubs", "zones")  # not in the first editions
_LATER_OF_POINTS: Final = {"needs": (), "height_m": HEIGHT_M}
_LATER_OF_CELLS: Final = {"place": "", "shunned": 0.0}
_EDITION = TypeAdapter(Edition)


def packed(edition: Edition) -> bytes:
    return zlib.compress(_content(edition), 6)


def unpacked(data: bytes, name: str) -> Edition:
    """Raises EditionError when it is not the edition of that name."""
    try:
        opener = zlib.decompressobj()
        content = opener.decompress(data, LARGEST_BYTES)
        if opener.unconsumed_tail:
            raise EditionError(name, "it is larger than any that was kept")
        edition = _EDITION.validate_json(content, strict=True, extra="forbid")
    except (zlib.error, ValidationError) as fault:
        raise EditionError(name, str(fault)[:200]) from None
    if hashlib.sha256(content).hexdigest() != name:
        raise EditionError(name, "its content has another digest")
    return edition


def _content(edition: Edition) -> bytes:
    absent: dict[str, object] = {name: True for name in _LATER if not getattr(edition, name)}
    of_points = {
        name
        for name, usual in _LATER_OF_POINTS.items()
        if all(getattr(one, name) == usual for one in edition.candidates)
    }
    of_cells = {
        name for name, usual in _LATER_OF_CELLS.items() if all(getattr(one, name) == usual for one in edition.cells)
    }
    for name, fields in (("candidates", of_points), ("cells", of_cells)):
        if fields:
            absent[name] = {"__all__": fields}
    return _EDITION.dump_json(edition, exclude=absent)  # type: ignore[arg-type]
