"""What can go wrong between an edge and its hub.

FleetError
├── PoisonBatchError    bytes with a good signature that are no batch
├── EpochRefusedError   an epoch lower than the one known: an old copy of an edge speaks
├── MissingBeforeError  a batch that leaves out rows the hub does not have; the edge sends from the cursor
├── OffsetError         a part of a file that does not begin where the stored part ends
├── NotThisFileError    a file that is whole and has another hash, or that nobody asked for
├── NotEnrolledError    an unknown edge, a bad signature, a used-up token
│   └── UsedNumberError a request that was heard before
└── FrozenError         two instances speak for one edge; a person must decide
"""

from ronda.core.errors import RondaError


class FleetError(RondaError):
    """Base of all errors between edge and hub."""


class PoisonBatchError(FleetError):
    """Bytes that are no batch; they are kept, and the edge is told."""


class EpochRefusedError(FleetError):
    """The edge speaks with an epoch that is over."""


class MissingBeforeError(FleetError):
    """Rows between the cursor and this batch were not sent. `settled`: the cursor."""

    def __init__(self, settled: int, first: int) -> None:
        self.settled = settled
        super().__init__(
            f"the batch begins at row {first}, the hub has rows up to {settled}; nothing was taken. "
            "Next: the edge sends from the cursor"
        )


class OffsetError(FleetError):
    """A part at the wrong place. `have`: where the next one must begin."""

    def __init__(self, have: int, offered: int) -> None:
        self.have = have
        super().__init__(f"the part begins at byte {offered}, stored are {have}; nothing was written")


class NotThisFileError(FleetError):
    """What came is not what was asked for; nothing of it is kept."""


class NotEnrolledError(FleetError):
    """The hub does not know who speaks."""


class UsedNumberError(NotEnrolledError):
    """The request's number was used already. `last`: the edge goes on above it."""

    def __init__(self, last: int) -> None:
        self.last = last
        super().__init__("the request was heard before, or is a repeat by somebody else; nothing was taken")


class FrozenError(FleetError):
    """Two boxes claim to be one edge; the later one waits for a person."""
