"""Keep the ledger: settle past days in the store, compute the running days from the index.

A day is settled again while its rows may still be restated (a power cut reported later), which is for
RESTATED_DAYS; older days stay as they were settled.
"""

from collections.abc import Iterable, Sequence

from ronda.core.days import day_of, day_span, days_in
from ronda.core.ids import CameraId
from ronda.core.time import DAY_US, TimeSpan
from ronda.health.ledger import Account, account, total
from ronda.health.ports import LedgerStore, Recordings

RESTATED_DAYS = 7


class LedgerBook:
    """Accounts of cameras over any span of whole or broken local days."""

    def __init__(self, recordings: Recordings, store: LedgerStore) -> None:
        self._recordings, self._store = recordings, store

    def accounts(self, cameras: Iterable[CameraId], span: TimeSpan, now_us: int) -> dict[CameraId, Account]:
        """What became of `span` of each camera, up to now; a camera without any row is left out."""
        until = TimeSpan(span.start_us, max(span.start_us, min(span.end_us, now_us)))
        days = list(days_in(until))
        settled = self._store.settled([day for day in days if until.covers(day_span(day))])
        found: dict[CameraId, Account] = {}
        for camera in cameras:
            parts = [self._day(camera, day, until, settled.get(day)) for day in days]
            whole = total(part for part in parts if part is not None)
            if whole.span_us:
                found[camera] = whole
        return found

    def days(self, camera: CameraId, span: TimeSpan, now_us: int) -> dict[str, Account]:
        """The camera's account by local day, for a calendar."""
        until = TimeSpan(span.start_us, max(span.start_us, min(span.end_us, now_us)))
        days = list(days_in(until))
        settled = self._store.settled(days)
        found = {day: self._day(camera, day, until, settled.get(day)) for day in days}
        return {day: one for day, one in found.items() if one is not None}

    def settle(self, cameras: Sequence[CameraId], now_us: int, days_back: int = 40) -> int:
        """Store the past days that are missing or may have been restated; gives how many were settled."""
        past = list(days_in(TimeSpan(now_us - days_back * DAY_US, day_span(day_of(now_us)).start_us)))
        known = self._store.settled(past)
        again = set(past[-RESTATED_DAYS:])
        due = [day for day in past if day in again or day not in known]
        for day in due:
            accounts = {
                camera: one for camera in cameras if (one := self._compute(camera, day_span(day))) is not None
            }
            self._store.settle(day, accounts)
        return len(due)

    def _day(
        self, camera: CameraId, day: str, within: TimeSpan, settled: dict[CameraId, Account] | None
    ) -> Account | None:
        part = day_span(day).cut_to(within)
        if part is None:
            return None
        if settled is not None and part == day_span(day) and camera in settled:
            return settled[camera]
        return self._compute(camera, part)

    def _compute(self, camera: CameraId, span: TimeSpan) -> Account | None:
        first_us = self._recordings.first_us(camera)
        if first_us is None or first_us >= span.end_us:
            return None
        promised = TimeSpan(max(first_us, span.start_us), span.end_us)
        # Deleted footage was recorded: the account must not change when retention does its work.
        return account(
            promised, self._recordings.was_recorded(camera, promised), self._recordings.gaps(camera, promised)
        )
