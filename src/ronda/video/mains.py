"""Whether the recorder itself runs on its battery: the only evidence of a power cut that it can see alone.

The kernel lists power supplies below /sys/class/power_supply: `Mains` with `online`, batteries and UPS units
with `status`. While mains are lost, a camera near the recorder that falls silent has lost its power too, so
far as anybody can tell; while they are on, silence stays what it is: line or power, unknown which.
No supply listed (a machine without a battery, a UPS that only its daemon knows): nothing is claimed.
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


def with_power(evidence: Evidence, lost: bool | None) -> Evidence:
    """The same evidence, or that of a power cut when it may be one and mains are lost here too."""
    if lost and evidence.finding in _MAY_BE_POWER:
        detail = f"{evidence.sentence()}; the recorder runs on its battery"
        return Evidence(finding=Finding.MAINS_LOST, detail=detail)
    return evidence


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
