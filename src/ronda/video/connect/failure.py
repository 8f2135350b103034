"""What an error while connecting says about the camera. A table, pure."""

import errno
import socket
import ssl

from ronda.media.errors import (
    H264Error,
    H265Error,
    MediaError,
    RtspAuthError,
    RtspRefusedError,
    RtspSyntaxError,
    SdpError,
)
from ronda.media.rtsp_url import WrongUrlError
from ronda.video.connect.pins import PinsBrokenError
from ronda.video.gap_cause import Evidence, Finding

_BY_NUMBER = {
    errno.ECONNREFUSED: Finding.REFUSED,
    errno.ETIMEDOUT: Finding.HOST_SILENT,
    errno.EHOSTUNREACH: Finding.NO_ROUTE,
    errno.ENETUNREACH: Finding.NO_ROUTE,
    errno.ENETDOWN: Finding.NO_ROUTE,
    errno.EHOSTDOWN: Finding.HOST_SILENT,
    errno.ECONNRESET: Finding.CONNECTION_RESET,
    errno.EPIPE: Finding.CONNECTION_RESET,
    errno.EMFILE: Finding.TOO_MANY_FILES,
    errno.ENFILE: Finding.TOO_MANY_FILES,
}

_AGAIN = "It is tried again by itself. Next: if it stays so, check"

# Trying again does not change these: somebody has to set something right first.
DEFINITE = frozenset(
    {
        Finding.WRONG_PASSWORD,
        Finding.REQUEST_REFUSED,
        Finding.NOT_RTSP,
        Finding.NO_USABLE_VIDEO,
        Finding.WRONG_ADDRESS,
        Finding.NAME_UNKNOWN,
        Finding.CERTIFICATE_CHANGED,
        Finding.TLS_FAILED,
    }
)


class HostSilentError(TimeoutError):
    """Nothing answered the attempt to connect."""


class AnswerLateError(TimeoutError):
    """The connection stands, but a request was not answered in time."""


class CertificateChangedError(OSError):
    """The camera shows another certificate than the one that was pinned."""

    def __init__(self, place: str, sha256: str, *, goes_on: bool = False) -> None:
        now = (
            "it is recorded on, as its entry says" if goes_on else "nothing was sent to it, and it is not recorded"
        )
        super().__init__(
            f"the camera at {place} shows another certificate than before (SHA-256 {sha256[:16]}...); {now}. "
            "Next: find out who changed it; if that is right, take its line out of the list of pinned certificates"
        )


class ClosedEarlyError(ConnectionError):
    """The camera closed the connection in the middle of the dialogue."""


def evidence_of(fault: Exception, place: str) -> Evidence:
    """Name what a failed attempt showed. place: host and port, without a password."""
    if isinstance(fault, MediaError):
        return Evidence(finding=_of_media(fault), detail=str(fault))
    if isinstance(fault, WrongUrlError):
        return Evidence(finding=Finding.WRONG_ADDRESS, detail=str(fault))
    if isinstance(fault, HostSilentError):
        return Evidence(finding=Finding.HOST_SILENT, detail=place)
    if isinstance(fault, AnswerLateError):
        return Evidence(finding=Finding.ANSWER_LATE, detail=place)
    if isinstance(fault, ClosedEarlyError):
        return Evidence(finding=Finding.CAMERA_CLOSED, detail=f"{place}, before it sent a picture")
    if isinstance(fault, CertificateChangedError):
        return Evidence(finding=Finding.CERTIFICATE_CHANGED, detail=str(fault))
    if isinstance(fault, PinsBrokenError):
        return Evidence(finding=Finding.RECORDER_FAULT, detail=str(fault))
    if isinstance(fault, ssl.SSLError):
        return Evidence(finding=Finding.TLS_FAILED, detail=f"{place}: {fault.reason or 'no TLS'}")
    if isinstance(fault, socket.gaierror):
        return Evidence(finding=Finding.NAME_UNKNOWN, detail=place)
    if isinstance(fault, OSError):
        return ended_evidence(fault.errno or 0, place)
    return Evidence(finding=Finding.CONNECTION_TIMED_OUT, detail=f"{place}: {type(fault).__name__}")


def ended_evidence(number: int, place: str) -> Evidence:
    """Name how a connection ended; number is the system's errno, 0 for an orderly end."""
    if number == 0:
        return Evidence(finding=Finding.CAMERA_CLOSED, detail=place)
    finding = _BY_NUMBER.get(number, Finding.CONNECTION_TIMED_OUT)
    return Evidence(finding=finding, detail=f"{place}: {errno.errorcode.get(number, number)}")


def _of_media(fault: MediaError) -> Finding:
    if isinstance(fault, RtspAuthError):
        return Finding.WRONG_PASSWORD
    if isinstance(fault, RtspRefusedError):
        return Finding.REQUEST_REFUSED
    if isinstance(fault, RtspSyntaxError):
        return Finding.NOT_RTSP
    if isinstance(fault, SdpError | H264Error | H265Error):
        return Finding.NO_USABLE_VIDEO
    return Finding.REQUEST_REFUSED


def advice(evidence: Evidence) -> str:
    """One sentence for the status and the command line: what happened and the next step."""
    steps = {
        Finding.HOST_SILENT: "Next: check the camera's power, its line and its address",
        Finding.NO_ROUTE: "Next: check the network between here and the camera",
        Finding.NAME_UNKNOWN: "Next: check the spelling, or write the number of the host",
        Finding.TLS_FAILED: "Next: check that the port is the camera's RTSPS port, or use rtsp:// for it",
        Finding.REFUSED: "Next: check the port, and that RTSP is switched on in the camera",
        Finding.ANSWER_LATE: "Next: start the camera anew, and check that the port is its RTSP port",
        Finding.NOT_RTSP: "Next: check that the port is the camera's RTSP port",
        Finding.CAMERA_CLOSED: f"{_AGAIN} the path, and how many viewers the camera allows",
        Finding.NO_FRAMES: f"{_AGAIN} the camera's picture, or start the camera anew",
        Finding.CONNECTION_RESET: f"{_AGAIN} the line to the camera",
        Finding.CONNECTION_TIMED_OUT: f"{_AGAIN} the line to the camera",
        Finding.TOO_MANY_FILES: "Next: raise the limit on open files (`ulimit -n`), then start the recorder anew",
    }
    if "Next:" in evidence.detail:
        return evidence.detail
    step = steps.get(evidence.finding)
    return evidence.sentence() + (f". {step}" if step else "")
