"""`ronda.fleet.ports.Carriage` over HTTP(S): the edge dials out, nothing listens towards the internet.

Signs every request, measures the hub's clock at every exchange, counts what crossed the line.
"""

import json
from collections import deque
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import TypeAdapter, ValidationError

from ronda.app.hub_http import ANSWER_S, Answer, HubHttp, HubUnreachableError, wire_bytes
from ronda.core.time import Clock
from ronda.fleet.errors import (
    EpochRefusedError,
    FleetError,
    FrozenError,
    MissingBeforeError,
    NotEnrolledError,
    NotThisFileError,
    OffsetError,
    PoisonBatchError,
)
from ronda.fleet.model import Cursor, FileEnd, Heartbeat, Orders, Settled
from ronda.fleet.signing import Speech, signed_headers

_ORDERS = TypeAdapter(Orders)
_EXCHANGES_KEPT = 8
_PLAIN: dict[str, type[FleetError]] = {
    "epoch_refused": EpochRefusedError,
    "frozen": FrozenError,
    "not_enrolled": NotEnrolledError,
    "not_this_file": NotThisFileError,
    "poison_batch": PoisonBatchError,
}


class HttpCarriage:
    """Not for several threads at once."""

    def __init__(
        self,
        hub: str,
        *,
        edge: str,
        instance: str,
        key: Ed25519PrivateKey,
        clock: Clock,
        ca: Path | None = None,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._http = HubHttp(hub, ca=ca, answer_s=answer_s)
        self._edge, self.instance, self._key, self._clock = edge, instance, key, clock
        self._number = clock.now_us()
        self._offsets: deque[tuple[int, int]] = deque(maxlen=_EXCHANGES_KEPT)  # (error, offset)
        self.wire_bytes = 0

    @property
    def clock_offset(self) -> tuple[int, int] | None:
        """(this clock minus the hub's, how wrong that may be) of the best of the last exchanges."""
        if not self._offsets:
            return None
        error_us, offset_us = min(self._offsets)
        return offset_us, error_us

    def send_batch(self, data: bytes) -> Settled:
        said = self._send("POST", "/api/fleet/batch", data, "application/octet-stream")
        cursor = Cursor(epoch=int(said["epoch"]), settled=int(said["settled"]))
        return Settled(cursor=cursor, hub_us=int(said["hub_us"]), dead=bool(said["dead"]))

    def poll(self, heartbeat: Heartbeat) -> Orders:
        said = self._send("POST", "/api/fleet/poll", json.dumps(asdict(heartbeat)).encode())
        try:
            return _ORDERS.validate_python(said)
        except ValidationError:
            raise HubUnreachableError("the hub's answer is none of this version; nothing was done") from None

    def send_part(self, camera: str, start_us: int, offset: int, data: bytes) -> int:
        path = f"/api/fleet/footage/{camera}/{start_us}?offset={offset}"
        return int(self._send("PUT", path, data, "application/octet-stream")["have"])

    def finish(self, camera: str, start_us: int, end: FileEnd) -> None:
        self._send("POST", f"/api/fleet/footage/{camera}/{start_us}/end", json.dumps(asdict(end)).encode())

    def cannot(self, camera: str, start_us: int, why: str) -> None:
        path = f"/api/fleet/footage/{camera}/{start_us}/cannot"
        self._send("POST", path, json.dumps({"why": why[:200]}).encode())

    def _send(self, method: str, path: str, body: bytes, kind: str = "application/json") -> dict[str, Any]:
        """One exchange; a number that was used already is left behind and the request made once more."""
        answer = self._exchange(method, path, body, kind)
        if answer.code == "used_number":
            self._number = max(self._number, int(answer.json().get("last", 0)))
            answer = self._exchange(method, path, body, kind)
        if answer.status >= 400:
            _raise(answer)
        said: dict[str, Any] = answer.json()
        return said

    def _exchange(self, method: str, path: str, body: bytes, kind: str) -> Answer:
        self._number += 1
        before_us = self._clock.now_us()
        speech = Speech(
            method=method,
            path=path,
            edge=self._edge,
            instance=self.instance,
            at_us=before_us,
            number=self._number,
            body_sha256=sha256(body).hexdigest(),
        )
        headers = {"content-type": kind, **signed_headers(self._key, speech)}
        answer = self._http.send(method, path, body, headers)
        after_us = self._clock.now_us()
        self.wire_bytes += wire_bytes(answer)
        hub_us = answer.json().get("hub_us") if answer.status == 200 else None
        if isinstance(hub_us, int):
            self._offsets.append(((after_us - before_us) // 2, (before_us + after_us) // 2 - hub_us))
        return answer


def _raise(answer: Answer) -> NoReturn:
    said, message = answer.json(), answer.message or f"the hub answered {answer.status}"
    if answer.code == "missing_before":
        raise MissingBeforeError(int(said["settled"]), 0)
    if answer.code == "offset":
        raise OffsetError(int(said["have"]), 0)
    if answer.code in _PLAIN:
        raise _PLAIN[answer.code](message)
    raise HubUnreachableError(f"the hub answered {answer.status} {answer.code}: {message[:200]}")
