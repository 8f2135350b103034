"""The packet engine in plain Python: epoll, big reads, one thread. Works without a compiler.

The kernel does the batching: SO_RCVLOWAT lets a socket wake the thread only when 64 KiB wait in it
(every byte while somebody watches), and a sweep every 0.4 s fetches what slow streams left. This
module owns the sockets; what the bytes mean is decided in `depacketise`. It never touches the disk
and never waits for anything but the sockets.
"""

import errno
import logging
import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from ronda.video.engine.depacketise import Depacketiser
from ronda.video.engine.port import (
    Block,
    BlockSink,
    LiveChunk,
    Notice,
    RtspBytes,
    StreamEnded,
    StreamKey,
    StreamSpec,
    StreamStats,
    Tap,
)
from ronda.video.engine.reorder_window import HOLD_US

LOW_WATER_BYTES = 64 * 1024
SWEEP_US = 100_000
STALE_US = 300_000  # with the sweep, nothing waits longer than 0.4 s
GATHER_S = 0.02  # nobody watches: once something came, wait so long for more, and fetch it all in one go
FETCH_US = 20_000  # datagrams: often enough for a viewer and for the window
_BUFFER_BYTES = 1024 * 1024
_log = logging.getLogger(__name__)


class _Stream:
    """A socket and what is known of its stream. Belongs to the engine's thread."""

    def __init__(self, sock: socket.socket, spec: StreamSpec) -> None:
        self.sock, self.spec = sock, spec
        self.depacketiser = Depacketiser(spec)
        self.carry = b""
        self.tap: Tap | None = None
        self.read_us = 0
        self.held_us = 0  # since when the window waits for a datagram

    @property
    def fds(self) -> list[int]:
        """What is read: the connection, or the tracks' sockets when the camera sends datagrams."""
        if self.spec.udp is None:
            return [self.sock.fileno()]
        pairs = [self.spec.udp] + ([self.spec.audio.udp] if self.spec.audio and self.spec.audio.udp else [])
        return [one.fileno() for pair in pairs for one in (pair.rtp, pair.rtcp)]


class PythonEngine:
    """See `ronda.video.engine.port.Engine`."""

    name = "python"

    def __init__(self, sink: BlockSink, notify: Callable[[Notice], None]) -> None:
        self._sink, self._notify = sink, notify
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._streams: dict[int, _Stream] = {}
        self._by_key: dict[StreamKey, _Stream] = {}
        self._orders: deque[Callable[[], None]] = deque()
        self._buffer = bytearray(_BUFFER_BYTES)
        self._running = True
        self._thread = threading.Thread(target=self._run, name="ronda-engine", daemon=True)
        self._thread.start()

    # -- called from any thread ------------------------------------------------------------------

    def add(self, sock: socket.socket, spec: StreamSpec) -> None:
        self._order(lambda: self._add(sock, spec))

    def remove(self, key: StreamKey) -> None:
        done = threading.Event()

        def order() -> None:
            stream = self._by_key.get(key)
            if stream is not None:
                self._read(stream)
                self._finish(stream)
            done.set()

        self._order(order)
        while not done.wait(0.1) and self._thread.is_alive():
            pass

    def watch(self, key: StreamKey, tap: Tap | None) -> None:
        self._order(lambda: self._watch(key, tap))

    def stats(self, key: StreamKey) -> StreamStats | None:
        stream = self._by_key.get(key)
        return stream.depacketiser.stats if stream else None

    def close(self) -> None:
        def order() -> None:
            for stream in list(self._by_key.values()):
                self._read(stream)
                self._finish(stream)
            self._running = False

        self._order(order)
        self._thread.join()
        self._epoll.close()
        os.close(self._wake)

    def _order(self, order: Callable[[], None]) -> None:
        self._orders.append(order)
        os.eventfd_write(self._wake, 1)

    # -- in the engine's thread ------------------------------------------------------------------

    def _run(self) -> None:
        swept_us = fetched_us = _now_us()
        while self._running:
            wait_us = max(0, swept_us + SWEEP_US - _now_us())
            datagrams = [stream for stream in self._by_key.values() if stream.spec.udp is not None]
            if datagrams:
                wait_us = max(0, min(wait_us, fetched_us + FETCH_US - _now_us()))
            ready = self._ready(wait_us / 1e6, hurried=bool(datagrams))
            for fd in ready:
                stream = self._streams.get(fd)
                if stream is not None:
                    self._read(stream)
            if self._wake in ready:
                self._take_orders()
            now_us = _now_us()
            if datagrams and now_us - fetched_us >= FETCH_US:
                fetched_us = now_us
                for stream in datagrams:
                    if stream.spec.key in self._by_key:
                        self._read_datagrams(stream)
            if now_us - swept_us >= SWEEP_US:
                swept_us = now_us
                for stream in list(self._by_key.values()):
                    if stream.spec.udp is None and now_us - stream.read_us >= STALE_US:
                        self._read(stream)

    def _ready(self, wait_s: float, *, hurried: bool) -> list[int]:
        """What can be read. A wake-up costs more than a read, so those that come together go together."""
        ready = [fd for fd, _ in self._epoll.poll(wait_s)]
        if not ready or hurried or self._wake in ready or any(one.tap for one in self._by_key.values()):
            return ready
        time.sleep(GATHER_S)
        return [fd for fd, _ in self._epoll.poll(0)]

    def _take_orders(self) -> None:
        try:
            os.eventfd_read(self._wake)
        except BlockingIOError:
            return
        while self._orders:
            self._orders.popleft()()

    def _add(self, sock: socket.socket, spec: StreamSpec) -> None:
        stream = _Stream(sock, spec)
        if spec.udp is None:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, LOW_WATER_BYTES)
        self._by_key[spec.key] = stream
        for fd in stream.fds:
            os.set_blocking(fd, False)
            self._streams[fd] = stream
            if spec.udp is None:  # datagrams are fetched by the sweep: far fewer wake-ups
                self._epoll.register(fd, select.EPOLLIN | select.EPOLLRDHUP)
        stream.read_us = _now_us()
        stream.depacketiser.nothing_came(stream.read_us)
        for start in range(0, len(spec.early), _BUFFER_BYTES // 2):
            self._walk(stream, spec.early[start : start + _BUFFER_BYTES // 2], stream.read_us)
        self._read(stream)

    def _watch(self, key: StreamKey, tap: Tap | None) -> None:
        stream = self._by_key.get(key)
        if stream is None:
            return
        stream.tap = tap
        if stream.spec.udp is None:
            low_water = LOW_WATER_BYTES if tap is None else 1
            stream.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, low_water)
        if tap is None:
            return
        chunk = stream.depacketiser.live_chunk(restart=True)
        if chunk is not None:
            tap(chunk)

    def _read(self, stream: _Stream) -> None:
        """Fetch all that waits in the socket."""
        if stream.spec.udp is not None:
            self._read_datagrams(stream)
            return
        fd = stream.sock.fileno()
        while fd in self._streams:
            held = len(stream.carry)
            self._buffer[:held] = stream.carry
            now_us = stream.read_us = _now_us()
            try:
                count = stream.sock.recv_into(memoryview(self._buffer)[held:])
            except (BlockingIOError, InterruptedError):
                stream.depacketiser.nothing_came(now_us)
                return
            except OSError as fault:
                self._end(stream, fault.errno or errno.EIO)
                return
            if count == 0:
                self._end(stream, 0)
                return
            self._walk_buffer(stream, held + count, now_us)
            if held + count < _BUFFER_BYTES:
                return

    def _read_datagrams(self, stream: _Stream) -> None:
        """Fetch all that waits in the sockets of a camera that sends by UDP."""
        depacketiser, pair, audio = stream.depacketiser, stream.spec.udp, stream.spec.audio
        now_us = stream.read_us = _now_us()
        if pair is None:
            return
        for packet in _datagrams(pair.rtp):
            depacketiser.datagram(packet)
        for packet in _datagrams(pair.rtcp):
            depacketiser.control_datagram(packet, now_us)
        if audio is not None and audio.udp is not None:
            for packet in _datagrams(audio.udp.rtp):
                depacketiser.sound_datagram(packet)
            for _ in _datagrams(audio.udp.rtcp):
                pass
        if not depacketiser.window.holds:
            stream.held_us = now_us
        elif now_us - stream.held_us >= HOLD_US:
            depacketiser.wait_no_more()
        depacketiser.dated(now_us)
        self._give(stream)

    def _walk(self, stream: _Stream, data: bytes, now_us: int) -> None:
        held = len(stream.carry)
        self._buffer[:held] = stream.carry
        self._buffer[held : held + len(data)] = data
        self._walk_buffer(stream, held + len(data), now_us)

    def _walk_buffer(self, stream: _Stream, end: int, now_us: int) -> None:
        depacketiser = stream.depacketiser
        used = depacketiser.feed(self._buffer, end, now_us)
        stream.carry = bytes(memoryview(self._buffer)[used:end])
        if depacketiser.rtsp:
            self._notify(RtspBytes(key=stream.spec.key, data=bytes(depacketiser.rtsp)))
            depacketiser.rtsp.clear()
        self._give(stream)

    def _give(self, stream: _Stream) -> None:
        """Hand closed blocks to the sink, and fresh frames to the viewer."""
        depacketiser = stream.depacketiser
        blocks, depacketiser.blocks = depacketiser.blocks, []
        for block in blocks:
            if stream.tap is not None:
                tapped = depacketiser.take_tapped()
                if tapped < len(block.sizes):
                    stream.tap(_chunk_of(block, tapped))
            else:
                depacketiser.take_tapped()
            if stream.spec.record:
                self._sink.put(block)
        if stream.tap is not None:
            chunk = depacketiser.live_chunk()
            if chunk is not None:
                stream.tap(chunk)

    def _end(self, stream: _Stream, number: int) -> None:
        key = stream.spec.key
        self._finish(stream)
        self._notify(StreamEnded(key=key, errno=number, at_us=_now_us()))

    def _finish(self, stream: _Stream) -> None:
        if self._by_key.pop(stream.spec.key, None) is None:
            return
        for fd in stream.fds:
            self._streams.pop(fd, None)
            if stream.spec.udp is None:
                self._epoll.unregister(fd)
        stream.depacketiser.wait_no_more()
        stream.depacketiser.finish(_now_us())
        self._give(stream)


def _datagrams(sock: socket.socket) -> Iterator[bytes]:
    """What waits in a socket."""
    while True:
        try:
            yield sock.recv(65_536)
        except OSError:
            return  # nothing left; a refusal sent by the camera's host says nothing of what came


def _chunk_of(block: Block, first: int) -> LiveChunk:
    """The frames of a block from `first` on."""
    start = sum(block.sizes[:first])
    return LiveChunk(
        key=block.key,
        data=bytes(block.data[start:]),
        sizes=tuple(block.sizes[first:]),
        pts_90k=tuple(block.pts_90k[first:]),
        flags=tuple(block.flags[first:]),
        arrivals_us=tuple(block.arrivals_us[first:]),
        sets=block.sets,
    )


def _now_us() -> int:
    return time.monotonic_ns() // 1000
