"""A power cut is named by evidence: the recorder's own mains are lost while a camera falls silent."""

from pathlib import Path

import pytest

from ronda.video.gap_cause import Evidence, Finding
from ronda.video.mains import mains_lost, with_power
from ronda.video.model import GapCause


def supply(folder: Path, name: str, **files: str) -> None:
    (folder / name).mkdir()
    for file, text in files.items():
        (folder / name / file).write_text(text + "\n")


def test_a_machine_on_its_battery_has_lost_mains(tmp_path: Path):
    supply(tmp_path, "AC", type="Mains", online="0")
    supply(tmp_path, "BAT0", type="Battery", status="Discharging")
    assert mains_lost(tmp_path) is True


def test_a_ups_that_discharges_tells_it_too(tmp_path: Path):
    supply(tmp_path, "ups", type="UPS", status="Discharging")
    assert mains_lost(tmp_path) is True
    (tmp_path / "ups" / "status").write_text("Charging\n")
    assert mains_lost(tmp_path) is False


def test_one_live_supply_is_enough(tmp_path: Path):
    """Two power units, one of them pulled out: no power cut."""
    supply(tmp_path, "A", type="Mains", online="0")
    supply(tmp_path, "B", type="Mains", online="1")
    assert mains_lost(tmp_path) is False


@pytest.mark.parametrize("files", [{}, {"type": "Mains"}, {"type": "Mains", "online": "?"}, {"type": "Battery"}])
def test_where_nothing_tells_nothing_is_claimed(tmp_path: Path, files: dict[str, str]):
    supply(tmp_path, "X", **files)
    assert mains_lost(tmp_path) is None
    assert mains_lost(tmp_path / "nowhere") is None


def test_silence_is_power_only_while_mains_are_lost():
    """The camera's line or its power: which of them, the recorder's own battery tells."""
    silent = Evidence(finding=Finding.HOST_SILENT, detail="10.1.2.3:554")
    assert with_power(silent, True).cause is GapCause.POWER
    assert "10.1.2.3:554" in with_power(silent, True).sentence()
    assert with_power(silent, False) is silent
    assert with_power(silent, None) is silent
    refused = Evidence(finding=Finding.WRONG_PASSWORD)
    assert with_power(refused, True) is refused
