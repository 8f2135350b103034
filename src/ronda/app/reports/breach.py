"""The pack for a breach: who looked, what went out, which cameras and how much of them, and what has to be written.

Law 27/2022, article 46: written notice to the people concerned and to the agency within 3 x 24 hours. The clock
runs from when the office knew (`found_us`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ronda.app.public_facts import CONTACT_SETTING
from ronda.app.reports.paper import paper, table
from ronda.app.wiring import Wiring
from ronda.core.ids import CameraId
from ronda.core.time import DAY_US, HOUR_US, TimeSpan, utc_text, wita_text
from ronda.registry.areas import area_name
from ronda.store.log import LogEntry

NOTICE_US = 3 * DAY_US
PAGE = 1000
LOOKS = ("rekaman.", "salinan.", "bukti.", "pantauan.", "kasus.", "paket.")
ACCOUNTS = ("masuk", "akun.", "sesi.", "token.", "faktor.", "orang.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """What is known when the pack is made."""

    span: TimeSpan
    found_us: int
    cameras: tuple[CameraId, ...]  # () means all
    what: str

    @property
    def notice_by_us(self) -> int:
        return self.found_us + NOTICE_US


def pack(wiring: Wiring, breach: Breach) -> dict[str, str]:
    """Files by name."""
    entries = _within(wiring, breach.span)
    cameras = breach.cameras or tuple(one.camera for one in wiring.register.cameras())
    rows = [_camera(wiring, camera, breach.span) for camera in cameras]
    return {
        "jejak.csv": table(
            ("nomor", "waktu_utc", "aksi", "tahap", "hasil", "pelaku", "peran", "kasus", "objek"),
            [_entry(entry) for entry in entries],
        ),
        "kamera.csv": table(("kamera", "nama", "wilayah", "tujuan", "jam_terekam", "bidang_privasi"), rows),
        "ringkasan.md": _summary(wiring, breach, entries, rows),
        "surat-pemberitahuan.md": _letter(wiring, breach, len(rows)),
    }


def _within(wiring: Wiring, span: TimeSpan) -> list[LogEntry]:
    found: list[LogEntry] = []
    start = 0
    while page := wiring.log.entries(start, PAGE):
        found += [entry for entry in page if span.contains(entry.at_us)]
        start = page[-1].index + 1
        if page[-1].at_us >= span.end_us + DAY_US:
            break  # clocks may have been set back a little, not by a day
    return found


def _entry(entry: LogEntry) -> tuple[object, ...]:
    fields = entry.fields
    objects = fields.get("objek")
    told = "; ".join(f"{name}={value}" for name, value in objects.items()) if isinstance(objects, dict) else ""
    return (
        entry.index, utc_text(entry.at_us), entry.action, fields.get("tahap"), fields.get("hasil"),
        entry.actor, fields.get("peran"), entry.case or "", told,
    )  # fmt: skip


def _camera(wiring: Wiring, camera: CameraId, span: TimeSpan) -> tuple[object, ...]:
    entry = wiring.register.camera(camera)
    parts = [part.cut_to(span) for part in wiring.index.recorded(camera, span)]
    hours = sum(part.duration_us for part in parts if part) / HOUR_US
    if entry is None:
        return (camera, "", "", "", f"{hours:.2f}", "")
    return (
        camera, entry.name, area_name(entry.site.area), entry.purpose_kind.value, f"{hours:.2f}", len(entry.masks)
    )  # fmt: skip


def _summary(
    wiring: Wiring, breach: Breach, entries: Sequence[LogEntry], rows: Sequence[tuple[object, ...]]
) -> str:
    looks = [entry for entry in entries if entry.action.startswith(LOOKS)]
    accounts = [entry for entry in entries if entry.action.startswith(ACCOUNTS)]
    actors = sorted({entry.actor for entry in looks})
    names = {str(person.person_id): f"{person.name}, {person.office}" for person in wiring.people.all()}
    return paper(
        "breach_summary",
        made=utc_text(wiring.clock.now_us()),
        found=wita_text(breach.found_us),
        notice_by=wita_text(breach.notice_by_us),
        what=breach.what,
        start=wita_text(breach.span.start_us),
        end=wita_text(breach.span.end_us),
        cameras=len(rows),
        hours=sum(float(str(row[4])) for row in rows),
        looks=len(looks),
        accounts=len(accounts),
        log_entries=wiring.log.size(),
        actors=[f"{names.get(actor, actor)} ({actor})" for actor in actors],
    )


def _letter(wiring: Wiring, breach: Breach, cameras: int) -> str:
    contact = wiring.settings.get(CONTACT_SETTING)
    return paper(
        "breach_letter",
        office=wiring.office.name,
        regency=wiring.office.regency,
        start=wita_text(breach.span.start_us),
        end=wita_text(breach.span.end_us),
        what=breach.what,
        cameras=cameras,
        contact=contact if isinstance(contact, str) else "",
        found=wita_text(breach.found_us),
        notice_by=wita_text(breach.notice_by_us),
    )
