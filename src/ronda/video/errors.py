"""What can go wrong with the running picture.

VideoError
├── StorageError            footage cannot be written or read
│   ├── FootageFolderError  the footage folder is gone, read-only, full, or another one
│   └── IndexVersionError   the index is of another version
├── RecorderBusyError       another recorder works on the same folder
├── RecorderNotRunningError  no recorder answers
├── RecorderRefusedError    the recorder answers that it cannot do what was asked
└── EngineUnavailableError  the packet engine asked for is not built
"""

from ronda.core.errors import RondaError


class VideoError(RondaError):
    """Base of everything this package raises."""


class StorageError(VideoError):
    """Footage cannot be written or read."""


class FootageFolderError(StorageError):
    """The footage folder is gone, read-only, full, or belongs to another recorder."""


class IndexVersionError(StorageError):
    """The index was made by another version of Ronda."""


class RecorderBusyError(VideoError):
    """Another recorder works on the same folder."""


class RecorderNotRunningError(VideoError):
    """No recorder answers at the socket."""


class RecorderRefusedError(VideoError):
    """The recorder answered that it cannot do what was asked."""


class EngineUnavailableError(VideoError):
    """The packet engine asked for is not built."""
