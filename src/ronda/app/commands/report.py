"""`ronda report`: impact assessment, breach pack, audit pack and monthly report, filled from live settings."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.app.data_folder import data_path, open_folder
from ronda.app.reports import audit as audit_pack
from ronda.app.reports import breach as breach_pack
from ronda.app.reports.dpia import accept as accept_settings
from ronda.app.reports.dpia import dpia as assessment
from ronda.app.reports.dpia import stale
from ronda.app.reports.facts import gather
from ronda.app.reports.month import monthly_report
from ronda.app.reports.words import Lang
from ronda.app.wiring import Wiring
from ronda.core.errors import WrongUsageError
from ronda.core.ids import camera_id
from ronda.core.time import TimeSpan, parse_utc

MOST_CAMERAS = 10_000


def dpia(
    out: Annotated[Path | None, Parameter(help="A new folder.")] = None,
    *,
    lang: Lang = "id",
    accept: Annotated[
        bool, Parameter(negative="", help="The assessment of the settings as they are was accepted.")
    ] = False,
    check: Annotated[
        bool, Parameter(negative="", help="Only say whether the accepted one is stale; exit 1 if so.")
    ] = False,
    data: Path | None = None,
) -> int:
    """Write the data protection impact assessment, filled from the settings as they are."""
    wiring = Wiring(open_folder(data_path(data)))
    if check:
        why = stale(wiring)
        print(why or "the accepted assessment is that of the settings as they are")
        return 1 if why else 0
    if accept:
        print(f"accepted: {accept_settings(wiring)}")
        wiring.note("laporan.dpia_diterima", {})
        return 0
    if out is None:
        raise WrongUsageError("name a new folder for the assessment, or give --accept or --check")
    _write(out, {"dpia.md": assessment(gather(wiring), lang)})
    wiring.note("laporan.dibuat", {"jenis": "dpia"})
    return 0


def breach(
    out: Annotated[Path, Parameter(help="A new folder.")],
    *,
    since: Annotated[str, Parameter(help="When it may have begun, such as 2026-11-18T02:10:00+08:00.")],
    until: Annotated[str, Parameter(help="When it was over.")],
    what: Annotated[str, Parameter(help="What happened, in one sentence.")],
    found: Annotated[
        str | None, Parameter(help="When the office knew; the three days run from then. Else now.")
    ] = None,
    camera: Annotated[
        list[str] | None, Parameter(help="Only these cameras; may be given again.", negative="")
    ] = None,
    data: Path | None = None,
) -> int:
    """Write who looked, which cameras, how much of them, and the letter, with its deadline."""
    wiring = Wiring(open_folder(data_path(data)))
    since_us, until_us = parse_utc(since), parse_utc(until)
    if until_us <= since_us:
        raise WrongUsageError("--until lies before --since; nothing was written")
    span = TimeSpan(since_us, until_us)
    cameras = tuple(camera_id(one) for one in (camera or [])[:MOST_CAMERAS])
    for one in cameras:
        if wiring.register.camera(one) is None:
            raise WrongUsageError(f"no camera {one!r} in the register; nothing was written")
    found_us = parse_utc(found) if found else time.time_ns() // 1000
    known = breach_pack.Breach(span=span, found_us=found_us, cameras=cameras, what=what.strip())
    _write(out, breach_pack.pack(wiring, known))
    wiring.note("laporan.dibuat", {"jenis": "kebocoran", "dari_us": span.start_us, "sampai_us": span.end_us})
    return 0


def audit(out: Annotated[Path, Parameter(help="A new folder.")], *, data: Path | None = None) -> int:
    """Write the pack for the yearly audit: policy, accounts, cameras, software, keys, state of the log."""
    wiring = Wiring(open_folder(data_path(data)))
    _write(out, audit_pack.pack(wiring, gather(wiring)))
    wiring.note("laporan.dibuat", {"jenis": "audit"})
    return 0


def month(
    out: Annotated[Path, Parameter(help="A new folder.")],
    *,
    month: Annotated[str, Parameter(help="A month that is over, such as 2026-11.")],
    data: Path | None = None,
) -> int:
    """Write the month's report (PDF): figures of the log, and its anchor with a square code; and the CSV."""
    wiring = Wiring(open_folder(data_path(data)))
    made = monthly_report(wiring, month)
    _write(out, {"jejak.csv": made.csv})
    (out / f"laporan-{month}.pdf").write_bytes(made.pdf)
    print(out / f"laporan-{month}.pdf")
    wiring.note("laporan.bulanan", {"bulan": month, "entri": made.anchor.size, "akar": made.anchor.root.hex()})
    return 0


def _write(out: Path, files: Mapping[str, str]) -> None:
    try:
        out.mkdir(parents=True)
    except OSError as error:
        raise WrongUsageError(
            f"{out} cannot be made ({error.strerror}). Next: name a folder that is not there yet"
        ) from None
    for name, text in files.items():
        (out / name).write_text(text)
        print(out / name)
