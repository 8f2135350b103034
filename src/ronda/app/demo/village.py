"""The demo's village: one camera of the story lives on a box of its own behind 1 Mbit/s.

Call in this order: `make_village` before footage is built (the box is enrolled at the desk, no hub need run),
`build_village_past` with the camera's past, `VillageBox.start` once the hub answers, then `cut` and `heal`.
"""

from collections.abc import Sequence
from pathlib import Path

from ronda.app.edge.village import VillageBox
from ronda.app.wiring import Wiring
from ronda.core.ids import CameraId
from ronda.sim.past import PastBuilt, PastCamera, build_past
from ronda.sim.regency import NEXT_ON_ROAD
from ronda.store.disk.index import SqliteIndex

EDGE = "desa-swarga-bara"
BUDGET_BYTES = 200_000_000


def make_village(wiring: Wiring, root: Path, *, budget_bytes: int = BUDGET_BYTES) -> VillageBox:
    """The box of the camera `NEXT_ON_ROAD`, made once; its data lies in `root`. The camera must be registered."""
    village = VillageBox(wiring, root, edge=EDGE)
    entry = wiring.register.camera(CameraId(NEXT_ON_ROAD))
    area = entry.site.area if entry is not None else "64.08"
    village.make([NEXT_ON_ROAD], area, budget_bytes)
    return village


def build_village_past(root: Path, cameras: Sequence[PastCamera]) -> PastBuilt:
    """Footage of hours gone by on the box's own disk; its rows go to the outbox as they are written."""
    index = SqliteIndex(root / "footage" / "index.sqlite")
    try:
        return build_past(cameras, root / "footage", index, training=True)
    finally:
        index.close()
