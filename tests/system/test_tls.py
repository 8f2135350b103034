"""`ronda serve` over HTTPS: a bad certificate stops the web alone, a renewed one is taken up by itself."""

import datetime
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.peers_kit import free_port, wait_for

from ronda.app.data_folder import create
from ronda.app.errors import BadCertificateError
from ronda.app.tls import Certificate, certificate, check
from ronda.app.wiring import Wiring
from ronda.core.time import DAY_US


def write_certificate(folder: Path, name: str = "localhost", days: int = 90) -> Certificate:
    """A self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "chain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return Certificate(folder / "chain.pem", folder / "key.pem")


def served_name(port: int) -> str | None:
    """The common name that the server shows, or None while none answers."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=2) as plain,
            context.wrap_socket(plain) as secured,
        ):
            shown = secured.getpeercert(binary_form=True)
    except OSError:
        return None
    assert shown is not None
    return str(x509.load_der_x509_certificate(shown).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Wiring(create(tmp_path / "data", training=False))
    return tmp_path / "data"


@pytest.fixture
def serving(folder: Path, tmp_path: Path) -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "ronda", "serve", "--data", folder, "--listen", str(port),
         "--tls-cert", tmp_path / "chain.pem", "--tls-key", tmp_path / "key.pem"],
        stderr=(tmp_path / "said").open("w"), start_new_session=True,
    )  # fmt: skip
    try:
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_the_web_is_served_over_https_alone_and_its_cookie_is_for_https(tmp_path: Path, serving: int) -> None:
    write_certificate(tmp_path)
    wait_for("HTTPS", lambda: served_name(serving) == "localhost", 60)
    trusted = ssl.create_default_context(cafile=str(tmp_path / "chain.pem"))
    address = f"https://localhost:{serving}"
    assert httpx2.get(f"{address}/healthz", verify=trusted).json()["web"] == "ok"
    with pytest.raises(httpx2.HTTPError):
        httpx2.get(f"http://127.0.0.1:{serving}/healthz")


def test_a_broken_certificate_stops_the_web_alone_and_a_good_one_brings_it_back(
    tmp_path: Path, serving: int
) -> None:
    data = tmp_path / "data"
    (tmp_path / "chain.pem").write_text("kosong")
    (tmp_path / "key.pem").write_text("kosong")
    wait_for("the recorder", (data / "run" / "recorder.sock").exists, 60)
    wait_for("the sentence", lambda: "recording goes on" in (tmp_path / "said").read_text(), 60)
    assert served_name(serving) is None
    write_certificate(tmp_path)
    wait_for("HTTPS", lambda: served_name(serving) == "localhost", 90)


def test_a_renewed_certificate_is_taken_up_without_a_restart_by_hand(tmp_path: Path, serving: int) -> None:
    write_certificate(tmp_path)
    wait_for("HTTPS", lambda: served_name(serving) == "localhost", 60)
    time.sleep(0.01)
    write_certificate(tmp_path, name="renewed")
    wait_for("the new certificate", lambda: served_name(serving) == "renewed", 90)


def test_a_certificate_that_ends_soon_is_told_three_weeks_before(tmp_path: Path) -> None:
    files = write_certificate(tmp_path, days=90)
    now_us = int(time.time() * 1e6)
    assert check(files, now_us) == []
    (warning,) = check(files, now_us + 75 * DAY_US)
    assert "runs out on" in warning
    (over,) = check(files, now_us + 91 * DAY_US)
    assert "ran out on" in over


def test_a_key_of_another_certificate_a_missing_file_and_one_without_the_other_are_refused(tmp_path: Path) -> None:
    files = write_certificate(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    write_certificate(other)
    for wrong in (
        Certificate(files.chain, other / "key.pem"),
        Certificate(files.chain, tmp_path / "none.pem"),
        Certificate(files.key, files.key),
    ):
        with pytest.raises(BadCertificateError, match="cannot be used"):
            check(wrong, 0)
    with pytest.raises(BadCertificateError, match="belong together"):
        certificate(files.chain, None)
