"""An edge's work towards its hub: rows first, then news and orders, then one part of a film; and again.

Every turn may be cut anywhere, by the line or by a kill: rows stay in the outbox until the hub's database
has them, parts go on at the hub's own offset, the day's bytes are charged before they are sent.
Recording never waits for any of this; it is another process.
"""

import base64
import json
import logging
import random
import shutil
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from hashlib import file_digest
from typing import Protocol

from ronda import __version__
from ronda.app.data_folder import write_private
from ronda.app.edge.box import Box
from ronda.app.hub_http import HubUnreachableError
from ronda.core.time import MINUTE_US, SECOND_US, Clock, utc_text
from ronda.fleet.batch import MOST_ROWS, cut
from ronda.fleet.budget import Budget, day_of, part_cost_bytes, smoothed
from ronda.fleet.errors import (
    EpochRefusedError,
    FleetError,
    FrozenError,
    MissingBeforeError,
    NotThisFileError,
    OffsetError,
    PoisonBatchError,
)
from ronda.fleet.model import CameraOrder, Cursor, FetchOrder, FileEnd, Heartbeat, Orders, Row
from ronda.fleet.ports import Carriage
from ronda.store.disk.index import SqliteIndex
from ronda.store.disk.outbox import Outbox, Standing
from ronda.video.model import Note
from ronda.video.retain.rules import reserve_bytes

POLL_EVERY_US = 15 * SECOND_US
LINGER_S = 1.0
PART_BYTES = 128 * 1024
LONGEST_PAUSE_S = 10.0
_BATCHES_A_TURN = 20
_GIVE_WAY_US = 10 * MINUTE_US
_log = logging.getLogger(__name__)


class EdgeCarriage(Carriage, Protocol):
    """A carriage with what only an edge asks of it."""

    instance: str

    @property
    def clock_offset(self) -> tuple[int, int] | None:
        """(this clock minus the hub's, how wrong that may be); None before the first exchange."""
        ...


@dataclass(slots=True)
class Link:
    """See the module. `recorder_state` tells whether the recorder runs, and each camera's state."""

    box: Box
    outbox: Outbox
    index: SqliteIndex
    carriage: EdgeCarriage
    clock: Clock
    recorder_state: Callable[[], tuple[bool, dict[str, str]]] = lambda: (False, {})
    budget: Budget = field(init=False)
    rate_bytes_s: float | None = None
    part_bytes: int = PART_BYTES
    _orders: Orders | None = None
    _polled_us: int = -(2**62)
    _apart: int = 0
    _pause_s: float = 1.0
    _fetches: list[FetchOrder] = field(default_factory=list)

    def __post_init__(self) -> None:
        told = json.loads(self.outbox.fact("edge_budget") or "{}")
        now = self.clock.now_us()
        self.budget = Budget(
            limit_bytes=int(told.get("limit_bytes", 0)),
            day=str(told.get("day", day_of(now))),
            used_bytes=int(told.get("used_bytes", 0)),
        )

    def run(self, stop: threading.Event) -> None:
        """Until told to stop. A hub that does not answer is tried again, forever, with a little jitter."""
        said = ""
        while not stop.is_set():
            try:
                busy = self.turn()
                self._pause_s = 1.0
                said = ""
            except (HubUnreachableError, FleetError) as error:
                if str(error) != said:
                    _log.warning("%s", error)
                said = str(error)
                busy = False
                self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 1.6)
                stop.wait(self._pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads returns, no secret
            self.outbox.guard_unsettled()
            self._room()
            if not busy:
                stop.wait(LINGER_S)

    def ask_again(self) -> None:
        """Poll at the next turn, whenever the last one was."""
        self._polled_us = -(2**62)

    def turn(self) -> bool:
        """One round; True when there is more to do at once. Raises HubUnreachableError, FleetError."""
        now = self.clock.now_us()
        if self._orders is None or now - self._polled_us >= POLL_EVERY_US:
            self.poll()
        more = self.ship()
        return self.send_footage() or more

    # ---- rows

    def ship(self) -> bool:
        """Send rows until there are none, or for some batches; True when some are left."""
        for _ in range(_BATCHES_A_TURN):
            standing = self.outbox.standing()
            above = max(standing.settled, self._apart)
            found = self.outbox.rows(above, MOST_ROWS)
            if not found:
                return False
            self._ship_some(standing, [Row(seq=s, at_us=a, kind=k, body=b) for s, a, k, b in found])
        return True

    def _ship_some(self, standing: Standing, rows: list[Row]) -> None:
        oldest = self.outbox.oldest()
        batch, data = cut(standing.epoch, oldest, rows)
        self._charge(part_cost_bytes(len(data)))
        try:
            settled = self.carriage.send_batch(data)
        except MissingBeforeError as error:
            self.outbox.settle(error.settled, self.clock.now_us())  # the hub has less: it was restored
        except FrozenError:
            self._apart = batch.last  # kept apart there; this box keeps it too
            self._polled_us = min(self._polled_us, self.clock.now_us() - POLL_EVERY_US + 5 * SECOND_US)
        except EpochRefusedError:
            self._orders = None  # the next poll tells which epoch counts
            raise
        except PoisonBatchError:
            if len(batch.rows) == 1:
                raise
            self._ship_some(standing, rows[: max(1, len(batch.rows) // 2)])
        else:
            if settled.dead:
                _log.error("the hub put row %d aside as unreadable; it is kept here too", batch.last)
            self._settle(settled.cursor, standing)

    def _settle(self, cursor: Cursor, standing: Standing) -> None:
        if cursor.epoch == standing.epoch:
            self.outbox.settle(cursor.settled, self.clock.now_us())

    # ---- news and orders

    def poll(self) -> None:
        """Say how it goes, and make what is held, recorded and wanted here what the hub says."""
        self._charge(part_cost_bytes(2000))
        orders = self.carriage.poll(self.heartbeat())
        self._polled_us, self._orders = self.clock.now_us(), orders
        standing = self.outbox.standing()
        if not orders.frozen:
            self._apart = 0
            if orders.cursor.epoch > standing.epoch:
                self._renew(orders.cursor.epoch)
            elif orders.cursor.epoch == standing.epoch and orders.cursor.settled != standing.settled:
                self.outbox.settle(orders.cursor.settled, self.clock.now_us())
        self.budget = replace(self.budget, limit_bytes=orders.budget_bytes)
        self.outbox.sync_holds([(h.hold, h.camera, h.from_us, h.to_us, h.until_us, h.reason) for h in orders.holds])
        self._fetches = list(orders.fetches)
        self._write_cameras(orders.cameras)

    def _renew(self, known: int) -> None:
        """The hub counts a later epoch than this box: begin the one after it, with all rows again."""
        while self.outbox.standing().epoch <= known:
            self.outbox.renew(self.box.identity)
        self.carriage.instance = self.outbox.standing().instance

    def heartbeat(self) -> Heartbeat:
        depth, oldest_us = self.outbox.depth()
        offset = self.carriage.clock_offset
        running, cameras = self.recorder_state()
        budget = self.budget.at(self.clock.now_us())
        return Heartbeat(
            epoch=self.outbox.standing().epoch,
            depth=depth,
            oldest_us=oldest_us,
            clock_offset_us=offset[0] if offset else None,
            clock_error_us=offset[1] if offset else None,
            budget_day=budget.day,
            budget_used_bytes=budget.used_bytes,
            rate_bytes_s=self.rate_bytes_s,
            free_bytes=shutil.disk_usage(self.box.folder.footage).free,
            recorder_running=running,
            cameras=cameras,
            version=__version__,
        )

    def _write_cameras(self, cameras: tuple[CameraOrder, ...]) -> None:
        """The recorder's own list; it is written only when it changed."""
        rows = [
            {
                "camera": one.camera,
                "url": one.url,
                "sub_url": one.sub_url,
                "record_sub": one.record_sub,
                "transport": one.transport,
                "retention_days": one.retention_days,
                "priority": one.priority,
                "enabled": one.off_reason is None,
                "off_reason": one.off_reason,
            }
            for one in cameras
        ]
        text, path = json.dumps(rows, indent=1) + "\n", self.box.folder.recorder_cameras
        if not path.exists() or path.read_text() != text:
            write_private(path, text)

    # ---- films

    def send_footage(self) -> bool:
        """One part of the oldest film on order, if the day's bytes allow; True when more may follow."""
        if not self._fetches:
            return False
        order = self._fetches[0]
        self.budget = self.budget.at(self.clock.now_us())
        if self.budget.room_bytes < part_cost_bytes(min(self.part_bytes, order.size_bytes - order.offset)) + 8_000:
            return False
        found = self.outbox.segment_file(order.camera, order.start_us)
        if found is None or found[2] != order.sha256:
            return self._cannot(order, "the segment is no longer at the village")
        path, _size, _sha256, fragments, clock = found
        try:
            with (self.box.folder.footage / path).open("rb") as file:
                if order.offset == 0 and file_digest(file, "sha256").hexdigest() != order.sha256:
                    return self._cannot(order, "the file on the village's disk is not what was recorded")
                file.seek(order.offset)
                data = file.read(min(self.part_bytes, order.size_bytes - order.offset))
        except OSError as error:
            return self._cannot(order, f"the village's disk cannot read it ({error.strerror})")
        if data:
            self._fetches[0] = replace(order, offset=self._part(order, data))
        if self._fetches[0].offset >= order.size_bytes:
            self._end(order, fragments, clock)
        return bool(self._fetches)

    def _part(self, order: FetchOrder, data: bytes) -> int:
        self._charge(part_cost_bytes(len(data)))
        before = self.clock.monotonic_us()
        try:
            have = self.carriage.send_part(order.camera, order.start_us, order.offset, data)
        except OffsetError as error:
            return error.have  # the answer of the part before was lost: go on where the hub is
        took_s = (self.clock.monotonic_us() - before) / SECOND_US
        self.rate_bytes_s = smoothed(self.rate_bytes_s, len(data), took_s)
        return have

    def _end(self, order: FetchOrder, fragments: bytes, clock: bytes) -> None:
        end = FileEnd(
            sha256=order.sha256,
            fragments=base64.b64encode(fragments).decode(),
            clock=base64.b64encode(clock).decode(),
        )
        self._charge(part_cost_bytes(len(json.dumps(asdict(end)))))
        try:
            self.carriage.finish(order.camera, order.start_us, end)
        except NotThisFileError as error:
            _log.warning("%s", error)
            self._orders = None  # poll again: the hub says where it stands
        self._fetches.pop(0)

    def _cannot(self, order: FetchOrder, why: str) -> bool:
        self._charge(part_cost_bytes(200))
        self.carriage.cannot(order.camera, order.start_us, why)
        self._fetches.pop(0)
        return bool(self._fetches)

    # ---- bytes and room

    def _charge(self, size_bytes: int) -> None:
        """Count bytes before they are sent, and keep the count."""
        self.budget = self.budget.at(self.clock.now_us()).charged(size_bytes)
        self.outbox.set_fact("edge_budget", json.dumps(asdict(self.budget)))

    def _room(self) -> None:
        space = shutil.disk_usage(self.box.folder.footage)
        if space.free < reserve_bytes(space.total) * 9 // 10:
            self.give_way(space.free)

    def give_way(self, free_bytes: int) -> None:
        """The disk leaves no choice: some unsettled footage may go, and the loss is a row of its own."""
        given = self.outbox.give_way(_GIVE_WAY_US)
        if given is None:
            return
        camera, from_us, to_us = given
        text = f"{camera}: footage from {utc_text(from_us)} to {utc_text(to_us)} may go before the hub has its rows"
        now = self.clock.now_us()
        self.index.write(notes=[Note(at_us=now, kind="loss", text=f"{text}: {free_bytes} bytes are left")])
