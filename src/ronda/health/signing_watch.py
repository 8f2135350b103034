"""Tell the channels when a camera stops signing its stream, and when it signs again.

One incident for each camera. It takes no recording down, so it holds no camera; `where` names it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ronda.core.ids import new_id
from ronda.health.messages import messages
from ronda.health.model import Channel, Incident, Reach
from ronda.health.ports import IncidentStore
from ronda.video.model import GapCause

PREFIX = "signing:"
EVIDENCE = "tidak ada tanda tangan lagi dalam rekaman terbaru kamera ini, padahal sebelumnya ada"


def watch_signing(
    stopped: Mapping[str, str], store: IncidentStore, channels: Sequence[Channel], region: str, *,
    now_us: int, training: bool,
) -> list[Incident]:  # fmt: skip
    """One look. stopped: cameras that no longer sign, with their names. Gives the incidents open afterwards."""
    still = []
    for incident in store.open_incidents():
        if not incident.where.startswith(PREFIX):
            continue
        if incident.where.removeprefix(PREFIX) in stopped:
            still.append(incident)
            continue
        over = replace(incident, closed_us=now_us)
        store.save_incident(over, messages(over, "closed", channels, region, now_us))
    known = {incident.where for incident in still}
    for camera, name in stopped.items():
        if PREFIX + camera in known:
            continue
        incident = Incident(
            incident_id=new_id("i"),
            opened_us=now_us,
            reach=Reach.CAMERA,
            where=PREFIX + camera,
            where_name=name,
            cause=GapCause.CAMERA,
            evidence=EVIDENCE,
            cameras=(),
            still_down=(),
            training=training,
        )
        store.save_incident(incident, messages(incident, "opened", channels, region, now_us))
        still.append(incident)
    return still
