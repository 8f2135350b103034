"""`ronda restore`: put a backup into an empty place, and prove that its log is whole."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.app.backup import restore as put_back
from ronda.app.data_folder import data_path


def restore(
    source: Annotated[Path, Parameter(help="The folder that `ronda backup` made.")],
    *,
    data: Annotated[Path | None, Parameter(help="An empty place; a backup is never laid over data.")] = None,
) -> int:
    """Check every file, then put the backup back; exit 1 when the log does not prove itself afterwards."""
    root = data_path(data)
    done = put_back(source.absolute(), root, tell=_tell)
    print(f"{root}: {done.files} files, {done.size_bytes / 1e6:.1f} MB, {done.rows} rows")
    for trouble in done.log_troubles:
        print(f"the access log does not fit: {trouble}")
    if done.log_troubles:
        return 1
    print(f"the access log is whole: {done.log_entries} entries. Next: `ronda serve --data {root}`, `ronda check`")
    return 0


def _tell(sentence: str) -> None:
    print(f"restore: {sentence} ...", file=sys.stderr, flush=True)
