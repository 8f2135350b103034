"""Ask time-stamp authorities for the seal of a package: at the sealing, and later for what was missing then.

No stamp never holds up a sealing: who does not answer in time is asked again by the worker. An answer is checked
before it is kept, so that nothing enters a package that its own verifier would call broken.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ronda.cases.later import Write, add_later
from ronda.cases.ports import StampAuthorities
from ronda.evidence import layout
from ronda.evidence.errors import EvidenceError
from ronda.evidence.statement import read_statement
from ronda.evidence.time_stamp import Authority, check_stamp, kept_form, make_query
from ronda.evidence.verify_stamp import stated_authorities

_log = logging.getLogger(__name__)


def stamps_now(seal: bytes, stamps: StampAuthorities | None, authorities: Sequence[Authority]) -> dict[str, bytes]:
    """`path -> answer` of the authorities that answered now; asked at the same time."""
    if stamps is None or not authorities:
        return {}
    with ThreadPoolExecutor(len(authorities)) as pool:
        answers = list(pool.map(lambda one: _ask(seal, stamps, one), authorities))
    return {path: answer for path, answer in zip(layout.STAMPS, answers, strict=False) if answer is not None}


def add_stamps(package: Path, stamps: StampAuthorities, write: Write) -> tuple[int, int]:
    """Ask for the stamps that a sealed package still waits for: how many came, how many it still waits for.

    The sealed part stays as it is.

    Raises OSError, and EvidenceError for a package that cannot be read.
    """
    statement = read_statement((package / layout.STATEMENT).read_bytes())
    seal = (package / layout.SEAL).read_bytes()
    came: dict[str, bytes] = {}
    waiting = 0
    for path, stated in zip(layout.STAMPS, stated_authorities(statement), strict=False):
        if (package / path).exists():
            continue
        authority = Authority(address=stated.address, pem=(package / stated.path).read_bytes())
        answer = _ask(seal, stamps, authority)
        waiting += answer is None
        if answer is not None:
            came[path] = answer
    add_later(package, came, write)
    return len(came), waiting


def _ask(seal: bytes, stamps: StampAuthorities, authority: Authority) -> bytes | None:
    query = make_query(seal)
    try:
        answer = kept_form(stamps.ask(authority.address, query.der), query)
        check_stamp(answer, seal, authority.pem, stamps.second)
    except (EvidenceError, OSError) as error:
        _log.warning("no time stamp from %s: %s; the package says that it waits", authority.address, error)
        return None
    return answer
