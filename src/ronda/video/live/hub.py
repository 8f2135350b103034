"""Bring the frames of watched cameras to their viewers. Lives in the recorder's event loop.

Each watched stream is tapped once in the engine and muxed once, whatever the number of viewers. A
new viewer gets the group of pictures that is being shown, so that a picture stands at once, and
nothing older: from the muxer when others watch, else from the file that is being written (`tail`).
The newest picture comes first: when a key frame comes and more than a second still waits for a viewer,
all of that is left out; without a key frame the queue is bounded by bytes.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from ronda.core.ids import CameraId
from ronda.video.engine.port import Engine, FrameFlag, LiveChunk, StreamKey
from ronda.video.live.muxer import LiveFragment, LiveInit, LiveItem, LiveMuxer, LiveNote
from ronda.video.live.tail import TailPlace, before, read_tail

MOST_WAITING_BYTES = 8 * 1024 * 1024
MOST_LATE_US = 1_000_000
TAIL_PATIENCE_S = 1.0
SKIPPED = LiveNote(kind="skipped", text="the viewer was too slow; it goes on at a key frame")
AskTail = Callable[[StreamKey, Callable[[TailPlace | None], None]], None]
_MOST_GROUP_BYTES = 16 * 1024 * 1024


class Viewer:
    """One viewer's bounded queue."""

    def __init__(self) -> None:
        self._items: deque[LiveItem] = deque()
        self._bytes = 0
        self._skipping = False
        self._fresh = True  # what waits is the group it joined in; nothing was taken yet
        self._came = asyncio.Event()

    def put(self, item: LiveItem) -> None:
        if isinstance(item, LiveFragment):
            if self._skipping and not item.key:
                return
            self._skipping = False
            if item.key and self._is_late(item):
                self._skip()
                self._skipping = False
            if self._bytes + len(item.data) > MOST_WAITING_BYTES:
                self._skip()
                if not item.key:
                    return
                self._skipping = False
            self._bytes += len(item.data)
        self._items.append(item)
        self._came.set()

    async def next(self) -> LiveItem:
        while not self._items:
            self._came.clear()
            await self._came.wait()
        item = self._items.popleft()
        self._fresh = False
        if isinstance(item, LiveFragment):
            self._bytes -= len(item.data)
        return item

    def _is_late(self, newest: LiveFragment) -> bool:
        oldest = next((item for item in self._items if isinstance(item, LiveFragment)), None)
        return oldest is not None and newest.start_us - oldest.start_us > MOST_LATE_US and not self._fresh

    def _skip(self) -> None:
        kept = [item for item in self._items if not isinstance(item, LiveFragment) and item != SKIPPED]
        self._items.clear()
        self._items.extend(kept)
        self._bytes, self._skipping = 0, True
        self._items.append(SKIPPED)
        self._came.set()


class Watched:
    """One stream with its viewers."""

    def __init__(
        self,
        camera: CameraId,
        engine: Engine,
        wall_us: Callable[[int], int],
        ask_tail: AskTail | None = None,
    ) -> None:
        self.camera = camera
        self._ask_tail = ask_tail
        self._early: list[LiveChunk] | None = None  # what came while the tail is being read
        self.viewers: set[Viewer] = set()
        self._engine, self._wall_us = engine, wall_us
        self._loop = asyncio.get_running_loop()
        self._muxer = LiveMuxer()
        self._key: StreamKey | None = None
        self._tapped: StreamKey | None = None
        self._init: LiveInit | None = None
        self._group: list[LiveItem] = []
        self._group_bytes = 0
        self._offline: str | None = None

    def join(self) -> Viewer:
        viewer = Viewer()
        if self._init is not None:
            viewer.put(self._init)
        for item in self._group:
            viewer.put(item)
        if self._offline is not None:
            viewer.put(LiveNote(kind="offline", text=self._offline))
        self.viewers.add(viewer)
        self._tap()
        return viewer

    def leave(self, viewer: Viewer) -> None:
        self.viewers.discard(viewer)
        if not self.viewers:
            if self._tapped is not None:
                self._engine.watch(self._tapped, None)
            self._tapped = self._early = None
            self._group, self._group_bytes, self._init = [], 0, None
            self._muxer = LiveMuxer()

    def playing(self, key: StreamKey) -> None:
        """The camera plays under a new key."""
        self._key, self._offline = key, None
        self._tap()

    def offline(self, sentence: str) -> None:
        """The camera does not play; say so to those who watch."""
        self._key = self._tapped = None
        self._offline = sentence
        self._give(LiveNote(kind="offline", text=sentence))

    def _tap(self) -> None:
        key = self._key
        if key is None or not self.viewers or self._tapped == key:
            return
        self._tapped = key
        if self._ask_tail is not None:
            self._early = []
            self._loop.call_later(TAIL_PATIENCE_S, self._go_on, key, None)
        self._engine.watch(key, lambda chunk: self._from_engine(chunk))

    def _wait_for_tail(self, early: list[LiveChunk], chunk: LiveChunk) -> None:
        """With the first chunk in hand, everything before it is on its way to the file."""
        early.append(chunk)
        if len(early) > 1:
            return
        if chunk.flags[0] & FrameFlag.KEY or self._ask_tail is None:
            self._go_on(chunk.key, None)
        else:
            self._ask_tail(chunk.key, lambda place: self._from_writer(chunk.key, place))

    def _from_writer(self, key: StreamKey, place: TailPlace | None) -> None:
        """In the writer's thread: pass it on; the file is read in yet another one."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._read_tail, key, place)

    def _read_tail(self, key: StreamKey, place: TailPlace | None) -> None:
        if place is None:
            self._go_on(key, None)
            return
        reading = self._loop.run_in_executor(None, read_tail, place, key)
        reading.add_done_callback(lambda done: self._go_on(key, None if done.cancelled() else done.result()))

    def _go_on(self, key: StreamKey, tail: LiveChunk | None) -> None:
        """The tail is there, or will not come: show it, then what came meanwhile."""
        early, self._early = self._early, None
        if early is None or key != self._tapped:
            return
        missing = before(tail, early[0].pts_90k[0]) if tail is not None and early else None
        if missing is not None:
            early = [missing, *early]
        for chunk in early:
            self._take(chunk)

    def _from_engine(self, chunk: LiveChunk) -> None:
        """In the engine's thread: only pass it on."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, chunk)

    def _take(self, chunk: LiveChunk) -> None:
        if chunk.key != self._tapped:
            return
        if self._early is not None:
            self._wait_for_tail(self._early, chunk)
            return
        wall_us = [self._wall_us(at) for at in chunk.arrivals_us]
        for item in self._muxer.take(chunk, wall_us):
            self._keep(item)
            self._give(item)

    def _keep(self, item: LiveItem) -> None:
        if isinstance(item, LiveInit):
            self._init = item
        elif isinstance(item, LiveFragment):
            if item.key or self._group_bytes > _MOST_GROUP_BYTES:
                self._group, self._group_bytes = [], 0
            if self._group or item.key:
                self._group.append(item)
                self._group_bytes += len(item.data)

    def _give(self, item: LiveItem) -> None:
        for viewer in self.viewers:
            viewer.put(item)
