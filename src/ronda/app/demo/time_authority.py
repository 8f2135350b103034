"""Two time-stamp authorities for training, on loopback: they answer as real ones do (RFC 3161), for this run only.

Their names and addresses say that they are for practice, and their keys are never stored. An office sets real ones
with `ronda timestamp add`.
"""

import asyncio
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from ronda.app.time_stamps import TimeStamps
from ronda.core.time import DAY_US, utc
from ronda.evidence.time_stamp import Authority

NAMES = ("Otoritas Waktu LATIHAN A", "Otoritas Waktu LATIHAN B")
LONGEST_QUERY_BYTES = 4096


@dataclass(frozen=True, slots=True)
class _Keys:
    root: x509.Certificate
    stamper: DummyTimeStamper


class TrainingAuthorities:
    """Started and stopped with the demo; `start` makes them the installation's authorities."""

    def __init__(self) -> None:
        self._servers: list[ThreadingHTTPServer] = []

    def start(self, stamps: TimeStamps, now_us: int) -> None:
        listed = []
        for name in NAMES:
            made = _keys(name, now_us)
            server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made.stamper))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self._servers.append(server)
            address = f"http://127.0.0.1:{server.server_port}/latihan"
            listed.append(Authority(address=address, pem=made.root.public_bytes(Encoding.PEM)))
        stamps.replace(listed)

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


def _handler(stamper: DummyTimeStamper) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(min(int(self.headers["content-length"]), LONGEST_QUERY_BYTES))
            asked = tsp.TimeStampReq.load(query)
            answer = asyncio.run(stamper.async_request_tsa_response(asked)).dump()
            self.send_response(200)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_more: object) -> None:
            return

    return Handler


def _keys(name: str, now_us: int) -> _Keys:
    root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root = _certificate(f"Akar {name}", root_key.public_key(), f"Akar {name}", root_key, now_us, is_root=True)
    own = _certificate(name, key.public_key(), f"Akar {name}", root_key, now_us, is_root=False)
    private = asn1_keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    return _Keys(root, DummyTimeStamper(asn1_x509.Certificate.load(own.public_bytes(Encoding.DER)), private))


def _certificate(
    name: str, key: rsa.RSAPublicKey, issuer: str, issuer_key: rsa.RSAPrivateKey, now_us: int, *, is_root: bool
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(utc(now_us - DAY_US))
        .not_valid_after(utc(now_us + 3650 * DAY_US))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not is_root:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(issuer_key, hashes.SHA256())
