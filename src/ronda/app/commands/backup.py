"""`ronda backup`: a checked copy of an installation, made while it runs."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ronda.app.backup import backup as make_backup
from ronda.app.data_folder import data_path, open_folder


def backup(
    out: Annotated[Path, Parameter(help="A new folder on another disk; holds keys, so keep it as they are kept.")],
    *,
    footage: Annotated[
        Literal["held", "all", "none"], Parameter(help="Which films: of locked spans, all of them, or none.")
    ] = "held",
    data: Path | None = None,
) -> int:
    """Copy tables, log, keys, packages, the recording index and footage into a folder; Ronda may run meanwhile."""
    said = make_backup(open_folder(data_path(data)), out.absolute(), footage=footage, tell=_tell)
    size = sum(one["size_bytes"] for one in said["files"].values())
    print(
        f"{out}: {len(said['files'])} files, {size / 1e6:.1f} MB, {said['rows']} rows, "
        f"{said['log_entries']} log entries"
    )
    print(f"Next: try it once with `ronda restore {out} --data NEW-FOLDER`, and keep it away from this machine")
    return 0


def _tell(sentence: str) -> None:
    print(f"backup: {sentence} ...", file=sys.stderr, flush=True)
