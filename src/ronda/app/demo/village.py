"""The demo's village: one camera of the story lives on a box of its own behind 1 Mbit/s.

Call in this order: `make_village` before footage is built (the box is enrolled at the desk, no hub need run),
`build_village_past` with the camera's past, `VillageBox.start` once the hub answers, then `cut` and `heal`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from ronda.app.edge.village import VillageBox
from ronda.app.wiring import Wiring
from ronda.sim.past import PastBuilt, PastCamera, build_past
from ronda.sim.regency import NEXT_ON_ROAD, VILLAGE_CODE, VILLAGE_EDGE
from ronda.store.disk.index import SqliteIndex

BUDGET_BYTES = 60_000_000  # a day; the forty minutes of the story are two thirds of it


def make_village(wiring: Wiring, root: Path, *, budget_bytes: int = BUDGET_BYTES) -> VillageBox:
    """The box of the camera `NEXT_ON_ROAD`, made once; its data lies in `root`. The camera must be registered."""
    village = VillageBox(wiring, root, edge=VILLAGE_EDGE)
    village.make([NEXT_ON_ROAD], VILLAGE_CODE, budget_bytes)
    return village


def build_village_past(
    root: Path, cameras: Sequence[PastCamera], history: Callable[[SqliteIndex], int]
) -> PastBuilt:
    """Footage of hours gone by on the box's own disk; its rows go to the outbox as they are written.

    history  writes the month of rows without a picture; gives how many
    """
    index = SqliteIndex(root / "footage" / "index.sqlite")
    try:
        history(index)
        return build_past(cameras, root / "footage", index, training=True)
    finally:
        index.close()
