"""`ronda serve`: record the registered cameras and serve the screens."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.app.data_folder import data_path, open_folder
from ronda.app.recorder_file import write_cameras
from ronda.app.supervisor import parse_listen, run_tree
from ronda.app.wiring import Wiring
from ronda.store.errors import StoreError


def serve(
    *,
    listen: Annotated[str, Parameter(help="Address and port; a bare port means loopback.")] = "127.0.0.1:8080",
    data: Path | None = None,
) -> int:
    """Run recorder and web until Ctrl-C."""
    host, port = parse_listen(listen)
    folder = open_folder(data_path(data))
    try:
        write_cameras(folder, Wiring(folder).register.cameras())
    except StoreError as error:
        print(f"ronda: {error}", file=sys.stderr)  # the recorder needs only the list it has
    asyncio.run(run_tree(folder, host, port, announce=f"serving {folder.root} on http://{host}:{port}"))
    return 0
