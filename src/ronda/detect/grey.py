"""A picture made small and grey: means of fields, for rules that compare pictures and keep none. Pure."""

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]
_WEIGHTS = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601


def grey_fields(rgb: NDArray[np.uint8], height: int, width: int) -> Grey:
    """Means of grey in `height` x `width` fields, values 0 to 255. Pictures smaller than that repeat pixels.

    rgb  (rows, columns, 3)
    """
    grey = rgb.astype(np.float32) @ _WEIGHTS
    rows = np.linspace(0, grey.shape[0], height + 1).astype(int)[:-1]
    columns = np.linspace(0, grey.shape[1], width + 1).astype(int)[:-1]
    sums = np.add.reduceat(np.add.reduceat(grey, rows, axis=0), columns, axis=1)
    counts = np.add.reduceat(np.add.reduceat(np.ones_like(grey), rows, axis=0), columns, axis=1)
    fields: Grey = (sums / counts).astype(np.float32)
    return fields
