"""`ronda verify`: check an evidence package, or one film that a camera signed, offline and line by line.

Exit status: 0 all proven, 1 something broken, 2 something not proven, 3 cannot be read, 64 wrong usage.
"""

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ronda.app.commands.verify_film import print_film
from ronda.app.openssl_judge import openssl_judge
from ronda.core.errors import WrongUsageError
from ronda.core.time import parse_utc
from ronda.evidence.authority import fingerprint, read_chain
from ronda.evidence.camera_signing.say import Asked
from ronda.evidence.camera_signing.trust import Trust, read_trust
from ronda.evidence.errors import MalformedError
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
    trust: Path | None = None,
    authority: Path | None = None,
    at: str | None = None,
    signed_at_intake: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Check a sealed package, or a single film that its camera signed, offline and without changing it.

    Parameters
    ----------
    path
        The package's folder, or a film: MP4, or a raw H.264 or H.265 stream.
    lang
        Language of the report.
    as_json
        One JSON object instead of text; of a film with every group of pictures.
    root
        SHA-256 fingerprint of the office's root certificate, from the printed record or the decree.
    trust
        PEM file with the roots (or keys) of cameras that you trust, and revocation lists.
    authority
        PEM file with roots of time-stamp and signing authorities that you trust, from their own site or paper.
    at
        When a single film was recorded, such as 2026-11-18T02:10:00+08:00; for films that state no time.
    signed_at_intake
        The camera signed when this single film was taken in: a film without signatures is broken then.
    """
    fingerprint = _fingerprint(root)
    trusted = _trust(trust)
    if path.is_file():
        if root is not None:
            raise WrongUsageError("--root is for packages. Next: give the cameras' roots with --trust")
        asked = Asked(
            trust=trusted, span_us=_moment(at), now_us=time.time_ns() // 1000, signed_at_intake=signed_at_intake
        )
        return print_film(path, asked, lang, as_json=as_json)
    if at is not None or signed_at_intake:
        raise WrongUsageError("--at and --signed-at-intake are for a single film; a package says both itself")
    report = verify_package(
        PackageFolder(path),
        root_sha256=fingerprint,
        trust=trusted,
        authorities=_authorities(authority),
        second=openssl_judge(),
        progress=lambda what: print(f"... {what}", file=sys.stderr) if sys.stderr.isatty() else None,
    )
    print(json.dumps(as_object(report, lang), ensure_ascii=False) if as_json else as_text(report, lang))
    return report.exit_status


def _trust(path: Path | None) -> Trust:
    """Raises WrongUsageError when the file is no such list."""
    try:
        return read_trust(path.read_bytes(), str(path)) if path else Trust()
    except OSError as fault:
        raise WrongUsageError(f"--trust {path} cannot be read: {fault.strerror}") from None
    except MalformedError as fault:
        raise WrongUsageError(
            f"--trust: {fault}. Next: give a PEM file with the root of the camera's maker"
        ) from None


def _authorities(path: Path | None) -> frozenset[str]:
    """Fingerprints of the roots in the file. Raises WrongUsageError."""
    if path is None:
        return frozenset()
    try:
        return frozenset(fingerprint(one) for one in read_chain(path.read_bytes(), str(path)))
    except OSError as fault:
        raise WrongUsageError(f"--authority {path} cannot be read: {fault.strerror}") from None
    except MalformedError as fault:
        raise WrongUsageError(
            f"--authority: {fault}. Next: give a PEM file with nothing but certificates"
        ) from None


def _moment(at: str | None) -> tuple[int, int] | None:
    return None if at is None else (parse_utc(at),) * 2


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
