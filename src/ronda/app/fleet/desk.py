"""What the hub does when an edge speaks: settle its rows, tell it what is wanted, take its files.

Order for rows: settle in the database (rows and cursor, one transaction), then write them into the
recording index (repeatable), then answer. A kill between the two is mended at the next batch or poll.
Decides by `ronda.fleet.settle` whether a body is a clone, and never by itself which of two is the right one.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

from ronda.access.service import SYSTEM
from ronda.app.fleet.incoming import Incoming
from ronda.app.fleet.wanting import Wanting
from ronda.core.days import day_of
from ronda.core.ids import AreaCode, CameraId, new_id
from ronda.core.time import HOUR_US, Clock, TimeSpan
from ronda.evidence.entry import AuditEvent, Phase
from ronda.fleet import batch as batches
from ronda.fleet.budget import budget_spent
from ronda.fleet.errors import (
    FrozenError,
    NotEnrolledError,
    NotThisFileError,
    PoisonBatchError,
    UsedNumberError,
)
from ronda.fleet.model import CameraOrder, Cursor, FileEnd, Heartbeat, HoldOrder, Orders, Settled
from ronda.fleet.rows import check_row
from ronda.fleet.settle import goes_to_quarantine, is_clone
from ronda.fleet.signing import check_speech, edge_name, read_speech
from ronda.registry.errors import NotRegisteredError
from ronda.registry.ports import Register
from ronda.registry.purposes import importance
from ronda.store.disk.remote import RemoteIndex
from ronda.store.log import SqliteLog
from ronda.store.sql.fleet import EdgeRecord, Fetch, SqlFleet

TOKEN_LASTS_US = 24 * HOUR_US
DEFAULT_BUDGET_BYTES = 500_000_000
_notes = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Who speaks, proven by its signature. offset_us: its clock minus ours, the line's delay included."""

    edge: str
    instance: str
    offset_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetDesk:
    """Safe to use from several threads."""

    fleet: SqlFleet
    remote: RemoteIndex
    register: Register
    wanting: Wanting
    incoming: Incoming
    log: SqliteLog
    clock: Clock
    training: bool
    on_late_rows: Callable[[int], None]  # told where rows begin that came after their day was over

    # ---- joining

    def invite(self, edge: str, area: str, cameras: Sequence[str], budget_bytes: int = DEFAULT_BUDGET_BYTES) -> str:
        """A one-time token for a box, good for a day; its cameras leave the hub's own recorder.

        Raises WrongUsageError for a bad name, NotRegisteredError for an unknown camera.
        """
        edge_name(edge)
        for camera in cameras:
            if self.register.camera(CameraId(camera)) is None:
                raise NotRegisteredError(camera)
        token, now = new_id("desa")[5:] + new_id("desa")[5:], self.clock.now_us()
        self._note("desa.diundang", {"desa": edge, "kamera": ",".join(cameras)})
        self.fleet.invite(
            edge, AreaCode(area), cameras, _digest(token),
            until_us=now + TOKEN_LASTS_US, now_us=now, budget_bytes=budget_bytes,
        )  # fmt: skip
        return token

    def enrol(self, token: str, public_key: str) -> EdgeRecord:
        """Raises NotEnrolledError."""
        if len(public_key) != 64 or set(public_key) - set("0123456789abcdef"):
            raise NotEnrolledError("the edge sent no Ed25519 key; nothing was enrolled")
        record = self.fleet.enrol(_digest(token.strip()), public_key, self.clock.now_us())
        self._note("desa.terdaftar", {"desa": record.edge, "kunci": public_key[:16]})
        return record

    def end(self, edge: str) -> None:
        """A box was stolen or taken down: its key is refused from now on. Raises NotEnrolledError."""
        self._note("desa.diakhiri", {"desa": edge})
        self.fleet.end(edge)

    def accept(self, edge: str, instance: str) -> None:
        """A person decided: this body is the edge. It begins a new epoch; the other one waits now."""
        self._note("desa.kembar_diputus", {"desa": edge, "badan": instance})
        self.fleet.accept(edge, instance)

    def hear(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Voice:
        """Who says this. Raises NotEnrolledError; `used` numbers tell the last one, so that a clock set
        back does not lock an edge out."""
        speech, signature = read_speech(method, path, headers, body)
        check_speech(self.fleet.public_key(speech.edge), speech, signature)
        now = self.clock.now_us()
        last = self.fleet.heard(speech.edge, speech.instance, speech.number, now)
        if last is not None:
            raise UsedNumberError(last)
        return Voice(edge=speech.edge, instance=speech.instance, offset_us=speech.at_us - now)

    def near(self, edge: str, instance: str) -> Voice:
        """An edge in this very process: nothing to prove, and one clock."""
        now = self.clock.now_us()
        self.fleet.heard(edge, instance, now, now)
        return Voice(edge=edge, instance=instance, offset_us=0)

    # ---- rows

    def batch(self, voice: Voice, data: bytes) -> Settled:
        """Settle rows. Raises PoisonBatchError (several rows: send fewer), FrozenError, and what `take` raises."""
        record = self._record(voice.edge)
        try:
            batch = batches.decode(data)
            for row in batch.rows:
                check_row(row, record.cameras)
        except PoisonBatchError as error:
            return self._poison(voice, data, str(error))
        if self._frozen(voice, batch.epoch):
            self.fleet.put_apart(voice.edge, voice.instance, batch, self.clock.now_us())
            raise FrozenError(_FROZEN)
        cursor = self.fleet.settle(
            voice.edge, batch, self.clock.now_us(), quarantined=goes_to_quarantine(voice.offset_us)
        )
        self.project(voice.edge)
        return Settled(cursor=cursor, hub_us=self.clock.now_us())

    def _poison(self, voice: Voice, data: bytes, reason: str) -> Settled:
        """Keep a single row that cannot be read, with its bytes, and move on; of several ask for fewer."""
        seq, epoch = batches.only_row(data)
        if seq is None:
            raise PoisonBatchError(reason)
        if self._frozen(voice, epoch):
            raise FrozenError(_FROZEN)
        cursor = self.fleet.skip(voice.edge, epoch, seq)
        self.fleet.bury(voice.edge, data, reason, self.clock.now_us())
        self._note("desa.baris_rusak", {"desa": voice.edge, "baris": seq})
        return Settled(cursor=cursor, hub_us=self.clock.now_us(), dead=True)

    def _tell_of_late_rows(self, bodies: Sequence[str]) -> None:
        """What was accounted for without them must be accounted for again."""
        starts = [start for body in bodies if isinstance(start := json.loads(body).get("start_us"), int)]
        if starts and day_of(min(starts)) < day_of(self.clock.now_us()):
            self.on_late_rows(min(starts))

    def project(self, edge: str) -> None:
        """Bring settled rows into the recording index."""
        while True:
            epoch, rows = self.fleet.unprojected(edge)
            if not rows:
                return
            self.remote.project([(kind, body) for _seq, kind, body in rows])
            self._tell_of_late_rows([body for _seq, _kind, body in rows])
            self.fleet.projected(edge, epoch, rows[-1][0])

    # ---- orders

    def poll(self, voice: Voice, heartbeat: Heartbeat) -> Orders:
        """Note how it goes there, and answer the whole wanted state."""
        frozen, now = self._frozen(voice, heartbeat.epoch), self.clock.now_us()
        if not frozen:
            self._tell_budget(self._record(voice.edge), heartbeat)
            self.fleet.contact(voice.edge, now, asdict(heartbeat))
            self.project(voice.edge)
        record = self._record(voice.edge)
        cameras = [CameraId(camera) for camera in record.cameras]
        holds = self.remote.live_holds(cameras, now) if cameras else []
        return Orders(
            cursor=record.cursor,
            hub_us=now,
            budget_bytes=record.budget_bytes,
            frozen=frozen,
            holds=tuple(
                HoldOrder(hold=f"hub-{i}", camera=c, from_us=a, to_us=b, until_us=u, reason=r)
                for i, c, a, b, u, r in holds
            ),
            fetches=() if frozen else self.wanting.orders(record),
            cameras=tuple(self._cameras(cameras)),
        )

    def _tell_budget(self, record: EdgeRecord, heartbeat: Heartbeat) -> None:
        """An entry, once a day, when films wait because the day's bytes are used up."""
        before = record.heartbeat or {}
        used_before = before.get("budget_used_bytes", 0) if before.get("budget_day") == heartbeat.budget_day else 0
        if budget_spent(record.budget_bytes, used_before) or not budget_spent(
            record.budget_bytes, heartbeat.budget_used_bytes
        ):
            return
        waiting = self.fleet.fetches(record.edge, waiting=True)
        objects: dict[str, str | int] = {"desa": record.edge, "hari": heartbeat.budget_day, "berkas": len(waiting)}
        self._note("desa.jatah_habis", objects)

    def _cameras(self, cameras: Sequence[CameraId]) -> list[CameraOrder]:
        found = [entry for camera in cameras if (entry := self.register.camera(camera)) is not None]
        return [
            CameraOrder(
                camera=entry.camera,
                url=entry.url,
                sub_url=entry.sub_url,
                retention_days=entry.retention_days,
                off_reason=entry.off_reason,
                record_sub=entry.record_sub,
                transport=entry.transport,
                priority=importance(entry.purpose_kind),
            )
            for entry in found
        ]

    # ---- files

    def part(self, voice: Voice, camera: str, start_us: int, offset: int, data: bytes) -> int:
        """Raises OffsetError, NotThisFileError."""
        fetch = self._fetch(voice, camera, start_us)
        have = self.incoming.append(fetch, offset, data)
        self.fleet.progress(camera, start_us, have=have)
        return have

    def finish(self, voice: Voice, camera: str, start_us: int, end: FileEnd) -> None:
        """Take a whole file up. Raises NotThisFileError."""
        fetch = self._fetch(voice, camera, start_us)
        name, span = CameraId(camera), TimeSpan(start_us, start_us + 1)
        row = next((one for one in self.remote.segments_of(name, span) if one.start_us == start_us), None)
        if row is None or row.sha256 != fetch.sha256:
            raise NotThisFileError(f"the row of {camera} at {start_us} is not there or names another file")
        try:
            fragments, clock = self.incoming.take_up(fetch, row.path, end)
        except NotThisFileError:
            self.fleet.progress(camera, start_us, have=self.incoming.have(fetch))
            raise
        self.remote.arrived(name, start_us, fragments, clock)
        self.fleet.progress(camera, start_us, have=fetch.size_bytes, arrived_us=self.clock.now_us())
        self.wanting.tell_arrived(fetch)

    def cannot(self, voice: Voice, camera: str, start_us: int, why: str) -> None:
        """The edge has it no more."""
        fetch = self._fetch(voice, camera, start_us)
        self.fleet.progress(camera, start_us, have=fetch.have_bytes, fault=why[:200])
        self._note("desa.rekaman_tiada", {"desa": voice.edge, "kamera": camera, "dari_us": start_us})

    def _fetch(self, voice: Voice, camera: str, start_us: int) -> Fetch:
        if self._frozen(voice, None):
            raise FrozenError(_FROZEN)
        fetch = self.fleet.fetch(camera, start_us)
        if fetch is None or fetch.edge != voice.edge:
            raise NotThisFileError(f"nobody asked edge {voice.edge!r} for {camera[:63]!r} at {start_us}")
        return fetch

    # ---- two bodies

    def _frozen(self, voice: Voice, epoch: int | None) -> bool:
        """Whether this body waits for a person; a first or rightful one is taken as the edge's."""
        current, frozen = self.fleet.body(voice.edge)
        if frozen == voice.instance:
            return True
        if current is not None and current.instance == voice.instance:
            return False
        if epoch is None or is_clone(current, voice.instance, epoch, self.clock.now_us()):
            if self.fleet.freeze(voice.edge, voice.instance):
                self._note("desa.kembar", {"desa": voice.edge, "badan": voice.instance})
                _notes.warning("edge %s speaks with two bodies; %s waits", voice.edge, voice.instance)
            return True
        self.fleet.set_instance(voice.edge, voice.instance)
        return False

    def _record(self, edge: str) -> EdgeRecord:
        record = self.fleet.edge(edge)
        if record is None:
            raise NotEnrolledError(f"no edge {edge[:40]!r} is enrolled here")
        return record

    def _note(self, action: str, objects: dict[str, str | int]) -> None:
        self.log.append(
            AuditEvent(action=action, actor=SYSTEM, role="", phase=Phase.FACT, outcome="berhasil", objects=objects)
        )


_FROZEN = (
    "another box speaks for this edge; what this one sends is kept apart. "
    "Next: `ronda edge accept` on the hub decides which box it is"
)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


__all__ = ["Cursor", "FleetDesk", "Voice"]
