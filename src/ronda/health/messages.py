"""What an alert says, and when a message that was not taken is tried again. Pure.

A message's id is the incident's id and what happened to it, so that a receiver can drop a repeat: a
message is sent at least once, never lost, and a broker that is down for a day gets it afterwards.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from ronda.core.time import MINUTE_US, SECOND_US, utc_text
from ronda.health.model import Channel, Delivery, Incident
from ronda.video.model import GapCause

TOPIC_ROOT = "ronda/v1"
FIRST_WAIT_US = 5 * SECOND_US
LONGEST_WAIT_US = 10 * MINUTE_US

_CAUSE_ID = {
    "power": "listrik padam", "link": "jaringan", "camera": "kamera", "disk": "penyimpanan",
    "machine": "perangkat perekam", "person": "orang", "planned_off": "dimatikan terencana",
    "unknown": "belum diketahui",
}  # fmt: skip
_REACH_ID = {
    "camera": "satu kamera", "site": "satu titik", "village": "satu desa/kelurahan", "district": "satu kecamatan",
    "everywhere": "semua kamera",
}  # fmt: skip

_STORAGE_ID = {
    ("fault", "opened"): "Rekaman tidak dapat disimpan: penyimpanan bermasalah",
    ("fault", "closed"): "Rekaman dapat disimpan lagi",
    ("disk", "opened"): "Satu cakram rekaman tidak dapat dipakai; rekaman baru masuk ke cakram berikutnya",
    ("disk", "closed"): "Semua cakram rekaman dapat dipakai lagi",
    ("damage", "opened"): "Ada rekaman tersimpan yang rusak; lihat kamera dan waktunya pada Kondisi Perangkat",
    ("damage", "closed"): "Tidak ada lagi rekaman tersimpan yang ditandai rusak",
    ("room", "opened"): "Rekaman akan terhapus sebelum waktunya; tambah cakram atau kurangi lama simpan",
    ("room", "closed"): "Ruang simpan cukup lagi untuk lama simpan yang dijanjikan",
}


def messages(
    incident: Incident, event: str, channels: Sequence[Channel], region: str, now_us: int
) -> list[Delivery]:
    """One message to each channel that is switched on. `event` is `opened` or `closed`."""
    message_id = f"{incident.incident_id}-{event}"
    body = json.dumps(_body(incident, event, message_id, now_us), ensure_ascii=False, sort_keys=True)
    return [
        Delivery(
            delivery_id=f"{message_id}:{channel.channel_id}",
            channel_id=channel.channel_id,
            topic=f"{TOPIC_ROOT}/{region}/alert/{incident.incident_id}",
            body=body,
            made_us=now_us,
            next_us=now_us,
        )
        for channel in channels
        if channel.enabled
    ]


def after_try(delivery: Delivery, fault: str | None, now_us: int) -> Delivery:
    """The delivery after a try: done, or waiting twice as long as before, at most ten minutes."""
    tries = delivery.tries + 1
    if fault is None:
        return replace(delivery, tries=tries, done_us=now_us, last_fault=None)
    wait_us = min(LONGEST_WAIT_US, FIRST_WAIT_US << min(tries - 1, 12))
    return replace(delivery, tries=tries, next_us=now_us + wait_us, last_fault=fault[:300])


def trial(channel: Channel, region: str, now_us: int) -> Delivery:
    """A message that says it is a trial; never stored, never an alert."""
    body = {
        "id": f"trial-{now_us}",
        "event": "trial",
        "at": utc_text(now_us),
        "since": utc_text(now_us),
        "text": "Pesan percobaan dari Ronda: saluran ini bekerja",
        "cameras": [],
        "evidence": "",
        "incident": "trial",
    }
    return Delivery(
        delivery_id=f"trial-{now_us}:{channel.channel_id}",
        channel_id=channel.channel_id,
        topic=f"{TOPIC_ROOT}/{region}/alert/trial",
        body=json.dumps(body, ensure_ascii=False, sort_keys=True),
        made_us=now_us,
    )


def _body(incident: Incident, event: str, message_id: str, now_us: int) -> dict[str, object]:
    return {
        "id": message_id,
        "incident": incident.incident_id,
        "event": event,
        "at": utc_text(now_us),
        "since": utc_text(incident.opened_us),
        "until": None if incident.closed_us is None else utc_text(incident.closed_us),
        "cameras": list(incident.cameras),
        "cause": incident.cause.value,
        "reach": incident.reach.value,
        "where": incident.where,
        "evidence": incident.evidence,
        "text": _text(incident, event),
        "training": incident.training,
    }


def _text(incident: Incident, event: str) -> str:
    """One Indonesian sentence for a mail's subject or a phone."""
    if incident.where.startswith("signing:"):
        ended = event == "closed"
        return f"Kamera {incident.where_name} " + (
            "menandatangani lagi" if ended else "berhenti menandatangani rekaman"
        )
    if not incident.cameras:
        return _STORAGE_ID.get((incident.where.partition(":")[2], event), "Penyimpanan rekaman perlu diperiksa")
    count = len(incident.cameras)
    where = incident.where_name or incident.where or "seluruh jaringan"
    if event == "closed":
        return f"{count} kamera merekam lagi ({where})"
    cause = _CAUSE_ID[incident.cause.value]
    if count > 1 and incident.cause is GapCause.UNKNOWN:
        cause = "sakelar, listrik, atau jalur yang dipakai bersama"
    return (
        f"{count} kamera tidak merekam, kemungkinan 1 sebab: {cause} ({_REACH_ID[incident.reach.value]}: {where})"
    )
