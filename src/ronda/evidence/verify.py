"""Check a package offline and say line by line what is proven: the verifier.

Ten checks in the order of the format. Nothing is believed that can be worked out: digests from the
files, facts from the films (`verify_films`), bag-info and BAST made again and compared. What rests on
keys inside the package is only as good as the root certificate; unless the caller brings the root's
fingerprint from outside (the printed record, the regent's decree), the seal stays NOT PROVEN YET.
Invariant: any changed, missing, added or renamed file gives at least one BROKEN finding that names it.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509

from ronda.evidence import layout, manifest
from ronda.evidence.authority import fingerprint, printed_fingerprint, read_certificate, read_chain
from ronda.evidence.camera_signing.trust import NOBODY, Trust
from ronda.evidence.errors import MalformedError, ProofError, UnreadablePackageError
from ronda.evidence.folder import PackageFolder
from ronda.evidence.seal import check_seal
from ronda.evidence.statement import Statement, read_statement
from ronda.evidence.time_stamp import Second
from ronda.evidence.verdict import Check, Finding, Line, Report, Verdict, Words
from ronda.evidence.verify_bast import bast_findings
from ronda.evidence.verify_films import camera_findings, role_findings
from ronda.evidence.verify_log import history_findings, log_findings
from ronda.evidence.verify_photos import photo_findings
from ronda.evidence.verify_signatures import signature_findings
from ronda.evidence.verify_stamp import stamp_findings
from ronda.evidence.verify_time import clock_findings
from ronda.evidence.verify_witness import witness_findings

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A package with what was read from it; None where a part cannot be read."""

    folder: PackageFolder
    statement: Statement | None
    manifest: bytes | None
    listed: dict[str, str]


def verify_package(
    folder: PackageFolder,
    *,
    root_sha256: str | None = None,
    trust: Trust = NOBODY,
    authorities: frozenset[str] = frozenset(),
    second: Second | None = None,
    now_us: int | None = None,
    progress: Progress = lambda _: None,
) -> Report:
    """Check everything.

    root_sha256  fingerprint of the office's root certificate from outside the package, in hex
    trust        whose camera signatures count
    authorities  SHA-256 of roots of time-stamp and signing authorities from outside the package, in hex
    second       judges time stamps that the first library cannot read
    now_us       the reader's clock, for certificates of cameras; the machine's own when not given
    Raises UnreadablePackageError when this is no package, or the disk cannot be read.
    """
    if layout.REDACTED in folder.files:
        raise UnreadablePackageError(
            f"{folder.name} is a redacted copy (salinan samaran), not the recording and no evidence. Next: "
            "check it as its BACA-SAYA.txt says, or ask the office for the package BUKTI_... instead"
        )
    if not {layout.BAGIT, layout.MANIFEST, layout.TAG_MANIFEST, layout.STATEMENT} & set(folder.files):
        raise UnreadablePackageError(
            f"{folder.name} is no evidence package: it has none of its main files. "
            "Next: give the folder whose name begins with BUKTI_"
        )
    progress("files")
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    found: dict[Check, list[Finding]] = {check: [] for check in Check}
    package = _open(folder, found[Check.FILES])
    found[Check.FILES] += _file_findings(package)
    found[Check.SEAL] += _seal_findings(package, root_sha256)
    found[Check.STAMP] += stamp_findings(folder, package.statement, authorities, second)
    found[Check.WITNESSES] += witness_findings(folder, package.statement, now_us)
    if package.statement is None:
        for check in (Check.LOG, Check.CAMERA_SIGNATURE, Check.TIME, Check.GAPS, Check.ROLES, Check.BAST):
            found[check].append(_unproven("pernyataan tidak terbaca", "the statement cannot be read"))
    else:
        _check_stated(package, package.statement, found, authorities, progress)
        found[Check.CAMERA_SIGNATURE] += signature_findings(folder, package.statement, trust, now_us)
    return Report(
        package=package.statement.package_id if package.statement else folder.name,
        training=bool(package.statement and package.statement.training),
        lines=tuple(Line(check=check, findings=tuple(found[check])) for check in Check),
    )


def _check_stated(
    package: Opened,
    statement: Statement,
    found: dict[Check, list[Finding]],
    authorities: frozenset[str],
    progress: Progress,
) -> None:
    """The checks that hold the statement against what it speaks of."""
    folder = package.folder
    found[Check.LOG] += log_findings(folder, statement, package.manifest)
    found[Check.LOG] += history_findings(folder, statement)
    found[Check.ROLES] += role_findings(folder, statement)
    found[Check.ROLES] += photo_findings(folder, statement)
    for camera in statement.cameras:
        progress(camera)
        for check, finding in camera_findings(folder, statement, camera):
            found[check].append(finding)
    found[Check.BAST] += bast_findings(folder, statement, package.manifest, authorities)
    found[Check.TIME] += clock_findings(folder, statement)


def _open(folder: PackageFolder, findings: list[Finding]) -> Opened:
    statement, listed = None, {}
    data = folder.read(layout.STATEMENT)
    try:
        statement = read_statement(data) if data is not None else None
    except MalformedError as error:
        findings.append(_broken(str(error), str(error), layout.STATEMENT))
    text = folder.read(layout.MANIFEST)
    try:
        listed = manifest.read(text, layout.MANIFEST) if text is not None else {}
    except MalformedError as error:
        findings.append(_broken(str(error), str(error), layout.MANIFEST))
    return Opened(folder=folder, statement=statement, manifest=text, listed=listed)


def _file_findings(package: Opened) -> list[Finding]:
    folder = package.folder
    payload = {path: size for path, size in folder.files.items() if path.startswith("data/")}
    findings = [_broken("bukan berkas biasa", "is no plain file", path) for path in folder.foreign]
    findings += _compare(folder, package.listed, set(payload), layout.MANIFEST)
    findings += _tag_findings(package)
    if package.statement is not None:
        findings += _made_again(folder, package.statement, payload)
    if not findings:
        count = len(folder.files)
        findings.append(_proven(f"{count} berkas cocok dengan daftarnya", f"{count} files match their lists"))
    return findings


def companions(statement: Statement | None) -> set[str]:
    """Files beside the payload whose digests the sealed statement holds."""
    stated = set(statement.companions) if statement else set()
    return {*layout.COMPANIONS, *(stated & {*layout.MAYBE_COMPANIONS})}


def _tag_findings(package: Opened) -> list[Finding]:
    """Everything beside the payload: exactly the files of the format, exactly as listed."""
    folder = package.folder
    present = {path for path in folder.files if not path.startswith("data/")} - {layout.TAG_MANIFEST}
    needed = {*layout.TAG_FILES, *companions(package.statement)}
    known = needed | {*layout.MAY_COME_LATER}
    findings = [_foreign(path) for path in sorted(present - known)]
    text = folder.read(layout.TAG_MANIFEST)
    if text is None:
        return [*findings, _missing(layout.TAG_MANIFEST), *_missing_all(needed - present)]
    try:
        listed = manifest.read(text, layout.TAG_MANIFEST)
    except MalformedError as error:
        return [*findings, _broken(str(error), str(error), layout.TAG_MANIFEST)]
    findings += _missing_all(needed - present - set(listed))
    return findings + _compare(folder, listed, present & known, layout.TAG_MANIFEST)


def _compare(folder: PackageFolder, listed: dict[str, str], present: set[str], source: str) -> list[Finding]:
    """Files that are not what `source` lists, that it does not list, or that are not there."""
    findings = _missing_all(set(listed) - present)
    findings += [_foreign(path) for path in sorted(present - set(listed))]
    if source not in folder.files and source != layout.TAG_MANIFEST:
        findings.append(_missing(source))
    for path in sorted(present & set(listed)):
        if folder.sha256(path) != listed[path]:
            findings.append(
                _broken(f"isinya tidak cocok dengan {source}", f"content does not match {source}", path)
            )
    return findings


def _made_again(folder: PackageFolder, statement: Statement, payload: dict[str, int]) -> Iterator[Finding]:
    """Files whose every byte follows from the sealed statement, whatever the tag manifest says."""
    expected = {path: statement.companions.get(path) for path in companions(statement)}
    expected[layout.BAG_INFO] = sha256(layout.bag_info_txt(statement, payload)).hexdigest()
    for path, digest in expected.items():
        if path in folder.files and folder.sha256(path) != digest:
            yield _broken("bukan yang dinyatakan", "is not the one that was stated", path)
    letter = statement.document.get("surat_permintaan")
    stated = letter.get("sha256") if isinstance(letter, Mapping) else None
    if (folder.sha256(layout.LETTER) if layout.LETTER in folder.files else None) != stated:
        yield _broken("bukan surat yang dinyatakan", "is not the stated letter", layout.LETTER)
    if folder.read(layout.BAGIT) not in (None, layout.bagit_txt()):
        yield _broken("bukan paket BagIt 1.0", "is no BagIt 1.0 declaration", layout.BAGIT)


def _seal_findings(package: Opened, root_sha256: str | None) -> list[Finding]:
    folder = package.folder
    parts = {path: folder.read(path) for path in (layout.SEAL, layout.ROOT, layout.CHAIN)}
    seal, root_pem, chain_pem = parts.values()
    if seal is None or root_pem is None or chain_pem is None or package.manifest is None:
        return _missing_all({path for path, data in parts.items() if data is None}) or [_missing(layout.MANIFEST)]
    try:
        root = read_certificate(root_pem, layout.ROOT)
    except MalformedError as error:
        return [_broken(str(error), str(error), layout.ROOT)]
    try:
        chain = read_chain(chain_pem, layout.CHAIN)
        if len(chain) != 2 or chain[1] != root:
            raise MalformedError(f"{layout.CHAIN} is not the sealing certificate and {layout.ROOT}")
    except MalformedError as error:
        return [_broken(str(error), str(error), layout.CHAIN)]
    try:
        facts = check_seal(seal, package.manifest, chain[0], root)
    except (MalformedError, ProofError) as error:
        return [_broken(str(error), str(error), layout.SEAL)]
    sealed = [
        _proven(f"disegel {facts.signed_at:%Y-%m-%d %H:%M:%S}Z", f"sealed {facts.signed_at:%Y-%m-%d %H:%M:%S}Z")
    ]
    return [*sealed, *_key_findings(package.statement, chain[0], root, root_sha256)]


def _key_findings(
    statement: Statement | None, certificate: x509.Certificate, root: x509.Certificate, outside: str | None
) -> Iterator[Finding]:
    if statement and (fingerprint(root), fingerprint(certificate)) != (
        statement.root_sha256,
        statement.sealing_sha256,
    ):
        yield _broken("sertifikat lain daripada yang dinyatakan", "other certificates than stated", layout.CHAIN)
    printed = printed_fingerprint(fingerprint(root))
    if outside is None:
        yield _unproven(
            f"cocokkan sertifikat akar dengan BAST yang tercetak: {printed}",
            f"compare the root certificate with the printed record: {printed}",
        )
    elif outside != fingerprint(root):
        yield _broken(
            f"akar bukan yang diberikan: {printed}", f"the root is not the given one: {printed}", layout.ROOT
        )
    else:
        yield _proven("sertifikat akar sama dengan yang diberikan", "the root is the one that was given")


def _proven(indonesian: str, english: str) -> Finding:
    return Finding(Verdict.PROVEN, Words(indonesian, english))


def _unproven(indonesian: str, english: str) -> Finding:
    return Finding(Verdict.UNPROVEN, Words(indonesian, english))


def _broken(indonesian: str, english: str, path: str) -> Finding:
    return Finding(Verdict.BROKEN, Words(indonesian, english), path)


def _foreign(path: str) -> Finding:
    return _broken("tidak ada dalam daftar", "is not listed", path)


def _missing(path: str) -> Finding:
    return _broken("hilang", "is missing", path)


def _missing_all(paths: set[str]) -> list[Finding]:
    return [_missing(path) for path in sorted(paths)]
