"""Talk to the recorder from another process: its status, its segments, its live frames.

The recorder may be away at any time: then `RecorderNotRunningError` is raised, and the caller goes
on without it. Each call is a connection of its own; nothing is kept open but a live view.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from ronda.core.ids import CameraId, SegmentId
from ronda.video.errors import RecorderNotRunningError, RecorderRefusedError
from ronda.video.live.muxer import LiveFragment, LiveInit, LiveItem, LiveNote
from ronda.video.local_socket import connect
from ronda.video.recorder_status import (
    CameraStatus,
    DiskStatus,
    RecorderStatus,
    status_from_json,
)

__all__ = [
    "CameraStatus",
    "DiskStatus",
    "LiveFragment",
    "LiveInit",
    "LiveNote",
    "RecorderClient",
    "RecorderStatus",
]

ANSWER_S = 25.0
_LONGEST_LINE_BYTES = 4 * 1024 * 1024
_LONGEST_ITEM_BYTES = 16 * 1024 * 1024


class RecorderClient:
    """`data` is the data folder; the recorder's socket lies in its `run` folder."""

    def __init__(self, data: Path) -> None:
        self._path = data / "run" / "recorder.sock"

    async def status(self) -> RecorderStatus:
        """Raises RecorderNotRunningError."""
        answer = await self._ask({"command": "status"})
        return status_from_json(answer["status"])

    async def reload(self) -> None:
        """Have the list of cameras read again; returns when it is applied."""
        await self._ask({"command": "reload"})

    async def close_segment(self, camera: CameraId) -> SegmentId | None:
        """Close the camera's open segment at the next key frame (4 s at most, then at a fragment's end).

        Returns when it is durable and hashed; None when the camera has no open segment.
        """
        answer = await self._ask({"command": "close_segment", "camera": camera})
        number = answer["segment"]
        return None if number is None else SegmentId(int(number))

    async def live(self, camera: CameraId, stream: str = "main") -> AsyncIterator[LiveItem]:
        """Frames from the newest key frame on: LiveInit first, then LiveFragment, LiveNote in between.

        stream: `main`, or `sub` (the main stream where there is none). Ends when the recorder does.
        """
        reader, writer = await self._connect()
        try:
            writer.write(_line({"command": "live", "camera": camera, "stream": stream}))
            await writer.drain()
            _check(await _read_line(reader))
            while True:
                head = await _read_line(reader)
                size = int(head["bytes"])
                if not 0 <= size <= _LONGEST_ITEM_BYTES:
                    raise RecorderNotRunningError("the recorder sends something else; the view ends")
                yield _item(head, await reader.readexactly(size))
        except (ConnectionError, asyncio.IncompleteReadError, EOFError):
            return
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        reader, writer = await self._connect()
        try:
            async with asyncio.timeout(ANSWER_S):
                writer.write(_line(command))
                await writer.drain()
                return _check(await _read_line(reader))
        except (ConnectionError, EOFError, TimeoutError):
            raise self._away() from None
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            sock = connect(self._path)
        except OSError:
            raise self._away() from None
        return await asyncio.open_unix_connection(sock=sock, limit=_LONGEST_LINE_BYTES)

    def _away(self) -> RecorderNotRunningError:
        return RecorderNotRunningError(
            f"no recorder answers at {self._path}; recorded footage can still be read. "
            "Next: start it with `ronda serve`"
        )


def _line(command: dict[str, Any]) -> bytes:
    return json.dumps(command).encode() + b"\n"


async def _read_line(reader: asyncio.StreamReader) -> dict[str, Any]:
    line = await reader.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    answer = json.loads(line)
    if not isinstance(answer, dict):
        raise EOFError
    return answer


def _check(answer: dict[str, Any]) -> dict[str, Any]:
    if not answer.get("ok"):
        raise RecorderRefusedError(f"the recorder refuses: {answer.get('error', 'without a reason')}")
    return answer


def _item(head: dict[str, Any], body: bytes) -> LiveItem:
    if head["kind"] == "init":
        return LiveInit(codec=head["codec"], width_px=head["width_px"], height_px=head["height_px"], data=body)
    if head["kind"] == "fragment":
        return LiveFragment(start_us=head["start_us"], key=head["key"], data=body)
    return LiveNote(kind=head["note"], text=body.decode())
