"""One WebSocket for every tile of a screen: live, and the past within a case.

Each tile is a task that pulls from the recorder or from files and sends when the line is free. Who is
asking is looked up again for every request and every second: a session that ended, or a case that
closed, closes the picture within two seconds, wherever it was ended. Live offers nothing older than
its newest key frame.
"""

import asyncio
import contextlib
import json
from collections.abc import Coroutine
from typing import Annotated, Any, Literal

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from ronda.access.errors import NotSignedInError, WallScreenError
from ronda.access.model import Person
from ronda.app.http.context import Context
from ronda.app.http.cookies import COOKIE, read_cookie
from ronda.app.http.doors import CaseDoor, Door, LookBackDoor
from ronda.app.http.live_tile import show_live
from ronda.app.http.past_tile import PastTile
from ronda.app.http.problems import code_of
from ronda.app.http.tile import Line
from ronda.core.errors import RondaError
from ronda.core.ids import CameraId, CaseId

router = APIRouter()
MOST_TILES = 64
RECHECK_S = 1.0
UNREADABLE, SIGNED_OUT = 4400, 4401


class Live(BaseModel):
    op: Literal["live"]
    tile: int = Field(ge=0, le=10_000)
    gen: int = Field(ge=0)
    camera: str = Field(max_length=63)
    stream: Literal["main", "sub"] = "main"


class Past(BaseModel):
    op: Literal["past"]
    tile: int = Field(ge=0, le=10_000)
    gen: int = Field(ge=0)
    case: str = Field(max_length=40)
    camera: str = Field(max_length=63)
    at_us: int
    until_us: int


class Back(BaseModel):
    """The look back of the control room: a camera that another tile of this screen shows live."""

    op: Literal["back"]
    tile: int = Field(ge=0, le=10_000)
    gen: int = Field(ge=0)
    camera: str = Field(max_length=63)
    at_us: int
    until_us: int


class More(BaseModel):
    op: Literal["more"]
    tile: int
    gen: int
    until_us: int


class Stop(BaseModel):
    op: Literal["stop"]
    tile: int
    gen: int


_ASKED: TypeAdapter[Live | Past | Back | More | Stop] = TypeAdapter(
    Annotated[Live | Past | Back | More | Stop, Field(discriminator="op")]
)


@router.websocket("/api/video")
async def video(socket: WebSocket) -> None:
    context: Context = socket.app.state.context
    await socket.accept()
    screen = _Screen(socket, context, read_cookie(socket, COOKIE))
    try:
        await screen.serve()
    except NotSignedInError:
        await socket.close(SIGNED_OUT)
    except (ValidationError, ValueError, KeyError):
        await socket.close(UNREADABLE)
    except WebSocketDisconnect:
        pass
    finally:
        await screen.end()


class _Screen:
    """The tiles of one connection."""

    def __init__(self, socket: WebSocket, context: Context, token: str | None) -> None:
        self._socket, self._context, self._token = socket, context, token
        self._sending = asyncio.Lock()
        self._tiles: dict[int, tuple[asyncio.Task[None], PastTile | None]] = {}
        self._live: dict[int, str] = {}  # the camera of each tile that was opened live

    async def serve(self) -> None:
        """Take requests until the browser leaves; wakes up by itself to look who is signed in."""
        await self._who()
        while True:
            reading = asyncio.ensure_future(self._socket.receive_text())
            while not reading.done():
                await asyncio.wait([reading], timeout=RECHECK_S)
                if not reading.done():
                    try:
                        await self._keep_to_the_wall(await self._who())
                    except NotSignedInError:
                        reading.cancel()
                        raise
            asked = _ASKED.validate_python(json.loads(reading.result()))
            await self._take(asked, await self._who())

    async def end(self) -> None:
        for tile in list(self._tiles):
            await self._stop(tile)

    async def _who(self) -> Person:
        return await asyncio.to_thread(self._context.person, self._token)

    async def _keep_to_the_wall(self, person: Person) -> None:
        """A wall screen whose half hour is over goes back to live pictures."""
        if person.at_wall:
            for tile in [tile for tile, (_task, past) in self._tiles.items() if past is not None]:
                await self._stop(tile)

    async def _take(self, asked: Live | Past | Back | More | Stop, person: Person) -> None:
        if isinstance(asked, More):
            past = self._tiles.get(asked.tile, (None, None))[1]
            if past is not None and past.gen == asked.gen:
                past.allow_until(asked.until_us)
            return
        await self._stop(asked.tile)
        if isinstance(asked, Stop) or len(self._tiles) >= MOST_TILES:
            return
        line = Line(self._socket, self._sending, asked.tile, asked.gen)
        if isinstance(asked, Live):
            work = show_live(self._context, line, person, asked.camera, asked.stream)
            self._live[asked.tile] = asked.camera
            self._tiles[asked.tile] = (asyncio.create_task(self._guarded(line, work)), None)
        else:
            try:
                door = self._door(asked, person)
            except WallScreenError as error:
                await line.say("refused", code=code_of(error), message=str(error))
                return
            past = PastTile(self._context, line, door, asked.until_us)
            work = past.show(asked.at_us)
            self._tiles[asked.tile] = (asyncio.create_task(self._guarded(line, work)), past)

    def _door(self, asked: Past | Back, person: Person) -> Door:
        camera = CameraId(asked.camera)
        self._context.beyond_the_wall(person, f"video/{asked.op}")
        if isinstance(asked, Past):
            return CaseDoor(self._context, person, CaseId(asked.case), camera)
        return LookBackDoor(self._context, person, camera, in_view=lambda: self._in_view(asked.camera))

    def _in_view(self, camera: str) -> bool:
        """Whether a tile of this screen shows the camera live now."""
        shown = [tile for tile, one in self._live.items() if one == camera and tile in self._tiles]
        return any(not self._tiles[tile][0].done() for tile in shown)

    async def _guarded(self, line: Line, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except RondaError as error:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await line.say("refused", code=code_of(error), message=str(error))
        except (RuntimeError, WebSocketDisconnect):
            return  # the browser left while we were sending

    async def _stop(self, tile: int) -> None:
        task, _past = self._tiles.pop(tile, (None, None))
        self._live.pop(tile, None)
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
