"""Stamps of a real RFC 3161 authority on sealed packages: at the sealing, later, and all ways to be wrong."""

import asyncio
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from tests.evidence_kit import sealed_package
from tests.needs import require_program
from tests.tsa_kit import Asked, Tsa, answer_by_hand, new_tsa, serving

from ronda.app.commands import timestamp
from ronda.app.data_folder import create
from ronda.app.jobs.time_stamps import time_stamps
from ronda.app.openssl_judge import openssl_judge
from ronda.app.time_stamps import TimeStamps
from ronda.app.wiring import Wiring
from ronda.cases.stamping import add_stamps
from ronda.core.errors import WrongUsageError
from ronda.evidence import layout, manifest
from ronda.evidence.authority import fingerprint
from ronda.evidence.errors import EvidenceError, ProofError
from ronda.evidence.folder import PackageFolder
from ronda.evidence.time_stamp import Second, check_stamp, kept_form, make_query
from ronda.evidence.verdict import Check, Line, Report, Verdict
from ronda.evidence.verify import verify_package
from ronda.store.synced import write_synced


@pytest.fixture(scope="module")
def tsas(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tsa, Tsa]:
    folder = tmp_path_factory.mktemp("tsa")
    return new_tsa(folder / "one", "Otoritas Satu"), new_tsa(folder / "two", "Otoritas Dua", chain=True)


@pytest.fixture(scope="module")
def stamped(tsas: tuple[Tsa, Tsa], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package sealed while both authorities answered."""
    with serving(tsas[0]) as one, serving(tsas[1]) as two:
        asked = Asked((one.authority, two.authority))
        return asyncio.run(sealed_package(tmp_path_factory.mktemp("stamped"), tiny=True, stamps=asked))[2]


@pytest.fixture
def package(stamped: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stamped, tmp_path / stamped.name))


OPENSSL = openssl_judge()


def check(package: Path, *tsas: Tsa, second: Second | None = OPENSSL, now_us: int | None = None) -> Report:
    roots = frozenset(fingerprint(one.root) for one in tsas)
    return verify_package(PackageFolder(package), authorities=roots, second=second, now_us=now_us)


def stamp_line(report: Report) -> Line:
    return next(line for line in report.lines if line.check is Check.STAMP)


def lay(package: Path, path: str, answer: bytes) -> None:
    """Put another stamp in, and make the tag list fit, as a forger would."""
    (package / path).write_bytes(answer)
    listed = manifest.read((package / layout.TAG_MANIFEST).read_bytes(), "")
    listed[path] = sha256(answer).hexdigest()
    (package / layout.TAG_MANIFEST).write_bytes(manifest.write(listed))


def answer_over(tsa: Tsa, data: bytes) -> bytes:
    query = make_query(data)
    return kept_form(tsa.answer(query.der), query)


def by_hand(tsa: Tsa, data: bytes, at: datetime | None = None) -> bytes:
    query = make_query(data)
    return kept_form(answer_by_hand(tsa, query.der, at), query)


def test_two_stamps_are_proven_once_their_roots_come_from_outside(stamped: Path, tsas: tuple[Tsa, Tsa]) -> None:
    """E8: two unrelated authorities. The copies of their roots inside the package prove nothing by themselves."""
    assert check(stamped).broken == []
    assert stamp_line(check(stamped)).verdict is Verdict.UNPROVEN
    proven = stamp_line(check(stamped, *tsas))
    assert proven.verdict is Verdict.PROVEN
    assert [finding.path for finding in proven.findings] == list(layout.STAMPS)


def test_a_token_out_of_der_order_is_checked_by_the_second_library(stamped: Path, tsas: tuple[Tsa, Tsa]) -> None:
    """N35: `openssl ts -reply` with a chain file writes one; without openssl it is not checked, never broken."""
    told = stamp_line(check(stamped, *tsas)).findings[1]
    assert "openssl" in told.words.en
    alone = stamp_line(check(stamped, *tsas, second=None))
    assert [finding.verdict for finding in alone.findings] == [Verdict.PROVEN, Verdict.UNCHECKED]


def test_openssl_accepts_the_stored_answers(stamped: Path, tsas: tuple[Tsa, Tsa], tmp_path: Path) -> None:
    """The package's own copy of the authority is enough for the command of the read-me."""
    require_program("openssl", "openssl")
    for answer, pem in zip(layout.STAMPS, layout.AUTHORITIES, strict=True):
        call = ["openssl", "ts", "-verify", "-data", layout.SEAL, "-in", answer, "-CAfile", pem]
        done = subprocess.run(call, cwd=stamped, capture_output=True, text=True)
        assert "Verification: OK" in done.stdout + done.stderr


def test_a_stamp_over_other_data_is_broken(package: Path, tsas: tuple[Tsa, Tsa]) -> None:
    """N35."""
    lay(package, layout.STAMPS[0], answer_over(tsas[0], b"another seal"))
    assert check(package, *tsas).broken_files == [layout.STAMPS[0]]


def test_a_stamp_of_another_authority_is_broken(package: Path, tsas: tuple[Tsa, Tsa], tmp_path: Path) -> None:
    """N35: also one with the same name."""
    other = new_tsa(tmp_path / "other", "Otoritas Satu")
    lay(package, layout.STAMPS[0], answer_over(other, (package / layout.SEAL).read_bytes()))
    assert check(package, *tsas, other).broken_files == [layout.STAMPS[0]]


def test_a_certificate_of_another_use_is_broken(tmp_path: Path) -> None:
    """N35: issued by the same root, but for signing code."""
    tsa = new_tsa(tmp_path / "code", for_stamping=False)
    with pytest.raises(ProofError, match="not for time stamping"):
        check_stamp(by_hand(tsa, b"seal"), b"seal", tsa.pem, openssl_judge())


def test_a_stamp_from_before_the_recording_ended_is_broken(package: Path, tsas: tuple[Tsa, Tsa]) -> None:
    """N35: its certificate was valid then, its signature is good; the recording was not there yet."""
    seal, end = (package / layout.SEAL).read_bytes(), datetime(2026, 11, 17, 18, 10, 20, tzinfo=UTC)
    young = by_hand(tsas[0], seal, end - timedelta(seconds=20))
    lay(package, layout.STAMPS[0], young)
    report = check(package, *tsas)
    assert report.broken_files == [layout.STAMPS[0]]


def test_a_stamp_nobody_stated_is_broken(tmp_path: Path, tsas: tuple[Tsa, Tsa]) -> None:
    """Who may stamp is fixed by the seal."""
    package = asyncio.run(sealed_package(tmp_path / "bare", tiny=True))[2]
    assert stamp_line(check(package)).verdict is Verdict.UNPROVEN
    lay(package, layout.STAMPS[0], answer_over(tsas[0], (package / layout.SEAL).read_bytes()))
    assert check(package, *tsas).broken_files == [layout.STAMPS[0]]


def test_ten_years_later_the_stamps_still_hold(stamped: Path, tsas: tuple[Tsa, Tsa]) -> None:
    """E11: certificates are judged at the stamp's own time."""
    later = int((datetime.now(UTC) + timedelta(days=3653)).timestamp() * 1e6)
    assert stamp_line(check(stamped, *tsas, now_us=later)).verdict is Verdict.PROVEN
    program = require_program("openssl", "openssl")
    call = [
        program,
        "ts",
        "-verify",
        "-data",
        layout.SEAL,
        "-in",
        layout.STAMPS[0],
        "-CAfile",
        layout.AUTHORITIES[0],
    ]
    done = subprocess.run([*call, "-attime", str(later // 10**6)], cwd=stamped, capture_output=True, text=True)
    assert done.returncode != 0, "the certificate has expired by then; only its own time makes the stamp hold"


def test_sealed_while_nobody_answers_it_waits_and_is_completed_later(tmp_path: Path, tsas: tuple[Tsa, Tsa]) -> None:
    """N39: pending is said, the worker upgrades, and the sealed part stays byte for byte."""
    with serving(tsas[0], broken=True) as one:
        asked = Asked((one.authority,))
        package = asyncio.run(sealed_package(tmp_path, tiny=True, stamps=asked))[2]
        waiting = stamp_line(check(package, tsas[0]))
        assert waiting.verdict is Verdict.UNPROVEN
        assert "menunggu" in waiting.findings[0].words.id
        before = {path: (package / path).read_bytes() for path in PackageFolder(package).files}
        assert add_stamps(package, asked, write_synced) == (0, 1)
        one.broken = False
        assert add_stamps(package, asked, write_synced) == (1, 0)
    assert stamp_line(check(package, tsas[0])).verdict is Verdict.PROVEN
    after = {path: (package / path).read_bytes() for path in PackageFolder(package).files}
    assert set(after) - set(before) == {layout.STAMPS[0]}
    assert {path for path in before if after[path] != before[path]} == {layout.TAG_MANIFEST}
    assert check(package, tsas[0]).broken == []


def test_a_bad_answer_is_never_kept(tmp_path: Path, tsas: tuple[Tsa, Tsa]) -> None:
    """An authority that answers with another root's stamp leaves the package waiting."""
    other = new_tsa(tmp_path / "other")
    with serving(other) as one:
        asked = Asked((replace(one.authority, pem=tsas[0].pem),))
        package = asyncio.run(sealed_package(tmp_path / "house", tiny=True, stamps=asked))[2]
    assert one.asked == 1
    assert not (package / layout.STAMPS[0]).exists()
    assert check(package).broken == []


def test_an_old_answer_to_another_question_is_refused(tsas: tuple[Tsa, Tsa]) -> None:
    """The nonce keeps a recorded answer from being played again."""
    first, second = make_query(b"seal"), make_query(b"seal")
    with pytest.raises(ProofError, match="another question"):
        kept_form(tsas[0].answer(first.der), second)


def test_garbage_instead_of_a_stamp_is_one_error(tsas: tuple[Tsa, Tsa]) -> None:
    """Whatever stands in the file, no other exception escapes; every cut and many flips are tried."""
    answer = answer_over(tsas[0], b"seal")
    for size in range(0, len(answer), 37):
        with pytest.raises(EvidenceError):
            check_stamp(answer[:size], b"seal", tsas[0].pem)
    for at in range(0, len(answer), 23):
        bad = bytearray(answer)
        bad[at] ^= 0x11
        try:
            check_stamp(bytes(bad), b"seal", tsas[0].pem)
        except EvidenceError:
            continue


def test_the_setting_is_tried_before_it_is_kept_and_the_job_completes(
    tmp_path: Path, tsas: tuple[Tsa, Tsa], capsys: pytest.CaptureFixture[str]
) -> None:
    """`ronda timestamp add`, list, remove; the worker's job looks at every package."""
    create(tmp_path / "data", training=False)
    ca = tmp_path / "ca.pem"
    ca.write_bytes(tsas[0].pem)
    wrong = tmp_path / "wrong.pem"
    wrong.write_bytes(tsas[1].pem)
    with serving(tsas[0]) as one:
        with pytest.raises(ProofError):
            timestamp.add(one.address, ca=wrong, data=tmp_path / "data")
        assert timestamp.add(one.address, ca=ca, data=tmp_path / "data") == 0
        with pytest.raises(WrongUsageError):
            timestamp.add("ftp://x", ca=ca, data=tmp_path / "data")
        timestamp.show(data=tmp_path / "data")
        assert one.address in capsys.readouterr().out
        wiring = Wiring(create(tmp_path / "data", training=False))
        assert [known.address for known in wiring.time_stamps.authorities()] == [one.address]
        one.broken = True
        asked = TimeStamps(tmp_path / "data")
        package = asyncio.run(sealed_package(tmp_path / "house", tiny=True, stamps=asked))[2]
        package = package.rename(wiring.folder.packages / package.name)
        one.broken = False
        time_stamps(wiring).run()
        assert (package / layout.STAMPS[0]).exists()
        timestamp.remove(one.address, data=tmp_path / "data")
    assert wiring.time_stamps.authorities() == []
