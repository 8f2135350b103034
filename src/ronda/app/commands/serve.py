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


def serve(
    *,
    listen: Annotated[str, Parameter(help="Address and port; a bare port means loopback.")] = "127.0.0.1:8080",
    data: Path | None = None,
) -> int:
    """Run recorder and web until Ctrl-C."""
    host, port = parse_listen(listen)
    folder = open_folder(data_path(data))
    write_cameras(folder, Wiring(folder).register.cameras())
    print(f"ronda: serving {folder.root} on http://{host}:{port}  (Ctrl-C ends it)", file=sys.stderr)
    asyncio.run(run_tree(folder, host, port))
    return 0
