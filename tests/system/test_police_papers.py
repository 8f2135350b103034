"""The police's papers from form to package: numbers, the letter as PDF, the annex of the BAST, their list."""

import asyncio
import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.evidence_kit import APPROVER, INVESTIGATOR, House, house, letter, record_the_theft
from tests.http_kit import LETTER, Town, town

from ronda.cases.case_list import listed_cases
from ronda.cases.errors import PackageError
from ronda.cases.police_papers import Paper, PolicePapers
from ronda.evidence import bast, layout
from ronda.evidence.folder import PackageFolder
from ronda.evidence.statement import read_statement
from ronda.evidence.verdict import Verdict
from ronda.evidence.verify import verify_package

PDF = b"%PDF-1.7\n" + b"1 0 obj << /Type /Catalog >> endobj\n" * 8 + b"trailer\n%%EOF\n"
PAPERS = PolicePapers(
    article="Pasal 477 ayat (1) huruf g UU 1/2023 (KUHP)",
    lidik=Paper(number="Sp.Lidik/212/XI/RES.1.8/2026", date="2026-11-18"),
    sidik=Paper(number="Sp.Sidik/98/XI/RES.1.8/2026", date="2026-11-18"),
    seizure=Paper(number="BA.Sita/41/XI/2026", date="2026-11-18"),
    court_permit=Paper(number="112/Pen.Pid/2026/PN Sgt", date="2026-11-18"),
)


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path)


def packed(home: House, papers: PolicePapers, pdf: bytes | None) -> Path:
    record_the_theft(home.recorder, tiny=True)
    rina = INVESTIGATOR.person_id
    case = home.service.request(rina, letter())
    if pdf is not None:
        home.service.file_letter(rina, case.case_id, pdf)
    home.service.file_papers(rina, case.case_id, papers)
    home.service.approve(APPROVER.person_id, case.case_id, scope_version=1)
    _case, record = asyncio.run(home.service.pack(rina, case.case_id))
    return home.packages / record.folder


def filing_home(tmp_path: Path) -> House:
    home = house(tmp_path)
    home.service = replace(home.service, letters=tmp_path / "letters")
    return home


def test_letter_and_papers_stand_in_the_package_its_statement_and_the_annex(tmp_path: Path) -> None:
    package = packed(filing_home(tmp_path), PAPERS, PDF)
    assert (package / "data/surat-permintaan.pdf").read_bytes() == PDF
    digest = sha256(PDF).hexdigest()
    assert f"{digest}  data/surat-permintaan.pdf" in (package / "manifest-sha256.txt").read_text()
    said = json.loads((package / "data/pernyataan.json").read_bytes())
    assert said["surat_permintaan"] == {"path": "data/surat-permintaan.pdf", "sha256": digest, "byte": len(PDF)}
    assert said["kasus"]["surat_polisi"]["pasal"] == PAPERS.article
    assert said["kasus"]["surat_polisi"]["surat"]["sidik"]["nomor"] == "Sp.Sidik/98/XI/RES.1.8/2026"
    statement = read_statement((package / "data/pernyataan.json").read_bytes())
    annex = str(bast.page_data(statement, "", "")["annex"])
    assert all(paper.number in annex for paper in PAPERS.named().values())
    assert digest in annex
    report = verify_package(PackageFolder(package))
    assert Verdict.BROKEN not in {line.verdict for line in report.lines}, report.broken_files


def test_a_changed_letter_is_broken_and_named(tmp_path: Path) -> None:
    package = packed(filing_home(tmp_path), PolicePapers(), PDF)
    (package / layout.LETTER).write_bytes(PDF.replace(b"Catalog", b"Katalog"))
    assert layout.LETTER in verify_package(PackageFolder(package)).broken_files


def test_a_letter_that_is_not_the_one_that_was_filed_stops_the_packing(tmp_path: Path) -> None:
    home = filing_home(tmp_path)
    record_the_theft(home.recorder, tiny=True)
    case = home.service.request(INVESTIGATOR.person_id, letter())
    home.service.file_letter(INVESTIGATOR.person_id, case.case_id, PDF)
    home.service.approve(APPROVER.person_id, case.case_id, scope_version=1)
    next((tmp_path / "letters").glob("*.pdf")).write_bytes(PDF + b"?")
    with pytest.raises(PackageError, match="not the one that was filed"):
        asyncio.run(home.service.pack(INVESTIGATOR.person_id, case.case_id))


def filed(place: Town, body: dict[str, Any], role: str = "investigator") -> Any:
    case = place.client("investigator").post("/api/cases", json=place.request_body()).json()
    return place.client(role).put(f"/api/cases/{case['case_id']}/papers", json=body)


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("papers.lidik", {"lidik": {"number": "", "date": "2025-11-18"}}),
        ("papers.sidik", {"sidik": {"number": "Sp.Sidik/1", "date": "2999-01-01"}}),
        ("papers.sidik", {"sidik": {"number": "Sp.Sidik/1", "date": "2025-13-01"}}),
        ("papers.court_permit", {"seizure": {"number": "BA/1", "date": "2025-11-18"}}),
        ("papers.seizure", {"seizure_urgent": True}),
        ("papers.article", {"article": "Pasal\u0007 362"}),
    ],
)
def test_a_paper_that_cannot_stand_is_named_and_nothing_is_filed(
    place: Town, field: str, body: dict[str, Any]
) -> None:
    answer = filed(place, body)
    assert (answer.status_code, answer.json()["fields"]) == (422, [field])
    assert place.wiring.case_store.all()[0].papers == PolicePapers()


def test_papers_are_filed_by_who_belongs_to_the_case_alone_and_never_after_its_end(place: Town) -> None:
    body = {"lidik": {"number": "Sp.Lidik/2/XI/2025", "date": "2025-11-18"}}
    assert filed(place, body, "operator").status_code == 403
    done = filed(place, body)
    assert done.json()["papers"]["lidik"] == body["lidik"]
    path = f"/api/cases/{done.json()['case_id']}"
    refusal = {"scope_version": 1, "reason": "Tidak ada dasar hukumnya"}
    assert place.client("approver").post(f"{path}/refusal", json=refusal).status_code == 200
    assert place.client("investigator").put(f"{path}/papers", json=body).status_code == 409


@pytest.mark.parametrize(
    "data",
    [
        b"", b"%PDF-", b"PK\x03\x04" + b"x" * 200, PDF[:-7],
        PDF.replace(b"/Type", b"/JavaScript"), PDF.replace(b"/Type", b"/EmbeddedFile"),
    ],
)  # fmt: skip
def test_what_is_no_plain_pdf_is_no_letter(place: Town, data: bytes) -> None:
    case = place.client("investigator").post("/api/cases", json=place.request_body()).json()
    answer = place.client("investigator").put(f"/api/cases/{case['case_id']}/letter", content=data)
    assert (answer.status_code, answer.json()["fields"]) == (422, ["letter"])
    assert not place.wiring.folder.letters.exists()


def test_the_letter_is_shown_as_filed_and_its_digest_is_in_the_log(place: Town) -> None:
    client = place.client("investigator")
    path = f"/api/cases/{client.post('/api/cases', json=place.request_body()).json()['case_id']}"
    assert client.get(f"{path}/letter").status_code == 404
    done = client.put(f"{path}/letter", content=PDF)
    assert done.json()["letter"]["sha256"] == sha256(PDF).hexdigest()
    assert client.get(f"{path}/letter").content == PDF
    assert place.client("other-office").get(f"{path}/letter").status_code == 404
    entries = [e for e in place.wiring.log.entries(0, 100) if e.action == "kasus.surat_permintaan"]
    assert entries[-1].fields["objek"]["sha256"] == sha256(PDF).hexdigest()  # type: ignore[index,call-overload]


def test_a_citizens_case_keeps_no_paper_and_no_scan(place: Town) -> None:
    body = {
        "citizen": {"name": "Siti", "contact": "0812", "identity": "card_seen", "appearance": "jaket merah"},
        "place": "Simpang", "reason": "Untuk klaim asuransi motor", "scope": place.request_body()["scope"],
    }  # fmt: skip
    client = place.client("operator")
    path = f"/api/cases/{client.post('/api/cases/citizen', json=body).json()['case_id']}"
    assert client.put(f"{path}/letter", content=PDF).status_code == 403
    assert not place.wiring.folder.letters.exists()


LIST = """Nomor LP;Tanggal LP;Penyidik;Pangkat;NRP;Tindak Pidana;TKP;Pasal;Sp.Sidik;Tanggal Sp.Sidik
{lp};18-11-2025;Rahmat Hidayat;Aipda;84071129;Curanmor;Jl. Yos Sudarso;Pasal 477;Sp.Sidik/9/XI/2025;19/11/2025
LP 12;18-11-2025;Budi;Bripka;8;Curat;Pasar;;;
{lp};besok;Budi;Bripka;8;Curat;Pasar;;;
"""


def test_the_polices_list_fills_the_form_and_faults_are_named_by_row(place: Town) -> None:
    data = LIST.format(lp=str(LETTER["lp_number"]).lower()).encode()
    answer = place.client("investigator").post("/api/cases/list", content=data).json()
    assert [one["row"] for one in answer["cases"]] == [2]
    values = answer["cases"][0]["values"]
    assert (values["lp_number"], values["lp_date"]) == (LETTER["lp_number"], "2025-11-18")
    assert (values["sidik_number"], values["sidik_date"]) == ("Sp.Sidik/9/XI/2025", "2025-11-19")
    assert (values["article"], values["lidik_number"]) == ("Pasal 477", "")
    faults = [(one["row"], one["column"], one["code"]) for one in answer["faults"]]
    assert faults == [(3, "nomor lp", "bad_lp"), (4, "tanggal lp", "bad_date")]
    assert place.wiring.case_store.all() == [], "a list is read, never kept"
    assert place.client("planner").post("/api/cases/list", content=data).status_code == 403


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"a;b\n1;2\n", b"nomor_lp\n"])
def test_what_is_no_list_gives_faults_or_nothing(data: bytes) -> None:
    cases, faults = listed_cases(data)
    assert cases == []
    assert faults or data == b"nomor_lp\n"
