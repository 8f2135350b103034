"""The time-stamp authorities of an installation: who they are, how they are asked, and openssl as second judge.

Kept in DATA/time-stamps.json, at most two, each with an address and its certificates (root first). Both are the
admin's choice, so an address inside the office's network is not refused; an answer is small, never follows a
redirect, and counts only when it is a good stamp by those certificates.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from ronda.app.data_folder import write_private
from ronda.app.errors import UnusableFolderError
from ronda.app.openssl_judge import openssl_judge
from ronda.core.errors import WrongUsageError
from ronda.core.secrets import mask_url
from ronda.evidence.authority import read_chain
from ronda.evidence.time_stamp import Authority, Second

FILE = "time-stamps.json"
MOST = 2
ANSWER_S = 4.0
LONGEST_ANSWER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class TimeStamps:
    """`ronda.cases.ports.StampAuthorities` over one data folder."""

    root: Path

    def authorities(self) -> list[Authority]:
        """Raises UnusableFolderError when the file cannot be read."""
        path = self.root / FILE
        if not path.exists():
            return []
        try:
            listed = json.loads(path.read_text())
            found = [Authority(address=one["address"], pem=one["certificates"].encode()) for one in listed]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnusableFolderError(
                f"{path} cannot be read ({type(error).__name__}). Next: put it back from a backup, or remove "
                "it and run `ronda timestamp add` again"
            ) from None
        return found[:MOST]

    def replace(self, authorities: Sequence[Authority]) -> None:
        """Keep these instead. They count for packages sealed from now on."""
        listed = [{"address": one.address, "certificates": one.pem.decode()} for one in authorities]
        write_private(self.root / FILE, json.dumps(listed, indent=1) + "\n")

    def ask(self, address: str, query: bytes) -> bytes:
        """One question over HTTP (RFC 3161, 3.4). Raises OSError without an answer of ours in time."""
        headers = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
        try:
            answer = httpx2.post(address, content=query, headers=headers, timeout=ANSWER_S, follow_redirects=False)
        except (httpx2.HTTPError, httpx2.InvalidURL) as fault:
            raise OSError(f"{mask_url(address)}: {type(fault).__name__}") from None
        if answer.status_code != 200 or not 0 < len(answer.content) <= LONGEST_ANSWER_BYTES:
            raise OSError(f"{mask_url(address)} answered {answer.status_code} with {len(answer.content)} bytes")
        return answer.content

    @property
    def second(self) -> Second | None:
        return openssl_judge()


def new_authority(address: str, pem: bytes, what: str) -> Authority:
    """Raises WrongUsageError for an address that is none, MalformedError for certificates that are none."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or len(address) > 200:
        raise WrongUsageError(
            f"{mask_url(address)[:80]!r} is no address of a time-stamp authority. Next: give http:// or https://, "
            "without a password in it"
        )
    read_chain(pem, what)
    return Authority(address=address, pem=pem)
