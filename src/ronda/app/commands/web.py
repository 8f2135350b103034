"""`ronda web`: the web process alone; started by `ronda serve`."""

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ronda.app.clock import SystemClock
from ronda.app.data_folder import data_path, open_folder
from ronda.app.process import end_with_parent
from ronda.app.tls import Certificate, certificate, check

if TYPE_CHECKING:
    import uvicorn

RENEWED_EVERY_S = 10.0


def web(
    *,
    host: str,
    port: int,
    data: Path | None = None,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
) -> int:
    """Serve API, video socket and screens until told to stop; with a certificate over HTTPS alone."""
    end_with_parent()
    import uvicorn

    from ronda.app.http.server import make_app

    files = certificate(tls_cert, tls_key)
    for warning in check(files, SystemClock().now_us()) if files else []:
        print(f"ronda: {warning}", file=sys.stderr)
    app = make_app(open_folder(data_path(data)))
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, ws="websockets-sansio",
        ws_max_size=64 * 1024, timeout_graceful_shutdown=3, server_header=False,
        ssl_certfile=files.chain if files else None, ssl_keyfile=files.key if files else None,
    )  # fmt: skip
    server = uvicorn.Server(config)
    if files is None:
        server.run()
    else:
        asyncio.run(_until_renewed(server, files))
    return 0


async def _until_renewed(server: "uvicorn.Server", files: Certificate) -> None:
    """End when the files change, so that the parent starts the web with the new certificate."""
    before = files.mark()

    async def watch() -> None:
        while files.mark() in (before, None):  # noqa: ASYNC110 - files cannot set an event
            await asyncio.sleep(RENEWED_EVERY_S)
        server.should_exit = True

    watching = asyncio.create_task(watch())
    try:
        await server.serve()
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
