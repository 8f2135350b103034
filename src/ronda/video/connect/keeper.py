"""Keep one camera playing: open it, hand it to the engine, keep it alive, open it again.

One task per camera, and one attempt at a time. It never gives up: each failure is named, told to
`report`, and followed by a jittered wait and a slot of the recorder's `OpeningPace`. While the stream
plays the task sleeps: `Pulse` wakes it for keepalives and for a silence of 10 s.
"""

import asyncio
import contextlib
import itertools
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from ronda.core.ids import CameraId
from ronda.media.codec import AudioFormat, VideoCodec
from ronda.media.errors import MediaError
from ronda.media.rtsp_client import PLAIN_WISHES, Wishes
from ronda.media.rtsp_url import WrongUrlError, parse_rtsp_url
from ronda.video.connect.back_off import SEEN_LATELY_US, BackOff
from ronda.video.connect.failure import advice, ended_evidence, evidence_of
from ronda.video.connect.pace import OpeningPace
from ronda.video.connect.pins import Pins
from ronda.video.connect.pulse import Beat, Pulse, Watch, monotonic_us
from ronda.video.connect.session import OpenLimits, Session, Trust, open_session
from ronda.video.engine.port import Engine, Notice, RtspBytes, StreamEnded, StreamKey
from ronda.video.gap_cause import Evidence, Finding

SHORTEST_KEEPALIVE_S = 2.0
LONGEST_KEEPALIVE_S = 25.0
_READ_BYTES = 16 * 1024

_keys = itertools.count(1)
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class KeeperState:
    """What the status shows of a connection. `since_us` is monotonic."""

    state: str = "connecting"  # connecting, recording, silent, failed
    since_us: int = 0
    last_error: str | None = None
    alarm: str | None = None  # something to look into although pictures come
    finding: Finding | None = None  # of the last failure
    played: bool = False  # whether a picture ever came
    key: StreamKey | None = None

    def change(self, state: str, now_us: int) -> None:
        if state != self.state or self.since_us == 0:
            self.state, self.since_us = state, now_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What all keepers of a recorder share: the pace, the heartbeat, the pinned certificates."""

    pace: OpeningPace
    pulse: Pulse
    pins: Pins
    limits: OpenLimits
    now_us: Callable[[], int]  # monotonic
    chance: Callable[[], float]  # from 0 to 1: spreads retries, hides nothing
    door: asyncio.Lock = field(default_factory=asyncio.Lock)  # one waits for a slot at a time

    @staticmethod
    def of(
        engine: Engine,
        pins: Pins | None = None,
        limits: OpenLimits | None = None,
        *,
        now_us: Callable[[], int] = monotonic_us,
        chance: Callable[[], float] = random.random,
    ) -> "Opening":
        return Opening(
            pace=OpeningPace(),
            pulse=Pulse(engine, now_us),
            pins=pins or Pins(),
            limits=limits or OpenLimits(),
            now_us=now_us,
            chance=chance,
        )


class Keeper:
    """See the module. `notice` must be called, in the event loop, with the engine's notices.

    seen_us   how long ago, in microseconds, the camera's last frame was recorded; None: never
    tls_goes_on   whether a changed certificate only alarms
    """

    def __init__(
        self,
        camera: CameraId,
        url: str,
        *,
        engine: Engine,
        opening: Opening,
        record: bool,
        bind: Callable[[StreamKey, AudioFormat | None], None],
        report: Callable[[Evidence], None],
        wishes: Wishes = PLAIN_WISHES,
        seen_us: int | None = None,
        tls_goes_on: bool = False,
    ) -> None:
        self.camera, self.url, self.record = camera, url, record
        self.state = KeeperState()
        self._engine, self._opening, self._bind, self._report = engine, opening, bind, report
        self._now_us = opening.now_us
        self._wishes = wishes
        self._trust = Trust(pins=opening.pins, goes_on=tls_goes_on)
        self._seen_us = None if seen_us is None else self._now_us() - seen_us
        self._back_off = BackOff()
        self._notices: asyncio.Queue[Notice | Beat] = asyncio.Queue()
        self._session: Session | None = None
        self._reading: asyncio.Task[None] | None = None
        self._attempts = 0
        self._doubted: VideoCodec | None = None  # asked anew because of it; the same answer is believed
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"keeper {self.camera}")

    async def stop(self) -> None:
        """End the connection; the engine gives what has come."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._leave()

    def notice(self, notice: Notice) -> None:
        self._notices.put_nowait(notice)

    @property
    def place(self) -> str:
        try:
            url = parse_rtsp_url(self.url)
        except WrongUrlError:
            return "the address given"
        return f"{url.host}:{url.port}"

    async def _run(self) -> None:
        while True:
            self.state.change("connecting" if self.state.state != "failed" else "failed", self._now_us())
            await self._slot()
            started_us = self._now_us()
            try:
                self._session = await open_session(
                    parse_rtsp_url(self.url),
                    wishes=self._wishes,
                    trust=self._trust,
                    limits=self._opening.limits,
                    before_redirect=self._slot,
                )
                evidence = await self._play(self._session)
                self._seen_us = self._now_us() if self.state.played else self._seen_us
                self._back_off.played((self._now_us() - started_us) / 1e6)
            except (MediaError, WrongUrlError, OSError) as fault:
                evidence = evidence_of(fault, self.place)
            await self._leave()
            self.state.last_error, self.state.finding = advice(evidence), evidence.finding
            self.state.change("failed", self._now_us())
            self._report(evidence)
            seen_lately = self._seen_us is not None and self._now_us() - self._seen_us < SEEN_LATELY_US
            chance = self._opening.chance()
            await asyncio.sleep(self._back_off.failed(evidence.finding, chance, seen_lately=seen_lately))

    async def _slot(self) -> None:
        """Wait until one more connection may be opened."""
        async with self._opening.door:  # an event loop that was late must not open all that is due in a burst
            now_us = self._now_us()
            at_us = self._opening.pace.slot(now_us, first=self._attempts == 0)
            self._attempts += 1
            if at_us > now_us:
                await asyncio.sleep((at_us - now_us) / 1e6)

    async def _play(self, session: Session) -> Evidence:
        """Until the stream ends; gives what ended it."""
        key = StreamKey(next(_keys))
        spec = session.spec(key, record=self.record)
        self._bind(key, spec.audio.format if spec.audio else None)
        self.state.key = key
        self.state.alarm = session.line.alarm
        if session.line.alarm is not None:
            _log.warning("camera %s: %s", self.camera, session.line.alarm)
        while not self._notices.empty():
            self._notices.get_nowait()
        self._engine.add(session.sock, spec)
        if session.by_udp:
            self._reading = asyncio.create_task(self._read_control(session, key))
        timeout_s = session.playing.session_timeout_s
        keepalive_s = min(max(timeout_s / 2, SHORTEST_KEEPALIVE_S), LONGEST_KEEPALIVE_S)
        watch = Watch(added_us=self._now_us(), keepalive_us=round(keepalive_s * 1e6), tell=self._beat)
        self._opening.pulse.watch(key, watch)
        try:
            return await self._keep(session, key, watch)
        finally:
            self._opening.pulse.forget(key)

    def _beat(self, beat: Beat) -> None:
        """From the pulse, in the event loop."""
        if beat is Beat.PLAYS:
            self.state.played = True
            self.state.change("recording", self._now_us())
        elif beat is Beat.QUIET:
            self.state.change("silent", self._now_us())
        else:
            self._notices.put_nowait(beat)

    async def _keep(self, session: Session, key: StreamKey, watch: Watch) -> Evidence:
        while True:
            came = await self._notices.get()
            codec = session.playing.description.video.codec
            if came is Beat.SILENT and not (watch.refuses and self._doubted is not codec):
                detail = f"{self.place}, none for {watch.silent_us // 1_000_000} s"
                return Evidence(finding=Finding.NO_FRAMES, detail=detail)
            if came in (Beat.SILENT, Beat.STRANGE) and self._doubted is not codec:
                self._doubted = codec
                return Evidence(finding=Finding.OTHER_CODEC, detail=f"{self.place}, described as {codec.value}")
            if came is Beat.KEEPALIVE:
                await session.send(session.client.keepalive())
            elif isinstance(came, RtspBytes) and came.key == key:
                session.client.feed(came.data)
                again = session.client.to_send()
                if again:
                    await session.send(again)
            elif isinstance(came, StreamEnded) and came.key == key:
                return ended_evidence(came.errno, self.place)

    async def _read_control(self, session: Session, key: StreamKey) -> None:
        """By UDP the engine leaves the connection to us; when the camera ends it, the stream is over."""
        loop, number = asyncio.get_running_loop(), 0
        try:
            while data := await loop.sock_recv(session.sock, _READ_BYTES):
                self.notice(RtspBytes(key=key, data=data))
        except OSError as fault:
            number = fault.errno or 0
        self.notice(StreamEnded(key=key, errno=number, at_us=self._now_us()))

    async def _leave(self) -> None:
        session, key, reading = self._session, self.state.key, self._reading
        self._session = self.state.key = self._reading = None
        if reading is not None:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
        if key is not None:
            if session is not None and self._engine.stats(key) is not None:
                await session.goodbye()
            await asyncio.to_thread(self._engine.remove, key)
        if session is not None:
            session.close()
