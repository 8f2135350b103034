"""A thin line for tests and the demo: a TCP relay with a rate, a delay, and a knife.

Counts every byte of payload each way. `cut` stops all bytes at once, as a line does: connections that
stand hang, new ones get no answer; after `heal` the hanging ones are reset. Runs in a thread of its own
with its own event loop, so that callers need none.
"""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
_PIECE_BYTES = 4096
_REST_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayCount:
    """Payload bytes since the start. up: from who dialled in; down: back to them."""

    up_bytes: int
    down_bytes: int
    connections: int


class Relay:
    """Listens on loopback and passes on to one address."""

    def __init__(self, host: str, port: int, *, bits_s: float = 1_000_000, delay_s: float = 0.03) -> None:
        self._target = (host, port)
        self._bytes_s, self._delay_s = bits_s / 8, delay_s
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ronda-relay", daemon=True)
        self._up = self._down = self._connections = 0
        self._free_s = {"up": 0.0, "down": 0.0}  # loop time at which the line is free again
        self._open: set[asyncio.Task[None]] = set()
        self.port = 0

    def start(self, port: int = 0) -> int:
        """Listen; gives the port."""
        self._thread.start()
        self.port = self._call(self._listen(port))
        return self.port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """No byte passes from now on."""
        self._call(self._set(up=False))

    def heal(self) -> None:
        """Bytes pass again; what hung meanwhile is reset."""
        self._call(self._set(up=True))

    def stop(self) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def count(self) -> RelayCount:
        return RelayCount(up_bytes=self._up, down_bytes=self._down, connections=self._connections)

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    async def _listen(self, port: int) -> int:
        self._passing = asyncio.Event()
        self._passing.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def _set(self, *, up: bool) -> None:
        if up:
            for task in list(self._open):
                task.cancel()
            self._passing.set()
        else:
            self._passing.clear()

    async def _end(self) -> None:
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self._connections += 1
        far_writer = None
        try:
            await self._passing.wait()
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            await asyncio.gather(self._pipe(reader, far_writer, "up"), self._pipe(far_reader, writer, "down"))
        except (OSError, asyncio.CancelledError):
            pass  # the line was cut, or an end is gone
        finally:
            self._open.discard(task)
            for end in (writer, far_writer):
                if end is not None:
                    with contextlib.suppress(Exception):
                        end.transport.abort()

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        while data := await reader.read(_PIECE_BYTES):
            await self._passing.wait()
            await self._wait_for_line(len(data), way)
            await self._passing.wait()
            if way == "up":
                self._up += len(data)
            else:
                self._down += len(data)
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()

    async def _wait_for_line(self, size: int, way: str) -> None:
        """All connections share the rate; what comes after a rest has the delay on top.

        A sleep that lasted a little too long is made good by the next piece: the rate holds over time.
        """
        now, free = self._loop.time(), self._free_s[way]
        rested = now - free > _REST_S
        begin = now + self._delay_s if rested else free
        self._free_s[way] = begin + size / self._bytes_s
        await asyncio.sleep(max(0.0, self._free_s[way] - now))
