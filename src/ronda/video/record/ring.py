"""The bounded hand-over between the packet engine and the writer.

`put` never blocks: while the disk stalls, blocks wait here. When the ring is full, whole groups of
pictures of the least important camera are left out, oldest first, and `Dropped` stands in their
place, so that the writer makes a gap row of them: counted, never silence.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from ronda.video.engine.port import Block, StreamKey

LEAST_RING_BYTES = 128 * 1024 * 1024
MOST_RING_BYTES = 1536 * 1024 * 1024  # 10 s of 500 cameras of 2 Mbit/s
_OVERHEAD_BYTES = 1024  # of a block in memory, besides its samples


class Dropped(NamedTuple):
    """Blocks of one stream that were left out."""

    key: StreamKey
    frames: int
    first_us: int  # monotonic arrival of the first frame left out
    last_us: int


Order = Callable[[], None]
Item = Block | Dropped | Order


def ring_bytes() -> int:
    """A quarter of the machine's memory, within bounds: filled only while the disk stalls."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(LEAST_RING_BYTES, min(MOST_RING_BYTES, memory // 4))


class WriterRing(Protocol):
    """The writer's end of a ring; the C engine brings one of its own."""

    def set_priority(self, key: StreamKey, priority: int, /) -> None:
        """Higher is more important; a stream without one counts as 0."""
        ...

    def order(self, order: Order, /) -> None:
        """Have the writer call this after all blocks put before."""
        ...

    @property
    def waiting_bytes(self) -> int:
        """How much waits for the disk."""
        ...

    def take(self, timeout_s: float, gather_s: float, /) -> Sequence[Item]:
        """Everything that waits, in order: after the first item waits a little for more."""
        ...


class Ring:
    """Blocks and orders on their way to the writer, in order."""

    def __init__(self, *, capacity_bytes: int) -> None:
        self._capacity_bytes = capacity_bytes
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._priorities: dict[StreamKey, int] = {}
        self._dropping: set[StreamKey] = set()  # streams that wait for their next key frame
        self._changed = threading.Condition()

    @property
    def waiting_bytes(self) -> int:
        """How much waits for the disk."""
        return self._bytes

    def set_priority(self, key: StreamKey, priority: int) -> None:
        """Higher is more important; a stream without one counts as 0."""
        with self._changed:
            self._priorities[key] = priority

    def put(self, block: Block) -> None:
        """Take a block. Called by the engine's thread."""
        with self._changed:
            if block.key in self._dropping:
                if not block.starts_with_key:
                    self._note_dropped(block)
                    return
                self._dropping.discard(block.key)
            self._items.append(block)
            self._bytes += _size(block)
            while self._bytes > self._capacity_bytes and self._drop_group():
                pass
            self._changed.notify()

    def order(self, order: Order) -> None:
        """Have the writer call this after all blocks put before."""
        with self._changed:
            self._items.append(order)
            self._changed.notify()

    def take(self, timeout_s: float, gather_s: float) -> Sequence[Item]:
        """See `WriterRing`. Called by the writer's thread."""
        with self._changed:
            if not self._items:
                self._changed.wait(timeout_s)
            if not self._items:
                return ()
        if gather_s > 0:
            time.sleep(gather_s)
        with self._changed:
            items, self._items = self._items, deque()
            self._bytes = 0
        return items

    def _drop_group(self) -> bool:
        """Leave out the oldest group of pictures of the least important stream in the ring."""
        waiting = {item.key for item in self._items if isinstance(item, Block)}
        if not waiting:
            return False
        victim = min(waiting, key=lambda key: (self._priorities.get(key, 0), key))
        kept: deque[Item] = deque()
        place, dropped, done = 0, None, False
        for item in self._items:
            if done or not isinstance(item, Block) or item.key != victim:
                kept.append(item)
            elif dropped is not None and item.starts_with_key:
                done = True
                kept.append(item)
            else:
                self._bytes -= _size(item)
                if dropped is None:
                    place = len(kept)
                    kept.append(_dropped(item))
                dropped = kept[place] = _dropped(item) if dropped is None else _widened(dropped, item)
        self._items = kept
        if not done:
            self._dropping.add(victim)
        return True

    def _note_dropped(self, block: Block) -> None:
        last = self._items[-1] if self._items else None
        if isinstance(last, Dropped) and last.key == block.key:
            self._items[-1] = _widened(last, block)
        else:
            self._items.append(_dropped(block))
            self._changed.notify()


def _size(block: Block) -> int:
    return len(block.data) + _OVERHEAD_BYTES


def _dropped(block: Block) -> Dropped:
    return Dropped(key=block.key, frames=block.frames, first_us=block.first_us, last_us=block.last_us)


def _widened(dropped: Dropped, block: Block) -> Dropped:
    return dropped._replace(frames=dropped.frames + block.frames, last_us=block.last_us)
