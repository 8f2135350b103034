"""Whether the recorder itself runs on its battery: the only evidence of a power cut that it can see alone.

The kernel lists power supplies below /sys/class/power_supply: `Mains` with `online`, batteries and UPS units
with `status`. While mains are lost, a camera near the recorder that falls silent has lost its power too, so
far as anybody can tell; while they are on, silence stays what it is: line or power, unknown which.
A UPS that only its daemon knows is asked by `ups_watch`. Where neither tells, nothing is claimed.
"""

from pathlib import Path

from ronda.video.gap_cause import Evidence, Finding

SUPPLIES = Path("/sys/class/power_supply")
_MAY_BE_POWER = frozenset(
    {
        Finding.HOST_SILENT,
        Finding.NO_ROUTE,
        Finding.CONNECTION_TIMED_OUT,
        Finding.CONNECTION_RESET,
        Finding.NO_FRAMES,
    }
)


def mains_lost(supplies: Path = SUPPLIES) -> bool | None:
    """True on battery, False on mains, None where nothing tells."""
    told: list[bool] = []
    try:
        folders = sorted(supplies.iterdir())
    except OSError:
        return None
    for folder in folders:
        kind = _read(folder / "type")
        if kind == "Mains" and (online := _read(folder / "online")) in ("0", "1"):
            told.append(online == "1")
        elif kind == "UPS" and (status := _read(folder / "status")):
            told.append(status != "Discharging")
    return not any(told) if told else None


def either_lost(one: bool | None, other: bool | None) -> bool | None:
    """Of two witnesses: who says "lost" is believed; "on" needs one who knows, and nobody who says otherwise."""
    if one or other:
        return True
    return None if one is None and other is None else False


def with_power(evidence: Evidence, lost: bool | None) -> Evidence:
    """The same evidence, or that of a power cut when it may be one and mains are lost here too."""
    if lost and evidence.finding in _MAY_BE_POWER:
        detail = f"{evidence.sentence()}; the recorder or its UPS runs on battery"
        return Evidence(finding=Finding.MAINS_LOST, detail=detail)
    return evidence


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
