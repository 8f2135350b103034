"""What can go wrong when a camera is asked over ONVIF.

OnvifError
├── ForbiddenPlaceError   the address is one that no camera may have here
├── CameraSilentError     nobody answers there, or not in time
├── NoOnvifError          somebody answers, but not as ONVIF has it
├── CameraLoginError      the camera does not accept the user name or password
└── NotOfferedError       the camera says that it cannot do this
"""

from ronda.video.errors import VideoError


class OnvifError(VideoError):
    """Base: a question to a camera that came to nothing."""


class ForbiddenPlaceError(OnvifError):
    """Loopback, link-local, multicast, this machine itself, or a number in disguise."""


class CameraSilentError(OnvifError):
    """No connection, or no whole answer within the time."""


class NoOnvifError(OnvifError):
    """The answer is no ONVIF."""


class CameraLoginError(OnvifError):
    """Wrong user name or password, or a clock so far off that the proof counts as old."""


class NotOfferedError(OnvifError):
    """The camera has no such service."""
