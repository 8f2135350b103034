"""The packet engine in C (`native/module.c`). Absent where no compiler was there."""

from collections.abc import Callable
from typing import Any

from ronda.video.engine.port import BlockFacts
from ronda.video.record.muxer import HeadFields
from ronda.video.record.steady import SteadyFields

Stats = tuple[int, int, int, int, int, int, int, int | None, tuple[int, int, int] | None]
Udp = tuple[int, int, int, int]
SoundFormat = tuple[int, bool, int, int, int, int]

class Block:
    key: int
    facts: BlockFacts
    frames: int
    size_bytes: int
    starts_with_key: bool
    damaged_frames: int
    first_us: int
    last_us: int
    first_90k: int
    last_90k: int
    next_pts_90k: int | None
    sets: tuple[bytes, ...]
    sets_serial: int
    sizes: tuple[int, ...]
    pts_90k: tuple[int, ...]
    flags: tuple[int, ...]
    arrivals_us: tuple[int, ...]
    data: memoryview
    reports: list[tuple[int, int, int]]
    sound: tuple[bytes, tuple[int, ...], tuple[int, ...], int] | None

class Muxer:
    origin_90k: int
    def __init__(self, first_pts_90k: int, depth: int, distance_90k: int, sound_hz: int = 0) -> None: ...
    def head(self, block: Any, sequence: int, distance_90k: int, /) -> HeadFields: ...

class Steady:
    def __init__(self, muxer: Muxer, fd: int, hole_us: int) -> None: ...
    def go_on(
        self,
        sets_serial: int,
        size_bytes: int,
        reserved_bytes: int,
        step_bytes: int,
        sequence: int,
        most_bytes: int,
        most_frames: int,
        since_90k: int,
        until_90k: int,
        last_us: int,
        /,
    ) -> None: ...
    def append(self, block: Any, offset_us: int, /) -> bytes | None: ...
    def taken(self) -> SteadyFields | None: ...

class Ring:
    waiting_bytes: int
    def __init__(self, capacity_bytes: int) -> None: ...
    def set_priority(self, key: int, priority: int) -> None: ...
    def order(self, order: Callable[[], None]) -> None: ...
    def take(self, timeout_s: float, gather_s: float) -> list[Any]: ...

class Engine:
    def __init__(self, ring: Ring) -> None: ...
    def add(
        self,
        key: int,
        h265: bool,
        rtp: int,
        rtcp: int,
        record: bool,
        fd: int,
        udp: Udp,
        sound: SoundFormat,
        sets: tuple[bytes, ...],
        early: bytes,
    ) -> int: ...
    def remove(self, key: int) -> None: ...
    def watch(self, key: int, on: bool) -> None: ...
    def stats(self, key: int) -> Stats | None: ...
    def wait(self, timeout_s: float) -> list[tuple[Any, ...]]: ...
    def close(self) -> None: ...

class Walker:
    def __init__(
        self,
        key: int,
        h265: bool,
        rtp: int,
        rtcp: int,
        record: bool,
        fd: int,
        udp: Udp,
        sound: SoundFormat,
        sets: tuple[bytes, ...],
        early: bytes,
    ) -> None: ...
    def feed(self, data: bytes, now_us: int) -> None: ...
    def datagram(self, which: int, data: bytes, now_us: int) -> None: ...
    def dated(self, now_us: int, waited: bool) -> None: ...
    def finish(self, now_us: int) -> None: ...
    def take(self) -> list[Block]: ...
    def rtsp(self) -> bytes: ...
    def stats(self) -> Stats: ...

def crc32(data: bytes | memoryview, value: int = 0) -> int: ...

class Sha256:
    def __init__(self) -> None: ...
    def digest(self) -> bytes: ...

def sha256_update(jobs: dict[Sha256, list[bytes | bytearray | memoryview]]) -> None: ...
def sha256_available() -> bool: ...
