"""What every step of the story stands on: people at the API, waiting with a bound, and asserting."""

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any

from ronda.access.model import Role
from ronda.app.demo.client import ApiClient, Refused
from ronda.app.demo.people import played_by
from ronda.app.errors import StepFailedError
from ronda.app.wiring import Wiring

Figures = dict[str, Any]


class Stage:
    """One installation that is served at `address`; each person is signed in when first needed."""

    def __init__(self, wiring: Wiring, address: str) -> None:
        self.wiring, self.address = wiring, address
        self._clients: dict[Role, ApiClient] = {}

    def plays(self, role: Role) -> ApiClient:
        """The person of this role at the API."""
        if role not in self._clients:
            self._clients[role] = ApiClient(self.address)
            self._clients[role].become(played_by(self.wiring.people, role).person_id)
        return self._clients[role]

    async def call(self, ask: Callable[..., Any], *arguments: object) -> Any:
        """Ask the API off the loop. Raises StepFailedError when it refuses."""
        try:
            return await asyncio.to_thread(ask, *arguments)
        except Refused as refusal:
            raise StepFailedError(f"{arguments[0]}: {refusal}") from None

    async def refused(self, ask: Callable[..., Any], *arguments: object) -> int:
        """Ask for what must be refused; the status of the refusal."""
        try:
            await asyncio.to_thread(ask, *arguments)
        except Refused as refusal:
            return refusal.status
        raise StepFailedError(f"{arguments[0]} was answered, a refusal was expected")

    @staticmethod
    async def until(
        holds: Callable[[], Awaitable[bool]],
        longest_s: float,
        what: str,
        beside: "asyncio.Task[None] | None" = None,
    ) -> None:
        """Wait for something; StepFailedError names what did not come."""
        deadline_s = time.monotonic() + longest_s
        while time.monotonic() < deadline_s:
            if beside is not None and beside.done():
                beside.result()
                break
            if await holds():
                return
            await asyncio.sleep(0.5)
        raise StepFailedError(f"waited {longest_s:.0f} s for {what}; it did not come")

    @staticmethod
    async def answers(address: str) -> bool:
        """Whether the web and the recorder behind it are up."""
        try:
            await asyncio.to_thread(_healthy, address)
        except (OSError, urllib.error.URLError):
            return False
        return True


def _healthy(address: str) -> None:
    with urllib.request.urlopen(f"{address}/healthz", timeout=5):
        return


def must(holds: bool, otherwise: str) -> None:
    """Raise StepFailedError unless it holds."""
    if not holds:
        raise StepFailedError(otherwise)
