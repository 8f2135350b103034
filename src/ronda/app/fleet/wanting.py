"""Which segments the hub wants of an edge, and where each stretch of an edge's camera is now.

Wanted is what an approved case has in its scope and an edge still has. Locking alone wants nothing here:
the hold reaches the edge, the film comes when a second person has allowed the request.
"""

from dataclasses import dataclass
from enum import StrEnum

from ronda.access.service import SYSTEM
from ronda.cases.model import Case, CaseState
from ronda.cases.ports import CaseStore
from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US, Clock, TimeSpan
from ronda.evidence.entry import AuditEvent, Phase
from ronda.fleet.budget import Budget, expected_us
from ronda.fleet.model import FetchOrder
from ronda.store.disk.remote import RemoteIndex
from ronda.store.log import SqliteLog
from ronda.store.sql.fleet import EdgeRecord, Fetch, SqlFleet

NOT_CONNECTED_AFTER_US = 45 * SECOND_US
_MOST_ORDERS = 100
_JOIN_US = 2 * SECOND_US


class Where(StrEnum):
    HERE = "here"
    VILLAGE = "village"
    COMING = "coming"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A stretch of a camera's time and where its film is.

    percent, expected_us  of COMING: how much has arrived, when all of it should be here; None: nobody can say
    """

    span: TimeSpan
    where: Where
    percent: int | None = None
    expected_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanting:
    """See the module."""

    fleet: SqlFleet
    remote: RemoteIndex
    cases: CaseStore
    log: SqliteLog
    clock: Clock

    def orders(self, edge: EdgeRecord) -> tuple[FetchOrder, ...]:
        """Ask for what approved cases want and do not have; give all that is on order, oldest first."""
        for case in self.cases.all():
            if case.approval is not None and case.state not in (CaseState.REFUSED, CaseState.CLOSED):
                self._ask(edge, case)
        return tuple(
            FetchOrder(
                camera=one.camera,
                start_us=one.start_us,
                sha256=one.sha256,
                size_bytes=one.size_bytes,
                offset=one.have_bytes,
            )
            for one in self.fleet.fetches(edge.edge, waiting=True)[:_MOST_ORDERS]
        )

    def _ask(self, edge: EdgeRecord, case: Case) -> None:
        scope = case.approval.scope if case.approval else case.request.scope
        for camera in scope.cameras:
            if camera not in edge.cameras:
                continue
            new = 0
            for segment in self.remote.segments_of(camera, scope.span):
                if segment.here or segment.gone or segment.sha256 is None:
                    continue
                new += self.fleet.ask(
                    Fetch(
                        camera=camera,
                        start_us=segment.start_us,
                        edge=edge.edge,
                        case_id=case.case_id,
                        asked_us=self.clock.now_us(),
                        size_bytes=segment.size_bytes,
                        sha256=segment.sha256,
                        have_bytes=0,
                        arrived_us=None,
                        fault=None,
                    )
                )
            if new:
                self._note(
                    "desa.rekaman_diminta", case.case_id, {"desa": edge.edge, "kamera": camera, "berkas": new}
                )

    def tell_arrived(self, fetch: Fetch) -> None:
        """An entry once all that the case asked of the edge is here."""
        own = [one for one in self.fleet.fetches(fetch.edge) if one.case_id == fetch.case_id]
        if all(one.arrived_us is not None or one.fault for one in own):
            objects: dict[str, str | int] = {
                "desa": fetch.edge,
                "berkas": sum(one.arrived_us is not None for one in own),
                "byte": sum(one.size_bytes for one in own if one.arrived_us is not None),
            }
            self._note("desa.rekaman_tiba", fetch.case_id, objects)

    def places(self, camera: CameraId, span: TimeSpan) -> list[Place] | None:
        """Where the film of each recorded stretch is, joined; None for a camera that no edge records."""
        edge_name = self.fleet.cameras().get(camera)
        edge = self.fleet.edge(edge_name) if edge_name else None
        if edge is None:
            return None
        expected = self.expected(edge)
        asked = {one.start_us: one for one in self.fleet.fetches(edge.edge, waiting=True) if one.camera == camera}
        found: list[Place] = []
        for segment in self.remote.segments_of(camera, span):
            part = TimeSpan(segment.start_us, max(segment.start_us, segment.end_us)).cut_to(span)
            if part is None:
                continue
            order = asked.get(segment.start_us)
            if segment.here:
                place = Place(span=part, where=Where.HERE)
            elif segment.gone:
                place = Place(span=part, where=Where.GONE)
            elif order is not None:
                percent = 100 * order.have_bytes // max(1, order.size_bytes)
                at_us = expected.get((camera, order.start_us))
                place = Place(span=part, where=Where.COMING, percent=percent, expected_us=at_us)
            else:
                place = Place(span=part, where=Where.VILLAGE)
            _join(found, place)
        return found

    def expected(self, edge: EdgeRecord) -> dict[tuple[str, int], int | None]:
        """When each file on order should be here: at the measured rate, within what is left of the days."""
        now, told = self.clock.now_us(), edge.heartbeat or {}
        connected = edge.last_contact_us is not None and now - edge.last_contact_us < NOT_CONNECTED_AFTER_US
        budget = Budget(
            limit_bytes=edge.budget_bytes,
            day=str(told.get("budget_day", "")),
            used_bytes=int(told.get("budget_used_bytes") or 0),
        ).at(now)
        ahead, found = 0, {}
        for one in self.fleet.fetches(edge.edge, waiting=True):
            ahead += one.size_bytes - one.have_bytes
            found[one.camera, one.start_us] = (
                expected_us(
                    now,
                    remaining_bytes=ahead,
                    rate_bytes_s=told.get("rate_bytes_s"),
                    room_bytes=budget.room_bytes,
                    limit_bytes=edge.budget_bytes,
                )
                if connected
                else None
            )
        return found

    def _note(self, action: str, case_id: str, objects: dict[str, str | int]) -> None:
        self.log.append(
            AuditEvent(
                action=action,
                actor=SYSTEM,
                role="",
                phase=Phase.FACT,
                outcome="berhasil",
                case=case_id,
                objects=objects,
            )
        )


def _join(found: list[Place], place: Place) -> None:
    """Add a stretch, or make the last one longer when it is alike and touches; percents are averaged by time."""
    last = found[-1] if found else None
    if last is None or last.where is not place.where or place.span.start_us - last.span.end_us > _JOIN_US:
        found.append(place)
        return
    span = TimeSpan(last.span.start_us, max(last.span.end_us, place.span.end_us))
    percent, expected = None, None
    if place.where is Where.COMING:
        weights = (last.span.duration_us, max(1, place.span.duration_us))
        percent = ((last.percent or 0) * weights[0] + (place.percent or 0) * weights[1]) // sum(weights)
        known = [one.expected_us for one in (last, place)]
        expected = None if None in known else max(one for one in known if one is not None)
    found[-1] = Place(span=span, where=place.where, percent=percent, expected_us=expected)
