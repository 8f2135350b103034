"""Frozen dataclasses as JSON documents, and back: for values that are read and written as a whole.

The shape follows the type hints alone: dataclasses become objects, tuples lists, enums their values.
A document that does not fit its type is refused, never filled in with guesses; a field with a
default may be missing, so that older rows stay readable.
"""

import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from ronda.store.errors import DocumentError

T = TypeVar("T")


def to_document(value: object) -> Any:
    """The JSON form of a dataclass, tuple, enum or plain value."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_document(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [to_document(item) for item in value]
    return value


def from_document(kind: type[T], document: object) -> T:
    """The value of type `kind`. Raises DocumentError when the document has another shape."""
    try:
        value: T = _read(kind, document)
    except (TypeError, ValueError, KeyError) as error:
        raise DocumentError(f"a stored {kind.__name__} cannot be read: {error}") from None
    return value


def _read(kind: Any, document: object) -> Any:
    if isinstance(kind, NewType):
        return _read(kind.__supertype__, document)
    if get_origin(kind) in (Union, types.UnionType):
        inner = [one for one in get_args(kind) if one is not type(None)]
        return None if document is None else _read(inner[0], document)
    if get_origin(kind) is tuple:
        if not isinstance(document, list):
            raise TypeError(f"no list where {kind} belongs")
        return tuple(_read(get_args(kind)[0], item) for item in document)
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, document)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(document)
    if kind is float and isinstance(document, int):
        return float(document)
    if not isinstance(document, kind) or (kind is int and isinstance(document, bool)):
        raise TypeError(f"{type(document).__name__} where {kind.__name__} belongs")
    return document


def _read_dataclass(kind: Any, document: object) -> Any:
    if not isinstance(document, Mapping):
        raise TypeError(f"no object where {kind.__name__} belongs")
    hints = _hints(kind)
    return kind(**{name: _read(hints[name], item) for name, item in document.items()})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
