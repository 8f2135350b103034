"""JSON with exactly one way to write it (JCS, RFC 8785), so that a digest of it means something.

Decides how a value becomes bytes and refuses bytes that are not in that one form. Numbers are
integers up to 2^53 - 1; a fraction is written as text by the caller, so no rounding can differ
between two programs. Invariant: `read(write(x)) == x` and `write(read(b)) == b`.
"""

import json
from collections.abc import Mapping, Sequence

from ronda.evidence.errors import MalformedError

LARGEST_INTEGER = 2**53 - 1

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


def write(value: Json) -> bytes:
    """The canonical bytes of `value`. Raises MalformedError for what JCS or this house cannot hold."""
    parts: list[str] = []
    _write(value, parts)
    try:
        return "".join(parts).encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedError("a text holds half a surrogate pair; it cannot be written as UTF-8") from None


def _write(value: Json, parts: list[str]) -> None:
    if value is None or isinstance(value, bool):
        parts.append({None: "null", True: "true", False: "false"}[value])
    elif isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise MalformedError(f"the number {value} is beyond 2^53 - 1; write it as text")
        parts.append(str(int(value)))
    elif isinstance(value, str):
        parts.append(json.dumps(value, ensure_ascii=False))
    elif isinstance(value, Mapping):
        _write_mapping(value, parts)
    elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        for index, item in enumerate(value):
            parts.append("," if index else "[")
            _write(item, parts)
        parts.append("]" if len(value) else "[]")
    else:
        raise MalformedError(f"{type(value).__name__} has no canonical JSON form; write it as text or integer")


def _write_mapping(value: Mapping[str, Json], parts: list[str]) -> None:
    if not all(isinstance(key, str) for key in value):
        raise MalformedError("a JSON object has text keys only")
    parts.append("{")
    ordered = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    for index, key in enumerate(ordered):
        parts.append("," if index else "")
        parts.append(json.dumps(key, ensure_ascii=False) + ":")
        _write(value[key], parts)
    parts.append("}")


def read(data: bytes, what: str) -> Json:
    """The value of canonical `data`; `what` names it in the error.

    Raises MalformedError for anything that is not the one canonical form, double keys included.
    """
    try:
        value: Json = json.loads(data.decode("utf-8"), parse_float=_no_float, parse_constant=_no_float)
        same = write(value) == data
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"{what} is no JSON: {str(error)[:120]}") from None
    if not same:
        raise MalformedError(f"{what} is JSON, but not in canonical form (RFC 8785)")
    return value


def read_object(data: bytes, what: str) -> Mapping[str, Json]:
    """Like `read`, for a JSON object."""
    value = read(data, what)
    if not isinstance(value, Mapping):
        raise MalformedError(f"{what} is no JSON object")
    return value


def _no_float(text: str) -> Json:
    raise ValueError(f"the number {text[:40]} is no integer")
