"""The channels hear of trouble with the storage once when it begins and once when it is over."""

import json

from ronda.app.jobs.health import storage_trouble
from ronda.core.time import TimeSpan
from ronda.health.model import Channel, ChannelKind, Delivery, Incident
from ronda.health.storage_watch import Trouble, watch_storage
from ronda.video.recorder_status import DiskStatus

CHANNEL = Channel(channel_id="c-1", kind=ChannelKind.WEBHOOK, name="x", settings={}, enabled=True)


class Kept:
    """Incidents in memory, and what was told with them."""

    def __init__(self) -> None:
        self.incidents: dict[str, Incident] = {}
        self.told: list[str] = []

    def open_incidents(self) -> list[Incident]:
        return [one for one in self.incidents.values() if one.closed_us is None]

    def save_incident(self, incident: Incident, told: list[Delivery]) -> None:
        self.incidents[incident.incident_id] = incident
        self.told += [json.loads(one.body)["text"] for one in told]

    def incidents_in(self, span: TimeSpan) -> list[Incident]:
        return list(self.incidents.values())


def look(store: Kept, found: dict[Trouble, str], now_us: int) -> None:
    watch_storage(found, store, [CHANNEL], "64.08", now_us=now_us, training=False)  # type: ignore[arg-type]


def test_each_trouble_is_told_once_and_once_more_when_it_is_over():
    """However often it is looked at, and however the days in the sentence count down."""
    store = Kept()
    for day in (9, 8, 7):
        look(store, {Trouble.ROOM: f"footage will be deleted in {day} days"}, 10 - day)
    assert store.told == ["Rekaman akan terhapus sebelum waktunya; tambah cakram atau kurangi lama simpan"]
    look(store, {Trouble.ROOM: "x", Trouble.DAMAGE: "camera pasar-1 ..."}, 20)
    assert len(store.told) == 2
    assert "rusak" in store.told[1]
    look(store, {}, 30)
    assert len(store.told) == 4
    assert store.open_incidents() == []
    look(store, {Trouble.ROOM: "again"}, 40)
    assert len(store.told) == 5


def test_what_the_recorder_says_is_sorted_by_what_it_needs():
    """A disk that is out, a damaged file and too little room need different people."""
    assert storage_trouble(DiskStatus()) == {}
    assert set(storage_trouble(DiskStatus(fault="gone", warnings=("gone",)))) == {Trouble.FAULT}
    out = DiskStatus(warnings=("disk 1 is gone",), disks_out=1)
    assert set(storage_trouble(out)) == {Trouble.DISK}
    torn = DiskStatus(warnings=("2 segments are not what was written",), damaged=2)
    assert set(storage_trouble(torn)) == {Trouble.DAMAGE}
    full = DiskStatus(warnings=("the promised 30 days need more",))
    assert set(storage_trouble(full)) == {Trouble.ROOM}
    everything = DiskStatus(warnings=("gone", "torn", "full"), disks_out=1, damaged=1)
    assert set(storage_trouble(everything)) == {Trouble.DISK, Trouble.DAMAGE, Trouble.ROOM}
    assert storage_trouble(DiskStatus(clock_doubt="the clock jumped")) == {Trouble.CLOCK: "the clock jumped"}
