"""Health's turns of the worker: faults and their alerts, messages to the outside, pictures, settled days."""

import asyncio
import json
import logging

from ronda.app.fleet.wanting import NOT_CONNECTED_AFTER_US
from ronda.app.key_frames import key_frames
from ronda.app.notify.channels import SENDERS
from ronda.app.notify.errors import NotTakenError
from ronda.app.notify.mqtt import Publication, publish
from ronda.app.wiring import Wiring
from ronda.app.worker import Job
from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US, TimeSpan, utc_text
from ronda.health.common_cause import ALERT_AFTER_S
from ronda.health.messages import TOPIC_ROOT, after_try
from ronda.health.model import Channel, ChannelKind, PictureCheck, Watched
from ronda.health.picture import Look, judge, small_grey
from ronda.health.storage_watch import Trouble, watch_storage
from ronda.health.watch import HealthWatch
from ronda.registry.model import CameraState
from ronda.video.errors import RecorderNotRunningError
from ronda.video.recorder_status import DiskStatus, RecorderStatus

WATCH_EVERY_S = 5.0
SEND_EVERY_S = 3.0
LOOK_EVERY_S = 10.0
SETTLE_EVERY_S = 600.0
MESSAGES_A_TURN = 50
LOOK_BACK_US = 75 * SECOND_US
LOOKS = 3
ALERT_AFTER_SETTING = "alert_after_s"
_log = logging.getLogger(__name__)


def health_jobs(wiring: Wiring) -> list[Job]:
    state = _States(wiring)
    return [
        Job(name="faults", every_s=WATCH_EVERY_S, run=state.turn),
        Job(name="messages", every_s=SEND_EVERY_S, run=lambda: send_due(wiring)),
        Job(name="pictures", every_s=LOOK_EVERY_S, run=lambda: look_at_pictures(wiring)),
        Job(name="ledger", every_s=SETTLE_EVERY_S, run=lambda: settle(wiring)),
    ]


def watched_cameras(wiring: Wiring) -> list[Watched]:
    """What should be recorded now, here or in a village that is connected.

    A village whose line is cut is "not connected", never "camera down": nobody knows how its cameras are.
    """
    away = _cameras_out_of_reach(wiring)
    return [
        Watched(
            camera=entry.camera,
            name=entry.name,
            site=entry.site.site_id,
            site_name=entry.site.name,
            area=entry.site.area,
        )
        for entry in wiring.register.cameras()
        if entry.state is CameraState.IN_SERVICE and entry.off_reason is None and entry.camera not in away
    ]


def _cameras_out_of_reach(wiring: Wiring) -> set[str]:
    now_us = wiring.clock.now_us()
    return {
        camera
        for edge in wiring.fleet.edges()
        if edge.last_contact_us is None or now_us - edge.last_contact_us > NOT_CONNECTED_AFTER_US
        for camera in edge.cameras
    }


def alert_after_s(wiring: Wiring) -> float:
    """How long a camera is down before somebody is told; five minutes unless the office says otherwise."""
    value = wiring.settings.get(ALERT_AFTER_SETTING)
    return float(value) if isinstance(value, int | float) and value > 0 else float(ALERT_AFTER_S)


def send_due(wiring: Wiring) -> int:
    """Try every message that is due, oldest first; gives how many were taken.

    A channel that is away is asked once a turn, so that it cannot hold up the others.
    """
    channels = {one.channel_id: one for one in wiring.health.channels()}
    away: set[str] = set()
    taken = 0
    for message in wiring.health.due(wiring.clock.now_us(), MESSAGES_A_TURN):
        channel = channels.get(message.channel_id)
        if channel is None or not channel.enabled or channel.channel_id in away:
            continue
        fault: str | None = None
        try:
            SENDERS[channel.kind](channel.settings, message)
            taken += 1
        except NotTakenError as error:
            fault = str(error)
            away.add(channel.channel_id)
        wiring.health.told(after_try(message, fault, wiring.clock.now_us()))
    return taken


def look_at_pictures(wiring: Wiring) -> None:
    """Decode a few key frames of each recorded camera and keep the verdict, never the picture."""
    now_us = wiring.clock.now_us()
    before = wiring.health.pictures()
    for one in watched_cameras(wiring):
        span = TimeSpan(now_us - LOOK_BACK_US, now_us)
        entry = wiring.register.camera(one.camera)
        masks = entry.masks if entry else ()
        frames = list(key_frames(wiring.index, wiring.footage, one.camera, span, spread=LOOKS, masks=masks))
        if not frames:
            continue  # not recorded: the ledger says so; there is no picture to judge
        looks = [Look(at_us=frame.at_us, grey=small_grey(frame.rgb)) for frame in frames]
        found = judge(looks)
        old = before.get(one.camera)
        same = old is not None and old.verdict is found.verdict
        wiring.health.put_picture(
            PictureCheck(
                camera=one.camera,
                at_us=looks[-1].at_us,
                verdict=found.verdict,
                since_us=old.since_us if same and old is not None else looks[-1].at_us,
                brightness=found.brightness,
                contrast=found.contrast,
                change=found.change,
            )
        )


def settle(wiring: Wiring) -> None:
    """Settle the past days of every camera that ever was."""
    wiring.ledger.settle([entry.camera for entry in wiring.register.cameras()], wiring.clock.now_us())


def storage_trouble(disk: DiskStatus) -> dict[Trouble, str]:
    """What the recorder's word on its disks means for the channels."""
    told = "; ".join(disk.warnings)
    found: dict[Trouble, str] = {}
    if disk.fault is not None:
        return {Trouble.FAULT: disk.fault}
    if disk.disks_out:
        found[Trouble.DISK] = told
    if disk.damaged:
        found[Trouble.DAMAGE] = told
    if len(disk.warnings) > disk.disks_out + bool(disk.damaged):
        found[Trouble.ROOM] = told
    if disk.clock_doubt is not None:
        found[Trouble.CLOCK] = disk.clock_doubt
    return found


class _States:
    """Faults, and the state of each camera on the broker, told when it changes."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._watch = HealthWatch(
            wiring.index, wiring.health, wiring.region, wiring.area_name, training=wiring.folder.training
        )
        self._published: dict[tuple[str, CameraId], str] = {}

    def turn(self) -> None:
        wiring = self._wiring
        now_us = wiring.clock.now_us()
        channels = wiring.health.channels()
        watched = watched_cameras(wiring)
        status = self._status()
        self._watch.turn(
            watched,
            channels,
            now_us=now_us,
            after_s=alert_after_s(wiring),
            recorder_up=status is not None,
            pictures=wiring.health.pictures(),
        )
        if status is not None:  # a recorder that is away says nothing of its disks
            watch_storage(
                storage_trouble(status.disk), wiring.health, channels, wiring.region,
                now_us=now_us, training=wiring.folder.training,
            )  # fmt: skip
        for channel in channels:
            if channel.kind is ChannelKind.MQTT and channel.enabled:
                self._publish(channel, watched, now_us)

    def _status(self) -> RecorderStatus | None:
        try:
            return asyncio.run(self._wiring.recorder.status())
        except RecorderNotRunningError:
            return None

    def _publish(self, channel: Channel, watched: list[Watched], now_us: int) -> None:
        """Retained, so that whoever subscribes later knows at once."""
        region = self._wiring.region
        changed = {}
        for one in watched:
            gap = self._wiring.index.open_gap(one.camera)
            state = "recording" if gap is None else f"missing:{gap.cause.value}:{gap.start_us}"
            if self._published.get((channel.channel_id, one.camera)) != state:
                changed[one.camera] = (state, gap)
        if not changed:
            return
        told = [
            Publication(
                topic=f"{TOPIC_ROOT}/{region}/camera/{camera}/state",
                payload=json.dumps(
                    {
                        "camera": camera,
                        "state": "recording" if gap is None else "missing",
                        "cause": None if gap is None else gap.cause.value,
                        "since": None if gap is None else utc_text(gap.start_us),
                        "at": utc_text(now_us),
                    }
                ),
                retain=True,
            )
            for camera, (_state, gap) in changed.items()
        ]
        try:
            publish(channel.settings, told)
        except NotTakenError as fault:
            _log.warning("states are not on the broker yet: %s", fault)
            return
        self._published |= {(channel.channel_id, camera): state for camera, (state, _gap) in changed.items()}
