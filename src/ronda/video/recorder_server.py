"""The recorder's socket: newline JSON commands from the web, and live frames to it.

status, reload, close_segment {camera}: one line in, one line out, `{"ok": true, ...}` or
`{"ok": false, "error": "..."}`. live {camera, stream}: after the answer the connection carries
items, each a JSON line with `bytes` followed by that many bytes, until one side closes.
The socket is in a folder that only Ronda's user may enter; it never listens on a network.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ronda.core.errors import RondaError
from ronda.core.ids import CameraId
from ronda.video.live.muxer import LiveFragment, LiveInit, LiveItem
from ronda.video.local_socket import listen
from ronda.video.recorder import Recorder
from ronda.video.recorder_status import status_to_json
from ronda.video.status_watch import StatusWatch

LONGEST_LINE_BYTES = 64 * 1024
CLOSE_S = 20.0
_log = logging.getLogger(__name__)


class RecorderServer:
    """Answers on `path` until it is closed."""

    def __init__(
        self, recorder: Recorder, watch: StatusWatch, path: Path, *, reload: Callable[[], Awaitable[None]]
    ) -> None:
        self._recorder, self._watch, self._path, self._reload = recorder, watch, path, reload
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(
            self._serve, sock=listen(self._path), limit=LONGEST_LINE_BYTES
        )

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            while line := await reader.readline():
                await self._command(line, reader, writer)
        except (ConnectionError, ValueError, asyncio.CancelledError):
            pass  # the web went away, or sent a line without end
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _command(self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            command = json.loads(line)
            name = command["command"]
            if name == "live":
                await self._live(command, reader, writer)
                return
            answer = {"ok": True, **await self._answer(name, command)}
        except (RondaError, TimeoutError) as fault:
            answer = {"ok": False, "error": str(fault) or "the recorder did not get it done in time"}
        except (KeyError, TypeError, ValueError) as fault:
            answer = {"ok": False, "error": f"no command the recorder knows ({fault!r})"}
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()

    async def _answer(self, name: str, command: dict[str, Any]) -> dict[str, Any]:
        if name == "status":
            return {"status": status_to_json(self._watch.status())}
        if name == "reload":
            await self._reload()
            return {}
        if name == "close_segment":
            camera = self._recorder.configs[CameraId(command["camera"])].camera
            async with asyncio.timeout(CLOSE_S):
                segment = await self._recorder.close_segment(camera)
            return {"segment": None if segment is None else segment.segment_id}
        raise KeyError(name)

    async def _live(
        self, command: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        watched, viewer = self._recorder.view(CameraId(command["camera"]), str(command.get("stream", "main")))
        gone = asyncio.create_task(reader.read(1))
        try:
            writer.write(b'{"ok": true}\n')
            while not gone.done():
                coming = asyncio.create_task(viewer.next())
                await asyncio.wait({gone, coming}, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    coming.cancel()
                    break
                head, body = _encode(coming.result())
                writer.write(json.dumps({**head, "bytes": len(body)}).encode() + b"\n" + body)
                await writer.drain()
        finally:
            gone.cancel()
            await self._recorder.leave(watched, viewer)
        raise ConnectionResetError


def _encode(item: LiveItem) -> tuple[dict[str, Any], bytes]:
    if isinstance(item, LiveInit):
        size = {"width_px": item.width_px, "height_px": item.height_px}
        return {"kind": "init", "codec": item.codec, **size}, item.data
    if isinstance(item, LiveFragment):
        return {"kind": "fragment", "start_us": item.start_us, "key": item.key}, item.data
    return {"kind": "note", "note": item.kind}, item.text.encode()
