"""Draw and encode the clips that a data folder lacks, with one process for each core.

`DATA/scenes/<look>-<key>/main/*.h264` and `.../sub/*.h264`; the key is a digest of the drawing's version
and the look's parameters, so a changed drawing is built anew and an unchanged one never twice.
"""

import hashlib
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import av
from av.video.reformatter import Interpolation

from ronda.sim.block_code import draw_block_code
from ronda.sim.camera import MAIN, SUB
from ronda.sim.clip import Clip, load_clip, save_clip
from ronda.sim.encode import FRAME_90K, GOP_FRAMES, Encoder, SensorNoise
from ronda.sim.feed import Reel, make_reel
from ronda.sim.scenes.base import Picture, Scene
from ronda.sim.scenes.looks import DRAWING_VERSION, Look, make_scene
from ronda.sim.schedule import FROZEN

Progress = Callable[[int, int, str], None]  # done, all, what

MAIN_PX: Final = (1280, 720)
SUB_PX: Final = (640, 360)
_NOISE: Final = 3.0
_FOLDERS: Final = {MAIN: "main", SUB: "sub"}


def look_folder(data: Path, look: Look) -> Path:
    key = hashlib.sha256(f"{DRAWING_VERSION}:{look!r}".encode()).hexdigest()[:10]
    return data / "scenes" / f"{look.name}-{key}"


def ensure_scenes(
    data: Path, looks: Sequence[Look], progress: Progress | None = None
) -> dict[str, dict[int, Reel]]:
    """Build what is missing and give every look's reels, main (0) and sub (1).

    Takes some 3 s of one core for each look that is missing; `progress` is called from this thread.
    """
    missing = [look for look in looks if not (look_folder(data, look) / "whole").exists()]
    missing.sort(key=lambda look: look.kind != "parking")  # the longest clips first: cores end together
    for done, name in enumerate(_build_all(data, missing), 1):
        if progress is not None:
            progress(done, len(missing), name)
    return {look.name: load_reels(data, look) for look in looks}


def load_reels(data: Path, look: Look) -> dict[int, Reel]:
    """The reels of a look that was built. Raises BrokenClipError when a file is not what was built."""
    folder = look_folder(data, look)
    names = sorted(path.stem for path in (folder / "main").glob("*.json"))
    return {
        stream: make_reel({name: load_clip(folder / place, name) for name in names})
        for stream, place in _FOLDERS.items()
    }


def build_look(data: Path, look: Look) -> str:
    """Draw and encode every clip of one look; the marker file comes last."""
    folder = look_folder(data, look)
    shutil.rmtree(folder, ignore_errors=True)
    scene = make_scene(look)
    noise = SensorNoise(*MAIN_PX, scene.code, _NOISE)
    for name, frames in scene.clips().items():
        for clip, place in zip(_encode(scene, noise, name, frames), _FOLDERS.values(), strict=True):
            save_clip(clip, folder / place)
    (folder / "whole").touch()
    return look.name


def finished_picture(scene: Scene, clip: str, index: int) -> Picture:
    """The picture as it is encoded: drawn, then its block code."""
    picture = scene.picture(clip, index)
    draw_block_code(picture, scene.code, index)
    return picture


def _encode(scene: Scene, noise: SensorNoise, name: str, frames: int) -> tuple[Clip, Clip]:
    main, sub = Encoder(*MAIN_PX), Encoder(*SUB_PX, preset="superfast")
    for index in range(frames):
        picture = finished_picture(scene, name, index)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", interpolation=Interpolation.POINT)
        if name != FROZEN:
            noise.add(frame)
        main.add(frame)
        sub.add(frame.reformat(*SUB_PX, interpolation=Interpolation.AREA))

    def clip(encoder: Encoder, size: tuple[int, int]) -> Clip:
        return Clip(
            scene=scene.kind,
            scene_code=scene.code,
            name=name,
            width_px=size[0],
            height_px=size[1],
            frame_90k=FRAME_90K,
            gop_frames=GOP_FRAMES,
            units=encoder.finish(),
            sightings=scene.sightings(name),
        )

    return clip(main, MAIN_PX), clip(sub, SUB_PX)


def _build_all(data: Path, looks: Sequence[Look]) -> Iterator[str]:
    if len(looks) < 2:
        for look in looks:
            yield build_look(data, look)
        return
    # Fresh interpreters: the caller may have threads, and forked locks hang.
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(os.cpu_count() or 1, len(looks), 4)) as pool:
        yield from pool.imap_unordered(_build_one, [(data, look) for look in looks])


def _build_one(job: tuple[Path, Look]) -> str:
    return build_look(*job)
