"""What can go wrong with a store.

StoreError
├── DocumentError       a stored document does not fit its type
├── KeyFileError        a key file is missing, unreadable, or open to others
└── WrongVersionError   the data was written by another version of Ronda

LogRolledBackError is a LogUnavailableError of `ronda.access`: the log does not continue its checkpoint.
"""

from ronda.access.errors import LogUnavailableError
from ronda.core.errors import RondaError


class StoreError(RondaError):
    """Base of all errors of the stores."""


class DatabaseUnavailableError(StoreError):
    """The configuration database cannot be reached or read."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(
            f"the configuration database {where} cannot be used ({reason}); recording goes on with the cameras "
            "it knows. Next: start the database, or put the file back from a backup"
        )


class DocumentError(StoreError):
    """A stored document does not have the shape of the type it is read as."""


class KeyFileError(StoreError):
    """A key file that cannot be used."""


class WrongVersionError(StoreError):
    """The data folder or database was written by another version."""

    def __init__(self, where: str, found: int, wanted: int) -> None:
        super().__init__(
            f"{where} holds data of version {found}, this Ronda reads version {wanted}; nothing was changed. "
            "Next: run the Ronda that wrote it, or choose another folder with --data"
        )


class LogRolledBackError(LogUnavailableError):
    """The access log is smaller than, or other than, the last checkpoint it signed."""
