"""Simulated time: a clock, and an event loop that jumps to its next timer in place of waiting."""

import asyncio
import math
import socket
from collections.abc import Callable
from typing import Any, Protocol

START_US = 1_790_000_000_000_000


class SimClock:
    """Both clocks of a machine. The wall may be set, frozen, or run at another rate."""

    def __init__(self) -> None:
        self.monotonic = 50_000_000
        self._wall_at, self._wall, self.rate_ppm = self.monotonic, START_US, 1_000_000

    def monotonic_us(self) -> int:
        return self.monotonic

    def now_us(self) -> int:
        return self._wall + (self.monotonic - self._wall_at) * self.rate_ppm // 1_000_000

    def advance(self, us: int) -> None:
        self.monotonic += us

    def step(self, us: int) -> None:
        self._wall, self._wall_at = self.now_us() + us, self.monotonic

    def run_at(self, rate_ppm: int) -> None:
        self.step(0)
        self.rate_ppm = rate_ppm


class Net(Protocol):
    async def connect(self, sock: socket.socket, address: tuple[str, int]) -> None: ...
    async def receive(self, sock: socket.socket, count: int) -> bytes: ...
    async def send(self, sock: socket.socket, data: bytes) -> None: ...


class _Selector:
    def __init__(self, clock: SimClock) -> None:
        self._clock = clock

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("the world stands still: nobody waits for a time")
        self._clock.advance(math.ceil(timeout * 1e6))
        return []

    def close(self) -> None: ...


class SimLoop(asyncio.BaseEventLoop):
    """Sockets are real objects that are never connected: what they carry goes through `net`."""

    def __init__(self, clock: SimClock, net: Net) -> None:
        super().__init__()
        self._selector = _Selector(clock)
        self._clock_resolution = 1e-6
        self._sim_clock, self._net = clock, net

    def time(self) -> float:
        return self._sim_clock.monotonic_us() / 1e6

    def _process_events(self, event_list: list[Any]) -> None: ...

    def _write_to_self(self) -> None: ...

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """At once: no thread runs beside the world."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as fault:
            done.set_exception(fault)
        return done

    async def getaddrinfo(self, host: Any, port: Any, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        await self._net.connect(sock, address)

    async def sock_recv(self, sock: socket.socket, nbytes: int) -> bytes:
        return await self._net.receive(sock, nbytes)

    async def sock_sendall(self, sock: socket.socket, data: Any) -> None:
        await self._net.send(sock, data)
