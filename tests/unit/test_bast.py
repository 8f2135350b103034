"""The hand-over record: one page, the same bytes each time, and no text in it is ever run."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.evidence_kit import sealed_package
from tests.needs import require_program

from ronda.evidence import bast, canonical
from ronda.evidence.statement import Statement, read_statement

DIGESTS = {"manifest_sha256": "a" * 64, "seal_sha256": "b" * 64}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    import asyncio

    package = asyncio.run(sealed_package(tmp_path_factory.mktemp("bast"), tiny=True))[2]
    return dict(json.loads((package / "data/pernyataan.json").read_bytes()))


def statement(document: dict[str, Any]) -> Statement:
    return read_statement(canonical.write(document))


def changed(document: dict[str, Any], **case: str) -> dict[str, Any]:
    return document | {"kasus": document["kasus"] | case}


def text_of(pdf: bytes, folder: Path) -> str:
    require_program("pdftotext", "poppler-utils")
    (folder / "bast.pdf").write_bytes(pdf)
    call = ["pdftotext", "-layout", str(folder / "bast.pdf"), "-"]
    return subprocess.run(call, capture_output=True, text=True, check=True).stdout


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page[^s]", pdf))


def test_the_same_statement_gives_the_same_bytes(document: dict[str, Any]) -> None:
    """The verifier makes the page again and compares; a clock or a random id in it would break that."""
    first = bast.render(statement(document), **DIGESTS)
    assert first == bast.render(statement(document), **DIGESTS)
    other = DIGESTS | {"seal_sha256": "c" * 64}
    assert first != bast.render(statement(document), **other)


def test_every_fact_the_paper_needs_stands_on_one_page(document: dict[str, Any], tmp_path: Path) -> None:
    """E9: parties, letter, digests, root, gaps, uncertainty."""
    made = statement(document)
    pdf = bast.render(made, **DIGESTS)
    text = text_of(pdf, tmp_path)
    assert pages(pdf) == 1
    for wanted in (
        "BERITA ACARA SERAH TERIMA",
        "Pihak Pertama",
        "Pihak Kedua",
        "Rina Wulandari",
        "IPDA, 87010203",
        "LP/B/147/XI/2026/SPKT/POLRES KUTAI TIMUR/POLDA KALTIM",
        "B/1207/XI/RES.1.8/2026",
        "a" * 64,
        "b" * 64,
        "18.11.2026 02.10.08–02.10.14 WITA",
        "6 dtk",
        "jaringan",
        "belum diukur",
        "simpang-3 +0,6 ± 0,4 dtk",
        made.files[0].sha256,
        made.root_sha256[:4].upper(),
    ):
        assert wanted in " ".join(text.split()), wanted


def test_the_office_hands_over_and_not_the_officer_to_themselves(document: dict[str, Any]) -> None:
    """When the investigator packed it, the approver stands as Pihak Pertama."""
    data = bast.page_data(statement(document), manifest_sha256="", seal_sha256="")
    assert (data["first_sign"], data["second_sign"]) == ("Hadi", "Rina Wulandari")


HOSTILE = [
    '#import "@preview/x:1.0.0"',
    "#sys.inputs",
    "*tebal* _miring_ `kode` $x^2$",
    '"); #panic("x") //',
    "\\u{41}",
    "= Judul",
    '#read("/etc/passwd")',
    "]#[",
    "@label <label>",
    "a\u202eb",
    "😀",
    "<script>",
    "~---...",
    "\x07",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_are_shown_and_never_run(document: dict[str, Any], text: str) -> None:
    """N7, N21: a name is a name, whatever signs it has."""
    pdf = bast.render(statement(changed(document, tempat=text, jenis_kejahatan=text)), **DIGESTS)
    assert pages(pdf) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_any_text_gives_a_page(document: dict[str, Any], text: str) -> None:
    """The record must not fail at the counter because of a sign in a street name."""
    assert pages(bast.render(statement(changed(document, tempat=text)), **DIGESTS)) == 1


def test_literal_signs_come_out_as_they_went_in(document: dict[str, Any], tmp_path: Path) -> None:
    """Not swallowed as markup either."""
    text = text_of(bast.render(statement(changed(document, tempat="#1 *Jl.* _A_ $5")), **DIGESTS), tmp_path)
    assert "#1 *Jl.* _A_ $5" in text


def test_the_longest_case_still_fits_one_page(document: dict[str, Any]) -> None:
    """E9: many cameras, many gaps, long names; the rest is pointed to, not dropped silently."""
    films, gaps = [], []
    master = next(film for film in document["berkas"] if film["peran"] == "asli")
    gap = document["celah"][0]
    for number in range(40):
        camera = f"kamera-dengan-nama-yang-cukup-panjang-nomor-{number:02d}"
        films.append(master | {"kamera": camera, "path": f"data/asli/{camera}/{number}.mp4"})
        gaps += [gap | {"kamera": camera}] * 2
    long = {"nomor_lp": "LP/B/999999/VIII/2026/SPKT/POLSEK " + "SANGATTA UTARA " * 4, "tempat": "Jalan " * 33}
    crowded = changed(document, **long) | {"berkas": films, "celah": gaps}
    data = bast.page_data(statement(crowded), "a" * 64, "b" * 64)
    assert "32 kamera lain" in str(data["cameras_note"])
    assert "74 lagi" in str(data["gaps_note"])
    assert "32 film lain" in str(data["films_note"])
    assert pages(bast.render(statement(crowded), **DIGESTS)) == 1


def test_a_changed_letter_in_the_record_is_found(tmp_path: Path) -> None:
    """N38: another digest printed, another name: the record is no longer the one of this statement."""
    import asyncio

    from ronda.evidence.folder import PackageFolder
    from ronda.evidence.verdict import Check, Verdict
    from ronda.evidence.verify import verify_package

    package = asyncio.run(sealed_package(tmp_path, tiny=True))[2]
    made = read_statement((package / "data/pernyataan.json").read_bytes())
    (package / "BAST.pdf").write_bytes(bast.render(made, **DIGESTS))
    report = verify_package(PackageFolder(package))
    assert next(line for line in report.lines if line.check is Check.BAST).verdict is Verdict.BROKEN
    shutil.rmtree(package)


def test_the_dates_of_the_letters_stand_as_every_other_date_of_the_page() -> None:
    assert bast.day_words("2026-11-18") == "18.11.2026"
    assert bast.day_words("–") == "–"
    assert bast.day_words("18 Nov 2026") == "18 Nov 2026"
