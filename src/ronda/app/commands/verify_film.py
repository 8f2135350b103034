"""`ronda verify FILM`: one film that its camera signed, six lines and no single word for all.

Exit status as for packages: 0 all proven, 1 something broken, 2 something not proven, 3 cannot be read.
"""

import json
from pathlib import Path
from typing import Literal

from ronda.evidence.camera_signing.document import film_document
from ronda.evidence.camera_signing.film import open_film
from ronda.evidence.camera_signing.report import FilmReport, check_film
from ronda.evidence.camera_signing.say import LABELS, NOT_COVERED, STATUS_WORDS, Asked, FilmCheck, film_findings
from ronda.evidence.errors import MalformedError, UnreadablePackageError
from ronda.evidence.folder import mapped_file
from ronda.evidence.verdict import VERDICT_WORDS, Finding, Verdict, worst_of

Found = dict[FilmCheck, list[Finding]]
_SHOWN = 12


def print_film(path: Path, asked: Asked, lang: Literal["id", "en"], *, as_json: bool) -> int:
    """Prints the report. Raises UnreadablePackageError when this is no film that can be read."""
    try:
        with mapped_file(path) as data:
            report = check_film(open_film(data, path.name))
    except MalformedError as fault:
        raise UnreadablePackageError(
            f"{path} cannot be checked: {fault}. Next: give an MP4, H.264 or H.265 film"
        ) from None
    found = film_findings(report, asked)
    print(
        json.dumps(_as_object(path, report, found, lang), ensure_ascii=False)
        if as_json
        else _text(path, report, found, lang)
    )
    return _exit_status(found)


def _exit_status(found: Found) -> int:
    verdicts = {worst_of(findings) for findings in found.values()}
    if Verdict.BROKEN in verdicts:
        return 1
    return 0 if verdicts == {Verdict.PROVEN} else 2


def _text(path: Path, report: FilmReport, found: Found, lang: str) -> str:
    rows = [f"Film: {path.name} - {STATUS_WORDS[report.status].get(lang)}"]
    if report.device:
        rows.append(("Perangkat" if lang == "id" else "Device") + f": {report.device}")
    for number, (check, findings) in enumerate(found.items(), 1):
        rows.append(f"{number:2d}  {LABELS[check].get(lang):<24} {VERDICT_WORDS[worst_of(findings)].get(lang)}")
        ordered = sorted(findings, key=lambda one: one.verdict is not Verdict.BROKEN)
        rows += [f"      {finding.words.get(lang)}" for finding in ordered[:_SHOWN]]
        if len(ordered) > _SHOWN:
            rows.append(f"      + {len(ordered) - _SHOWN} (--json)")
    return "\n".join([*rows, NOT_COVERED.get(lang)])


def _as_object(path: Path, report: FilmReport, found: Found, lang: str) -> dict[str, object]:
    return {
        "film": path.name,
        "exit": _exit_status(found),
        "status": report.status.value,
        "lines": [
            {
                "check": check.value,
                "label": LABELS[check].get(lang),
                "verdict": worst_of(findings).value,
                "findings": [{"verdict": one.verdict.value, "text": one.words.get(lang)} for one in findings],
            }
            for check, findings in found.items()
        ],
        "not_covered": NOT_COVERED.get(lang),
        "report": film_document(report),
    }
