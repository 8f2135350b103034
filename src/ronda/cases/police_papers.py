"""The papers behind a request, in the police's own words, and the letter itself: what may be filed. Pure.

Decides the form of numbers, dates and of the letter's file; not whether a paper is true. Invariant: a seizure names
the court's permit, or says that it was urgent; nothing but a plain PDF is kept as a letter; a citizen's case keeps
neither, so that no copy of an identity card comes in as a "letter".
"""

import re
from dataclasses import dataclass
from typing import Final

from ronda.core.ids import PersonId

MOST_LETTER_BYTES: Final = 10_000_000
_LEAST_LETTER_BYTES: Final = 100
_ACTIVE: Final = (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile", b"/RichMedia")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A numbered paper; `date` as it stands there, 2026-11-18."""

    number: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicePapers:
    """What the police name beside report and letter; None or "" where there is none (yet).

    article         of the law that is said to be broken, such as `Pasal 477 ayat (1) huruf g UU 1/2023 (KUHP)`
    lidik, sidik    Surat Perintah Penyelidikan, Surat Perintah Penyidikan
    receipt         Surat Tanda Penerimaan, that the police give for what they took
    seizure         Berita Acara Penyitaan
    court_permit    of the district court for the seizure; not needed beforehand when `seizure_urgent`
    """

    article: str = ""
    lidik: Paper | None = None
    sidik: Paper | None = None
    receipt: Paper | None = None
    seizure: Paper | None = None
    court_permit: Paper | None = None
    seizure_urgent: bool = False

    def named(self) -> dict[str, Paper]:
        """The papers there are, by their field."""
        every = {
            "lidik": self.lidik,
            "sidik": self.sidik,
            "receipt": self.receipt,
            "seizure": self.seizure,
            "court_permit": self.court_permit,
        }
        return {name: paper for name, paper in every.items() if paper is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFile:
    """The letter of request as it came, a PDF; its bytes lie in the data folder."""

    sha256: str
    size_bytes: int
    at_us: int
    by: PersonId


WORDS: Final = {
    "lidik": "Surat Perintah Penyelidikan (Sp.Lidik)",
    "sidik": "Surat Perintah Penyidikan (Sp.Sidik)",
    "receipt": "Surat Tanda Penerimaan",
    "seizure": "Berita Acara Penyitaan",
    "court_permit": "Izin penyitaan dari Ketua Pengadilan Negeri",
}


def papers_problems(papers: PolicePapers, latest: str) -> list[tuple[str, str]]:
    """What stands against these papers, as (field, sentence). latest: the last day a paper may be dated."""
    problems = []
    for name, paper in papers.named().items():
        if not 2 <= len(paper.number.strip()) <= 120 or not _plain(paper.number):
            problems.append((f"papers.{name}", "a number of 2 to 120 characters on one line"))
        elif not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", paper.date) or paper.date > latest:
            problems.append((f"papers.{name}", "no date such as 2026-11-18, or one that lies ahead"))
    if len(papers.article) > 200 or not _plain(papers.article):
        problems.append(("papers.article", "at most 200 characters on one line"))
    if papers.seizure and not papers.court_permit and not papers.seizure_urgent:
        problems.append(("papers.court_permit", "a seizure names the court's permit, or that it was urgent"))
    if (papers.court_permit or papers.seizure_urgent) and not papers.seizure:
        problems.append(("papers.seizure", "a permit or urgency belongs to a Berita Acara Penyitaan; name it too"))
    return problems


def letter_problem(data: bytes) -> str | None:
    """Why these bytes are not kept as a letter, or None."""
    if not _LEAST_LETTER_BYTES <= len(data) <= MOST_LETTER_BYTES:
        return "the letter is a PDF of at most 10 MB"
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-1024:]:
        return "this is no whole PDF file. Next: scan the letter as PDF"
    if any(mark in data for mark in _ACTIVE):
        return "the PDF holds a script or another file. Next: print it to PDF and send that"
    return None


def _plain(text: str) -> bool:
    return all(ord(sign) >= 32 and ord(sign) != 127 for sign in text)
