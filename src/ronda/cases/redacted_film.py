"""Make a redacted copy of one camera's originals: find what moves, hide it, encode anew, check the result.

`find` looks through the originals once and keeps which cells are to be hidden in which picture. `write`
decodes them again, hides, marks every picture as a redacted copy, and encodes: pictures alone, without
sound, without the camera's data, without a thumbnail. `checked` decodes what was written and measures
that every hidden cell is flat; nothing else may leave.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

import av
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ronda.cases.card import card_length_90k, draw_card
from ronda.cases.errors import NothingRecordedError, RedactionError
from ronda.cases.shown_pictures import Originals
from ronda.core.time import SECOND_US, TimeSpan, wita_text
from ronda.redaction.grid import Bits, Grey, Grid
from ronda.redaction.mosaic import LARGEST_SPREAD, Mosaic, Rgb, spread
from ronda.redaction.motion import background_of, moving
from ronda.redaction.tracks import Box, followed
from ronda.redaction.veil import Found, held

BACKGROUND_SAMPLES = 60
BEFORE = 10  # pictures: what a picture is compared with beside the background
HELD_US = SECOND_US // 2
LOOKED_AT = 3  # the detector looks at each third picture
PATIENCE_US = SECOND_US
GAP_US = 3 * SECOND_US // 2  # two pictures further apart than this: a card stands between them
CHECKED = 5  # each fifth picture of a finished film is measured
MARK_SHARE = 0.055  # of the picture's height
_MARK = "SALINAN SAMARAN - BUKAN REKAMAN ASLI"
_GROUND, _TEXT = (14, 23, 38), (242, 165, 65)

Progress = Callable[[int, int], None]  # pictures done, of about


class BoxFinder(Protocol):
    """A detector of people and vehicles; `ronda.app.detector.Detector`."""

    def boxes(self, rgb: Rgb) -> list[Box]: ...


def find(originals: Originals, finder: BoxFinder | None, progress: Progress = lambda *_: None) -> Found:
    """Which cells to hide in which picture. Raises NothingRecordedError, RedactionError."""
    grid, background = _background(originals)
    at_us: list[int] = []
    cells: list[Bits] = []
    looked: list[tuple[int, Sequence[Box]]] = []
    before: list[Grey] = []
    for number, shown in enumerate(originals.pictures()):
        fine = grid.fine(shown.grey())
        cells.append(grid.cells_of(moving(fine, background, before[0] if len(before) == BEFORE else None)))
        before = [*before[-BEFORE + 1 :], fine]
        if finder is not None and number % LOOKED_AT == 0:
            looked.append((number, finder.boxes(shown.rgb())))
        at_us.append(shown.at_us)
        progress(shown.at_us - originals.span.start_us, originals.span.duration_us)
    if not cells:
        raise NothingRecordedError(
            f"nothing was recorded within {originals.span}; there is nothing to copy. Next: see the timeline"
        )
    return _found(grid, at_us, np.stack(cells), looked)


def _background(originals: Originals) -> tuple[Grid, Grey]:
    samples: list[Grey] = []
    grid: Grid | None = None
    for shown in originals.key_pictures(BACKGROUND_SAMPLES):
        grid = grid or Grid(shown.frame.width, shown.frame.height)
        samples.append(grid.fine(shown.grey()))
    if grid is None:
        for shown in originals.pictures():
            grid = Grid(shown.frame.width, shown.frame.height)
            samples.append(grid.fine(shown.grey()))
            break
    if grid is None:
        raise NothingRecordedError("nothing was recorded within this span; there is nothing to copy")
    return grid, background_of(samples)


def _found(grid: Grid, at_us: list[int], cells: Bits, looked: Sequence[tuple[int, Sequence[Box]]]) -> Found:
    times = np.array(at_us, dtype=np.int64)
    distance_us = float(np.median(np.diff(times))) if len(times) > 1 else SECOND_US / 25
    cells = held(cells, round(HELD_US / distance_us))
    for number, boxes in enumerate(followed(looked, len(times), round(PATIENCE_US / distance_us))):
        for left, top, right, bottom in boxes:
            cells[number] |= grid.covered(left, top, right, bottom)
    return Found(grid=grid, at_us=times, cells=cells)


def stored(found: Found) -> bytes:
    """`find`'s answer for a file: cells packed to bits, no pictures."""
    out = io.BytesIO()
    size = np.array([found.grid.width_px, found.grid.height_px])
    np.savez_compressed(out, size=size, at_us=found.at_us, cells=np.packbits(found.cells), shape=found.cells.shape)
    return out.getvalue()


def read_stored(data: bytes) -> Found:
    """The answer of `find` again. Raises RedactionError when it is not one."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            shape = tuple(int(one) for one in kept["shape"])
            cells = np.unpackbits(kept["cells"], count=int(np.prod(shape))).reshape(shape).astype(np.bool_)
            width, height = (int(one) for one in kept["size"])
            return Found(grid=Grid(width, height), at_us=kept["at_us"], cells=cells)
    except (ValueError, KeyError, OSError, EOFError, BadZipFile) as error:
        raise RedactionError(f"what was found to hide cannot be read ({error}); make the copy anew") from None


def write(
    target: Path,
    originals: Originals,
    found: Found,
    cells: Bits,
    label: str,
    progress: Progress = lambda *_: None,
) -> None:
    """Write the redacted film. Raises RedactionError when it cannot be encoded, NothingRecordedError."""
    try:
        with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as out:
            _Writer(out, found.grid, label).run(originals, found, cells, progress)
    except FFmpegError as error:
        raise RedactionError(f"the redacted copy could not be encoded: {error}; nothing was kept") from None


@dataclass(slots=True)
class _Writer:
    out: OutputContainer
    grid: Grid
    label: str

    def run(self, originals: Originals, found: Found, cells: Bits, progress: Progress) -> None:
        stream = self._stream()
        mosaic, offset_90k, before_us = Mosaic(self.grid), 0, originals.span.start_us
        for number, shown in enumerate(originals.pictures()):
            if number >= len(cells) or shown.at_us != found.at_us[number]:
                raise RedactionError("the originals are not those that were looked through; make the copy anew")
            if shown.at_us - before_us > GAP_US:
                gap = TimeSpan(before_us, shown.at_us)
                at_90k = (before_us - originals.span.start_us) * 9 // 100 + offset_90k
                offset_90k += self._card(stream, gap, originals.cause_of(gap), at_90k) - gap.duration_us * 9 // 100
            hidden = mosaic.hide(shown.rgb(), cells[number], shown.at_us)
            at_90k = (shown.at_us - originals.span.start_us) * 9 // 100 + offset_90k
            self._encode(stream, self._marked(hidden, shown.at_us), at_90k)
            before_us = shown.at_us
            progress(number + 1, len(cells))
        for packet in stream.encode(None):
            self.out.mux(packet)

    def _stream(self) -> VideoStream:
        stream = self.out.add_stream("libx264", rate=25)
        stream.width, stream.height = self.grid.width_px & ~1, self.grid.height_px & ~1
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 90_000)
        stream.options = {"preset": "veryfast", "crf": "24", "threads": "1", "bf": "0", "g": "50"}
        return stream

    def _card(self, stream: VideoStream, gap: TimeSpan, cause: str, at_90k: int) -> int:
        """A card for an interruption; returns how long it stands."""
        length = card_length_90k(gap)
        picture = np.asarray(draw_card(self.grid.width_px, self.grid.height_px, self.label, gap, cause))
        for later in range(0, max(1, length - 9_000), 90_000):
            self._encode(stream, self._marked(picture, None), at_90k + 3_600 + later)
        return length

    def _marked(self, rgb: Rgb, at_us: int | None) -> Rgb:
        """The picture with a band that says what it is; two rows of cells are never asked for that."""
        height = max(14, round(rgb.shape[0] * MARK_SHARE)) & ~1
        when = f" - {wita_text(at_us)}" if at_us is not None else ""
        band = Image.new("RGB", (rgb.shape[1], height), _GROUND)
        pen, size = ImageDraw.Draw(band), round(height * 0.7)
        text = f"{_MARK} - {self.label}{when}"
        while size > 7 and pen.textlength(text, font=ImageFont.load_default(size)) > rgb.shape[1] * 0.97:
            size -= 1
        pen.text((rgb.shape[1] / 2, height / 2), text, font=ImageFont.load_default(size), fill=_TEXT, anchor="mm")
        marked = rgb.copy()
        marked[:height] = np.asarray(band)
        return marked

    def _encode(self, stream: VideoStream, rgb: Rgb, at_90k: int) -> None:
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb[: stream.height, : stream.width]), "rgb24")
        frame.pts, frame.time_base = at_90k, Fraction(1, 90_000)
        for packet in stream.encode(frame):
            self.out.mux(packet)


def checked(target: Path, found: Found, cells: Bits) -> None:
    """Measure the finished film. Raises RedactionError when a hidden cell is not flat, or a picture is too many."""
    grid = found.grid
    ours = list(range(len(cells)))
    band = -(-(max(14, round(grid.height_px * MARK_SHARE)) & ~1) // grid.cell_px)
    for number, grey in _with_cards(_greys(target), found, ours):
        if number % CHECKED:
            continue
        wrong = (spread(grey, grid) > LARGEST_SPREAD) & cells[number]
        wrong[:band] = False  # the mark stands there, drawn over what is hidden
        if wrong.any():
            row, column = (int(one[0]) for one in np.nonzero(wrong))
            raise RedactionError(
                f"picture {number} of the redacted copy shows something in the hidden cell {row}/{column}; "
                "the copy was thrown away. Next: make it anew, and tell the maintainers if it happens again"
            )


def _greys(target: Path) -> Iterator[NDArray[np.uint8]]:
    with av.open(str(target)) as film:
        for frame in film.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)


def _with_cards(
    greys: Iterator[NDArray[np.uint8]], found: Found, numbers: list[int]
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The number of each picture, cards left out."""
    before_us = int(found.at_us[0])
    for number in numbers:
        at_us = int(found.at_us[number])
        if at_us - before_us > GAP_US:
            length = card_length_90k(TimeSpan(before_us, at_us))
            for _ in range(0, max(1, length - 9_000), 90_000):
                next(greys, None)
        before_us = at_us
        grey = next(greys, None)
        if grey is None:
            raise RedactionError("the redacted copy has fewer pictures than its originals; it was thrown away")
        yield number, grey
    if next(greys, None) is not None:
        raise RedactionError("the redacted copy has more pictures than its originals; it was thrown away")
