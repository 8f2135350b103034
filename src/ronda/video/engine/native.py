"""The packet engine in C behind the same port as the Python one. Raises ImportError where it is not built.

The C side (`native/`) has a receiving thread of its own that never holds the interpreter's lock. A
thread here waits for what it tells: answers, ends, and frames of watched streams.
"""

import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

from ronda.media.codec import AudioCodec, VideoCodec
from ronda.video.engine import _native
from ronda.video.engine.choose import EngineKind
from ronda.video.engine.port import (
    Engine,
    LiveChunk,
    Notice,
    RtspBytes,
    StreamEnded,
    StreamKey,
    StreamSpec,
    StreamStats,
    Tap,
    UdpPair,
)
from ronda.video.record.hashing import PlainHashes, RunningHash, Samples
from ronda.video.record.muxer import Muxer
from ronda.video.record.ring import WriterRing
from ronda.video.record.steady import Steady

_WAIT_S = 0.5
_HASHED_TOGETHER = 4  # files: even numbers keep both lanes busy, and what was just written is in the cache still
_MOST_TOGETHER = 16  # of many small streams: what the C side takes in one call
_MOST_PARTS = 48  # of all of them, so that they stay below what it takes
Four = tuple[int, int, int, int]
NativeStream = tuple[
    int, bool, int, int, bool, int, Four, tuple[int, bool, int, int, int, int], tuple[bytes, ...], bytes
]


class NativeEngine:
    """See `ronda.video.engine.port.Engine`."""

    name = "c"

    def __init__(self, ring: _native.Ring, notify: Callable[[Notice], None]) -> None:
        self._notify = notify
        self._taps: dict[int, Tap] = {}
        self._native = _native.Engine(ring)
        self._running = True
        self._thread = threading.Thread(target=self._run, name="ronda-notices", daemon=True)
        self._thread.start()

    def add(self, sock: socket.socket, spec: StreamSpec) -> None:
        number = self._native.add(*native_stream(spec, sock.fileno()))
        if number:
            self._notify(StreamEnded(key=spec.key, errno=number, at_us=0))

    def remove(self, key: StreamKey) -> None:
        self._native.remove(key)
        self._taps.pop(key, None)

    def watch(self, key: StreamKey, tap: Tap | None) -> None:
        if tap is None:
            self._taps.pop(key, None)
        else:
            self._taps[key] = tap
        self._native.watch(key, tap is not None)

    def stats(self, key: StreamKey) -> StreamStats | None:
        found = self._native.stats(key)
        return stats_of(found) if found is not None else None

    def close(self) -> None:
        self._native.close()
        self._running = False
        self._thread.join()

    def _run(self) -> None:
        while self._running:
            for note in self._native.wait(_WAIT_S):
                self._tell(note[0], StreamKey(note[1]), *note[2:])

    def _tell(self, kind: int, key: StreamKey, *rest: object) -> None:
        match kind, rest:
            case 0, (bytes(data),):
                self._notify(RtspBytes(key=key, data=data))
            case 1, (int(number), int(at_us)):
                self._notify(StreamEnded(key=key, errno=number or 0, at_us=at_us))
            case _, (bytes(data), tuple(sizes), tuple(pts), tuple(flags), tuple(arrivals), tuple(sets)):
                tap = self._taps.get(key)
                if tap is not None:
                    tap(
                        LiveChunk(
                            key=key,
                            data=data,
                            sizes=sizes,
                            pts_90k=pts,
                            flags=flags,
                            arrivals_us=arrivals,
                            sets=sets,
                        )
                    )


def native_stream(spec: StreamSpec, fd: int) -> NativeStream:
    """How a stream is named to the C side."""
    audio, sound = spec.audio, (-1, False, 0, 0, 0, 0)
    if audio is not None:
        form = audio.format
        is_aac = form.codec is AudioCodec.AAC
        sound = (audio.rtp_channel, is_aac, form.clock_hz, form.channels, form.size_bits, form.index_bits)
    pair, audio_pair = spec.udp, audio.udp if audio is not None else None
    udp = (*_fds(pair), *_fds(audio_pair))
    h265 = spec.codec is VideoCodec.H265
    early = spec.early if pair is None else b""
    return (
        spec.key, h265, spec.rtp_channel, spec.rtcp_channel, spec.record, fd, udp, sound, spec.sets, early
    )  # fmt: skip


def stats_of(found: tuple[Any, ...]) -> StreamStats:
    frames, size_bytes, damaged, lost, resyncs, restamps, refused, last_us, report = found
    return StreamStats(
        frames=frames,
        bytes=size_bytes,
        damaged=damaged,
        lost_packets=lost,
        resyncs=resyncs,
        restamps=restamps,
        refused_packets=refused,
        last_frame_us=last_us,
        last_report=report,
    )


def _fds(pair: UdpPair | None) -> tuple[int, int]:
    return (-1, -1) if pair is None else (pair.rtp.fileno(), pair.rtcp.fileno())


def _make(ring_bytes: int, notify: Callable[[Notice], None]) -> tuple[WriterRing, Engine]:
    ring = _native.Ring(ring_bytes)
    return ring, NativeEngine(ring, notify)


class _NativeHashes:
    """See `ronda.video.record.hashing.Hashes`."""

    def __init__(self, together: int = _HASHED_TOGETHER) -> None:
        self._waiting: dict[_native.Sha256, list[Samples]] = {}
        self._together, self._most_parts = together, _MOST_PARTS // together

    def new(self) -> RunningHash:
        return _NativeHash(self)

    def take(self, sha: _native.Sha256, parts: Sequence[Samples]) -> None:
        waiting = self._waiting.get(sha)
        if waiting is not None:
            waiting += parts
            if len(waiting) > self._most_parts:
                self.settle()
            return
        self._waiting[sha] = list(parts)
        if len(self._waiting) == self._together:
            self.settle()

    def settle(self) -> None:
        if self._waiting:
            _native.sha256_update(self._waiting)
            self._waiting.clear()


class _NativeHash:
    """See `ronda.video.record.hashing.RunningHash`. Slots, since a package has one for each picture."""

    __slots__ = ("_hashes", "_sha")

    def __init__(self, hashes: _NativeHashes) -> None:
        self._hashes, self._sha = hashes, _native.Sha256()

    def take(self, parts: Sequence[Samples]) -> None:
        self._hashes.take(self._sha, parts)

    def hexdigest(self) -> str:
        self._hashes.settle()
        return self._sha.digest().hex()


def _bulk_hashes() -> _NativeHashes:
    return _NativeHashes(_MOST_TOGETHER)


def _make_steady(muxer: Muxer, fd: int, hole_us: int) -> Steady:
    if not isinstance(muxer, _native.Muxer):
        raise TypeError("only this engine's own muxer can be gone on with")
    return _native.Steady(muxer, fd, hole_us)


_HASHES = (_NativeHashes, _bulk_hashes) if _native.sha256_available() else (PlainHashes, PlainHashes)
C = EngineKind(
    name="c",
    make=_make,
    make_muxer=_native.Muxer,
    make_steady=_make_steady,
    make_hashes=_HASHES[0],
    make_bulk_hashes=_HASHES[1],
)
