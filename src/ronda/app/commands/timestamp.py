"""`ronda timestamp`: who puts a time from outside on the seals of this installation."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.app.data_folder import data_path, open_folder
from ronda.app.time_stamps import MOST, TimeStamps, new_authority
from ronda.app.wiring import Wiring
from ronda.core.errors import WrongUsageError
from ronda.evidence.authority import printed_fingerprint
from ronda.evidence.time_stamp import check_stamp, kept_form, make_query

Data = Annotated[Path | None, Parameter(help="Data folder; else $RONDA_DATA, else ./ronda-data.")]


def add(
    address: str,
    /,
    *,
    ca: Annotated[Path, Parameter(help="Its certificates as PEM, the root first; from its own site or on paper.")],
    offline: Annotated[bool, Parameter(negative="", help="Do not try it now.")] = False,
    data: Data = None,
) -> int:
    """Have packages stamped by an authority (RFC 3161), at most two; tries it once before it is kept."""
    wiring = Wiring(open_folder(data_path(data)))
    stamps = TimeStamps(wiring.folder.root)
    try:
        pem = ca.read_bytes()
    except OSError as error:
        raise WrongUsageError(f"--ca {ca} cannot be read: {error.strerror}") from None
    authority = new_authority(address, pem, str(ca))
    kept = [one for one in stamps.authorities() if one.address != address]
    if len(kept) >= MOST:
        raise WrongUsageError(f"there are {MOST} authorities already. Next: `ronda timestamp remove` one of them")
    if not offline:
        _try(stamps, address, pem)
    stamps.replace([*kept, authority])
    wiring.note("bukti.otoritas_cap_ditambah", {"alamat": address, "akar": authority.root_sha256})
    print(f"{address}: packages sealed from now on ask for its stamp")
    print(f"root: {printed_fingerprint(authority.root_sha256)}")
    return 0


def _try(stamps: TimeStamps, address: str, pem: bytes) -> None:
    """Raises EvidenceError for a stamp that is none, WrongUsageError without an answer."""
    probe = b"ronda"
    query = make_query(probe)
    try:
        answer = stamps.ask(address, query.der)
    except OSError as error:
        raise WrongUsageError(
            f"no time stamp came: {error}; nothing was changed. Next: look at the address, or add it with --offline"
        ) from None
    check_stamp(kept_form(answer, query), probe, pem, stamps.second)


def remove(address: str, /, *, data: Data = None) -> int:
    """Stop asking an authority; stamps in packages stay, and what was sealed before still waits for it."""
    wiring = Wiring(open_folder(data_path(data)))
    stamps = TimeStamps(wiring.folder.root)
    kept = [one for one in stamps.authorities() if one.address != address]
    if len(kept) == len(stamps.authorities()):
        raise WrongUsageError(f"{address[:80]!r} is none of the authorities. Next: `ronda timestamp list`")
    stamps.replace(kept)
    wiring.note("bukti.otoritas_cap_dicabut", {"alamat": address})
    print(f"{address}: no longer asked")
    return 0


def show(*, data: Data = None) -> int:
    """List the authorities with the fingerprints of their roots."""
    for one in TimeStamps(open_folder(data_path(data)).root).authorities():
        print(f"{one.address}\t{printed_fingerprint(one.root_sha256)}")
    return 0
