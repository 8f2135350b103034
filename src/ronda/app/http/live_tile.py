"""Live in one tile: the recorder's frames passed on, with every look in the log."""

import asyncio

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.app.http.context import Context
from ronda.app.http.routes.cameras import visible_camera
from ronda.app.http.tile import Line
from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US
from ronda.video.errors import RecorderNotRunningError
from ronda.video.recorder_client import LiveFragment, LiveInit

RETRY_S = 1.0


async def show_live(context: Context, line: Line, person: Person, camera: str, stream: str) -> None:
    """Send until cancelled. Raises NotAllowedError, NotRegisteredError, LogUnavailableError."""
    await asyncio.to_thread(_enter, context, person, camera)
    started_us = context.wiring.clock.now_us()
    at_village = camera in await asyncio.to_thread(context.wiring.fleet.cameras)
    try:
        if at_village:
            await line.say("note", code="at_village", message="recorded in the village; live video is not offered")
            await asyncio.Event().wait()  # stays until the viewer leaves
        while True:
            try:
                await _pass_on(context, line, camera, stream)
            except RecorderNotRunningError as error:
                await line.say("note", code="recorder_not_running", message=str(error))
            await asyncio.sleep(RETRY_S)
    finally:
        seen_s = (context.wiring.clock.now_us() - started_us) // SECOND_US
        context.note(person, "pantauan.ditutup", "berhasil", {"kamera": camera, "detik": seen_s})


async def _pass_on(context: Context, line: Line, camera: str, stream: str) -> None:
    async for part in context.recorder.live(CameraId(camera), stream):
        if isinstance(part, LiveInit):
            await line.say(
                "init",
                codec=part.codec,
                width_px=part.width_px,
                height_px=part.height_px,
                fps=None,
                zero_us=None,
            )
            await line.media(part.data, init=True, key=False, start_us=0, zero_us=0)
        elif isinstance(part, LiveFragment):
            await line.media(part.data, init=False, key=part.key, start_us=part.start_us, zero_us=0)
        else:
            await line.say("note", code=part.kind, message=part.text)


def _enter(context: Context, person: Person, camera: str) -> None:
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.WATCH_LIVE, entry.site.area, {"kamera": entry.camera})
    context.note(person, "pantauan.dibuka", "boleh", {"kamera": entry.camera})
