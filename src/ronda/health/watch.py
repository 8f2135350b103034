"""Keep incidents true to what is down: open one for each common cause, close it when all record again.

Each turn compares what is down now with the incidents that are open. A camera belongs to at most one
open incident; one that falls while its group's incident is open joins it silently.
Invariant: one alert when an incident opens, one when it ends, however often this runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ronda.core.ids import CameraId, new_id
from ronda.core.time import SECOND_US
from ronda.health.common_cause import Group, groups
from ronda.health.messages import messages
from ronda.health.model import Channel, Down, Incident, PictureCheck, Verdict, Watched
from ronda.health.ports import IncidentStore, Recordings
from ronda.health.repair import FRESH_US
from ronda.video.model import GapCause

AreaName = Callable[[str], str]
_BLIND = {Verdict.BLACK: "the picture is black", Verdict.FROZEN: "the picture does not change"}
RECORDER_AWAY = "the recorder does not answer"


def blind(check: PictureCheck | None, now_us: int) -> Down | None:
    """A camera that sends, but a black picture or the same one again and again; None for any other."""
    if check is None or check.verdict not in _BLIND or now_us - check.at_us > FRESH_US:
        return None
    measured = f"brightness {check.brightness:.0f}, contrast {check.contrast:.0f} of 255"
    return Down(
        camera=check.camera,
        since_us=check.since_us,
        cause=GapCause.CAMERA,
        evidence=f"{_BLIND[check.verdict]} ({measured})",
    )


class HealthWatch:
    """Use case of the worker's turn."""

    def __init__(
        self, recordings: Recordings, store: IncidentStore, region: str, area_name: AreaName, *, training: bool
    ) -> None:
        self._recordings, self._store, self._region = recordings, store, region
        self._area_name, self._training = area_name, training

    def turn(
        self,
        watched: Sequence[Watched],
        channels: Sequence[Channel],
        *,
        now_us: int,
        after_s: float,
        recorder_up: bool = True,
        pictures: Mapping[CameraId, PictureCheck] | None = None,
    ) -> list[Incident]:
        """One look at everything; gives the incidents that are open afterwards.

        recorder_up  False: nobody writes gap rows, so what has no newer footage counts as down too
        pictures     the latest verdicts: a camera that records a black or frozen picture is a fault too
        """
        seen = pictures or {}
        down = [
            found
            for one in watched
            if (found := self._down(one.camera, recorder_up) or blind(seen.get(one.camera), now_us)) is not None
        ]
        still = self._refresh({one.camera for one in down}, channels, now_us)
        held = {camera for incident in still for camera in incident.still_down}
        for group in groups(watched, down, now_us=now_us, after_us=int(after_s * SECOND_US)):
            fresh = tuple(camera for camera in group.cameras if camera not in held)
            if not fresh:
                continue
            joins = next((one for one in still if set(one.cameras) & set(group.cameras)), None)
            if joins is not None:
                still[still.index(joins)] = self._join(joins, fresh)
            else:
                still.append(self._open(group, channels, now_us))
        return still

    def _down(self, camera: CameraId, recorder_up: bool) -> Down | None:
        gap = self._recordings.open_gap(camera)
        if gap is None and not recorder_up and (end_us := self._recordings.last_end_us(camera)) is not None:
            return Down(camera=camera, since_us=end_us, cause=GapCause.MACHINE, evidence=RECORDER_AWAY)
        if gap is None or gap.cause is GapCause.PLANNED_OFF:
            return None
        return Down(camera=camera, since_us=gap.start_us, cause=gap.cause, evidence=gap.evidence)

    def _refresh(self, down: set[CameraId], channels: Sequence[Channel], now_us: int) -> list[Incident]:
        """Take out what records again; close what is over."""
        still = []
        for incident in self._store.open_incidents():
            left = tuple(camera for camera in incident.still_down if camera in down)
            if left == incident.still_down:
                still.append(incident)
                continue
            changed = replace(incident, still_down=left, closed_us=None if left else now_us)
            told = [] if left else messages(changed, "closed", channels, self._region, now_us)
            self._store.save_incident(changed, told)
            if left:
                still.append(changed)
        return still

    def _join(self, incident: Incident, fresh: tuple[CameraId, ...]) -> Incident:
        changed = replace(
            incident,
            cameras=tuple(dict.fromkeys((*incident.cameras, *fresh))),
            still_down=tuple(dict.fromkeys((*incident.still_down, *fresh))),
        )
        self._store.save_incident(changed, [])
        return changed

    def _open(self, group: Group, channels: Sequence[Channel], now_us: int) -> Incident:
        incident = Incident(
            incident_id=new_id("i"),
            opened_us=group.since_us,
            reach=group.reach,
            where=group.where,
            where_name=group.where_name or self._area_name(group.where),
            cause=group.cause,
            evidence=group.evidence,
            cameras=group.cameras,
            still_down=group.cameras,
            training=self._training,
        )
        self._store.save_incident(incident, messages(incident, "opened", channels, self._region, now_us))
        return incident
