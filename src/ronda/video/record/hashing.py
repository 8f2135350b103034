"""The running SHA-256 of files while they are written.

`PlainHashes` uses the standard library and hashes what comes at once. The C engine brings a twin that puts the
work off until a few files have some, because a processor hashes two streams in little more time than one; both
give the same digests. Belongs to the writer's thread.
"""

import hashlib
from collections.abc import Sequence
from typing import Protocol

Samples = bytes | bytearray | memoryview


class RunningHash(Protocol):
    """Of one file."""

    def take(self, parts: Sequence[Samples]) -> None:
        """What was appended; it must not change until `Hashes.settle`."""
        ...

    def hexdigest(self) -> str:
        """Of all that was taken."""
        ...


class Hashes(Protocol):
    """Of all files of one writer."""

    def new(self) -> RunningHash: ...

    def settle(self) -> None:
        """Do what was put off."""
        ...


class PlainHash:
    """See `RunningHash`."""

    def __init__(self) -> None:
        self._sha = hashlib.sha256()

    def take(self, parts: Sequence[Samples]) -> None:
        for part in parts:
            self._sha.update(part)

    def hexdigest(self) -> str:
        return self._sha.hexdigest()


class PlainHashes:
    """See `Hashes`."""

    def new(self) -> RunningHash:
        return PlainHash()

    def settle(self) -> None:
        """Nothing was put off."""
