"""What commands refuse before they do anything.

AppError
├── NoDataFolderError     the folder was never made
├── UnusableFolderError   the folder is something else, or cannot be read or written
├── AlreadyRunningError   another process works on the same data
├── BackupBrokenError     a backup that is not whole, or of another Ronda
├── BadCertificateError   certificate or key of `ronda serve` cannot be used
├── BadListenAddressError `--listen` cannot be used
├── DetectorUnusableError  a network by path that cannot be loaded
└── StepFailedError       a step of the unattended demo did not hold
"""

from pathlib import Path
from typing import ClassVar

from ronda.core.errors import RondaError


class AppError(RondaError):
    """Base of all errors of commands and processes."""


class NoDataFolderError(AppError):
    """No data folder at this place."""

    def __init__(self, root: Path) -> None:
        super().__init__(
            f"{root} is no Ronda data folder; nothing was changed. Next: `ronda init --data {root}`, "
            "or name the right folder with --data or $RONDA_DATA"
        )


class UnusableFolderError(AppError):
    """The folder is something else, or cannot be read or written."""


class AlreadyRunningError(AppError):
    """Another process holds the data folder."""

    exit_status: ClassVar[int] = 75

    def __init__(self, what: str, root: Path, holder: str) -> None:
        super().__init__(
            f"{what} already runs on {root} (process {holder}); it goes on undisturbed. "
            f"Next: use that one, stop it with `kill {holder}`, or choose another folder with --data"
        )


class BackupBrokenError(AppError):
    """A backup that is not whole, or of another version; nothing was put back."""


class BadCertificateError(AppError):
    """Certificate or key cannot be used; the web waits, recording goes on."""


class BadListenAddressError(AppError):
    """`--listen` names no address that can be used."""


class DetectorUnusableError(AppError):
    """A network by path that cannot be loaded; measuring goes on without it."""


class StepFailedError(AppError):
    """A step of the unattended demo did not hold."""
