"""Virtual cameras that send as much as real ones: 720p, 25 frames a second, a given bit rate.

The demo's scenes are still and small (some 160 kbit/s), which flatters fixed costs. Here a moving test
pattern under noise is encoded once at the wanted rate and served to every camera, with the same marks.

    .venv/bin/python benchmarks/record/load_server.py --cameras 50 --mbit 2 --data DIR --port 8655
"""

import argparse
import asyncio
import signal
from pathlib import Path

import av
import numpy as np

from ronda.sim.clip import Clip, load_clip, save_clip
from ronda.sim.encode import GOP_FRAMES, Encoder
from ronda.sim.errors import BrokenClipError
from ronda.sim.feed import make_reel
from ronda.sim.plan import SimPlan, cameras_of
from ronda.sim.server import SimClock, SimOptions, SimServer

FPS = 25
GOPS = 10  # a loop of 8 s
SIZE = (1280, 720)


def load_clip_of(folder: Path, mbit: float) -> Clip:
    """The clip at this rate, kept in `folder`; about 10 s of one core the first time."""
    place = folder / f"load-{mbit:g}"
    try:
        return load_clip(place, "quiet")
    except (OSError, BrokenClipError):
        place.mkdir(parents=True, exist_ok=True)
    clip = Clip(
        scene="load",
        scene_code=200,
        name="quiet",
        width_px=SIZE[0],
        height_px=SIZE[1],
        frame_90k=90_000 // FPS,
        gop_frames=GOP_FRAMES,
        units=_encoded(mbit),
        sightings=(),
    )
    save_clip(clip, place)
    return clip


def _encoded(mbit: float) -> tuple:
    encoder = Encoder(*SIZE, fps=FPS, kbit_s=round(1000 * mbit))
    noise = np.random.default_rng(1)
    ground = np.add.outer(np.arange(SIZE[1]) // 4, np.arange(SIZE[0]) // 8).astype(np.uint8)
    for number in range(GOPS * GOP_FRAMES):
        luma = np.roll(ground, number * 5, axis=1) % 180 + 30
        luma[200:400, number * 4 : number * 4 + 200] = 220
        luma = (luma + noise.integers(-12, 13, luma.shape)).astype(np.uint8)
        picture = np.repeat(luma[:, :, None], 3, axis=2)
        encoder.add(av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p"))
    return encoder.finish()


async def serve(options: argparse.Namespace) -> None:
    reel = make_reel({"quiet": load_clip_of(options.data / "scenes", options.mbit)})
    plan = SimPlan(cameras=cameras_of([(f"load-{n:03}", "load") for n in range(1, options.cameras + 1)]))
    server = SimServer(
        plan, {"load": {0: reel, 1: reel}}, SimOptions(data=options.data, port=options.port), SimClock()
    )
    stopped = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    await server.start()
    await stopped.wait()
    await server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=50)
    parser.add_argument("--mbit", type=float, default=2.0)
    parser.add_argument("--port", type=int, default=8655)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    options.data.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(options))


if __name__ == "__main__":
    main()
