"""Note which cameras sign their stream, and raise an alarm when one stops.

Reads what is already durable, newest first, apart from receiving and writing. A camera that signs is looked at each
turn: silence of QUIET_S in its footage is a stop, so a stop is known after QUIET_S + EVERY_S + 2 s at the latest
(the index lags 2 s), within the minute. One that does not sign is looked at once an hour and after each gap.
"""

import logging
from dataclasses import dataclass, field

from ronda.app.key_frames import FRAGMENT_FAULTS, fragment_bytes
from ronda.app.signing_states import read_signing, write_signing
from ronda.app.wiring import Wiring
from ronda.app.worker import Job
from ronda.core.ids import CameraId
from ronda.core.time import HOUR_US, SECOND_US, TimeSpan
from ronda.evidence.camera_signing.intake import Seen, SigningState, next_state
from ronda.evidence.camera_signing.presence import newest_signed
from ronda.health.signing_watch import watch_signing
from ronda.media.fmp4_init import read_init
from ronda.media.fmp4_read import read_fragment
from ronda.media.picture_sets import codec_of
from ronda.registry.model import CameraState
from ronda.video.model import Fragment, Segment
from ronda.video.playback import READABLE

EVERY_S = 15.0
QUIET_S = 30
LOOK_BACK_US = 90 * SECOND_US
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What the newest footage of a camera shows. `enough`: at least QUIET_S of it was there to look at."""

    signed_us: int | None
    newest_us: int
    enough: bool


def camera_signing(wiring: Wiring) -> Job:
    return Job(name="camera_signing", every_s=EVERY_S, run=SigningRound(wiring).run)


@dataclass(slots=True)
class SigningRound:
    """Remembers when each camera was looked at and when it last signed."""

    wiring: Wiring
    looked_us: dict[str, int] = field(default_factory=dict)
    signed_us: dict[str, int] = field(default_factory=dict)

    def run(self) -> None:
        """One turn for all cameras that are recorded here."""
        known = read_signing(self.wiring.folder)
        before = dict(known)
        now_us = self.wiring.clock.now_us()
        names: dict[str, str] = {}
        for entry in self.wiring.register.cameras():
            if entry.state is not CameraState.IN_SERVICE or entry.off_reason is not None:
                continue
            names[entry.camera] = entry.name
            state = known[entry.camera][-1].state if known.get(entry.camera) else None
            if self._is_due(entry.camera, state, now_us):
                seen = self._look(entry.camera, state, now_us)
                if seen is not None:
                    known[entry.camera] = (*known.get(entry.camera, ()), seen)
        if known != before:
            write_signing(self.wiring.folder, known)
        stopped = {
            camera: name
            for camera, name in names.items()
            if known.get(camera) and known[camera][-1].state is SigningState.STOPPED
        }
        wiring = self.wiring
        watch_signing(
            stopped, wiring.health, wiring.health.channels(), wiring.region,
            now_us=now_us, training=wiring.folder.training,
        )  # fmt: skip

    def _is_due(self, camera: CameraId, state: SigningState | None, now_us: int) -> bool:
        if state in (SigningState.SIGNS, SigningState.STOPPED):
            return True
        last_us = self.looked_us.get(camera)
        if last_us is None or now_us - last_us >= HOUR_US:
            return True
        return bool(self.wiring.index.gaps(camera, TimeSpan(last_us, now_us)))

    def _look(self, camera: CameraId, state: SigningState | None, now_us: int) -> Seen | None:
        """The new state with the moment from which it holds; None when nothing changed or too little is there."""
        found = newest_footage(self.wiring, camera, now_us)
        if found is None:
            return None
        if found.signed_us is not None:
            self.signed_us[camera] = found.signed_us
        elif not found.enough:
            return None
        self.looked_us[camera] = now_us
        now = next_state(state, found.signed_us is not None)
        if now is state:
            return None
        at_us = found.signed_us or self.signed_us.get(camera, found.newest_us - QUIET_S * SECOND_US)
        if state is not None or now is SigningState.SIGNS:
            self.wiring.note("kamera.tanda_tangan", {"kamera": camera, "keadaan": now.value})
            _log.warning("camera %s: signing is now: %s", camera, now.value)
        return Seen(at_us=at_us, state=now)


def newest_footage(wiring: Wiring, camera: CameraId, now_us: int) -> Looked | None:
    """Walk back from the newest durable fragment to the first signature, or QUIET_S. None without footage."""
    newest_us: int | None = None
    span = TimeSpan(now_us - LOOK_BACK_US, now_us)
    for segment in reversed([one for one in wiring.index.segments(camera, span) if one.state in READABLE]):
        for fragment in reversed(wiring.index.fragments(segment.segment_id)):
            newest_us = newest_us or fragment.start_us
            signed = _signed(wiring, segment, fragment)
            if signed:
                return Looked(signed_us=fragment.start_us, newest_us=newest_us, enough=True)
            if newest_us - fragment.start_us >= QUIET_S * SECOND_US:
                return Looked(signed_us=None, newest_us=newest_us, enough=True)
    return None if newest_us is None else Looked(signed_us=None, newest_us=newest_us, enough=False)


def _signed(wiring: Wiring, segment: Segment, fragment: Fragment) -> bool:
    """A fragment that is gone or rotten shows no signature; storage checks say so, nothing falls here."""
    try:
        head, body = fragment_bytes(wiring.footage.path(segment.path), segment, fragment)
        init = read_init(head)
        return newest_signed(body, read_fragment(body, init).samples, codec_of(init.sets)) is not None
    except FRAGMENT_FAULTS:
        return False
