"""`ronda log`: count the public figures again from published tiles, and hold the log against a printed anchor.

Exit status of `figures`: 0 equal, 1 other figures or tiles that do not fit, 2 equal but the checkpoint's signature
was not checked, 3 cannot be read. Of `anchor --check`: 0 the log begins so, 1 it does not.
"""

import csv
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from urllib.error import URLError
from urllib.request import urlopen

from cyclopts import Parameter

from ronda.app.data_folder import data_path, open_folder
from ronda.app.month_anchor import anchor_of
from ronda.app.wiring import Wiring
from ronda.core.errors import WrongUsageError
from ronda.evidence.checkpoint import read_vkey
from ronda.evidence.errors import EvidenceError
from ronda.evidence.log_anchor import read_anchor
from ronda.evidence.log_figures import Count, count
from ronda.evidence.published_log import PublishedLog, read_published

_WAIT_S = 30
_ADDRESS = {"jejak.csv": "/publik/jejak.csv"}  # the rest lies below /api/log/
Place = Annotated[str, Parameter(name="--from", help="A folder with copies, or the address of the public page.")]


def figures(
    place: Place,
    *,
    month: Annotated[str | None, Parameter(help="Only this month, such as 2026-11.")] = None,
    key: Annotated[str | None, Parameter(help="The log's public key; else the one published there.")] = None,
) -> int:
    """Count the public figures from published tiles alone, and compare them with the published CSV."""
    fetch = _fetcher(place)
    try:
        stated = list(csv.reader(io.StringIO(fetch("jejak.csv").decode())))[1:]
        published = read_published(fetch, read_vkey(key or fetch("key").decode().strip()))
        counted = count(published.public[: _counted(stated, published)])
    except EvidenceError as error:
        print(f"ronda: {error}", file=sys.stderr)
        return 1
    except (OSError, UnicodeDecodeError, ValueError, IndexError) as error:
        print(f"ronda: {place} cannot be read: {error}", file=sys.stderr)
        return 3
    differing = _compared(stated, counted, month)
    state = published.checkpoint
    print(f"{state.origin}: {state.size} entries, root {state.root.hex()}")
    if counted.first is not None:
        print(f"counted from entry {counted.first[0]} ({counted.first[1]}) to {counted.size}")
    print("the published figures are those of the log" if not differing else f"{differing} figures differ")
    return 1 if differing else 0 if key else 2


def anchor(
    *,
    month: Annotated[str | None, Parameter(help="The month, such as 2026-11.")] = None,
    check: Annotated[str | None, Parameter(help="An anchor as it is printed: month, entries, digits.")] = None,
    data: Path | None = None,
) -> int:
    """Print the anchor of a month that is over, or hold the log against one that was printed."""
    wiring = Wiring(open_folder(data_path(data)))
    if (month is None) == (check is None):
        raise WrongUsageError("give either --month or --check")
    if check is None:
        print(anchor_of(wiring, month or "").line)
        return 0
    printed = read_anchor(check)
    fits = printed.size <= wiring.log.size() and wiring.log.root(printed.size) == printed.root
    now = anchor_of(wiring, printed.month) if fits else None
    if now is None or now.size != printed.size:
        print(f"the log does not begin with the {printed.size} entries of {printed.month} that were printed")
        return 1
    print(f"the log still begins with the {printed.size} entries that were printed for {printed.month}")
    return 0


def _fetcher(place: str) -> Callable[[str], bytes]:
    if not place.startswith(("http://", "https://")):
        return lambda path: (Path(place) / path).read_bytes()

    def fetch(path: str) -> bytes:
        address = place.rstrip("/") + _ADDRESS.get(path, f"/api/log/{path}")
        try:
            with urlopen(address, timeout=_WAIT_S) as answer:  # noqa: S310 - checked above: http or https
                return bytes(answer.read())
        except URLError as error:
            raise OSError(f"{address}: {error.reason}") from None

    return fetch


def _counted(stated: list[list[str]], published: PublishedLog) -> int:
    """Over how many entries the CSV says it counts. Raises ValueError when the tiles hold fewer."""
    size = next((int(row[2]) for row in stated if row[1] == "entri_dihitung"), -1)
    if not 0 <= size <= len(published.public):
        raise ValueError(f"the CSV counts {size} entries, the tiles hold {len(published.public)}; read it again")
    return size


def _compared(stated: list[list[str]], counted: Count, month: str | None) -> int:
    """Print each figure with both values; gives how many differ."""
    said = {(row[0], row[1]): tuple(row[2:]) for row in stated if row[0] and month in (None, row[0])}
    own = {row[:2]: tuple(map(str, row[2:])) for row in counted.rows() if month in (None, row[0])}
    differing = 0
    for at in sorted({*said, *own}):
        same = said.get(at) == own.get(at)
        differing += not same
        shown = (said.get(at, ("missing",))[0], own.get(at, ("missing",))[0])
        print(f"{at[0]}  {at[1]:<22} {shown[0]:>8}  {'=' if same else '!'}  {shown[1]:>8}")
    return differing
