"""Read XML from a device that may be broken or hostile, into a small tree without namespaces.

Decides what is refused: more than 1 MiB, a document type (and with it every entity of its own), more than
40 levels, more than 20,000 elements. Decides not what the elements mean.
Invariant: nothing outside the given bytes is ever read, and the tree's size is bounded by theirs.
Why no namespaces: makers misspell and mix them; local names never collide in the answers we read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from ronda.media.errors import MediaError

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 40
MAX_ELEMENTS = 20_000
_MAX_SHOWN = 80


class OnvifXmlError(MediaError):
    """The answer is no XML that may be read; the sentence says why."""


@dataclass(slots=True)
class Node:
    """One element: names and attribute names without prefix, text without the space around it."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def child(self, name: str) -> "Node | None":
        return next((one for one in self.children if one.name == name), None)

    def all(self, name: str) -> Iterator["Node"]:
        """Every element of this name below, in document order; not inside one that was given already."""
        for one in self.children:
            if one.name == name:
                yield one
            else:
                yield from one.all(name)

    def first(self, *names: str) -> "Node | None":
        """The first element named `names[0]` below, inside it the first named `names[1]`, and so on."""
        at: Node | None = self
        for name in names:
            at = next(at.all(name), None) if at is not None else None
        return at

    def says(self, *names: str) -> str:
        """The text of `first`, "" when it is not there."""
        found = self.first(*names)
        return found.text if found is not None else ""

    def number(self, *names: str) -> int | None:
        """The text of `first` as a whole number (makers also write 25.0); None when it is none."""
        try:
            return round(float(self.says(*names)[:20]))
        except (ValueError, OverflowError):
            return None


def parse(data: bytes) -> Node:
    """The root element. Raises OnvifXmlError."""
    if len(data) > MAX_BYTES:
        raise OnvifXmlError(f"the answer has {len(data)} bytes, the most read is {MAX_BYTES}")
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=None)
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler = builder.begin
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.add_text
    parser.StartDoctypeDeclHandler = builder.refuse_doctype
    parser.EntityDeclHandler = builder.refuse_doctype
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as fault:
        # ValueError, LookupError: an encoding that Python does not know, or cannot map
        raise OnvifXmlError(f"the answer is no XML ({str(fault)[:_MAX_SHOWN]})") from None
    return builder.root


class _Builder:
    def __init__(self) -> None:
        self.root = Node("")  # until the first element: expat refuses what has none
        self._open: list[Node] = []
        self._count = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise OnvifXmlError(f"the answer has more than {MAX_ELEMENTS} elements or {MAX_DEPTH} levels")
        node = Node(_local(name), {_local(key): value for key, value in attributes.items() if key[:5] != "xmlns"})
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _name: str) -> None:
        node = self._open.pop()
        node.text = node.text.strip()

    def add_text(self, text: str) -> None:
        self._open[-1].text += text

    def refuse_doctype(self, *_: object) -> NoReturn:
        raise OnvifXmlError("the answer brings a document type of its own (entities); such answers are not read")


def _local(name: str) -> str:
    return name.rpartition(":")[2]
