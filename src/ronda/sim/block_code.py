"""Scene and loop-frame number as black and white squares in the picture's lower right corner.

Two rows of sixteen squares, each one 128th of the picture's width: 4 fixed squares to find black and
white, 8 bits of scene, 12 bits of frame, 8 bits of check sum. Read from any size of the same picture.
Why squares and not digits: they survive strong compression and are read by a few sums, so a test can
prove that the picture on a screen is the frame it should be.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

MAX_SCENE: Final = 255
MAX_FRAME: Final = 4095
COLUMNS, ROWS = 16, 2
MARGIN_CELLS = 1  # free squares to the right of and below the code

_FINDER = (1, 0, 0, 1)
_DARK, _BRIGHT = 26, 196


def _check(scene: int, frame: int) -> int:
    """CRC-8 (polynomial 0x2F) over the 20 bits, so that a neighbour frame never reads as this one."""
    crc = 0xFF
    for byte in (scene, frame >> 8, frame & 0xFF):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x2F) & 0xFF if crc & 0x80 else crc << 1
    return crc


def _bits(scene: int, frame: int) -> list[int]:
    number = scene << 20 | frame << 8 | _check(scene, frame)
    return [*_FINDER, *(number >> place & 1 for place in range(27, -1, -1))]


def _edges(width_px: int, height_px: int) -> tuple[list[float], list[float]]:
    """Where columns and rows of squares begin, and where the last ones end; in pixels, not whole ones."""
    cell = width_px / 128
    left, top = width_px - cell * (COLUMNS + MARGIN_CELLS), height_px - cell * (ROWS + MARGIN_CELLS)
    return (
        [left + cell * index for index in range(COLUMNS + 1)],
        [top + cell * index for index in range(ROWS + 1)],
    )


def draw_block_code(picture: Picture, scene: int, frame: int) -> None:
    """Paint the code into `picture`, (height, width) or (height, width, 3) of uint8, in place."""
    columns, rows = _edges(picture.shape[1], picture.shape[0])
    for index, bit in enumerate(_bits(scene, frame)):
        row, column = divmod(index, COLUMNS)
        area = (
            slice(round(rows[row]), round(rows[row + 1])),
            slice(round(columns[column]), round(columns[column + 1])),
        )
        picture[area] = _BRIGHT if bit else _DARK


def read_block_code(picture: Picture) -> tuple[int, int] | None:
    """(scene, frame) of a decoded picture, grey (h, w) or colour (h, w, 3); None when none is legible.

    The picture may have been scaled. Raises nothing for pictures too small to hold a code.
    """
    columns, rows = _edges(picture.shape[1], picture.shape[0])
    cell = columns[1] - columns[0]
    if cell < 3 or rows[0] < 0:
        return None
    edge = 0.28 * cell  # compression and scaling smear the borders of squares
    levels = []
    for row in rows[:-1]:
        for column in columns[:-1]:
            high = slice(round(row + edge), max(round(row + cell - edge), round(row + edge) + 1))
            wide = slice(round(column + edge), max(round(column + cell - edge), round(column + edge) + 1))
            levels.append(float(picture[high, wide].mean()))
    bright, dark = (levels[0] + levels[3]) / 2, (levels[1] + levels[2]) / 2
    if bright - dark < 40:
        return None
    number = 0
    for level in levels[len(_FINDER) :]:
        number = number << 1 | int(level > (bright + dark) / 2)
    scene, frame = number >> 20, number >> 8 & MAX_FRAME
    return (scene, frame) if number & 0xFF == _check(scene, frame) else None
