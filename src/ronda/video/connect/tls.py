"""RTSP over TLS: handshake, the certificate's fingerprint, and a pump to a plain socket.

The packet engine reads plain bytes from a descriptor, so a thread passes them on through a socket
pair. What that costs for each camera over TLS: a thread, the decryption, and one more copy of each
byte through the kernel; fine for the few cameras that speak it, and none of the others pay.
Invariant: the certificate is held against its pin before a byte of RTSP, and so before the password,
is sent.
"""

import contextlib
import hashlib
import select
import socket
import ssl
import threading

_PIECE_BYTES = 64 * 1024


def handshake(raw: socket.socket, host: str, timeout_s: float) -> tuple[ssl.SSLSocket, str]:
    """The encrypted socket and the SHA-256 of the certificate in hex. Blocks; raises OSError.

    Neither the name nor the issuer is checked: cameras sign their own certificates. The pin counts.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    raw.settimeout(timeout_s)
    encrypted = context.wrap_socket(raw, server_hostname=host)
    certificate = encrypted.getpeercert(binary_form=True) or b""
    return encrypted, hashlib.sha256(certificate).hexdigest()


class TlsPump:
    """Passes bytes both ways until one end is closed. `plain` is the end for the engine."""

    def __init__(self, encrypted: ssl.SSLSocket) -> None:
        self.plain, self._far = socket.socketpair()
        for end in (self.plain, self._far, encrypted):
            end.setblocking(False)
        self._encrypted = encrypted
        self._thread = threading.Thread(target=self._run, name="ronda-tls", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End both directions; a side that stands still is not waited for."""
        with contextlib.suppress(OSError):
            self._far.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._encrypted, socket.SHUT_RDWR)  # its own would drop the cipher first
        self._thread.join(timeout=1)

    def _run(self) -> None:
        inward = outward = b""
        try:
            while True:
                inward_before, outward_before = inward, outward
                inward = inward or _take(self._encrypted)
                inward = inward[_give(self._far, inward) :]
                outward = outward or _take(self._far)
                outward = outward[_give(self._encrypted, outward) :]
                if (inward, outward) == (inward_before, outward_before):
                    self._wait(bool(inward), bool(outward))
        except (OSError, EOFError):
            pass  # either end is gone: the other is told by closing it
        finally:
            self._encrypted.close()
            self._far.close()

    def _wait(self, inward: bool, outward: bool) -> None:
        """Until something can move. `inward`, `outward`: bytes that wait to be given."""
        readers = [end for end, full in ((self._encrypted, inward), (self._far, outward)) if not full]
        writers = [end for end, full in ((self._far, inward), (self._encrypted, outward)) if full]
        select.select(readers, writers, [], 60)


def _take(end: socket.socket) -> bytes:
    """What has come; empty when nothing has. Raises EOFError at the end."""
    try:
        data = end.recv(_PIECE_BYTES)
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return b""
    if not data:
        raise EOFError
    return data


def _give(end: socket.socket, data: bytes) -> int:
    """How much the end took."""
    if not data:
        return 0
    try:
        return end.send(data)
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return 0
