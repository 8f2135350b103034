"""The hub's side of its edges: who they are, what of their rows is settled, what is asked of them.

Rows are known by (edge, epoch, seq) and inserted where they are not there yet; the cursor moves in the
same transaction. So a repeat changes nothing, and a crash leaves either both or neither.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from ronda.fleet.batch import Batch
from ronda.fleet.errors import MissingBeforeError, NotEnrolledError
from ronda.fleet.model import Cursor
from ronda.fleet.settle import Body, take
from ronda.store.sql.schema import metadata

edge_table = Table(
    "edge",
    metadata,
    Column("edge", String(40), primary_key=True),
    Column("area", String(40), nullable=False),
    Column("token_sha256", String(64)),
    Column("token_until_us", BigInteger),
    Column("public_key", String(64)),
    Column("invited_us", BigInteger, nullable=False),
    Column("enrolled_us", BigInteger),
    Column("budget_bytes", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False, default=0),
    Column("settled", BigInteger, nullable=False, default=0),
    Column("projected", BigInteger, nullable=False, default=0),
    Column("missing_rows", BigInteger, nullable=False, default=0),
    Column("instance", String(80)),
    Column("frozen_instance", String(80)),
    Column("last_contact_us", BigInteger),
    Column("heartbeat", JSON),
)
edge_camera = Table(
    "edge_camera",
    metadata,
    Column("camera", String(63), primary_key=True),
    Column("edge", String(40), nullable=False, index=True),
)
edge_instance = Table(
    "edge_instance",
    metadata,
    Column("edge", String(40), primary_key=True),
    Column("instance", String(80), primary_key=True),
    Column("first_us", BigInteger, nullable=False),
    Column("heard_us", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False, default=0),
)
edge_row = Table(
    "edge_row",
    metadata,
    Column("edge", String(40), primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("body", Text, nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("quarantined", Boolean, nullable=False),
)
edge_row_apart = Table(
    "edge_row_apart",
    metadata,
    Column("edge", String(40), primary_key=True),
    Column("instance", String(80), primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("body", Text, nullable=False),
    Column("received_us", BigInteger, nullable=False),
)
dead_batch = Table(
    "dead_batch",
    metadata,
    Column("dead_id", Integer, primary_key=True, autoincrement=True),
    Column("edge", String(40), nullable=False, index=True),
    Column("received_us", BigInteger, nullable=False),
    Column("reason", String(400), nullable=False),
    Column("data", LargeBinary, nullable=False),
)
edge_fetch = Table(
    "edge_fetch",
    metadata,
    Column("camera", String(63), primary_key=True),
    Column("start_us", BigInteger, primary_key=True),
    Column("edge", String(40), nullable=False, index=True),
    Column("case_id", String(40), nullable=False),
    Column("asked_us", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("have_bytes", BigInteger, nullable=False, default=0),
    Column("arrived_us", BigInteger),
    Column("fault", String(200)),
)
MOST_DEAD = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeRecord:
    """An edge as the hub knows it. heartbeat: what it said of itself last, None before the first poll."""

    edge: str
    area: str
    cameras: tuple[str, ...]
    invited_us: int
    enrolled_us: int | None
    budget_bytes: int
    cursor: Cursor
    missing_rows: int
    quarantined_rows: int
    apart_rows: int
    dead_batches: int
    instance: str | None
    frozen_instance: str | None
    last_contact_us: int | None
    heartbeat: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A segment that a case wants here."""

    camera: str
    start_us: int
    edge: str
    case_id: str
    asked_us: int
    size_bytes: int
    sha256: str
    have_bytes: int
    arrived_us: int | None
    fault: str | None


class SqlFleet:
    """Edges on SQLite or PostgreSQL. Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ---- who they are

    def invite(
        self,
        edge: str,
        area: str,
        cameras: Sequence[str],
        token_sha256: str,
        *,
        until_us: int,
        now_us: int,
        budget_bytes: int,
    ) -> None:
        """Make an edge, or give a known one a new token: its box was replaced."""
        token = {"token_sha256": token_sha256, "token_until_us": until_us}
        with self._engine.begin() as db:
            known = db.execute(select(edge_table.c.edge).where(edge_table.c.edge == edge)).first()
            if known:
                db.execute(
                    update(edge_table)
                    .where(edge_table.c.edge == edge)
                    .values(area=area, budget_bytes=budget_bytes, **token)
                )
            else:
                db.execute(
                    insert(edge_table).values(
                        edge=edge, area=area, invited_us=now_us, budget_bytes=budget_bytes,
                        epoch=0, settled=0, projected=0, missing_rows=0, **token,
                    )
                )  # fmt: skip
            for camera in cameras:
                db.execute(delete(edge_camera).where(edge_camera.c.camera == camera))
                db.execute(insert(edge_camera).values(camera=camera, edge=edge))

    def enrol(self, token_sha256: str, public_key: str, now_us: int) -> EdgeRecord:
        """Use a token up. Raises NotEnrolledError for one that is wrong, used or too old."""
        with self._engine.begin() as db:
            row = db.execute(
                select(edge_table.c.edge, edge_table.c.token_until_us).where(
                    edge_table.c.token_sha256 == token_sha256
                )
            ).first()
            if row is None or row.token_until_us < now_us:
                raise NotEnrolledError(
                    "the token is wrong, used up or too old; nothing was enrolled. "
                    "Next: `ronda edge invite` on the hub"
                )
            db.execute(
                update(edge_table)
                .where(edge_table.c.edge == row.edge)
                .values(token_sha256=None, token_until_us=None, public_key=public_key, enrolled_us=now_us)
            )
            return _records(db, row.edge)[0]

    def end(self, edge: str) -> None:
        """Believe this edge's key, token and body no more; what it brought stays. Raises NotEnrolledError."""
        with self._engine.begin() as db:
            done = db.execute(
                update(edge_table)
                .where(edge_table.c.edge == edge)
                .values(
                    token_sha256=None, token_until_us=None, public_key=None, instance=None, frozen_instance=None
                )
            )
            if not done.rowcount:
                raise NotEnrolledError(f"no edge {edge[:40]!r} is known here; nothing was changed")

    def public_key(self, edge: str) -> str:
        """Raises NotEnrolledError."""
        with self._engine.begin() as db:
            key = db.execute(select(edge_table.c.public_key).where(edge_table.c.edge == edge)).scalar()
        if not key:
            raise NotEnrolledError(f"no edge {edge[:40]!r} is enrolled here; nothing was taken")
        return str(key)

    def heard(self, edge: str, instance: str, number: int, now_us: int) -> int | None:
        """Note that an instance spoke, with a number that only goes up.

        Gives None, or the last number when this one was used already (a repeat of somebody else's).
        """
        where = (edge_instance.c.edge == edge) & (edge_instance.c.instance == instance)
        with self._engine.begin() as db:
            last = db.execute(select(edge_instance.c.number).where(where)).scalar()
            if last is None:
                db.execute(
                    insert(edge_instance).values(
                        edge=edge, instance=instance, first_us=now_us, heard_us=now_us, number=number, epoch=0
                    )
                )
                return None
            if number <= last:
                return int(last)
            db.execute(update(edge_instance).where(where).values(heard_us=now_us, number=number))
            return None

    def body(self, edge: str) -> tuple[Body | None, str | None]:
        """The instance that counts, and the one that waits for a person."""
        with self._engine.begin() as db:
            row = db.execute(
                select(edge_table.c.instance, edge_table.c.frozen_instance, edge_table.c.epoch).where(
                    edge_table.c.edge == edge
                )
            ).one()
            if row.instance is None:
                return None, row.frozen_instance
            heard = db.execute(
                select(edge_instance.c.heard_us).where(
                    edge_instance.c.edge == edge, edge_instance.c.instance == row.instance
                )
            ).scalar()
        return Body(instance=row.instance, epoch=int(row.epoch), heard_us=int(heard or 0)), row.frozen_instance

    def set_instance(self, edge: str, instance: str) -> None:
        """This instance speaks for the edge from now on."""
        with self._engine.begin() as db:
            db.execute(update(edge_table).where(edge_table.c.edge == edge).values(instance=instance))

    def freeze(self, edge: str, instance: str | None) -> bool:
        """Let an instance wait for a person; None lifts it. True when that is news."""
        with self._engine.begin() as db:
            known = db.execute(select(edge_table.c.frozen_instance).where(edge_table.c.edge == edge)).scalar()
            db.execute(update(edge_table).where(edge_table.c.edge == edge).values(frozen_instance=instance))
        return bool(known != instance)

    def accept(self, edge: str, instance: str) -> None:
        """This body is the edge: a new epoch begins, so that its rows never meet the other's numbers."""
        with self._engine.begin() as db:
            db.execute(
                update(edge_table)
                .where(edge_table.c.edge == edge)
                .values(
                    instance=instance, frozen_instance=None, epoch=edge_table.c.epoch + 1, settled=0, projected=0
                )
            )

    def contact(self, edge: str, now_us: int, heartbeat: dict[str, Any]) -> None:
        with self._engine.begin() as db:
            db.execute(
                update(edge_table)
                .where(edge_table.c.edge == edge)
                .values(last_contact_us=now_us, heartbeat=heartbeat)
            )

    def edges(self) -> list[EdgeRecord]:
        with self._engine.begin() as db:
            return _records(db)

    def edge(self, edge: str) -> EdgeRecord | None:
        with self._engine.begin() as db:
            return next(iter(_records(db, edge)), None)

    def cameras(self) -> dict[str, str]:
        """Which edge records which camera."""
        with self._engine.begin() as db:
            return {row.camera: row.edge for row in db.execute(select(edge_camera))}

    # ---- their rows

    def settle(self, edge: str, batch: Batch, now_us: int, *, quarantined: bool) -> Cursor:
        """Take a batch and move the cursor, in one transaction.

        Raises EpochRefusedError, MissingBeforeError; nothing is taken then.
        """
        with self._engine.begin() as db:
            row = db.execute(
                select(edge_table.c.epoch, edge_table.c.settled, edge_table.c.missing_rows)
                .where(edge_table.c.edge == edge)
                .with_for_update()
            ).one()
            taking = take(Cursor(epoch=int(row.epoch), settled=int(row.settled)), batch)
            rows = [
                {
                    "edge": edge,
                    "epoch": batch.epoch,
                    "seq": one.seq,
                    "at_us": one.at_us,
                    "kind": one.kind,
                    "body": one.body,
                    "received_us": now_us,
                    "quarantined": quarantined,
                }
                for one in batch.rows
                if one.seq > taking.above
            ]
            if rows:
                _insert_new(db, edge_row, rows)
            values: dict[str, int] = {
                "epoch": taking.cursor.epoch,
                "settled": taking.cursor.settled,
                "missing_rows": int(row.missing_rows) + taking.missing,
            }
            if taking.cursor.epoch != row.epoch:
                values["projected"] = 0
            db.execute(update(edge_table).where(edge_table.c.edge == edge).values(**values))
        return taking.cursor

    def put_apart(self, edge: str, instance: str, batch: Batch, now_us: int) -> None:
        """Keep the rows of an instance that waits for a person, under its own name."""
        rows = [
            {
                "edge": edge,
                "instance": instance,
                "epoch": batch.epoch,
                "seq": one.seq,
                "at_us": one.at_us,
                "kind": one.kind,
                "body": one.body,
                "received_us": now_us,
            }
            for one in batch.rows
        ]
        with self._engine.begin() as db:
            _insert_new(db, edge_row_apart, rows)

    def bury(self, edge: str, data: bytes, reason: str, now_us: int) -> None:
        """Keep what could not be read, with its bytes. Raises NotEnrolledError beyond MOST_DEAD."""
        with self._engine.begin() as db:
            count = db.execute(select(func.count()).where(dead_batch.c.edge == edge)).scalar_one()
            if count >= MOST_DEAD:
                raise NotEnrolledError(f"edge {edge!r} sent {count} batches that cannot be read; no more are kept")
            db.execute(insert(dead_batch).values(edge=edge, received_us=now_us, reason=reason[:400], data=data))

    def skip(self, edge: str, epoch: int, seq: int) -> Cursor:
        """Move the cursor past the next row, which was buried. Raises MissingBeforeError for another row."""
        with self._engine.begin() as db:
            row = db.execute(
                select(edge_table.c.epoch, edge_table.c.settled).where(edge_table.c.edge == edge).with_for_update()
            ).one()
            settled = int(row.settled) if epoch == row.epoch else 0
            if epoch < row.epoch or seq != settled + 1:
                raise MissingBeforeError(int(row.settled), seq)
            db.execute(update(edge_table).where(edge_table.c.edge == edge).values(epoch=epoch, settled=seq))
        return Cursor(epoch=epoch, settled=seq)

    def unprojected(self, edge: str, limit: int = 2000) -> tuple[int, list[tuple[int, str, str]]]:
        """Epoch, and settled rows (seq, kind, body) that the recording index does not have; no quarantined ones."""
        with self._engine.begin() as db:
            row = db.execute(
                select(edge_table.c.epoch, edge_table.c.projected).where(edge_table.c.edge == edge)
            ).one()
            query = (
                select(edge_row.c.seq, edge_row.c.kind, edge_row.c.body)
                .where(
                    edge_row.c.edge == edge,
                    edge_row.c.epoch == row.epoch,
                    edge_row.c.seq > row.projected,
                    edge_row.c.quarantined.is_(False),
                )
                .order_by(edge_row.c.seq)
                .limit(limit)
            )
            return int(row.epoch), [(int(one.seq), one.kind, one.body) for one in db.execute(query)]

    def projected(self, edge: str, epoch: int, seq: int) -> None:
        with self._engine.begin() as db:
            db.execute(
                update(edge_table)
                .where(edge_table.c.edge == edge, edge_table.c.epoch == epoch, edge_table.c.projected < seq)
                .values(projected=seq)
            )

    def release(self, edge: str) -> int:
        """Let quarantined rows into the timeline, with the times they have; gives how many."""
        with self._engine.begin() as db:
            done = db.execute(
                update(edge_row)
                .where(edge_row.c.edge == edge, edge_row.c.quarantined.is_(True))
                .values(quarantined=False)
            )
            db.execute(update(edge_table).where(edge_table.c.edge == edge).values(projected=0))
        return int(done.rowcount)

    def count_rows(self, edge: str) -> list[tuple[int, int]]:
        """(epoch, seq) of every row there is: for drills."""
        with self._engine.begin() as db:
            query = select(edge_row.c.epoch, edge_row.c.seq).where(edge_row.c.edge == edge)
            return [(int(row.epoch), int(row.seq)) for row in db.execute(query)]

    # ---- what is asked of them

    def ask(self, fetch: Fetch) -> bool:
        """Want a segment here; False when it was asked for before."""
        values = {
            "camera": fetch.camera,
            "start_us": fetch.start_us,
            "edge": fetch.edge,
            "case_id": fetch.case_id,
            "asked_us": fetch.asked_us,
            "size_bytes": fetch.size_bytes,
            "sha256": fetch.sha256,
            "have_bytes": 0,
        }
        with self._engine.begin() as db:
            return _insert_new(db, edge_fetch, [values]) == 1

    def fetch(self, camera: str, start_us: int) -> Fetch | None:
        where = (edge_fetch.c.camera == camera) & (edge_fetch.c.start_us == start_us)
        with self._engine.begin() as db:
            row = db.execute(select(edge_fetch).where(where)).first()
        return Fetch(**row._mapping) if row else None

    def fetches(self, edge: str | None = None, *, waiting: bool = False) -> list[Fetch]:
        """In the order in which they were asked."""
        query = select(edge_fetch).order_by(edge_fetch.c.asked_us, edge_fetch.c.camera, edge_fetch.c.start_us)
        if edge is not None:
            query = query.where(edge_fetch.c.edge == edge)
        if waiting:
            query = query.where(edge_fetch.c.arrived_us.is_(None), edge_fetch.c.fault.is_(None))
        with self._engine.begin() as db:
            return [Fetch(**row._mapping) for row in db.execute(query)]

    def progress(
        self, camera: str, start_us: int, *, have: int, arrived_us: int | None = None, fault: str | None = None
    ) -> None:
        where = (edge_fetch.c.camera == camera) & (edge_fetch.c.start_us == start_us)
        with self._engine.begin() as db:
            db.execute(update(edge_fetch).where(where).values(have_bytes=have, arrived_us=arrived_us, fault=fault))


def _insert_new(db: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert what is not there yet; gives how many were new (of a single row exactly)."""
    if db.dialect.name == "postgresql":
        return int(db.execute(postgresql.insert(table).on_conflict_do_nothing(), rows).rowcount)
    return int(db.execute(sqlite.insert(table).on_conflict_do_nothing(), rows).rowcount)


def _records(db: Connection, edge: str | None = None) -> list[EdgeRecord]:
    query = select(edge_table).order_by(edge_table.c.edge)
    if edge is not None:
        query = query.where(edge_table.c.edge == edge)
    cameras: dict[str, list[str]] = {}
    for row in db.execute(select(edge_camera).order_by(edge_camera.c.camera)):
        cameras.setdefault(row.edge, []).append(row.camera)
    return [_record(db, row, tuple(cameras.get(row.edge, ()))) for row in db.execute(query).all()]


def _record(db: Connection, row: Any, cameras: tuple[str, ...]) -> EdgeRecord:
    def count(table: Table, *where: Any) -> int:
        query = select(func.count()).select_from(table).where(table.c.edge == row.edge, *where)
        return int(db.execute(query).scalar_one())

    heartbeat = row.heartbeat
    return EdgeRecord(
        edge=row.edge,
        area=row.area,
        cameras=cameras,
        invited_us=row.invited_us,
        enrolled_us=row.enrolled_us,
        budget_bytes=row.budget_bytes,
        cursor=Cursor(epoch=int(row.epoch), settled=int(row.settled)),
        missing_rows=int(row.missing_rows),
        quarantined_rows=count(edge_row, edge_row.c.quarantined.is_(True)),
        apart_rows=count(edge_row_apart),
        dead_batches=count(dead_batch),
        instance=row.instance,
        frozen_instance=row.frozen_instance,
        last_contact_us=row.last_contact_us,
        heartbeat=json.loads(heartbeat) if isinstance(heartbeat, str) else heartbeat,
    )
