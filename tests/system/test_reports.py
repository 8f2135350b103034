"""The papers that an office owes: filled from live settings, stale when these change, safe in a spreadsheet."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.http_kit import CAMERA, FAR_CAMERA, Town, town

from ronda.app.commands import report
from ronda.app.reports import audit, breach
from ronda.app.reports.dpia import accept, dpia, shares, stale
from ronda.app.reports.facts import fingerprint, gather
from ronda.app.reports.paper import TEMPLATES
from ronda.core.errors import WrongUsageError
from ronda.core.ids import camera_id
from ronda.core.time import DAY_US, HOUR_US, TimeSpan, utc_text
from ronda.registry.model import Camera, Mask
from ronda.registry.purposes import PurposeKind


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path / "town")


def entry(place: Town) -> Camera:
    found = place.wiring.register.camera(camera_id(CAMERA))
    assert found
    return found


def test_four_fifths_of_the_assessment_come_from_settings() -> None:
    """P8, for both languages."""
    for lang in ("id", "en"):
        filled, total = shares((TEMPLATES / f"dpia_{lang}.md").read_text())
        assert filled / total >= 0.8


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_assessment_says_what_stands_in_the_register(place: Town, lang: str) -> None:
    text = dpia(gather(place.wiring), lang)  # type: ignore[arg-type]
    assert fingerprint(place.wiring) in text
    assert "UU 27/2022 Pasal 17" in text
    assert "| 2 | 30 " in text
    assert "{{" not in text


@pytest.mark.parametrize(
    "change",
    [
        {"purpose_kind": PurposeKind.TRAFFIC},
        {"retention_days": 20},
        {"direction_deg": 90.0},
        {"masks": (Mask(left=0, top=0, right=0.5, bottom=1),)},
        {"legal_basis": "Peraturan Bupati 1/2027"},
    ],
)
def test_any_change_of_purpose_view_or_days_makes_it_stale(place: Town, change: dict[str, object]) -> None:
    assert "no impact assessment" in str(stale(place.wiring))
    accept(place.wiring)
    assert stale(place.wiring) is None
    place.wiring.register.save(replace(entry(place), vendor="lain"))
    assert stale(place.wiring) is None, "who made the camera is no matter of privacy"
    place.wiring.register.save(replace(entry(place), **change))  # type: ignore[arg-type]
    assert "stale" in str(stale(place.wiring))


def known(place: Town, **changes: object) -> breach.Breach:
    span = TimeSpan(place.start_us - HOUR_US, place.wiring.clock.now_us() + HOUR_US)
    usual = breach.Breach(span=span, found_us=place.start_us + DAY_US, cameras=(), what="Akun dipakai orang lain")
    return replace(usual, **changes)  # type: ignore[arg-type]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_the_breach_pack_says_who_looked_and_by_when_it_must_be_told(place: Town) -> None:
    """P9: who, what, when, which cameras, and the three days."""
    case = place.approved_case()
    place.client("investigator").get(f"/api/cases/{case}/footage/{CAMERA}?at_us={place.start_us + 10**6}")
    made = breach.pack(place.wiring, known(place))
    looks = [row for row in rows(made["jejak.csv"]) if row["aksi"] == "rekaman.klip"]
    assert [row["pelaku"] for row in looks] == [place.people["investigator"].person_id]
    assert "Orang investigator" in made["ringkasan.md"]
    assert {row["kamera"] for row in rows(made["kamera.csv"])} == {CAMERA, FAR_CAMERA}
    notice = known(place).notice_by_us
    assert notice == known(place).found_us + 3 * DAY_US
    from ronda.core.time import wita_text

    assert wita_text(notice) in made["ringkasan.md"]
    assert wita_text(notice) in made["surat-pemberitahuan.md"]


def test_the_breach_pack_may_be_about_some_cameras_alone(place: Town) -> None:
    made = breach.pack(place.wiring, known(place, cameras=(camera_id(CAMERA),)))
    assert [row["kamera"] for row in rows(made["kamera.csv"])] == [CAMERA]


def test_the_audit_pack_has_the_whole_policy_and_all_software(place: Town) -> None:
    made = audit.pack(place.wiring, gather(place.wiring))
    policy = {row["tindakan"]: set(row["peran"].split()) for row in rows(made["kebijakan.csv"])}
    assert policy["approve_request"] == {"approver"}
    assert "cryptography" in {row["paket"] for row in rows(made["perangkat-lunak.csv"])}
    components = json.loads(made["sbom.cdx.json"])["components"]
    (found,) = [one for one in components if one["name"].lower() == "pyhanko"]
    assert found["purl"].startswith("pkg:pypi/pyhanko@")
    assert "MIT" in found["licenses"][0]["license"]["name"]
    assert "utuh" in made["keamanan.md"]
    assert "kenari-rahasia" not in "".join(made.values()), "no password of a camera"


def test_a_name_that_is_a_formula_stays_text(place: Town) -> None:
    """N21."""
    place.wiring.register.save(replace(entry(place), name="=HYPERLINK(1)", purpose="+1+1 keamanan jalan"))
    assert "'=HYPERLINK(1)" in breach.pack(place.wiring, known(place))["kamera.csv"]
    assert "'+1+1 keamanan jalan" in audit.pack(place.wiring, gather(place.wiring))["kamera.csv"]


def test_the_commands_write_into_a_new_folder_and_into_the_log(place: Town, tmp_path: Path) -> None:
    data, out = place.wiring.folder.root, tmp_path / "out"
    assert report.dpia(out / "dpia", data=data) == 0
    assert report.audit(out / "audit", data=data) == 0
    span = {"since": utc_text(place.start_us), "until": utc_text(place.start_us + HOUR_US)}
    assert report.breach(out / "bocor", what="Cakram hilang", data=data, **span) == 0
    assert report.dpia(check=True, data=data) == 1
    assert report.dpia(accept=True, data=data) == 0
    assert report.dpia(check=True, data=data) == 0
    told = [one.action for one in place.wiring.log.entries(0, 100)]
    assert told[-4:] == ["laporan.dibuat", "laporan.dibuat", "laporan.dibuat", "laporan.dpia_diterima"]
    with pytest.raises(WrongUsageError, match="cannot be made"):
        report.audit(out / "audit", data=data)
    with pytest.raises(WrongUsageError, match="lies before"):
        report.breach(out / "b", since=span["until"], until=span["since"], what="x", data=data)
    with pytest.raises(WrongUsageError, match="no camera"):
        report.breach(out / "b", what="x", camera=["tidak-ada"], data=data, **span)
    assert not (out / "b").exists()
