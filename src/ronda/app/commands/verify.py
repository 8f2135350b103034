"""`ronda verify`: check an evidence package offline, line by line.

Exit status: 0 all proven, 1 something broken, 2 something not proven, 3 cannot be read, 64 wrong usage.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ronda.core.errors import WrongUsageError
from ronda.evidence.folder import PackageFolder
from ronda.evidence.statement import TRAINING_MARK
from ronda.evidence.verdict import LABELS, LEGAL_WORDS, VERDICT_WORDS, Finding, Line, Report, Verdict
from ronda.evidence.verify import verify_package

Lang = Literal["id", "en"]
_SHOWN = 12


def verify(
    path: Path,
    /,
    *,
    lang: Lang = "id",
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    root: str | None = None,
) -> int:
    """Check a sealed package offline, without changing it.

    Parameters
    ----------
    path
        The package's folder.
    lang
        Language of the report.
    as_json
        One JSON object instead of text.
    root
        SHA-256 fingerprint of the office's root certificate, from the printed record or the decree.
    """
    fingerprint = _fingerprint(root)
    report = verify_package(
        PackageFolder(path),
        root_sha256=fingerprint,
        progress=lambda what: print(f"... {what}", file=sys.stderr) if sys.stderr.isatty() else None,
    )
    print(json.dumps(as_object(report, lang), ensure_ascii=False) if as_json else as_text(report, lang))
    return report.exit_status


def _fingerprint(root: str | None) -> str | None:
    if root is None:
        return None
    digits = "".join(root.replace(":", "").split()).lower()
    if len(digits) != 64 or set(digits) - set("0123456789abcdef"):
        raise WrongUsageError("--root is no SHA-256 fingerprint. Next: copy all 64 digits from the printed record")
    return digits


def as_text(report: Report, lang: Lang) -> str:
    """The report for people: ten lines, what is wrong below each, and the four legal words."""
    rows = [("Paket" if lang == "id" else "Package") + f": {report.package}"]
    if report.training:
        rows.append(f"*** {TRAINING_MARK} ***")
    for number, line in enumerate(report.lines, 1):
        rows.append(f"{number:2d}  {LABELS[line.check].get(lang):<24} {VERDICT_WORDS[line.verdict].get(lang)}")
        rows += [f"      {_told(finding, lang)}" for finding in _worth_telling(line)]
    rows.append("")
    for words, checks in LEGAL_WORDS:
        verdict = VERDICT_WORDS[report.worst(checks)].get(lang)
        numbers = ", ".join(str(number) for number, one in enumerate(report.lines, 1) if one.check in checks)
        rows.append(f"    {words.get(lang):<30} {verdict} ({numbers})")
    if report.broken_files:
        rows += ["", ("RUSAK:" if lang == "id" else "BROKEN:")]
        rows += [f"    {path}" for path in report.broken_files]
    return "\n".join(rows)


def _worth_telling(line: Line) -> list[Finding]:
    """All that is broken; of the rest the first few."""
    broken = [finding for finding in line.findings if finding.verdict is Verdict.BROKEN]
    rest = [finding for finding in line.findings if finding.verdict is not Verdict.BROKEN]
    return broken + rest[:_SHOWN]


def _told(finding: Finding, lang: Lang) -> str:
    where = f"{finding.path}: " if finding.path and finding.path not in finding.words.get(lang) else ""
    return where + finding.words.get(lang)


def as_object(report: Report, lang: Lang) -> dict[str, object]:
    """The report for programs."""
    return {
        "package": report.package,
        "training": report.training,
        "exit": report.exit_status,
        "broken_files": report.broken_files,
        "lines": [
            {
                "check": line.check.value,
                "label": LABELS[line.check].get(lang),
                "verdict": line.verdict.value,
                "findings": [
                    {"verdict": f.verdict.value, "text": f.words.get(lang), "path": f.path} for f in line.findings
                ],
            }
            for line in report.lines
        ],
        "legal_words": [
            {
                "word": words.get(lang),
                "verdict": report.worst(checks).value,
                "checks": [check.value for check in checks],
            }
            for words, checks in LEGAL_WORDS
        ],
    }
