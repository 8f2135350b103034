"""Tell the channels when the footage's storage needs somebody: before the first loss, not after.

One incident for each kind of trouble, opened when it begins and closed when it is over, however often this
runs and however its figures change. Such an incident takes no camera down, so it has none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from ronda.core.ids import new_id
from ronda.health.messages import messages
from ronda.health.model import Channel, Incident, Reach
from ronda.health.ports import IncidentStore
from ronda.video.model import GapCause

PREFIX = "storage:"


class Trouble(StrEnum):
    FAULT = "fault"  # nothing can be written
    DISK = "disk"  # one of several disks is absent, wrong or broken; others are written
    DAMAGE = "damage"  # stored footage is not what was written
    ROOM = "room"  # footage will go before its time, or the disk is nearly full
    CLOCK = "clock"  # the machine's clock jumped: nothing from before goes by age


def watch_storage(
    found: Mapping[Trouble, str], store: IncidentStore, channels: Sequence[Channel], region: str, *,
    now_us: int, training: bool,
) -> list[Incident]:  # fmt: skip
    """One look. found: what is wrong now, with its sentence. Gives the incidents that are open afterwards."""
    still = []
    known: set[str] = set()
    for incident in store.open_incidents():
        if not incident.where.startswith(PREFIX):
            continue
        known.add(incident.where)
        if incident.where.removeprefix(PREFIX) in found:
            still.append(incident)
            continue
        over = replace(incident, closed_us=now_us)
        store.save_incident(over, messages(over, "closed", channels, region, now_us))
    for trouble, sentence in found.items():
        if PREFIX + trouble.value in known:
            continue
        incident = Incident(
            incident_id=new_id("i"),
            opened_us=now_us,
            reach=Reach.EVERYWHERE,
            where=PREFIX + trouble.value,
            where_name="",
            cause=GapCause.DISK,
            evidence=sentence[:600],
            cameras=(),
            still_down=(),
            training=training,
        )
        store.save_incident(incident, messages(incident, "opened", channels, region, now_us))
        still.append(incident)
    return still
