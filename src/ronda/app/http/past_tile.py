"""The past in one tile, through one of two doors: segments from disk, in order, as far ahead as was asked.

Every opening is decided and logged by its door (`doors`) before the first byte; the span sent is the one
that it gives, from the key frame that its first picture needs. Missing time is told with its cause.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from ronda.app.fleet.wanting import Where
from ronda.app.http.context import Context
from ronda.app.http.doors import Door
from ronda.app.http.tile import Line
from ronda.core.time import SECOND_US, TimeSpan
from ronda.video.model import Fragment, GapCause, Segment
from ronda.video.playback import FootageUnreadableError, PlayPart, parts_of, read_init_bytes, read_part

RECHECK_US = SECOND_US


class PastTile:
    """One opening of one camera at one instant; a seek is a new one."""

    def __init__(self, context: Context, line: Line, door: Door, until_us: int) -> None:
        self._context, self._line, self._door = context, line, door
        self._camera, self._until_us = door.camera, until_us
        self._more = asyncio.Event()
        self._checked_us = 0
        self._sent_us: int | None = None

    @property
    def gen(self) -> int:
        return self._line.gen

    def allow_until(self, until_us: int) -> None:
        """The browser has room for footage up to this instant."""
        self._until_us = max(self._until_us, until_us)
        self._more.set()

    async def show(self, at_us: int) -> None:
        """Send until the end of the approved span. Raises what the door refuses with, after it was logged."""
        scope = await asyncio.to_thread(self._door.enter, at_us)
        try:
            await self._tell_gaps(scope)
            await self._send(TimeSpan(max(at_us, scope.start_us), scope.end_us))
            await self._line.say("end", at_us=scope.end_us)
            await asyncio.Event().wait()  # stays until stopped, so that the result entry names all that was sent
        finally:
            self._door.leave(at_us, self._sent_us)

    async def _tell_gaps(self, scope: TimeSpan) -> None:
        index = self._context.wiring.index
        for gap in await asyncio.to_thread(index.gaps, self._camera, scope):
            await self._line.say(
                "gap", from_us=gap.start_us, to_us=gap.end_us, cause=gap.cause.value, evidence=gap.evidence
            )

        await self._tell_places(scope)

    async def _tell_places(self, scope: TimeSpan) -> None:
        """Film that is still in a village is told as a stretch without a picture, with where it is."""
        wanting = self._context.wiring.fleet_desk.wanting
        for place in await asyncio.to_thread(wanting.places, self._camera, scope) or ():
            if place.where is not Where.HERE:
                percent = "" if place.percent is None else f"{place.percent} %"
                await self._line.say(
                    "gap",
                    from_us=place.span.start_us,
                    to_us=place.span.end_us,
                    cause=f"place_{place.where.value}",
                    evidence=percent,
                )

    async def _send(self, span: TimeSpan) -> None:
        index = self._context.wiring.index
        parts = parts_of(index, self._camera, span)
        while (part := await asyncio.to_thread(next, parts, None)) is not None:
            await self._send_part(part)

    async def _send_part(self, part: PlayPart) -> None:
        segment, root = part.segment, self._context.wiring.folder.footage
        zero_us = segment.span.start_us
        await self._line.say(
            "init",
            codec=segment.codec,
            width_px=segment.width_px,
            height_px=segment.height_px,
            fps=frame_rate(part.fragments),
            zero_us=zero_us,
        )
        head = await asyncio.to_thread(read_init_bytes, root, segment)
        await self._line.media(head, init=True, key=False, start_us=zero_us, zero_us=zero_us)
        torn: tuple[int, str] | None = None  # since when, and why, pictures are left out
        for fragment in part.fragments:
            await self._room_for(fragment.start_us)
            media, why = await asyncio.to_thread(_read, root, segment, fragment)
            if torn is None and media is None:
                torn = fragment.start_us, why
            if media is None or (torn is not None and not fragment.key):
                continue  # what follows a lost picture cannot be shown until the next key frame
            if torn is not None:
                await self._tell_torn(torn, fragment.start_us)
                torn = None
            await self._line.media(media, init=False, key=fragment.key, start_us=fragment.start_us, zero_us=zero_us)
            self._sent_us = fragment.start_us
        if torn is not None:
            await self._tell_torn(torn, part.end_us)

    async def _tell_torn(self, torn: tuple[int, str], until_us: int) -> None:
        """Bytes that are not those that were written are never shown, and never left out in silence."""
        await self._line.say("gap", from_us=torn[0], to_us=until_us, cause=GapCause.DISK.value, evidence=torn[1])

    async def _room_for(self, start_us: int) -> None:
        """Wait until the browser wants this instant; look again whether the case still allows it."""
        while start_us > self._until_us:
            self._more.clear()
            await self._more.wait()
        now_us = self._context.wiring.clock.now_us()
        if now_us - self._checked_us > RECHECK_US:
            self._checked_us = now_us
            await asyncio.to_thread(self._door.still_open, max(start_us, 0))


def _read(root: Path, segment: Segment, fragment: Fragment) -> tuple[bytes | None, str]:
    """A fragment's bytes, or None and why they cannot be shown."""
    try:
        return read_part(root, segment, (fragment,)), ""
    except FootageUnreadableError as fault:
        return None, str(fault)


def frame_rate(fragments: Sequence[Fragment]) -> float | None:
    """Mean frames a second of these fragments; None when nothing can be said."""
    ticks = sum(fragment.duration_90k for fragment in fragments)
    return sum(fragment.frames for fragment in fragments) * 90_000 / ticks if ticks else None
