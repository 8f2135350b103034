"""The demo's own time-stamp authorities: packages of the story are stamped and signed as real ones are."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

from tests.evidence_kit import APPROVER, INVESTIGATOR, office_root, sealed_package
from tests.needs import require_program

from ronda.app.demo.time_authority import NAMES, TrainingAuthorities
from ronda.app.time_stamps import TimeStamps
from ronda.evidence import layout
from ronda.evidence.authority import fingerprint, read_chain
from ronda.evidence.folder import PackageFolder
from ronda.evidence.verdict import Check, Verdict
from ronda.evidence.verify import verify_package
from ronda.store.synced import write_synced


def test_a_package_of_the_story_bears_two_stamps_and_two_signatures(tmp_path: Path) -> None:
    """With the roots from outside both lines are proven, and openssl agrees."""
    require_program("openssl", "openssl")
    stamps, authorities = TimeStamps(tmp_path), TrainingAuthorities()
    authorities.start(stamps, time.time_ns() // 1000)
    try:
        home, case, package = asyncio.run(
            sealed_package(tmp_path / "house", tiny=True, training=True, stamps=stamps)
        )
        for person in (APPROVER, INVESTIGATOR):
            case = home.service.sign_record(
                person.person_id, case.case_id, case.packages[0].package_id, write_synced, office_root
            )
    finally:
        authorities.stop()
    assert [one.level for one in case.signatures] == ["B-LT", "B-LT"]
    roots = frozenset(fingerprint(read_chain(one.pem, "")[0]) for one in stamps.authorities())
    report = verify_package(PackageFolder(package), authorities=roots)
    lines = {line.check: line for line in report.lines}
    assert lines[Check.STAMP].verdict is Verdict.PROVEN
    assert lines[Check.BAST].verdict is Verdict.PROVEN
    assert all(name in finding.words.id for name, finding in zip(NAMES, lines[Check.STAMP].findings, strict=True))
    for answer, pem in zip(layout.STAMPS, layout.AUTHORITIES, strict=True):
        call = ["openssl", "ts", "-verify", "-data", layout.SEAL, "-in", answer, "-CAfile", pem]
        assert subprocess.run(call, cwd=package, capture_output=True).returncode == 0
    # Their times have fractions of a second, as those of many authorities have.
    said = subprocess.run([sys.executable, "-I", layout.SCRIPT, "."], cwd=package, capture_output=True, text=True)
    assert said.returncode == 2, said.stdout
    assert "RUSAK" not in said.stdout
