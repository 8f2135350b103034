"""A real time-stamp authority for tests: `openssl ts -reply` behind a small HTTP server on loopback."""

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import keys, pem, tsp
from asn1crypto import x509 as x509_asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper
from tests.needs import require_program

from ronda.app.openssl_judge import openssl_judge
from ronda.app.time_stamps import TimeStamps
from ronda.evidence.time_stamp import Authority, Second

_CONFIG = """[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True)
class Tsa:
    """An authority in a folder: root, signing certificate, serial number."""

    folder: Path
    chain: bool  # send the root along, which makes openssl write the set out of DER order
    root: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    def answer(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        call = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "one", "-queryfile", "query"]
        call += ["-signer", "signer.pem", "-inkey", "signer.key", "-out", "answer"]
        call += ["-chain", "chain.pem"] if self.chain else []
        subprocess.run(call, cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "answer").read_bytes()


def new_tsa(folder: Path, name: str = "Otoritas Waktu", *, chain: bool = False, for_stamping: bool = True) -> Tsa:
    """for_stamping False: a certificate of another use, with which openssl refuses to sign (`answer_by_hand`)."""
    require_program("openssl", "openssl")
    folder.mkdir(parents=True)
    root_key, key = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)
    root = _certificate(f"Akar {name}", root_key.public_key(), f"Akar {name}", root_key, ca=True)
    use = ExtendedKeyUsageOID.TIME_STAMPING if for_stamping else ExtendedKeyUsageOID.CODE_SIGNING
    signer = _certificate(name, key.public_key(), f"Akar {name}", root_key, use=use)
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    (folder / "signer.pem").write_bytes(signer.public_bytes(Encoding.PEM))
    (folder / "signer.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "root.key").write_bytes(root_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "chain.pem").write_bytes(root.public_bytes(Encoding.PEM))
    return Tsa(folder, chain, root)


def answer_by_hand(tsa: Tsa, query: bytes, at: datetime | None = None) -> bytes:
    """What `openssl ts -reply` would not make: a stamp of any time, or by a certificate of another use."""
    key = keys.PrivateKeyInfo.load(pem.unarmor((tsa.folder / "signer.key").read_bytes())[2])
    signer = x509_asn1.Certificate.load(pem.unarmor((tsa.folder / "signer.pem").read_bytes())[2])
    asked = tsp.TimeStampReq.load(query)
    stamper = DummyTimeStamper(signer, key, fixed_dt=at, include_nonce=True)
    return asyncio.run(stamper.async_request_tsa_response(asked)).dump()


def _certificate(
    name: str,
    key: rsa.RSAPublicKey,
    issuer: str,
    issuer_key: rsa.RSAPrivateKey,
    *,
    ca: bool = False,
    use: x509.ObjectIdentifier | None = None,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=800 if not ca else 3000))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if use is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass(frozen=True)
class Asked:
    """`ronda.cases.ports.StampAuthorities` with a list of its own instead of the data folder's."""

    listed: tuple[Authority, ...]

    def authorities(self) -> tuple[Authority, ...]:
        return self.listed

    def ask(self, address: str, query: bytes) -> bytes:
        return TimeStamps(Path()).ask(address, query)

    @property
    def second(self) -> Second | None:
        return openssl_judge()


@dataclass
class Served:
    """A running authority. `broken`: answers 503 until it is set to False."""

    address: str
    tsa: Tsa
    asked: int = 0
    broken: bool = False

    @property
    def authority(self) -> Authority:
        return Authority(address=self.address, pem=self.tsa.pem)


@contextmanager
def serving(tsa: Tsa, *, broken: bool = False) -> Iterator[Served]:
    served = Served("", tsa, broken=broken)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["content-length"]))
            served.asked += 1
            answer = b"" if served.broken else tsa.answer(query)
            self.send_response(503 if served.broken else 200)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    served.address = f"http://127.0.0.1:{server.server_port}/tsr"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
