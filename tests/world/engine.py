"""The sockets' half of a packet engine, simulated; what the bytes mean is the real `Depacketiser`'s business."""

import socket
from collections.abc import Callable

from tests.world.camera import Connection, SimNet
from tests.world.loop import SimClock

from ronda.video.engine.depacketise import Depacketiser
from ronda.video.engine.port import (
    Notice,
    RtspBytes,
    StreamEnded,
    StreamKey,
    StreamSpec,
    StreamStats,
    Tap,
)
from ronda.video.record.ring import Ring


class _Stream:
    def __init__(self, connection: Connection, spec: StreamSpec) -> None:
        self.connection, self.spec = connection, spec
        self.depacketiser = Depacketiser(spec)
        self.carry = bytearray(spec.early)


class SimEngine:
    """Sweeps like `PythonEngine`, when the world says so."""

    name = "simulated"

    def __init__(self, ring: Ring, notify: Callable[[Notice], None], net: SimNet, clock: SimClock) -> None:
        self._ring, self._notify, self._net, self._clock = ring, notify, net, clock
        self._streams: dict[StreamKey, _Stream] = {}

    def add(self, sock: socket.socket, spec: StreamSpec) -> None:
        self._streams[spec.key] = _Stream(self._net.by_sock[sock], spec)

    def remove(self, key: StreamKey) -> None:
        stream = self._streams.pop(key, None)
        if stream is not None:
            stream.connection.camera.pump()
            self._read(stream)
            self._finish(stream)

    def watch(self, key: StreamKey, tap: Tap | None) -> None: ...

    def stats(self, key: StreamKey) -> StreamStats | None:
        stream = self._streams.get(key)
        return stream.depacketiser.stats if stream is not None else None

    def close(self) -> None:
        for key in list(self._streams):
            self.remove(key)

    def sweep(self) -> None:
        for key, stream in list(self._streams.items()):
            stream.connection.camera.pump()
            self._read(stream)
            if stream.connection.ended is not None:
                del self._streams[key]
                self._finish(stream)
                ended = StreamEnded(key=key, errno=stream.connection.ended, at_us=self._clock.monotonic)
                self._notify(ended)

    def _read(self, stream: _Stream) -> None:
        stream.carry += stream.connection.out
        stream.connection.out.clear()
        used = stream.depacketiser.feed(stream.carry, len(stream.carry), self._clock.monotonic)
        del stream.carry[:used]
        if stream.depacketiser.rtsp:
            self._notify(RtspBytes(key=stream.spec.key, data=bytes(stream.depacketiser.rtsp)))
            stream.depacketiser.rtsp.clear()
        self._give(stream)

    def _finish(self, stream: _Stream) -> None:
        stream.depacketiser.finish(self._clock.monotonic)
        self._give(stream)

    def _give(self, stream: _Stream) -> None:
        blocks, stream.depacketiser.blocks = stream.depacketiser.blocks, []
        for block in blocks:
            self._ring.put(block)
