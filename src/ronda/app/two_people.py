"""What is done once a second person has allowed it: one function for each kind of change.

Each does exactly what the change's body says; that was decided upon, and nothing is read anew from the screen.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from ronda.access.changes import ChangeDesk, Doer
from ronda.access.errors import IncompleteChangeError
from ronda.access.look_back import SETTING
from ronda.access.model import Role
from ronda.access.service import new_person
from ronda.access.two_people import Change, ChangeKind, ChangeState
from ronda.app.recorder_file import write_cameras
from ronda.core.ids import AreaCode, PersonId, SegmentId, camera_id
from ronda.core.time import TimeSpan
from ronda.registry.masks import read_mask
from ronda.registry.model import Camera
from ronda.registry.purposes import PurposeKind
from ronda.registry.rules import check_camera
from ronda.store.sql.changes import SqlChanges
from ronda.video.retain.clock_doubt import Doubt, believe

if TYPE_CHECKING:
    from ronda.app.wiring import Wiring


def change_desk(wiring: "Wiring") -> ChangeDesk:
    """The desk of this installation."""
    doers: dict[ChangeKind, Doer] = {
        ChangeKind.ADD_PERSON: lambda change: _add_person(wiring, change),
        ChangeKind.RIGHTS: lambda change: _rights(wiring, change),
        ChangeKind.FACTORS: lambda change: _factors(wiring, change),
        ChangeKind.RETENTION: lambda change: _retention(wiring, change),
        ChangeKind.EARLY_DELETION: lambda change: _delete(wiring, change),
        ChangeKind.UNMASK: lambda change: _unmask(wiring, change),
        ChangeKind.LOOK_BACK: lambda change: wiring.settings.put(SETTING, _number(change, "minutes")),
        ChangeKind.CLOCK: lambda change: _believe_clock(wiring, change),
    }
    return ChangeDesk(
        store=SqlChanges(wiring.engine), people=wiring.people, log=wiring.log, clock=wiring.clock, doers=doers
    )


def _add_person(wiring: "Wiring", change: Change) -> None:
    """The account; its one-time password is thrown away, the admin makes a new one to hand over."""
    said = change.body
    person = new_person(
        str(said["login"]), str(said["name"]), str(said["official_id"]), str(said["office"]), _roles(change),
        AreaCode(str(said["area"])),
    )  # fmt: skip
    wiring.access.add_person(None, person)


def _rights(wiring: "Wiring", change: Change) -> None:
    area = AreaCode(str(change.body["area"]))
    wiring.people.set_rights(PersonId(change.subject), _roles(change), area)


def _factors(wiring: "Wiring", change: Change) -> None:
    """A lost phone: every factor and every session ends; the next sign-in sets up a new one."""
    wiring.factors.factors.remove_all(PersonId(change.subject))
    wiring.people.end_sessions(PersonId(change.subject))


def _retention(wiring: "Wiring", change: Change) -> None:
    entry = _camera(wiring, change)
    done = replace(
        entry,
        purpose_kind=PurposeKind(str(change.body["purpose_kind"])),
        purpose=str(change.body["purpose"]),
        retention_days=_number(change, "retention_days"),
        legal_basis=str(change.body.get("legal_basis", entry.legal_basis)),
    )
    check_camera(done)
    wiring.register.save(done)
    write_cameras(wiring.folder, wiring.register.cameras())


def _unmask(wiring: "Wiring", change: Change) -> None:
    """The masks as they were decided upon, whatever was covered meanwhile."""
    named = change.body["masks"]
    masks = tuple(read_mask(one) for one in named) if isinstance(named, list) else ()
    wiring.register.save(replace(_camera(wiring, change), masks=masks))
    wiring.note("kamera.bidang_tutup", {"kamera": change.subject, "bidang": len(masks)})


def _camera(wiring: "Wiring", change: Change) -> Camera:
    entry = wiring.register.camera(camera_id(change.subject))
    if entry is None:
        raise IncompleteChangeError("subject", "the camera is gone from the register")
    return entry


def _delete(wiring: "Wiring", change: Change) -> None:
    """Closed files that lie wholly within the span, but none that is locked; the recorder removes them."""
    taken = wiring.index.take(_inside(wiring, change), wiring.clock.now_us())
    span = _span(change)
    facts: dict[str, str | int] = {"kamera": change.subject, "dari_us": span.start_us, "sampai_us": span.end_us}
    left = len(_inside(wiring, change))
    wiring.note("rekaman.dihapus_awal", {**facts, "berkas": len(taken), "terkunci": left})


def erase_what_was_locked(wiring: "Wiring") -> int:
    """Finish erasures that people in the footage asked for, as far as locks have ended; gives the files taken.

    The second person decided on the whole span; what was locked then was kept with that reason, and goes now.
    """
    taken = 0
    for change in wiring.changes.store.all():
        if _waits_for_locks(change) and (inside := _inside(wiring, change)):
            gone = wiring.index.take(inside, wiring.clock.now_us())
            taken += len(gone)
            if gone:
                left = len(_inside(wiring, change))
                objects: dict[str, str | int] = {"kamera": change.subject, "berkas": len(gone), "terkunci": left}
                wiring.note("rekaman.dihapus_setelah_kunci", {**objects, "perubahan": change.change_id})
    return taken


def still_locked(wiring: "Wiring", change: Change) -> int | None:
    """How many files an erasure for a person still has to wait for; None for any other change."""
    return len(_inside(wiring, change)) if _waits_for_locks(change) else None


def _waits_for_locks(change: Change) -> bool:
    asked = change.kind is ChangeKind.EARLY_DELETION and change.body.get("for_person") == 1
    return asked and change.state is ChangeState.DONE


def _span(change: Change) -> TimeSpan:
    return TimeSpan(_number(change, "from_us"), _number(change, "to_us"))


def _inside(wiring: "Wiring", change: Change) -> list[SegmentId]:
    span = _span(change)
    segments = wiring.index.segments(camera_id(change.subject), span)
    return [segment.segment_id for segment in segments if span.covers(segment.span)]


def _believe_clock(wiring: "Wiring", change: Change) -> None:
    """Exactly the jump that was read: the recorder then deletes by age again, of its own accord."""
    believe(wiring.index, Doubt(from_us=_number(change, "from_us"), to_us=_number(change, "to_us")))


def _roles(change: Change) -> frozenset[Role]:
    named = change.body["roles"]
    return frozenset(Role(one) for one in named) if isinstance(named, list) else frozenset()


def _number(change: Change, name: str) -> int:
    found = change.body[name]
    if not isinstance(found, int):
        raise IncompleteChangeError(name, "a whole number")
    return found
