"""The list of files and their SHA-256, in the form that `sha256sum -c` and BagIt (RFC 8493) share.

There is exactly one way to write a given list: sorted by path, lowercase, two spaces, one newline.
`read` refuses every other form, so that a manifest whose bytes changed in any way is found even
where the change would mean the same. Paths are plain ASCII names: no escapes, no way out of the
package, no names that Windows cannot store.
"""

import re
from collections.abc import Mapping

from ronda.evidence.errors import MalformedError

MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
BAGIT_TXT = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")
_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
LONGEST_PATH = 240


def checked_path(path: str) -> str:
    """`path` itself. Raises MalformedError unless it is a plain relative path that any disk can hold."""
    parts = path.split("/")
    plain = all(_PART.fullmatch(part) and not _RESERVED.fullmatch(part) for part in parts)
    if not plain or len(path) > LONGEST_PATH:
        raise MalformedError(f"{path[:80]!r} is no usable path inside a package")
    return path


def write(digests: Mapping[str, str]) -> bytes:
    """The manifest of `path -> SHA-256 in hex`."""
    lines = [f"{digests[path]}  {checked_path(path)}\n" for path in sorted(digests)]
    return "".join(lines).encode("ascii")


def read(data: bytes, what: str) -> dict[str, str]:
    """The inverse of `write`; `what` names the file in the error. Raises MalformedError."""
    try:
        lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise MalformedError(f"{what} holds bytes that are no ASCII") from None
    digests: dict[str, str] = {}
    for number, line in enumerate(lines[:-1], 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in digests:
            raise MalformedError(f"{what}, line {number}: not `<sha256>  <path>`, or a path for the second time")
        digests[checked_path(match[2])] = match[1]
    if not digests or lines[-1] or write(digests) != data:
        raise MalformedError(f"{what} is empty, unsorted, or does not end with a newline")
    return digests


def bag_info(values: Mapping[str, str]) -> bytes:
    """`bag-info.txt`: one `Label: value` a line, in the given order; line breaks become spaces."""
    lines = [f"{label}: {' '.join(value.split())}\n" for label, value in values.items()]
    return "".join(lines).encode("utf-8")
