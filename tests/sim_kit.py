"""A small scene, built once for a test run: enough pictures to serve, quick to encode."""

import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from ronda.sim.block_code import draw_block_code
from ronda.sim.clip import Clip, Sighting
from ronda.sim.encode import FRAME_90K, GOP_FRAMES, encode
from ronda.sim.feed import Reel, make_reel

CODE = 77
SIZE = (640, 368)
LENGTHS = {"quiet": 40, "busy": 160, "frozen": 20, "theft": 60}


def pictures(name: str, count: int) -> list[np.ndarray]:
    """A grey ramp with a bright square that moves, and the block code of each picture."""
    made = []
    for index in range(count):
        picture = np.tile(np.linspace(20, 120, SIZE[0], dtype=np.uint8)[None, :, None], (SIZE[1], 1, 3))
        if name in ("busy", "theft"):
            left = (index * 9) % (SIZE[0] - 60)
            picture[100:160, left : left + 40] = 190 if name == "busy" else 240
        draw_block_code(picture, CODE, index)
        made.append(picture)
    return made


@cache
def clips() -> dict[str, Clip]:
    return {name: _clip(name, count) for name, count in LENGTHS.items()}


def _clip(name: str, count: int) -> Clip:
    seen = (Sighting(actor="pencuri", what="mengambil motor", first_frame=10, end_frame=50),)
    return Clip(
        scene="test",
        scene_code=CODE,
        name=name,
        width_px=SIZE[0],
        height_px=SIZE[1],
        frame_90k=FRAME_90K,
        gop_frames=GOP_FRAMES,
        units=encode(pictures(name, count), *SIZE),
        sightings=seen if name == "theft" else (),
    )


@cache
def reel() -> Reel:
    return make_reel(clips())


def scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="ronda-sim-"))
