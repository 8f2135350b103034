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
from ronda.planning.model import Building, Candidate, Cell, Question, Standing, Terms

LARGEST_BYTES: Final = 1 << 28  # a packed edition that opens into more is refused


@dataclass(frozen=True, kw_only=True)  # no slots: the name is worked out once
class Edition:
    """Candidates, demand by cell, the cameras that stood, and the buildings in the way.

    Where no building is known the content is that of editions made before there were any: their names stay.
    """

    candidates: tuple[Candidate, ...]
    cells: tuple[Cell, ...]
    standing: tuple[Standing, ...]
    buildings: tuple[Building, ...] = ()

    @cached_property
    def name(self) -> str:
        """A digest of the content."""
        return hashlib.sha256(_content(self)).hexdigest()

    def question(self, terms: Terms) -> Question:
        return Question(
            candidates=self.candidates, cells=self.cells, standing=self.standing, terms=terms,
            buildings=self.buildings,
        )  # fmt: skip


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
    return _EDITION.dump_json(edition, exclude=None if edition.buildings else {"buildings"})
