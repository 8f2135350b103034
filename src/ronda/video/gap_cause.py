"""Name the cause of a gap from what was measured. A table, pure.

The evidence says what happened, never what might have: a host that does not answer may have lost
its power or its line, so the cause is the link, unless the recorder's own mains are lost at the same
time (`mains`), or somebody reports a power cut (`SqliteIndex.restate_gap`). Of several findings during
one gap the one with the higher rank names the cause, since a later attempt often sees more than the
first broken connection.
"""

from dataclasses import dataclass
from enum import Enum

from ronda.video.model import GapCause


class Finding(Enum):
    """What was measured: (cause, rank, sentence). The rank decides between findings of one gap."""

    CAMERA_CLOSED = (GapCause.CAMERA, 2, "the camera closed the connection")
    CONNECTION_RESET = (GapCause.LINK, 2, "the connection was reset")
    CONNECTION_TIMED_OUT = (GapCause.LINK, 3, "the connection broke without an answer")
    NO_FRAMES = (GapCause.CAMERA, 3, "the connection stood, but no picture came")
    PACKETS_MISSING = (GapCause.LINK, 2, "packets were missing in the stream")
    MAINS_LOST = (GapCause.POWER, 6, "mains power is lost")
    HOST_SILENT = (GapCause.LINK, 5, "the camera's address does not answer: its line or its power is down")
    NO_ROUTE = (GapCause.LINK, 5, "there is no way to the camera's address")
    NAME_UNKNOWN = (GapCause.LINK, 5, "the camera's host name cannot be resolved")
    REFUSED = (GapCause.CAMERA, 5, "the camera's host answers, but its video service does not")
    ANSWER_LATE = (GapCause.CAMERA, 5, "the camera accepts the connection, but answers no request")
    WRONG_PASSWORD = (GapCause.PERSON, 6, "the camera refuses the user name or password")
    REQUEST_REFUSED = (GapCause.CAMERA, 6, "the camera refuses to send")
    NOT_RTSP = (GapCause.CAMERA, 6, "what answers at the camera's address speaks no RTSP")
    NO_USABLE_VIDEO = (GapCause.CAMERA, 6, "the camera sends no video that can be recorded")
    OTHER_CODEC = (GapCause.CAMERA, 6, "the camera sends another codec than it described")
    WRONG_ADDRESS = (GapCause.PERSON, 6, "the camera's address cannot be used")
    CERTIFICATE_CHANGED = (GapCause.CAMERA, 6, "the camera shows another certificate than before")
    TLS_FAILED = (GapCause.CAMERA, 6, "the camera and the recorder find no common TLS")
    DISK_FAULT = (GapCause.DISK, 8, "footage could not be written")
    DISK_SLOW = (GapCause.DISK, 8, "the disk was too slow; whole groups of pictures were left out")
    RECORDER_KILLED = (GapCause.MACHINE, 7, "the recorder ended without closing its files")
    MACHINE_RESTARTED = (GapCause.MACHINE, 7, "the machine was started anew")
    RECORDER_STOPPED = (GapCause.MACHINE, 7, "the recorder was stopped in order")
    TOO_MANY_FILES = (GapCause.MACHINE, 7, "the recorder may open no more files")
    RECORDER_FAULT = (GapCause.MACHINE, 7, "the recorder failed on what came; its log says how")
    CLOCK_STEPPED = (GapCause.MACHINE, 7, "the machine's clock was set forward")
    SWITCHED_OFF_AS_PLANNED = (GapCause.PLANNED_OFF, 9, "recording is switched off as planned")
    SWITCHED_OFF_BY_PERSON = (GapCause.PERSON, 9, "recording was switched off by a person")
    NOT_STARTED = (GapCause.UNKNOWN, 0, "no picture has come yet")

    @property
    def cause(self) -> GapCause:
        return self.value[0]

    @property
    def rank(self) -> int:
        return self.value[1]

    @property
    def sentence(self) -> str:
        return self.value[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A finding and what was measured with it, such as an address or an error of the system."""

    finding: Finding
    detail: str = ""

    @property
    def cause(self) -> GapCause:
        return self.finding.cause

    def sentence(self) -> str:
        """One sentence for the gap's row."""
        measured = self.detail.partition(" Next:")[0].rstrip(".")  # advice is no evidence
        return f"{self.finding.sentence} ({measured})" if measured else self.finding.sentence


def stronger(old: Evidence | None, new: Evidence) -> Evidence:
    """Which of two findings of one gap names its cause: the new one, unless it says less."""
    if old is None or new.finding.rank > old.finding.rank:
        return new
    return old


def switched_off(reason: str | None) -> Evidence:
    """Evidence for a camera that the register says is off. A reason `person: ...` names a person's act."""
    text = (reason or "").strip()
    kind, colon, rest = text.partition(":")
    if kind.strip().lower() == "person":
        return Evidence(finding=Finding.SWITCHED_OFF_BY_PERSON, detail=rest.strip() if colon else "")
    if kind.strip().lower() == "planned_off":
        text = rest.strip()
    return Evidence(finding=Finding.SWITCHED_OFF_AS_PLANNED, detail=text)
