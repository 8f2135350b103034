"""A package of films that cameras signed: the report inside, the verifier's line, and what stripped films say."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.evidence_kit import APPROVER, FPS, INVESTIGATOR, NIGHT_US, house, letter, scope, signed_films
from tests.signing_kit import NIGHT, Maker, Signer

from ronda.core.time import SECOND_US
from ronda.evidence import layout
from ronda.evidence.camera_signing.intake import Seen, SigningState
from ronda.evidence.camera_signing.trust import Trust, read_trust
from ronda.evidence.folder import PackageFolder
from ronda.evidence.verdict import Check, Finding, Line, Verdict
from ronda.evidence.verify import verify_package

MAKER = Maker.new()
TRUST = read_trust(MAKER.pem, "ca")
NOW_US = NIGHT_US + 86_400 * SECOND_US


def sealed(root: Path, *, bare: bool = False, seen: tuple[Seen, ...] = ()) -> Path:
    """Two files of one camera that follow each other."""
    home = house(root)
    camera = Signer(MAKER.camera(), fps=FPS, start=NIGHT + timedelta(seconds=0))
    for number, data in enumerate(signed_films(camera, bare=bare)):
        home.recorder.record("simpang-3", NIGHT_US + 4 * number * SECOND_US, data)
    home.recorder.signing["simpang-3"] = seen

    async def packed() -> Path:
        case = home.service.request(INVESTIGATOR.person_id, letter(scope("simpang-3", end_s=8)))
        case = home.service.approve(APPROVER.person_id, case.case_id, scope_version=1)
        _, record = await home.service.pack(INVESTIGATOR.person_id, case.case_id)
        return home.packages / record.folder

    return asyncio.run(packed())


def line(package: Path, trust: Trust = TRUST) -> Line:
    report = verify_package(PackageFolder(package), trust=trust, now_us=NOW_US)
    return next(one for one in report.lines if one.check is Check.CAMERA_SIGNATURE)


def english(found: tuple[Finding, ...]) -> str:
    return "\n".join(one.words.en for one in found)


def test_every_signature_survives_the_way_into_a_package(tmp_path: Path) -> None:
    """E4, and the group whose SEI lies in the next file is proven too; the line is proven with the maker's root."""
    package = sealed(tmp_path)
    report = json.loads((package / layout.CAMERA_SIGNATURES).read_bytes())
    (row,) = report["kamera"][0]["rangkaian"]
    assert (row["status"], row["tercakup"], row["gambar"]) == ("authentic", 8 * FPS, 8 * FPS)
    assert len(row["berkas"]) == 2
    assert [group["status"] for group in row["kelompok"]] == ["authentic"] * 8
    assert line(package).verdict is Verdict.PROVEN
    assert line(package, Trust()).verdict is Verdict.UNPROVEN


def test_an_unsigned_camera_is_not_proven_and_nothing_else(tmp_path: Path) -> None:
    package = sealed(tmp_path, bare=True)
    found = line(package)
    assert found.verdict is Verdict.UNPROVEN
    assert "carries no camera signature" in english(found.findings)


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        (((-60, SigningState.SIGNS),), Verdict.BROKEN),
        (((-600, SigningState.SIGNS), (-60, SigningState.STOPPED)), Verdict.UNPROVEN),
        (((60, SigningState.SIGNS),), Verdict.UNPROVEN),
    ],
)
def test_a_film_without_signatures_is_judged_by_what_was_seen_at_intake(
    tmp_path: Path, states: tuple[tuple[int, SigningState], ...], verdict: Verdict
) -> None:
    """N31: signed then, nothing now is broken; a stop that was seen is not."""
    seen = tuple(Seen(at_us=NIGHT_US + s * SECOND_US, state=state) for s, state in states)
    found = line(sealed(tmp_path, bare=True, seen=seen))
    assert found.verdict is verdict
    stripped = "signature missing though the camera signed at intake" in english(found.findings)
    assert stripped is (verdict is Verdict.BROKEN)


def test_a_report_that_does_not_follow_from_the_films_is_broken(tmp_path: Path) -> None:
    """Whatever the lists of digests say."""
    package = sealed(tmp_path)
    path = package / layout.CAMERA_SIGNATURES
    path.write_bytes(path.read_bytes().replace(b'"tercakup":40', b'"tercakup":41'))
    assert "does not follow from the films" in english(line(package).findings)
    assert line(package).verdict is Verdict.BROKEN
    path.write_bytes(b"[]")
    assert line(package).verdict is Verdict.BROKEN
