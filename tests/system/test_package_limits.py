"""Packages at the edges: strange names and sizes, foreign provenance marks, proofs of another log, two days."""

import asyncio
import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.evidence_kit import (
    APPROVER,
    INVESTIGATOR,
    NIGHT_US,
    ORIGIN,
    film_bytes,
    house,
    letter,
    scope,
    sealed_package,
)

from ronda.cases.errors import IncompleteRequestError, NoRoomError
from ronda.core.ids import CameraId
from ronda.core.time import DAY_US, SECOND_US
from ronda.evidence import canonical, layout, manifest
from ronda.evidence.checkpoint import NoteSigner, read_note
from ronda.evidence.cosignature import Cosigner
from ronda.evidence.errors import EvidenceError, MalformedError
from ronda.evidence.folder import PackageFolder
from ronda.evidence.statement import read_statement
from ronda.evidence.tlog_proof import read_proof, write_proof
from ronda.evidence.verdict import Verdict
from ronda.evidence.verify import verify_package
from ronda.evidence.verify_log import log_findings
from ronda.evidence.verify_witness import witness_findings
from ronda.video.model import Gap, GapCause

LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(sealed_package(tmp_path_factory.mktemp("limits"), tiny=True))[2]


@pytest.fixture
def package(sealed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sealed, tmp_path / sealed.name))


def test_a_foreign_provenance_mark_in_a_copy_is_never_green(package: Path) -> None:
    """N34: a C2PA manifest, however valid, is a changed file to us; nobody's mark counts beside the seal."""
    copy = package / "data/salinan/pasar.mp4"
    uuid = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
    content = uuid + b"\0\0\0\0manifest\0" + bytes(64)
    copy.write_bytes(copy.read_bytes() + (8 + len(content)).to_bytes(4, "big") + b"uuid" + content)
    report = verify_package(PackageFolder(package))
    assert report.exit_status == 1
    assert "data/salinan/pasar.mp4" in report.broken_files


def proof_with(package: Path, **change: object) -> list[str]:
    """What is said of another log proof in the package."""
    folder = PackageFolder(package)
    statement = read_statement((package / layout.STATEMENT).read_bytes())
    proof = replace(read_proof((package / layout.LOG_PROOF).read_text()), **change)  # type: ignore[arg-type]
    text = write_proof(proof.leaf, proof.index, proof.path, proof.checkpoint)
    (package / layout.LOG_PROOF).write_text(text)
    found = log_findings(folder, statement, (package / layout.MANIFEST).read_bytes())
    return [finding.words.en for finding in found if finding.verdict is Verdict.BROKEN]


def test_a_proof_with_another_index_or_of_another_log_is_refused(package: Path) -> None:
    """N36: wrong index, other origin, a checkpoint of a key that is not the stated one."""
    first = read_proof((package / layout.LOG_PROOF).read_text())
    assert proof_with(package) == []
    assert proof_with(package, index=first.index - 1)
    body = read_note(first.checkpoint).text
    other_name = NoteSigner("log.lain.example/jejak", LOG_KEY).sign(body.replace(ORIGIN, "log.lain.example/jejak"))
    other_key = NoteSigner(ORIGIN, Ed25519PrivateKey.generate()).sign(body)
    for note in (other_name, other_key):
        assert proof_with(package, index=first.index, checkpoint=note)


def test_a_cosignature_from_the_future_and_one_witness_under_two_names(package: Path) -> None:
    """N36: a witness that says to have signed next year is refused; one key counts once."""
    key = Ed25519PrivateKey.generate()
    one, two = Cosigner("inspektorat", key), Cosigner("inspektorat-2", key)
    document = json.loads((package / layout.STATEMENT).read_bytes())
    document["log"]["penjaga"] = [one.key.vkey(), two.key.vkey()]
    statement = read_statement(canonical.write(document))
    proof = read_proof((package / layout.LOG_PROOF).read_text())
    body, now_s = read_note(proof.checkpoint).text, NIGHT_US // SECOND_US

    def found(at_s: int) -> list[tuple[Verdict, str]]:
        note = proof.checkpoint + one.line(body, at_s) + two.line(body, at_s)
        (package / layout.LOG_PROOF).write_text(write_proof(proof.leaf, proof.index, proof.path, note))
        told = witness_findings(PackageFolder(package), statement, NIGHT_US)
        return [(finding.verdict, finding.words.en) for finding in told]

    assert [verdict for verdict, _words in found(now_s - 60)] == [Verdict.PROVEN]
    assert found(now_s + 86_400) == [(Verdict.BROKEN, "cosigned in the future: not counted")]


@pytest.mark.parametrize("name", ["con", "nul", "com1", "lpt9"])
def test_a_camera_that_windows_cannot_store_is_refused_before_anything_is_written(
    tmp_path: Path, name: str
) -> None:
    """N42: reserved names."""
    home = house(tmp_path, cameras=(name,))
    home.recorder.record(name, NIGHT_US, film_bytes(1, 4, 32, 32))
    case = home.service.request(INVESTIGATOR.person_id, letter(scope(name)))
    case = home.service.approve(APPROVER.person_id, case.case_id, scope_version=1)
    with pytest.raises(MalformedError, match="no usable path"):
        asyncio.run(home.service.pack(INVESTIGATOR.person_id, case.case_id))
    assert list(home.packages.iterdir()) == []


def test_paths_of_240_characters_are_the_longest() -> None:
    """N42: Windows allows 260 with drive and folder."""
    longest = "data/" + "a" * 235
    assert manifest.checked_path(longest) == longest
    with pytest.raises(EvidenceError):
        manifest.checked_path(longest + "a")


def test_300_cameras_are_refused_with_the_request(tmp_path: Path) -> None:
    """N42: at most 64 a request, said before anything is locked."""
    names = tuple(f"kamera-{number}" for number in range(300))
    home = house(tmp_path, cameras=names)
    with pytest.raises(IncompleteRequestError, match="64"):
        home.service.request(INVESTIGATOR.person_id, letter(scope(*names)))
    assert home.recorder.hold_rows == {}


def test_40_gb_without_room_is_refused_before_the_start(tmp_path: Path) -> None:
    """N42: twice the footage and some must be free; nothing is left."""
    home = house(tmp_path, cameras=("pasar",))
    segment = home.recorder.record("pasar", NIGHT_US, film_bytes(1, 4, 32, 32))
    home.recorder.stored[0] = replace(segment, size_bytes=40_000_000_000)
    case = home.service.request(INVESTIGATOR.person_id, letter(scope("pasar")))
    case = home.service.approve(APPROVER.person_id, case.case_id, scope_version=1)
    small = replace(home.service, builder=replace(home.service.builder, free_bytes=lambda _path: 60_000_000_000))
    with pytest.raises(NoRoomError, match="80067108864"):
        asyncio.run(small.pack(INVESTIGATOR.person_id, case.case_id))
    assert list(home.packages.iterdir()) == []


def test_an_export_over_two_days_a_step_and_a_new_camera_joins_nothing(tmp_path: Path) -> None:
    """N40: midnight, a clock step with its gap, a camera of another size: each in the gap list, no joined lie."""
    home = house(tmp_path, cameras=("pasar",))
    midnight_us = NIGHT_US - NIGHT_US % DAY_US + DAY_US  # in UTC, as files are named
    for at_s, size in ((-8, 32), (-4, 32), (6, 32), (12, 48)):
        home.recorder.record("pasar", midnight_us + at_s * SECOND_US, film_bytes(3, 4, size, size))
    for start_s, end_s, cause in ((0, 6, GapCause.MACHINE), (10, 12, GapCause.CAMERA)):
        gap = Gap(
            camera=CameraId("pasar"),
            start_us=midnight_us + start_s * SECOND_US,
            end_us=midnight_us + end_s * SECOND_US,
            cause=cause,
            evidence="jam mesin maju 6 dtk" if cause is GapCause.MACHINE else "kamera diganti",
        )
        home.recorder.gap_rows.append(gap)
    home.clock.advance(s=3600)
    start_s = (midnight_us - NIGHT_US) / SECOND_US - 8
    wanted = letter(scope("pasar", start_s=start_s, end_s=start_s + 24))
    case = home.service.request(INVESTIGATOR.person_id, wanted)
    case = home.service.approve(APPROVER.person_id, case.case_id, scope_version=1)
    _case, record = asyncio.run(home.service.pack(INVESTIGATOR.person_id, case.case_id))
    package = home.packages / record.folder
    assert verify_package(PackageFolder(package)).broken == []
    statement = read_statement((package / layout.STATEMENT).read_bytes())
    assert [(gap.cause, gap.span.duration_us // SECOND_US) for gap in statement.gaps] == [
        ("machine", 6),
        ("camera", 2),
    ]
    copies = [film for film in statement.files if film.role == "salinan"]
    assert [film.width_px for film in copies] == [32, 48], "another size begins another film"
    assert sum(len(film.cards) for film in copies) == 2
    listed = manifest.read((package / layout.MANIFEST).read_bytes(), "")
    assert listed[layout.GAPS] == sha256((package / layout.GAPS).read_bytes()).hexdigest()
