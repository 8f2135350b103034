"""`ronda serve` as a process tree: recorder, web and worker stand side by side.

Neither falls with the other; this parent only starts them again. It reads no camera and serves no
page, so that little can go wrong in it. When it ends, both end.
"""

import asyncio
import contextlib
import ipaddress
import signal
import socket
import sys
from collections.abc import Awaitable, Callable

from ronda.app.data_folder import DataFolder, hold_lock
from ronda.app.errors import BadListenAddressError
from ronda.app.process import Supervised
from ronda.app.tls import Certificate

LOOPBACK = "127.0.0.1"


def parse_listen(text: str) -> tuple[str, int]:
    """`8080`, `127.0.0.1:8080` or `[::1]:8080`; a bare port means loopback.

    Raises BadListenAddressError.
    """
    host, _, port_text = text.rpartition(":")
    host = host.strip("[]") or LOOPBACK
    try:
        ipaddress.ip_address(host)
        port = int(port_text)
    except ValueError:
        port = -1
    if not 0 < port < 65536:
        raise BadListenAddressError(
            f"--listen {text!r} is no address and port; nothing was started. "
            "Next: use --listen 127.0.0.1:8080, or --listen 0.0.0.0:8080 behind a proxy with TLS"
        )
    return host, port


def check_port_free(host: str, port: int) -> None:
    """Raise BadListenAddressError when somebody else has the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadListenAddressError(
                f"{host} port {port} cannot be used ({error.strerror}); nothing was started. "
                "Next: choose another with --listen"
            ) from None


async def run_tree(
    folder: DataFolder,
    host: str,
    port: int,
    *,
    beside: Callable[[], Awaitable[None]] | None = None,
    announce: str = "",
    tls: Certificate | None = None,
) -> None:
    """Run recorder, web and worker until SIGTERM or Ctrl-C; `beside` is told once both are started.

    announce  said on stderr once it is sure that this process may serve
    tls       serve over HTTPS with this certificate

    Raises AlreadyRunningError when the data is served already.
    """
    lock = hold_lock(folder, "serve", "ronda serve")
    check_port_free(host, port)
    if announce:
        print(f"ronda: {announce}  (Ctrl-C ends it)", file=sys.stderr, flush=True)
    data = str(folder.root)
    children = [
        Supervised("recorder", ["recorder", "--data", data]),
        Supervised(
            "web", ["web", "--data", data, "--host", host, "--port", str(port), *(tls.arguments() if tls else [])]
        ),
        Supervised("worker", ["worker", "--data", data]),
    ]
    stop = stop_signal()
    tasks = [asyncio.create_task(child.run(), name=child.name) for child in children]
    extra = asyncio.create_task(_told(beside)) if beside else None
    try:
        await stop.wait()
    finally:
        for task in [*tasks, *([extra] if extra else [])]:
            task.cancel()
        for task in [*tasks, *([extra] if extra else [])]:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        lock.close()


async def _told(beside: Callable[[], Awaitable[None]]) -> None:
    await beside()


def stop_signal() -> asyncio.Event:
    """An event that SIGTERM and Ctrl-C set; the second Ctrl-C does nothing more."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
