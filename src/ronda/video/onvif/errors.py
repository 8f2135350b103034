"""What can go wrong when a camera is asked over ONVIF.

OnvifError
├── ForbiddenPlaceError   the address is one that no camera may have here
├── CameraSilentError     nobody answers there, or not in time
├── NoOnvifError          somebody answers, but not as ONVIF has it
├── CameraLoginError      the camera does not accept the user name or password
└── NotOfferedError       the camera says that it cannot do this
"""

from typing import ClassVar

from ronda.video.errors import VideoError


class OnvifError(VideoError):
    """Base: a question to a camera that came to nothing. `code` names the kind for screens."""

    code: ClassVar[str] = "camera_probe_failed"


class ForbiddenPlaceError(OnvifError):
    """Loopback, link-local, multicast, this machine itself, or a number in disguise."""

    code = "camera_place_forbidden"


class CameraSilentError(OnvifError):
    """No connection, or no whole answer within the time."""

    code = "camera_silent"


class NoOnvifError(OnvifError):
    """The answer is no ONVIF."""

    code = "camera_no_onvif"


class CameraLoginError(OnvifError):
    """Wrong user name or password, or a clock so far off that the proof counts as old."""

    code = "camera_login"


class NotOfferedError(OnvifError):
    """The camera has no such service."""

    code = "camera_not_offered"
