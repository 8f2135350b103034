"""What can be wrong with bytes from outside.

MediaError
├── RtspSyntaxError        the bytes are no RTSP, or break its bounds
├── RtspRefusedError       the other side answered with an error status
│   └── RtspAuthError      ... because it does not accept the user name or password
├── SdpError               the description of the stream cannot be used
│   ├── NoVideoError       it offers no video
│   └── UnsupportedCodecError  it offers video that Ronda does not record yet
├── H264Error              a parameter set or NAL unit contradicts itself
├── H265Error              ... of H.265
└── Mp4Error               a file is no fragmented MP4 as Ronda reads it
"""

from ronda.core.errors import RondaError


class MediaError(RondaError):
    """Base of everything this package raises."""


class RtspSyntaxError(MediaError):
    """Bytes that are no RTSP message, or one beyond the bounds."""


class RtspRefusedError(MediaError):
    """The other side answered a request with an error status."""

    def __init__(self, message: str, *, status: int) -> None:
        self.status = status
        super().__init__(message)


class RtspAuthError(RtspRefusedError):
    """The other side accepts neither the user name nor the password it was given."""


class SdpError(MediaError):
    """A session description that cannot be used."""


class NoVideoError(SdpError):
    """A session description without a video track."""


class UnsupportedCodecError(SdpError):
    """A video codec that is not recorded."""


class H264Error(MediaError):
    """A parameter set or NAL unit that contradicts itself."""


class H265Error(MediaError):
    """A parameter set or NAL unit of H.265 that contradicts itself."""


class Mp4Error(MediaError):
    """Bytes that are no fragmented MP4 as Ronda reads it."""
