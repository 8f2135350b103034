"""The way out to one tile: messages and media, one at a time on the shared socket."""

import asyncio

from fastapi import WebSocket

from ronda.app.http.video_frame import frame


class Line:
    """Sends for one tile and one generation; the browser drops what is older than its last request."""

    def __init__(self, socket: WebSocket, sending: asyncio.Lock, tile: int, gen: int) -> None:
        self._socket, self._sending = socket, sending
        self.tile, self.gen = tile, gen

    async def say(self, kind: str, **fields: str | int | float | None) -> None:
        async with self._sending:
            await self._socket.send_json({"tile": self.tile, "gen": self.gen, "kind": kind, **fields})

    async def media(self, media: bytes, *, init: bool, key: bool, start_us: int, zero_us: int) -> None:
        message = frame(self.tile, self.gen, init=init, key=key, start_us=start_us, zero_us=zero_us, media=media)
        async with self._sending:
            await self._socket.send_bytes(message)
