"""Boxes of persons from a YOLOX network's answer, and how many stand in which zone. Pure numpy.

The picture is put into the upper left of a 416 x 416 field, BGR, 0 to 255, the rest 114; the answer has
a row for each cell of three grids (strides 8, 16, 32): centre, size, objectness, 80 class scores.
For measures only class 0, person, is read, and boxes are counted and forgotten; a redacted copy hides
vehicles too (their plates), so it asks for more classes and with less certainty.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ronda.service.model import Method, Sample, Zone, ZoneKind

Floats = NDArray[np.float32]

SIDE_PX = 416
STRIDES = (8, 16, 32)
FILL = 114.0
PERSON = 0
LEAST_SCORE = 0.35
OVERLAP = 0.45


def network_input(rgb: NDArray[np.uint8]) -> tuple[Floats, float]:
    """(1, 3, 416, 416) as the network wants it, and the scale from picture to field."""
    height, width = rgb.shape[:2]
    scale = min(SIDE_PX / height, SIDE_PX / width)
    rows = np.minimum((np.arange(int(height * scale)) + 0.5) / scale, height - 1).astype(int)
    columns = np.minimum((np.arange(int(width * scale)) + 0.5) / scale, width - 1).astype(int)
    field = np.full((SIDE_PX, SIDE_PX, 3), FILL, dtype=np.float32)
    field[: len(rows), : len(columns)] = _averaged(rgb, rows, columns, scale)[:, :, ::-1]
    return np.ascontiguousarray(field.transpose(2, 0, 1)[None]), scale


def persons(answer: Floats, scale: float) -> Floats:
    """Boxes (n, 5): left, top, right, bottom in picture pixels, score; overlapping ones are one person.

    answer  (1, 3549, 85) or (3549, 85)
    """
    return things(answer, scale, (PERSON,), LEAST_SCORE)


def things(answer: Floats, scale: float, classes: Sequence[int], least_score: float) -> Floats:
    """Boxes as of `persons`, of any of the network's classes."""
    rows = answer.reshape(-1, answer.shape[-1])
    cells, strides = _grid()
    scores = rows[:, 4] * rows[:, [5 + one for one in classes]].max(axis=1)
    wanted = scores >= least_score
    centres = (rows[wanted, :2] + cells[wanted]) * strides[wanted, None]
    halves = np.exp(rows[wanted, 2:4]) * strides[wanted, None] / 2
    boxes = np.concatenate([centres - halves, centres + halves], axis=1) / scale
    return _without_repeats(np.concatenate([boxes, scores[wanted, None]], axis=1).astype(np.float32))


def sample_of(boxes: Floats, size_px: tuple[int, int], zones: Sequence[Zone], at_us: int) -> Sample:
    """Who is where: staff by the middle of the box, visitors and queue by the feet.

    size_px  width and height of the picture
    """
    width, height = size_px
    middle_x = (boxes[:, 0] + boxes[:, 2]) / 2 / width
    middle_y, feet_y = (boxes[:, 1] + boxes[:, 3]) / 2 / height, boxes[:, 3] / height
    counts: dict[ZoneKind, int] = {}
    for zone in zones:
        y = middle_y if zone.kind is ZoneKind.COUNTER else feet_y
        inside = (middle_x >= zone.left) & (middle_x < zone.right) & (y >= zone.top) & (y < zone.bottom)
        counts[zone.kind] = counts.get(zone.kind, 0) + int(inside.sum())
    return Sample(
        at_us=at_us,
        method=Method.DETECTOR,
        staffed=counts.get(ZoneKind.COUNTER, 0) > 0,
        visitor=counts[ZoneKind.VISITOR] > 0 if ZoneKind.VISITOR in counts else None,
        queue=float(counts[ZoneKind.QUEUE]) if ZoneKind.QUEUE in counts else None,
    )


def _averaged(rgb: NDArray[np.uint8], rows: NDArray[np.intp], columns: NDArray[np.intp], scale: float) -> Floats:
    """Means of the pixels that become one, so that small people do not fall between two samples."""
    step = max(1, int(1 / scale))
    total = np.zeros((len(rows), len(columns), 3), dtype=np.float32)
    for dy in range(step):
        for dx in range(step):
            y = np.minimum(rows + dy - step // 2, rgb.shape[0] - 1).clip(0)
            x = np.minimum(columns + dx - step // 2, rgb.shape[1] - 1).clip(0)
            total += rgb[np.ix_(y, x)]
    return (total / np.float32(step * step)).astype(np.float32)


def _grid() -> tuple[Floats, Floats]:
    cells, strides = [], []
    for stride in STRIDES:
        count = SIDE_PX // stride
        y, x = np.mgrid[:count, :count]
        cells.append(np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32))
        strides.append(np.full(count * count, stride, dtype=np.float32))
    return np.concatenate(cells), np.concatenate(strides)


def _without_repeats(boxes: Floats) -> Floats:
    """Non-maximum suppression: the best box of each heap stays."""
    kept: list[int] = []
    for number in np.argsort(-boxes[:, 4]):
        if all(_overlap(boxes[number], boxes[other]) < OVERLAP for other in kept):
            kept.append(int(number))
    return boxes[kept]


def _overlap(one: Floats, other: Floats) -> float:
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = float(width * height)
    areas = float((one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]))
    return shared / (areas - shared)
