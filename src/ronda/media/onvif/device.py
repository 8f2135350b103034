"""The device service: who it is, what time it believes, where its other services are, reboot.

What these answers say is evidence, not truth: the caller decides what to believe. Addresses are given as
the device names them; `ronda.video.onvif.where` puts the host that was asked in their place.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from ronda.core.time import SECOND_US
from ronda.media.onvif.xml import Node

_DEVICE = "http://www.onvif.org/ver10/device/wsdl"
_MAX_TEXT = 120
GET_DATE = f'<GetSystemDateAndTime xmlns="{_DEVICE}"/>'
GET_INFORMATION = f'<GetDeviceInformation xmlns="{_DEVICE}"/>'
GET_CAPABILITIES = f'<GetCapabilities xmlns="{_DEVICE}"><Category>All</Category></GetCapabilities>'
GET_SERVICES = f'<GetServices xmlns="{_DEVICE}"><IncludeCapability>false</IncludeCapability></GetServices>'
REBOOT = f'<SystemReboot xmlns="{_DEVICE}"/>'

# What ends a service's namespace, and what we call it.
_BY_NAMESPACE = {
    "/ver10/media/wsdl": "media",
    "/ver20/media/wsdl": "media2",
    "/ver10/events/wsdl": "events",
    "/ver10/search/wsdl": "search",
    "/ver10/replay/wsdl": "replay",
    "/ver10/recording/wsdl": "recording",
}
_BY_CAPABILITY = {
    "Media": "media",
    "Media2": "media2",
    "Events": "events",
    "Search": "search",
    "Replay": "replay",
    "Recording": "recording",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """What the device says of itself; "" where it says nothing."""

    maker: str
    model: str
    firmware: str
    serial: str
    hardware: str


def read_information(body: Node) -> DeviceFacts:
    answer = body.first("GetDeviceInformationResponse") or body
    return DeviceFacts(
        maker=short(answer.says("Manufacturer")),
        model=short(answer.says("Model")),
        firmware=short(answer.says("FirmwareVersion")),
        serial=short(answer.says("SerialNumber")),
        hardware=short(answer.says("HardwareId")),
    )


def read_date_us(body: Node) -> int | None:
    """The device's clock as UTC in microseconds, of whole seconds; None when it names no possible instant.

    Devices without UTCDateTime give local time only; that is no instant, so it is not guessed at.
    """
    utc = body.first("UTCDateTime")
    if utc is None:
        return None
    fields = [utc.number("Date", "Year"), utc.number("Date", "Month"), utc.number("Date", "Day")]
    fields += [utc.number("Time", "Hour"), utc.number("Time", "Minute"), utc.number("Time", "Second")]
    try:
        year, month, day, hour, minute, second = (value if value is not None else -1 for value in fields)
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return round(moment.timestamp()) * SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOffset:
    """How far the device's clock is ahead of ours, at most `uncertainty_us` wrong either way."""

    offset_us: int
    uncertainty_us: int


def clock_offset(*, said_us: int, asked_us: int, answered_us: int) -> ClockOffset:
    """From one question: the device read its clock somewhere between asking and answering.

    The device says whole seconds, cut off: its clock stood half a second later on average, half a second
    more or less. The midpoint of the round trip stands for the moment of reading.
    """
    round_trip_us = max(0, answered_us - asked_us)
    middle_us = asked_us + round_trip_us // 2
    return ClockOffset(
        offset_us=said_us + SECOND_US // 2 - middle_us, uncertainty_us=round_trip_us // 2 + SECOND_US // 2
    )


def read_services(body: Node) -> dict[str, str]:
    """Name (media, media2, events, search, replay, recording) to address, from GetServices or GetCapabilities."""
    found: dict[str, str] = {}
    for service in body.all("Service"):
        namespace, address = service.says("Namespace"), service.says("XAddr")
        name = next((name for end, name in _BY_NAMESPACE.items() if namespace.rstrip("/").endswith(end)), None)
        if name is not None and address:
            found.setdefault(name, address[:500])
    capabilities = body.first("Capabilities")
    for one in _with_extensions(capabilities):
        address = one.says("XAddr")
        if one.name in _BY_CAPABILITY and address:
            found.setdefault(_BY_CAPABILITY[one.name], address[:500])
    return found


def _with_extensions(capabilities: Node | None) -> list[Node]:
    if capabilities is None:
        return []
    extension = capabilities.child("Extension")
    return [*capabilities.children, *(extension.children if extension is not None else [])]


def short(text: str) -> str:
    """One line of at most 120 printable characters: it is shown on screens and written into the log."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:_MAX_TEXT]
