"""Keep one camera playing: open it, hand it to the engine, keep it alive, open it again.

One task per camera. It never gives up: each failure is named, told to `report`, and followed by a
jittered wait. While the stream plays it sends keepalives, and ends a connection on which no
picture has come for 10 s.
"""

import asyncio
import contextlib
import itertools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from ronda.core.ids import CameraId
from ronda.media.errors import MediaError
from ronda.media.rtsp_url import WrongUrlError, parse_rtsp_url
from ronda.video.connect.back_off import BackOff
from ronda.video.connect.failure import advice, ended_evidence, evidence_of
from ronda.video.connect.session import Session, open_session
from ronda.video.engine.port import Engine, Notice, RtspBytes, StreamEnded, StreamKey, StreamSpec
from ronda.video.gap_cause import Evidence, Finding

SILENCE_US = 10_000_000
FIRST_FRAME_US = 15_000_000
SHORTEST_KEEPALIVE_S = 2.0
LONGEST_KEEPALIVE_S = 25.0
OPENING_AT_ONCE = 12
OPENING_LOOK_S = 0.2
PLAYING_LOOK_S = 2.0

_keys = itertools.count(1)


@dataclass(slots=True, kw_only=True)
class KeeperState:
    """What the status shows of a connection. `since_us` is monotonic."""

    state: str = "connecting"  # connecting, recording, silent, failed
    since_us: int = 0
    last_error: str | None = None
    finding: Finding | None = None  # of the last failure
    played: bool = False  # whether a picture ever came
    key: StreamKey | None = None

    def change(self, state: str) -> None:
        if state != self.state or self.since_us == 0:
            self.state, self.since_us = state, _monotonic_us()


class Keeper:
    """See the module. `notice` must be called, in the event loop, with the engine's notices."""

    def __init__(
        self,
        camera: CameraId,
        url: str,
        *,
        engine: Engine,
        opening: asyncio.Semaphore,
        record: bool,
        bind: Callable[[StreamKey], None],
        report: Callable[[Evidence], None],
    ) -> None:
        self.camera, self.url, self.record = camera, url, record
        self.state = KeeperState()
        self._engine, self._opening, self._bind, self._report = engine, opening, bind, report
        self._back_off = BackOff()
        self._notices: asyncio.Queue[Notice] = asyncio.Queue()
        self._session: Session | None = None
        self._chance = random.Random()  # noqa: S311 - spreads retries, hides nothing
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
            self.state.change("connecting" if self.state.state != "failed" else "failed")
            started_us = _monotonic_us()
            try:
                async with self._opening:
                    self._session = await open_session(parse_rtsp_url(self.url))
                evidence = await self._play(self._session)
                self._back_off.played((_monotonic_us() - started_us) / 1e6)
            except (MediaError, WrongUrlError, OSError) as fault:
                evidence = evidence_of(fault, self.place)
            await self._leave()
            self.state.last_error, self.state.finding = advice(evidence), evidence.finding
            self.state.change("failed")
            self._report(evidence)
            await asyncio.sleep(self._back_off.failed(evidence.finding, self._chance.random()))

    async def _play(self, session: Session) -> Evidence:
        """Until the stream ends; gives what ended it."""
        key = StreamKey(next(_keys))
        self._bind(key)
        self.state.key = key
        while not self._notices.empty():
            self._notices.get_nowait()
        playing = session.playing
        spec = StreamSpec(
            key=key,
            rtp_channel=playing.rtp_channel,
            rtcp_channel=playing.rtcp_channel,
            sets=playing.description.video.parameter_sets,
            early=playing.early,
            record=self.record,
        )
        self._engine.add(session.sock, spec)
        return await self._keep(session, key)

    async def _keep(self, session: Session, key: StreamKey) -> Evidence:
        interval_s = min(max(session.playing.session_timeout_s / 2, SHORTEST_KEEPALIVE_S), LONGEST_KEEPALIVE_S)
        added_us, asked_us = _monotonic_us(), _monotonic_us()
        while True:
            ended = await self._take_notices(session, key)
            if ended is not None:
                return ended_evidence(ended.errno, self.place)
            now_us = _monotonic_us()
            stats = self._engine.stats(key)
            last_us = stats.last_frame_us if stats else None
            limit_us = SILENCE_US if last_us else FIRST_FRAME_US
            silent_us = now_us - (last_us or added_us)
            if silent_us > limit_us:
                detail = f"{self.place}, none for {silent_us // 1_000_000} s"
                return Evidence(finding=Finding.NO_FRAMES, detail=detail)
            if last_us:
                self.state.played = True
                self.state.change("silent" if silent_us > SILENCE_US // 3 else "recording")
            if now_us - asked_us >= interval_s * 1e6:
                asked_us = now_us
                await session.send(session.client.keepalive())

    async def _take_notices(self, session: Session, key: StreamKey) -> StreamEnded | None:
        """Wait for what the engine hands back: shortly until the first picture, then seldom."""
        try:
            async with asyncio.timeout(PLAYING_LOOK_S if self.state.state == "recording" else OPENING_LOOK_S):
                notice = await self._notices.get()
        except TimeoutError:
            return None
        if notice.key != key:
            return None
        if isinstance(notice, RtspBytes):
            session.client.feed(notice.data)
            again = session.client.to_send()
            if again:
                await session.send(again)
            return None
        return notice

    async def _leave(self) -> None:
        session, key = self._session, self.state.key
        self._session = self.state.key = None
        if key is not None:
            if session is not None and self._engine.stats(key) is not None:
                await session.goodbye()
            await asyncio.to_thread(self._engine.remove, key)
        if session is not None:
            session.sock.close()


def _monotonic_us() -> int:
    return time.monotonic_ns() // 1000
