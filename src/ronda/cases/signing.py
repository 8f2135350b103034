"""The hand-over record gets its two electronic signatures, after the sealing and without touching what is sealed.

Decides who may sign as which party: with a key that the office issues for this one signature only the person whom
the sealed statement names; with a certificate of one's own (PKCS#12) also at the desk of somebody who belongs to
the case, since a receiver often has no account. No private key is ever stored: decision 14 says why.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.cases import rules
from ronda.cases.desk import CaseDesk
from ronda.cases.errors import PackageError, WrongStateError
from ronda.cases.later import Write, add_later, only_writer
from ronda.cases.model import Case, CaseState, SignatureRecord
from ronda.core.ids import CaseId, PersonId
from ronda.evidence import bast, layout
from ronda.evidence.authority import PersonalIdentity, Root, new_personal_identity, read_pkcs12
from ronda.evidence.bast_signature import SigningParty, Stamping, sign
from ronda.evidence.folder import PackageFolder
from ronda.evidence.statement import Statement, read_statement
from ronda.evidence.verdict import Finding, Verdict
from ronda.evidence.verify_bast import bast_findings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCertificate:
    """A PKCS#12 file and its passphrase, used for one signature and let go."""

    party: SigningParty
    data: bytes
    passphrase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing(CaseDesk):
    """See the module. Writes to the log before it acts."""

    def sign_record(
        self,
        person: PersonId,
        case_id: CaseId,
        package_id: str,
        write: Write,
        office_root: Callable[[], Root],
        own: OwnCertificate | None = None,
    ) -> Case:
        """Sign the record of a package as the party that this person is, or with `own` as the party it names.

        Raises NotYourStepError, WrongStateError for a closed case or a party that has signed, PackageError when the
        record or the file cannot be used, KeyFileError when the office's root key is kept away from this machine.
        """
        who, case = self._acts.person(person), self.get(person, case_id)
        folder = self._package(case, package_id)
        statement = read_statement((folder / layout.STATEMENT).read_bytes())
        party = self._party(who, case, statement, own)
        if any((one.package_id, one.party) == (package_id, party.value) for one in case.signatures):
            raise WrongStateError(f"{party.value} has signed this record already; nothing was changed")
        with self._acts.act(who, "bukti.bast_ditandatangani", case=case) as act:
            identity = self._identity(who, office_root, own)
            level = self._sign(folder, statement, party, identity, write)
            act.objects |= {"paket": package_id, "pihak": party.value, "tingkat": level}
            act.private |= {"penanda_tangan": identity.name}
            record = SignatureRecord(
                package_id=package_id,
                party=party.value,
                name=identity.name,
                level=level,
                own_certificate=own is not None,
                at_us=self.clock.now_us(),
                by=who.person_id,
            )
            return self.store.save(replace(case, signatures=(*case.signatures, record)))

    def _package(self, case: Case, package_id: str) -> Path:
        if case.state not in (CaseState.PACKED, CaseState.HANDED_OVER):
            raise WrongStateError(f"case {case.case_id} is {case.state}; its record is not signed any more")
        found = next((one for one in case.packages if one.package_id == package_id), None)
        if found is None:
            raise PackageError(f"case {case.case_id} has no package {package_id[:80]!r}")
        return self.builder.folder / found.folder

    def _party(self, who: Person, case: Case, statement: Statement, own: OwnCertificate | None) -> SigningParty:
        refused = "bukti.bast_ditandatangani_ditolak"
        first, second = bast.parties(statement)
        mine = {first[1]: SigningParty.FIRST, second[1]: SigningParty.SECOND}.get(who.official_id)
        if own is None:
            if mine is None:
                self._acts.refuse(who, refused, "the record names another person as party", case=case)
            return mine
        if mine is not own.party:
            self._acts.require(who, Action.EXPORT_PACKAGE, [case.area], refused, case)
            if not rules.belongs(case, who):
                self._acts.refuse(who, refused, "you do not belong to this case", case=case)
        return own.party

    def _identity(
        self, who: Person, office_root: Callable[[], Root], own: OwnCertificate | None
    ) -> PersonalIdentity:
        if own is not None:
            return read_pkcs12(own.data, own.passphrase)
        office = self.builder.office.name
        return new_personal_identity(office_root(), office, who.name, who.official_id, self.clock.now_us())

    def _sign(
        self, folder: Path, statement: Statement, party: SigningParty, identity: PersonalIdentity, write: Write
    ) -> str:
        """One signature more in BAST.pdf; what the verifier would call broken does not stay."""
        with only_writer(folder):
            pdf = (folder / layout.BAST).read_bytes()
            signed, level = self._signed(pdf, party, identity)
            write(folder / layout.BAST, signed)
            broken = [one for one in self._findings(folder, statement) if one.verdict is Verdict.BROKEN]
            if broken:
                write(folder / layout.BAST, pdf)
                raise PackageError(
                    f"this signature does not fit the record: {broken[0].words.en}; nothing was changed. "
                    "Next: sign with the certificate of the person whom the record names"
                )
        add_later(folder, {}, write)
        return level

    def _findings(self, folder: Path, statement: Statement) -> list[Finding]:
        manifest = (folder / layout.MANIFEST).read_bytes()
        return list(bast_findings(PackageFolder(folder), statement, manifest, frozenset()))

    def _signed(self, pdf: bytes, party: SigningParty, identity: PersonalIdentity) -> tuple[bytes, str]:
        """With the first authority that answers; without one the signature states its own clock's time."""
        stamps = self.builder.stamps
        if stamps is not None:
            for authority in stamps.authorities():
                ask = partial(stamps.ask, authority.address)
                try:
                    return sign(pdf, party, identity, Stamping(ask=ask, pem=authority.pem))
                except OSError as error:
                    _log.warning("no time stamp for a signature from %s: %s", authority.address, error)
        return sign(pdf, party, identity)
