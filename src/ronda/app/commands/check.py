"""`ronda check`: do the footage files and their index agree?"""

import sys
from pathlib import Path

from ronda.app.data_folder import data_path
from ronda.store.disk.index import SqliteIndex
from ronda.video.check import Checked
from ronda.video.check import check as find
from ronda.video.record.footage_folder import INDEX


def check(*, data: Path | None = None, full: bool = False) -> int:
    """Prove that index and files agree: one line for each finding, exit 1 when there is one.

    Parameters
    ----------
    data
        The data folder, or a folder made by `ronda record`.
    full
        Hash every closed segment, not only compare sizes.
    """
    root = data_path(data)
    folder = root / "footage" if (root / "footage").is_dir() else root
    index = SqliteIndex(folder / INDEX)
    checked = Checked()
    findings = 0
    for finding in find(index.all_segments(), folder, full=full, checked=checked):
        findings += 1
        print(f"{finding.kind}: {finding.path}: {finding.text}")
    how = f"{checked.hashed} of them hashed" if full else "sizes compared"
    verdict = f"{findings} findings" if findings else "index and files agree"
    print(f"{verdict}: {checked.segments} segments, {checked.bytes} bytes, {how}", file=sys.stderr)
    return 1 if findings else 0
