"""What a packet engine takes and gives: the interface that the Python and the C engine share.

After PLAY a socket is handed to the engine, which owns all reading from it. It gives whole access
units, grouped in `Block`s, to a sink that must not block; and it hands RTSP answers, sender reports
and the end of a stream to `notify`. Both are called in the engine's own thread, which never
touches the disk. All times here are monotonic microseconds; the recorder dates them.
Two engines fed the same stream must give blocks with equal bytes (arrival times aside).
"""

from __future__ import annotations  # array[int] is no run-time type before Python 3.12

import socket
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntFlag
from typing import TYPE_CHECKING, NewType, Protocol

from ronda.media.codec import AudioFormat, VideoCodec

if TYPE_CHECKING:
    IntArray = array[int]
else:
    IntArray = array  # Python 3.11 cannot subscript it

StreamKey = NewType("StreamKey", int)

# A kill loses the open fragment and what still waits in the socket. Half a second of media and a
# sweep of 0.4 s keep that below the promised second.
FRAGMENT_90K = 45_000
MAX_BLOCK_FRAMES = 256
MAX_REPORTS = 16  # of one block
MAX_BLOCK_BYTES = 8 * 1024 * 1024
MAX_FRAME_BYTES = 4 * 1024 * 1024
MAX_JUMP_90K = 10 * 90_000


class FrameFlag(IntFlag):
    """Bits of `Block.flags`."""

    KEY = 1  # an IDR picture
    DAMAGED = 2  # packets were lost inside or just before
    RECOVERY = 4  # no IDR, but the encoder promises a clean picture from here
    RESTAMPED = 8  # the camera's time stamp jumped; this time continues the one before


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundRun:
    """The sound of one block. Columns have equal length; ticks count like the pictures' time."""

    data: bytes
    sizes: IntArray
    ticks: IntArray  # where each sample begins, in the track's clock
    last_ticks: int  # how long the last one lasts


# Of a block: frames, damaged frames, starts with a key frame, is the last of its stream, monotonic us of the first
# and the last frame, their presentation times, bytes of samples, `sets_serial`, has sender reports. All at once,
# since a recorder takes a thousand blocks a second.
BlockFacts = tuple[int, int, bool, bool, int, int, int, int, int, int, bool]


@dataclass(slots=True, kw_only=True)
class Block:
    """Whole access units of one stream: what becomes one fragment. Columns have equal length.

    The C engine has a type of its own with the same attributes (`_native.Block`).
    """

    key: StreamKey
    data: bytes | bytearray  # samples with 4-byte NAL lengths, joined; nobody changes them any more
    sizes: IntArray
    pts_90k: IntArray  # 64-bit, in decoding order
    flags: IntArray  # FrameFlag
    arrivals_us: IntArray  # monotonic, estimated from the reads
    next_pts_90k: int | None  # of the frame after; None: the stream ended here
    sets: tuple[bytes, ...]  # parameter sets seen last, as NAL units
    reports: list[tuple[int, int, int]] = field(default_factory=list)  # (arrival, NTP, RTP)
    sound: SoundRun | None = None
    sets_serial: int = 0  # blocks with equal numbers have equal sets; 0: compare them

    @property
    def facts(self) -> BlockFacts:
        damaged = sum(1 for flag in self.flags if flag & 2)
        arrivals, pts = (self.arrivals_us[0], self.arrivals_us[-1]), (self.pts_90k[0], self.pts_90k[-1])
        is_last, rest = self.next_pts_90k is None, (len(self.data), self.sets_serial, bool(self.reports))
        return (len(self.sizes), damaged, self.starts_with_key, is_last, *arrivals, *pts, *rest)

    @property
    def starts_with_key(self) -> bool:
        return bool(self.flags[0] & 1)

    @property
    def frames(self) -> int:
        return len(self.sizes)

    @property
    def size_bytes(self) -> int:
        return len(self.data)

    @property
    def first_us(self) -> int:
        return self.arrivals_us[0]

    @property
    def last_us(self) -> int:
        return self.arrivals_us[-1]

    @property
    def first_90k(self) -> int:
        return self.pts_90k[0]

    @property
    def last_90k(self) -> int:
        return self.pts_90k[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveChunk:
    """Frames of a watched stream, as soon as they are whole."""

    key: StreamKey
    data: bytes
    sizes: tuple[int, ...]
    pts_90k: tuple[int, ...]
    flags: tuple[int, ...]
    arrivals_us: tuple[int, ...]
    sets: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpPair:
    """Bound sockets of a track that the camera sends by UDP. They stay the caller's to close."""

    rtp: socket.socket
    rtcp: socket.socket


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSpec:
    """The sound track of a stream, set up only where the register gives a ground for sound."""

    format: AudioFormat
    rtp_channel: int = 2
    udp: UdpPair | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSpec:
    """A playing stream, as the control plane hands it over."""

    key: StreamKey
    rtp_channel: int
    rtcp_channel: int
    sets: tuple[bytes, ...]  # parameter sets of the description
    codec: VideoCodec = VideoCodec.H264
    audio: AudioSpec | None = None
    udp: UdpPair | None = None  # the video track's sockets; None: inside the RTSP connection
    early: bytes = b""  # bytes read before the hand-over
    record: bool = True  # False: only for viewers


@dataclass(slots=True, kw_only=True)
class StreamStats:
    """Counters of one stream since its hand-over."""

    frames: int = 0
    bytes: int = 0  # of samples
    damaged: int = 0  # frames with lost packets
    lost_packets: int = 0
    resyncs: int = 0
    restamps: int = 0
    refused_packets: int = 0  # malformed, foreign or of a kind that is not recorded
    last_frame_us: int | None = None  # monotonic
    last_report: tuple[int, int, int] | None = None  # (arrival, NTP, RTP)


@dataclass(frozen=True, slots=True, kw_only=True)
class RtspBytes:
    """What came between the packets: answers to keepalives."""

    key: StreamKey
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEnded:
    """The socket is read no more. `errno` 0: the camera closed the connection in order."""

    key: StreamKey
    errno: int
    at_us: int


Notice = RtspBytes | StreamEnded
Tap = Callable[[LiveChunk], None]


class BlockSink(Protocol):
    """Takes blocks from the engine's thread; never blocks, never raises."""

    def put(self, block: Block) -> None: ...


class Engine(Protocol):
    """Reads many playing streams in one thread. All methods may be called from any thread."""

    name: str

    def add(self, sock: socket.socket, spec: StreamSpec) -> None:
        """Take over reading. The socket stays the caller's to close, after `remove`."""
        ...

    def remove(self, key: StreamKey) -> None:
        """Read what has come, give the last block, stop reading. Returns when that is done."""
        ...

    def watch(self, key: StreamKey, tap: Tap | None) -> None:
        """Give frames to `tap` from the newest key frame on, until called with None."""
        ...

    def stats(self, key: StreamKey) -> StreamStats | None: ...

    def close(self) -> None:
        """Remove all streams and end the thread."""
        ...
