"""Repair orders: opened from a fault, a village's report or by hand; closed by proof alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ronda.core.ids import AreaCode, CameraId, PersonId, new_id
from ronda.core.time import Clock, TimeSpan
from ronda.health.errors import NoSuchRepairError
from ronda.health.model import Proof, Repair, RepairNote, RepairState
from ronda.health.ports import PictureStore, Recordings, RepairStore
from ronda.health.repair import (
    FRESH_US,
    check_deadline,
    check_move,
    check_proven,
    check_text,
    proofs,
)
from ronda.video.model import GapCause

BY_VILLAGE = "desa"
MOST_REPORTS_A_DAY = 10
DAY_US = 24 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a new order is about."""

    area: AreaCode
    place: str
    cameras: tuple[CameraId, ...]
    cause: GapCause
    what: str
    incident_id: str | None = None
    training: bool = False


class RepairDesk:
    """Use cases of repair orders. The caller has asked the policy and written the log entry."""

    def __init__(self, store: RepairStore, pictures: PictureStore, recordings: Recordings, clock: Clock) -> None:
        self._store, self._pictures, self._recordings, self._clock = store, pictures, recordings, clock

    def order(self, wanted: Wanted, by: PersonId, deadline_us: int, assignee: str) -> Repair:
        """An open order with a deadline. Raises RepairStateError."""
        now_us = self._clock.now_us()
        check_deadline(deadline_us, now_us)
        repair = self._new(wanted, RepairState.OPEN, by, now_us)
        repair = replace(repair, deadline_us=deadline_us, assignee=check_text(assignee, "who repairs"))
        self._store.add(repair)
        return repair

    def report(self, wanted: Wanted) -> Repair:
        """Somebody of the village says that something is broken; one open report a camera is enough.

        A second report of a camera that is reported or ordered already becomes a note of that order.
        """
        now_us = self._clock.now_us()
        text = check_text(wanted.what, "what is broken")
        known = next((one for one in self.unfinished() if set(one.cameras) & set(wanted.cameras)), None)
        if known is not None:
            note = RepairNote(at_us=now_us, by=BY_VILLAGE, text=text)
            return self._store.save(replace(known, notes=(*known.notes, note)))
        repair = self._new(wanted, RepairState.REPORTED, BY_VILLAGE, now_us)
        self._store.add(repair)
        return repair

    def too_many_reports(self, area: AreaCode) -> bool:
        """A signed link may be passed on: a village's reports are bounded by the day."""
        since_us = self._clock.now_us() - DAY_US
        told = [
            at_us
            for one in self._store.all()
            if one.area == area
            for at_us in (
                *([one.opened_us] if one.opened_by == BY_VILLAGE else []),
                *(note.at_us for note in one.notes if note.by == BY_VILLAGE),
            )
            if at_us > since_us
        ]
        return len(told) >= MOST_REPORTS_A_DAY

    def accept(self, repair_id: str, by: PersonId, deadline_us: int, assignee: str) -> Repair:
        """A report becomes an order."""
        repair = self.get(repair_id)
        now_us = self._clock.now_us()
        check_move(repair, RepairState.OPEN)
        check_deadline(deadline_us, now_us)
        note = RepairNote(at_us=now_us, by=by, text="diterima")
        return self._store.save(
            replace(
                repair,
                state=RepairState.OPEN,
                deadline_us=deadline_us,
                assignee=check_text(assignee, "who repairs"),
                notes=(*repair.notes, note),
            )
        )

    def decline(self, repair_id: str, by: PersonId, reason: str) -> Repair:
        """Not a fault, or not ours; the reason stays."""
        repair = self.get(repair_id)
        now_us = self._clock.now_us()
        check_move(repair, RepairState.DECLINED)
        note = RepairNote(at_us=now_us, by=by, text=check_text(reason, "the reason"))
        return self._store.save(
            replace(repair, state=RepairState.DECLINED, closed_us=now_us, notes=(*repair.notes, note))
        )

    def note(self, repair_id: str, by: PersonId, text: str) -> Repair:
        repair = self.get(repair_id)
        note = RepairNote(at_us=self._clock.now_us(), by=by, text=check_text(text, "the note"))
        return self._store.save(replace(repair, notes=(*repair.notes, note)))

    def proofs(self, repair: Repair) -> list[Proof]:
        """What holds of the order's cameras right now."""
        now_us = self._clock.now_us()
        recent = TimeSpan(now_us - FRESH_US, now_us)
        recorded = {camera: self._recordings.recorded(camera, recent) for camera in repair.cameras}
        return proofs(repair.cameras, recorded, self._pictures.pictures(), now_us)

    def close(self, repair_id: str, by: PersonId) -> Repair:
        """Close with the proofs of this moment. Raises NotProvenError; the order stays open then."""
        repair = self.get(repair_id)
        check_move(repair, RepairState.CLOSED)
        found = self.proofs(repair)
        check_proven(repair, found)
        now_us = self._clock.now_us()
        note = RepairNote(at_us=now_us, by=by, text="ditutup dengan bukti")
        return self._store.save(
            replace(
                repair,
                state=RepairState.CLOSED,
                closed_us=now_us,
                proofs=tuple(found),
                notes=(*repair.notes, note),
            )
        )

    def get(self, repair_id: str) -> Repair:
        """Raises NoSuchRepairError."""
        repair = self._store.get(repair_id)
        if repair is None:
            raise NoSuchRepairError(repair_id)
        return repair

    def all(self) -> Sequence[Repair]:
        return self._store.all()

    def unfinished(self) -> list[Repair]:
        """Reported or open, newest first."""
        return [one for one in self._store.all() if one.state in (RepairState.REPORTED, RepairState.OPEN)]

    def _new(self, wanted: Wanted, state: RepairState, by: PersonId | str, now_us: int) -> Repair:
        return Repair(
            repair_id=new_id("r"),
            revision=1,
            state=state,
            area=wanted.area,
            place=wanted.place,
            cameras=wanted.cameras,
            cause=wanted.cause,
            what=check_text(wanted.what, "what is broken"),
            incident_id=wanted.incident_id,
            opened_us=now_us,
            opened_by=by,
            training=wanted.training,
        )
