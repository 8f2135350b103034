"""Stills, their clearer copies and the photo sheet: exact, marked, and never taken for one another."""

import asyncio
import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from tests.evidence_kit import INVESTIGATOR, NIGHT_US, OPERATOR, House, sealed_package
from tests.needs import require_program

from ronda.cases.enhance import Treatment, enhance
from ronda.cases.errors import CaseError, IncompleteRequestError, NoSuchCaseError
from ronda.cases.model import Case
from ronda.core.time import SECOND_US
from ronda.evidence import canonical, layout
from ronda.evidence.folder import PackageFolder
from ronda.evidence.statement import read_statement
from ronda.evidence.verify_photos import photo_findings


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, Case, Path]:
    return asyncio.run(sealed_package(tmp_path_factory.mktemp("photos"), stills=True))


def broken(package: Path, document: dict[str, Any] | None = None) -> list[tuple[str | None, str]]:
    data = (package / layout.STATEMENT).read_bytes() if document is None else canonical.write(document)
    findings = photo_findings(PackageFolder(package), read_statement(data))
    return [(finding.path, finding.words.en) for finding in findings if finding.verdict.name == "BROKEN"]


def test_a_still_names_its_film_its_picture_and_its_instant(packed: tuple[House, Case, Path]) -> None:
    """Anybody can take it again: the third second's third picture of the second segment."""
    statement = read_statement((packed[2] / layout.STATEMENT).read_bytes())
    original, copy, other = statement.photos
    assert original.film == f"data/asli/simpang-3/{NIGHT_US + 4 * SECOND_US}.mp4"
    assert (original.picture, original.frame_us) == (8, NIGHT_US + 5_400_000)
    assert original.time_text == "18.11.2026 02.10.05,400 WITA"
    assert original.uncertainty == "belum diukur"
    assert (copy.derived_from, copy.steps) == (original.path, "kecerahan x 1,8, kontras x 1,3")
    assert other.camera == "pasar"
    assert broken(packed[2]) == []


def test_the_sheet_says_all_of_it_on_a4(packed: tuple[House, Case, Path]) -> None:
    """Camera, exact time, uncertainty, frame and digest of each; the copy is marked and beside its original."""
    require_program("pdftotext", "poppler-utils")
    sheet = packed[2] / layout.PHOTO_SHEET
    text = subprocess.run(["pdftotext", "-layout", sheet, "-"], capture_output=True, text=True, check=True).stdout
    plain = "".join(text.split())
    for photo in read_statement((packed[2] / layout.STATEMENT).read_bytes()).photos:
        assert photo.sha256[:32] in plain
        assert photo.sha256[32:] in plain
    assert "18.11.2026 02.10.05,400 WITA" in text
    assert "belum diukur" in text
    assert text.count("SALINAN DIPERJELAS – bukan gambar asli") == 1
    size = subprocess.run(["pdfinfo", sheet], capture_output=True, text=True, check=True).stdout
    assert "A4" in size


def test_a_clearer_copy_is_marked_in_the_picture_and_the_original_stays(packed: tuple[House, Case, Path]) -> None:
    """E12: it is larger by the band that says so, whatever becomes of the file's name."""
    home, case, _package = packed
    original, copy = case.stills[0], case.stills[2]
    pictures = [io.BytesIO(home.stills[one.still_id]) for one in (original, copy)]
    with Image.open(pictures[0]) as first, Image.open(pictures[1]) as second:
        assert second.width == first.width
        assert second.height > first.height
        band = second.crop((0, first.height, second.width, second.height))
        assert ImageChops.difference(band, Image.new("RGB", band.size, "#FFF3DC")).getbbox() is not None
    with pytest.raises(IncompleteRequestError):
        enhance(home.stills[original.still_id], Treatment())
    with pytest.raises(IncompleteRequestError):
        enhance(home.stills[original.still_id], Treatment(brightness=9.0))


def test_only_the_stills_own_picture_is_made_clearer_by_who_may_look(
    packed: tuple[House, Case, Path],
) -> None:
    """Another picture, a copy of a copy, or somebody outside the case: refused."""
    home, case, _package = packed
    first, _other, copy = case.stills
    service, clearer = home.service, Treatment(brightness=2.0)
    for still_id, png in ((first.still_id, b"other"), (copy.still_id, home.stills[copy.still_id]), ("x", b"")):
        with pytest.raises(NoSuchCaseError):
            service.enhance(INVESTIGATOR.person_id, case.case_id, still_id, png, clearer)
    with pytest.raises(CaseError):
        service.enhance(OPERATOR.person_id, case.case_id, first.still_id, home.stills[first.still_id], clearer)
    with pytest.raises(CaseError):
        service.photo_sheet(OPERATOR.person_id, case.case_id, home.stills.get)


def test_the_sheet_of_an_open_case_is_logged_before_it_is_shown(packed: tuple[House, Case, Path]) -> None:
    """And a still whose picture is gone is named, not silently left out."""
    home, case, _package = packed
    pdf = home.service.photo_sheet(INVESTIGATOR.person_id, case.case_id, home.stills.get)
    assert pdf.startswith(b"%PDF")
    assert home.actions()[-1][:2] == ("rekaman.lembar_foto", "niat")
    gone = case.stills[1].still_id
    left = {name: png for name, png in home.stills.items() if name != gone}
    assert home.service.photo_sheet(INVESTIGATOR.person_id, case.case_id, left.get) != pdf


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"turunan_dari": "", "diperjelas": False}, "an original with a treatment"),
        ({"turunan_dari": "data/foto/lain.png"}, "a copy without the picture it was made of"),
    ],
)
def test_a_copy_that_denies_being_one_is_broken(
    packed: tuple[House, Case, Path], change: dict[str, Any], word: str
) -> None:
    """E12: it can never pass as the original."""
    document = json.loads((packed[2] / layout.STATEMENT).read_bytes())
    document["foto"][1] |= change
    assert broken(packed[2], document) == [(document["foto"][1]["path"], word)]


@pytest.mark.parametrize(
    "change",
    [
        {"film": "data/asli/pasar/1.mp4"},
        {"gambar_ke": 4000},
        {"waktu": "2026-11-18T09:00:00.000000Z"},
        {"sha256": "0" * 64},
        {"kamera": "pasar"},
    ],
)
def test_a_still_of_another_film_time_or_digest_is_broken(
    packed: tuple[House, Case, Path], change: dict[str, Any]
) -> None:
    """What is stated of a still must fit the films of the package."""
    document = json.loads((packed[2] / layout.STATEMENT).read_bytes())
    document["foto"][0] |= change
    assert [path for path, _word in broken(packed[2], document)] == [document["foto"][0]["path"]]


def test_a_picture_nobody_stated_and_one_that_is_gone_are_named(
    packed: tuple[House, Case, Path], tmp_path: Path
) -> None:
    """Nothing rides along among the stills."""
    package = Path(shutil.copytree(packed[2], tmp_path / "p"))
    (package / "data/foto/lain.png").write_bytes(b"x")
    (package / layout.PHOTO_SHEET).unlink()
    assert [path for path, _word in broken(package)] == ["data/foto/lain.png", layout.PHOTO_SHEET]
