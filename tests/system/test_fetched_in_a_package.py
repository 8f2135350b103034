"""Footage that was fetched later is told as such wherever it is seen: on the timeline and in a package."""

import json
import sqlite3
from pathlib import Path

from tests.http_kit import CAMERA, town

from ronda.evidence.folder import PackageFolder
from ronda.evidence.verify import verify_package


def test_a_fetched_film_says_so_on_the_timeline_and_in_the_package(tmp_path: Path) -> None:
    """The package still verifies; its statement names origin, correction and how wrong the times can be."""
    place = town(tmp_path / "data")
    with sqlite3.connect(place.wiring.folder.footage / "index.sqlite") as db:
        db.execute("INSERT INTO origin VALUES (?, 'camera-card', -4500000, 700000)", (place.segment.segment_id,))
    span = place.segment.span
    asked = f"/api/cameras/{CAMERA}/timeline?from_us={span.start_us}&to_us={span.end_us}"
    fetched = place.client("operator").get(asked).json()["fetched"]
    assert [(one["from_us"], one["origin"], one["uncertainty_s"]) for one in fetched] == [
        (span.start_us, "camera-card", 0.7)
    ]
    case = place.approved_case()
    answer = place.client("investigator").post(f"/api/cases/{case}/packages", json={})
    assert answer.status_code == 201, answer.text
    (folder,) = place.wiring.folder.packages.iterdir()
    films = json.loads((folder / "data" / "pernyataan.json").read_text())["berkas"]
    (original,) = [film for film in films if film["peran"] == "asli"]
    assert "kartu kamera" in original["asal"]
    assert "+4.5 dtk" in original["asal"]
    assert "0.7 dtk" in original["asal"]
    assert not verify_package(PackageFolder(folder)).broken
