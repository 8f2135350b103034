"""From the letter to a sealed package that anybody can check offline."""

from pathlib import Path

from tests.evidence_kit import sealed_package

from ronda.evidence.folder import PackageFolder
from ronda.evidence.verdict import Verdict
from ronda.evidence.verify import verify_package


async def test_an_approved_request_becomes_a_package_in_which_nothing_is_broken(tmp_path: Path) -> None:
    """The whole line at once; what cannot be proven here (stamp, witness) is said, not hidden."""
    _, _, package = await sealed_package(tmp_path)

    report = verify_package(PackageFolder(package))

    assert report.broken == []
    assert report.exit_status == 2
    assert len(report.lines) == 10
    assert {line.verdict for line in report.lines} <= {Verdict.PROVEN, Verdict.UNPROVEN, Verdict.UNCHECKED}
