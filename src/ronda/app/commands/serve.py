"""`ronda serve`: record the registered cameras and serve the screens."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.app.data_folder import data_path, open_folder
from ronda.app.recorder_file import write_cameras
from ronda.app.supervisor import parse_listen, run_tree
from ronda.app.tls import certificate
from ronda.app.wiring import Wiring
from ronda.store.errors import StoreError


def serve(
    *,
    listen: Annotated[str, Parameter(help="Address and port; a bare port means loopback.")] = "127.0.0.1:8080",
    tls_cert: Annotated[Path | None, Parameter(help="Certificate chain (PEM): serve over HTTPS.")] = None,
    tls_key: Annotated[Path | None, Parameter(help="Its private key (PEM).")] = None,
    data: Path | None = None,
) -> int:
    """Run recorder, web and worker until Ctrl-C."""
    host, port = parse_listen(listen)
    tls = certificate(tls_cert, tls_key)
    folder = open_folder(data_path(data))
    try:
        write_cameras(folder, Wiring(folder).register.cameras())
    except StoreError as error:
        print(f"ronda: {error}", file=sys.stderr)  # the recorder needs only the list it has
    scheme = "https" if tls else "http"
    announce = f"serving {folder.root} on {scheme}://{host}:{port}"
    asyncio.run(run_tree(folder, host, port, announce=announce, tls=tls))
    return 0
