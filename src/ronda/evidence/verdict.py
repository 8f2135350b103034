"""What a check found: ten lines, four verdicts, never one word for all of them.

Invariant: the exit status follows from the lines alone. BROKEN anywhere gives 1; else anything that
is not PROVEN gives 2; only ten times PROVEN gives 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    PROVEN = "SESUAI"
    UNPROVEN = "BELUM DAPAT DIPASTIKAN"
    UNCHECKED = "TIDAK DIPERIKSA"
    BROKEN = "RUSAK"


class Check(StrEnum):
    """The ten lines, in order."""

    FILES = "files"
    SEAL = "seal"
    STAMP = "stamp"
    LOG = "log"
    WITNESSES = "witnesses"
    CAMERA_SIGNATURE = "camera_signature"
    TIME = "time"
    GAPS = "gaps"
    ROLES = "roles"
    BAST = "bast"


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence in both languages."""

    id: str
    en: str

    def get(self, lang: str) -> str:
        return self.en if lang == "en" else self.id


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a check saw. `path`: the file it is about, when it is about one."""

    verdict: Verdict
    words: Words
    path: str | None = None


def worst_of(findings: Iterable[Finding]) -> Verdict:
    """The worst verdict; UNCHECKED without any."""
    order = (Verdict.BROKEN, Verdict.UNPROVEN, Verdict.UNCHECKED, Verdict.PROVEN)
    found = {finding.verdict for finding in findings}
    return next((one for one in order if one in found), Verdict.UNCHECKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One of the ten lines: the worst of its findings, and all of them."""

    check: Check
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        return worst_of(self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All lines about one package."""

    package: str
    training: bool
    lines: tuple[Line, ...]
    notes: tuple[Words, ...] = ()

    @property
    def broken(self) -> list[Finding]:
        return [f for line in self.lines for f in line.findings if f.verdict is Verdict.BROKEN]

    @property
    def broken_files(self) -> list[str]:
        """Every file that something broken was said about, each once, sorted."""
        return sorted({finding.path for finding in self.broken if finding.path})

    @property
    def exit_status(self) -> int:
        verdicts = {line.verdict for line in self.lines}
        if Verdict.BROKEN in verdicts:
            return 1
        return 0 if verdicts == {Verdict.PROVEN} else 2

    def worst(self, checks: tuple[Check, ...]) -> Verdict:
        """The worst verdict among some of the lines."""
        findings = tuple(f for line in self.lines if line.check in checks for f in line.findings)
        return Line(check=checks[0], findings=findings).verdict


LABELS = {
    Check.FILES: Words("Berkas", "Files"),
    Check.SEAL: Words("Segel", "Seal"),
    Check.STAMP: Words("Cap waktu", "Time stamp"),
    Check.LOG: Words("Jejak akses", "Access log"),
    Check.WITNESSES: Words("Penjaga log (witness)", "Witnesses of the log"),
    Check.CAMERA_SIGNATURE: Words("Tanda tangan kamera", "Camera signature"),
    Check.TIME: Words("Ketelitian waktu", "Time quality"),
    Check.GAPS: Words("Rekaman terputus", "Interruptions"),
    Check.ROLES: Words("Peran tiap salinan", "Role of each copy"),
    Check.BAST: Words("BAST", "Hand-over record"),
}
VERDICT_WORDS = {
    Verdict.PROVEN: Words("SESUAI", "PROVEN"),
    Verdict.UNPROVEN: Words("BELUM DAPAT DIPASTIKAN", "NOT PROVEN YET"),
    Verdict.UNCHECKED: Words("TIDAK DIPERIKSA", "NOT CHECKED"),
    Verdict.BROKEN: Words("RUSAK", "BROKEN"),
}
LEGAL_WORDS: tuple[tuple[Words, tuple[Check, ...]], ...] = (
    (Words("dapat diakses", "accessible"), (Check.FILES,)),
    (Words("dapat ditampilkan", "displayable"), (Check.GAPS, Check.ROLES)),
    (Words("terjamin keutuhannya", "integrity guaranteed"), (Check.FILES, Check.SEAL, Check.STAMP)),
    (
        Words("dapat dipertanggungjawabkan", "accountable"),
        (Check.LOG, Check.WITNESSES, Check.TIME, Check.BAST),
    ),
)
