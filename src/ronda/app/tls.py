"""The certificate of `ronda serve`: can it be used, and has it been renewed?

A bad certificate stops the web alone: the recorder does not know that there is one.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from ronda.app.errors import BadCertificateError
from ronda.core.time import SECOND_US, utc_text

WARN_DAYS = 21


@dataclass(frozen=True, slots=True)
class Certificate:
    """The two files, PEM; the chain stands in the first."""

    chain: Path
    key: Path

    def arguments(self) -> list[str]:
        return ["--tls-cert", str(self.chain), "--tls-key", str(self.key)]

    def mark(self) -> tuple[int, int] | None:
        """Changes when either file is replaced; None while one is missing."""
        try:
            return self.chain.stat().st_mtime_ns, self.key.stat().st_mtime_ns
        except OSError:
            return None


def certificate(chain: Path | None, key: Path | None) -> Certificate | None:
    """Both or neither. Raises BadCertificateError for one alone."""
    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise BadCertificateError("--tls-cert and --tls-key belong together; nothing was started")
    return Certificate(chain.absolute(), key.absolute())


def check(files: Certificate, now_us: int) -> list[str]:
    """Warnings about a certificate that can be used. Raises BadCertificateError when it cannot."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.chain, files.key)
        leaf = x509.load_pem_x509_certificates(files.chain.read_bytes())[0]
    except (OSError, ssl.SSLError, ValueError, IndexError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or "no certificate"
        raise BadCertificateError(
            f"{files.chain} and {files.key} cannot be used ({reason}); the web waits and tries again, recording "
            "goes on. Next: put the right PEM files there"
        ) from None
    left_s = leaf.not_valid_after_utc.timestamp() - now_us / SECOND_US
    until = utc_text(int(leaf.not_valid_after_utc.timestamp()) * SECOND_US)[:10]
    if left_s <= 0:
        return [f"the certificate {files.chain} ran out on {until}; browsers will refuse it. Next: renew it"]
    if left_s < WARN_DAYS * 86400:
        return [f"the certificate {files.chain} runs out on {until}. Next: renew it; it is taken up by itself"]
    return []
