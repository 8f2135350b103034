"""The hand-over record with two electronic signatures: made, judged by foreign programs, forged in all ways."""

import asyncio
import io
import shutil
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from tests.evidence_kit import (
    APPROVER,
    INVESTIGATOR,
    OPERATOR,
    House,
    office_root,
    sealed_package,
    sealing_identity,
)
from tests.needs import require_program
from tests.tsa_kit import Asked, Tsa, new_tsa, serving

from ronda.cases.errors import CaseError, NotYourStepError, PackageError, WrongStateError
from ronda.cases.model import Case
from ronda.cases.signing import OwnCertificate
from ronda.core.ids import CaseId, PersonId
from ronda.evidence import bast_signature, layout, manifest
from ronda.evidence.authority import (
    PersonalIdentity,
    fingerprint,
    new_personal_identity,
    new_root,
)
from ronda.evidence.bast_signature import SigningParty, sign
from ronda.evidence.errors import MalformedError
from ronda.evidence.folder import PackageFolder
from ronda.evidence.verdict import Check, Line, Verdict
from ronda.evidence.verify import verify_package
from ronda.store.errors import KeyFileError
from ronda.store.keys import office_root as office_root_of
from ronda.store.synced import write_synced

Made = tuple[House, Case, Path]


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Tsa:
    return new_tsa(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, tsa: Tsa) -> Made:
    """Both parties signed with keys of the office, time-stamped."""
    with serving(tsa) as served:
        home, case, package = asyncio.run(
            sealed_package(tmp_path_factory.mktemp("signed"), tiny=True, stamps=Asked((served.authority,)))
        )
        for person in (APPROVER, INVESTIGATOR):
            case = sign_as(home, case.case_id, person.person_id)
    return home, case, package


@pytest.fixture(scope="module")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return asyncio.run(sealed_package(tmp_path_factory.mktemp("unsigned"), tiny=True))


@pytest.fixture
def package(signed: Made, tmp_path: Path) -> Path:
    return Path(shutil.copytree(signed[2], tmp_path / signed[2].name))


def sign_as(home: House, case_id: CaseId, person_id: PersonId, own: OwnCertificate | None = None) -> Case:
    case = home.store.rows[case_id]
    name = case.packages[0].package_id
    return home.service.sign_record(person_id, case_id, name, write_synced, office_root, own)


def line(package: Path, authorities: frozenset[str] = frozenset()) -> Line:
    report = verify_package(PackageFolder(package), authorities=authorities)
    return next(one for one in report.lines if one.check is Check.BAST)


def lay(package: Path, pdf: bytes) -> Line:
    """Another record, with the tag list made to fit: what the verifier says of it."""
    (package / layout.BAST).write_bytes(pdf)
    listed = manifest.read((package / layout.TAG_MANIFEST).read_bytes(), "")
    listed[layout.BAST] = sha256(pdf).hexdigest()
    (package / layout.TAG_MANIFEST).write_bytes(manifest.write(listed))
    return line(package)


def person_with(name: str, number: str) -> PersonalIdentity:
    return new_personal_identity(office_root(), "Diskominfo", name, number, office_root_us())


def office_root_us() -> int:
    return int(office_root().certificate.not_valid_before_utc.timestamp() * 1e6) + 3_600_000_000


def test_two_signatures_prove_the_record(signed: Made) -> None:
    """Sealed part and record as it was stay; each signature names its person and is time-stamped."""
    found = line(signed[2])
    assert found.verdict is Verdict.PROVEN
    told = " ".join(finding.words.id for finding in found.findings)
    assert "Pihak Pertama Hadi menandatangani" in told
    assert "Pihak Kedua Rina menandatangani" in told, "the account's name; the NRP is the one of the letter"
    assert told.count("bercap waktu") == 2
    report = verify_package(PackageFolder(signed[2]), root_sha256=fingerprint(sealing_identity().root))
    assert report.broken == []
    assert [one.level for one in signed[1].signatures] == ["B-LT", "B-LT"]
    assert [entry for entry in signed[0].actions() if entry[0] == "bukti.bast_ditandatangani"] == [
        ("bukti.bast_ditandatangani", "niat", "boleh"),
        ("bukti.bast_ditandatangani", "hasil", "berhasil"),
    ] * 2


def test_pdfsig_and_pyhanko_accept_it_and_it_is_one_page(signed: Made, tmp_path: Path) -> None:
    """Programs that are not ours: poppler, and pyHanko's own command where it is installed."""
    pdf = signed[2] / layout.BAST
    require_program("pdfsig", "poppler-utils")
    said = subprocess.run(["pdfsig", str(pdf)], capture_output=True, text=True).stdout
    assert said.count("Signature Validation: Signature is Valid.") == 2
    info = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, text=True).stdout
    assert "Pages:           1" in info
    if (program := shutil.which("pyhanko")) is not None:
        roots = ["--trust", str(signed[2] / layout.ROOT), "--trust", str(signed[2] / layout.AUTHORITIES[0])]
        call = [program, "sign", "validate", "--pretty-print", *roots, "--trust-replace", str(pdf)]
        done = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path)
        assert done.stdout.count("judged VALID") == 2


def test_an_unsigned_record_is_said_to_be_unsigned_never_broken(unsigned: Made) -> None:
    """It is signed on paper then."""
    found = line(unsigned[2])
    assert found.verdict is Verdict.UNPROVEN
    assert found.findings[-1].words.id == "belum ditandatangani secara elektronik"


def test_one_signature_says_who_is_missing(unsigned: Made, tmp_path: Path) -> None:
    """Without a time stamp the time is that of the signer's own clock, and that is said."""
    package = Path(shutil.copytree(unsigned[2], tmp_path / unsigned[2].name))
    pdf, level = sign(
        (package / layout.BAST).read_bytes(), SigningParty.FIRST, person_with("Hadi", "197503042000031002")
    )
    found = lay(package, pdf)
    assert level == "B-B"
    assert found.verdict is Verdict.UNPROVEN
    assert [finding.words.id for finding in found.findings][-1] == "Pihak Kedua belum menandatangani"
    assert "menurut jam sendiri" in found.findings[1].words.id


def test_a_changed_letter_or_byte_is_broken(package: Path, signed: Made) -> None:
    """N38: in the record itself, in a signature, in what was added. Proofs at the end the tag list covers."""
    good = (signed[2] / layout.BAST).read_bytes()
    first = len(first_revision(signed[2]))
    last = good.rindex(b"/ByteRange")
    for at in (400, first // 2, first + 300, first + 9000, last + 12, last - 900):
        bad = bytearray(good)
        bad[at] ^= 1
        assert lay(package, bytes(bad)).verdict is Verdict.BROKEN, at


def first_revision(package: Path) -> bytes:
    """The record as it was before the first signature."""
    pdf = (package / layout.BAST).read_bytes()
    return pdf[: pdf.index(b"%%EOF") + 6]


def test_a_page_added_after_signing_is_broken(package: Path, signed: Made) -> None:
    """N38: an incremental update that pyHanko's difference analysis must refuse."""
    pdf = (signed[2] / layout.BAST).read_bytes()
    assert lay(package, with_a_second_page(pdf)).verdict is Verdict.BROKEN


def test_a_page_added_before_signing_is_broken(unsigned: Made, tmp_path: Path) -> None:
    """N38: then both signatures are good, but the record is not the one of the statement."""
    package = Path(shutil.copytree(unsigned[2], tmp_path / unsigned[2].name))
    pdf = with_a_second_page((package / layout.BAST).read_bytes())
    assert lay(package, pdf).verdict is Verdict.BROKEN
    for party, who in (
        (SigningParty.FIRST, ("Hadi", "197503042000031002")),
        (SigningParty.SECOND, ("Rina Wulandari", "87010203")),
    ):
        pdf, _level = sign(pdf, party, person_with(*who))
    assert lay(package, pdf).verdict is Verdict.BROKEN


def with_a_second_page(pdf: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = generic.DictionaryObject(
        {
            generic.NameObject("/Type"): generic.NameObject("/Page"),
            generic.NameObject("/MediaBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842))),
            generic.NameObject("/Resources"): generic.DictionaryObject(),
        }
    )
    writer.insert_page(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_signature_in_another_place_is_broken(
    unsigned: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N38: moved over the text it would hide it."""
    package = Path(shutil.copytree(unsigned[2], tmp_path / unsigned[2].name))
    with monkeypatch.context() as moved:
        moved.setitem(bast_signature.BOXES, SigningParty.FIRST, (50, 400, 500, 700))
        pdf, _level = sign(
            (package / layout.BAST).read_bytes(), SigningParty.FIRST, person_with("Hadi", "197503042000031002")
        )
    assert lay(package, pdf).verdict is Verdict.BROKEN


def test_a_signature_from_another_record_is_broken(package: Path, tmp_path: Path) -> None:
    """N38: other digests are printed there, so the file does not begin with this package's record."""
    other = asyncio.run(sealed_package(tmp_path / "other", tiny=True))[2]
    pdf, _level = sign(
        (other / layout.BAST).read_bytes(), SigningParty.FIRST, person_with("Hadi", "197503042000031002")
    )
    assert lay(package, pdf).verdict is Verdict.BROKEN


@pytest.mark.parametrize(
    "who", [("Budi", "1"), ("Hadi", "1"), ("Rina Wulandari", "87010203")], ids=["other", "number", "party"]
)
def test_another_person_than_the_statement_names_is_broken(
    unsigned: Made, tmp_path: Path, who: tuple[str, str]
) -> None:
    """Certificates of the office say who somebody is; the record says who the parties are."""
    package = Path(shutil.copytree(unsigned[2], tmp_path / unsigned[2].name))
    pdf, _level = sign((package / layout.BAST).read_bytes(), SigningParty.FIRST, person_with(*who))
    assert lay(package, pdf).verdict is Verdict.BROKEN


def test_a_root_with_the_offices_name_does_not_pass(unsigned: Made, tmp_path: Path) -> None:
    """The same names and numbers under a root that somebody made at home."""
    package = Path(shutil.copytree(unsigned[2], tmp_path / unsigned[2].name))
    fake = new_root("Pemerintah Kabupaten Kutai Timur", office_root_us())
    who = new_personal_identity(fake, "Diskominfo", "Hadi", "197503042000031002", office_root_us())
    pdf, _level = sign((package / layout.BAST).read_bytes(), SigningParty.FIRST, who)
    assert lay(package, pdf).verdict is Verdict.BROKEN


def test_ten_years_later_the_signatures_still_hold(signed: Made) -> None:
    """E11: the certificates have expired by then; they are judged at the time of signing."""
    late = office_root_us() + 3700 * 86_400_000_000
    report = verify_package(PackageFolder(signed[2]), now_us=late)
    assert next(one for one in report.lines if one.check is Check.BAST).verdict is Verdict.PROVEN


def own_file(root_name: str, name: str, passphrase: str = "rahasia") -> tuple[bytes, str]:
    """A PKCS#12 of another authority, and the fingerprint of its root."""
    root = new_root(root_name, office_root_us())
    who = new_personal_identity(root, "Polri", name, "87010203", office_root_us())
    data = pkcs12.serialize_key_and_certificates(
        b"x", who.key, who.certificate, list(who.chain), BestAvailableEncryption(passphrase.encode())
    )
    return data, fingerprint(root.certificate)


def test_a_receiver_signs_with_their_own_certificate_at_somebodys_desk(tmp_path: Path) -> None:
    """Proven only for who brings that authority's root; a wrong passphrase changes nothing."""
    home, case, package = asyncio.run(sealed_package(tmp_path, tiny=True))
    data, root = own_file("BSrE", "Rina Wulandari")
    before = (package / layout.BAST).read_bytes()
    with pytest.raises(MalformedError, match="passphrase"):
        sign_as(
            home,
            case.case_id,
            INVESTIGATOR.person_id,
            OwnCertificate(party=SigningParty.SECOND, data=data, passphrase="x"),
        )
    assert (package / layout.BAST).read_bytes() == before
    own = OwnCertificate(party=SigningParty.SECOND, data=data, passphrase="rahasia")
    case = sign_as(home, case.case_id, INVESTIGATOR.person_id, own)
    assert case.signatures[0].own_certificate
    assert "belum Anda percayai" in line(package).findings[1].words.id
    known = line(package, frozenset({root}))
    assert known.findings[1].verdict is Verdict.PROVEN
    with pytest.raises(WrongStateError, match="already"):
        sign_as(home, case.case_id, INVESTIGATOR.person_id, own)


def test_only_the_parties_and_who_belongs_to_the_case_may_sign(tmp_path: Path) -> None:
    """And nobody for somebody else with a key of the office."""
    home, case, _package = asyncio.run(sealed_package(tmp_path, tiny=True))
    with pytest.raises(CaseError):
        sign_as(home, case.case_id, OPERATOR.person_id)
    data, _root = own_file("BSrE", "Siapa")
    with pytest.raises(NotYourStepError):
        sign_as(
            home,
            case.case_id,
            OPERATOR.person_id,
            OwnCertificate(party=SigningParty.FIRST, data=data, passphrase="rahasia"),
        )
    home.store.rows[case.case_id] = replace(home.store.rows[case.case_id], packages=())
    with pytest.raises((PackageError, IndexError)):
        sign_as(home, case.case_id, APPROVER.person_id)


def test_without_the_roots_key_the_next_step_is_said(tmp_path: Path) -> None:
    """The key may be kept in a safe; then one signs with a certificate of one's own."""
    with pytest.raises(KeyFileError, match="PKCS#12"):
        office_root_of(tmp_path)
