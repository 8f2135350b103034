"""The police's papers are filed in a case: their numbers, and the letter itself as PDF.

Papers come late: a seizure is written when the package is taken. So both may be filed until the case ends; what was
sealed before keeps what was known then. Every filing is in the log before it happens.
"""

import os
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.cases import rules
from ronda.cases.citizen import is_citizens
from ronda.cases.desk import CaseDesk
from ronda.cases.errors import IncompleteRequestError, NoSuchCaseError, WrongStateError
from ronda.cases.model import Case, CaseState
from ronda.cases.police_papers import LetterFile, PolicePapers, letter_problem, papers_problems
from ronda.core.ids import CaseId, PersonId
from ronda.core.time import DAY_US, utc

_ENDED = (CaseState.CLOSED, CaseState.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing(CaseDesk):
    """See the module."""

    def file_papers(self, person: PersonId, case_id: CaseId, papers: PolicePapers) -> Case:
        """Keep these numbers in place of those before. Raises IncompleteRequestError with every problem."""
        who, case = self._filer(person, case_id, "kasus.surat")
        latest = f"{utc(self.clock.now_us() + DAY_US):%Y-%m-%d}"
        if problems := papers_problems(papers, latest):
            raise IncompleteRequestError(problems)
        private = {name: f"{paper.number}, {paper.date}" for name, paper in papers.named().items()}
        with self._acts.act(who, "kasus.surat", case=case, private={**private, "pasal": papers.article}):
            return self.store.save(replace(case, papers=papers))

    def file_letter(self, person: PersonId, case_id: CaseId, data: bytes) -> Case:
        """Keep the letter as it came; a later one takes its place. Its digest is in the log."""
        who, case = self._filer(person, case_id, "kasus.surat_permintaan")
        if problem := letter_problem(data):
            raise IncompleteRequestError([("letter", problem)])
        digest = sha256(data).hexdigest()
        with self._acts.act(who, "kasus.surat_permintaan", case=case) as act:
            act.objects |= {"sha256": digest, "byte": len(data)}
            self._write(digest, data)
            letter = LetterFile(sha256=digest, size_bytes=len(data), at_us=self.clock.now_us(), by=who.person_id)
            return self.store.save(replace(case, letter=letter))

    def letter(self, person: PersonId, case_id: CaseId) -> bytes:
        """The letter, to who may know of the case. Raises NoSuchCaseError when there is none, or not as filed."""
        case = self.get(person, case_id)
        data = letter_bytes(self.letters, case)
        if data is None:
            raise NoSuchCaseError(f"{case_id}/letter")
        self._acts.note(self._acts.person(person), "kasus.surat_permintaan_dibuka", case)
        return data

    def _filer(self, person: PersonId, case_id: CaseId, action: str) -> tuple[Person, Case]:
        who, case = self._acts.person(person), self.get(person, case_id)
        if is_citizens(case):
            self._acts.refuse(who, action, "a citizen's case keeps no papers and no scans", case=case)
        if case.state in _ENDED:
            raise WrongStateError(f"case {case_id} is {case.state.value}; nothing more is filed in it")
        self._acts.require(who, Action.ENTER_REQUEST, [case.area], action, case)
        if not rules.belongs(case, who):
            self._acts.refuse(who, action, "you do not belong to this case", case=case)
        return who, case

    def _write(self, digest: str, data: bytes) -> None:
        self.letters.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self.letters / f".{digest}.new"
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.letters / f"{digest}.pdf")


def letter_bytes(folder: Path, case: Case) -> bytes | None:
    """The letter as filed; None when there is none, or what lies there is something else."""
    if case.letter is None:
        return None
    path = folder / f"{case.letter.sha256}.pdf"
    data = path.read_bytes() if path.is_file() else b""
    return data if sha256(data).hexdigest() == case.letter.sha256 else None
