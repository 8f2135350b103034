"""Keep the newest picture of each camera that is marked for the public: small, masked, never the past.

One file a camera below DATA/run/public, replaced every few seconds, its time that of the frame. A
picture that is no longer of now, and every file of a camera that is not marked, is removed.
"""

import io
import math
import os
from pathlib import Path

from PIL import Image, ImageDraw

from ronda.app.key_frames import Picture, key_frames
from ronda.app.wiring import Wiring
from ronda.app.worker import Job
from ronda.core.time import SECOND_US, TimeSpan
from ronda.redaction.paint import MASK
from ronda.registry.model import Camera, CameraState, PublicMark

EVERY_S = 3.0
OLDEST_US = 30 * SECOND_US
QUALITY = 70


def public_pictures(wiring: Wiring) -> Job:
    return Job(name="public_pictures", every_s=EVERY_S, run=lambda: renew(wiring))


def renew(wiring: Wiring) -> None:
    """One turn for all marked cameras."""
    folder = wiring.folder.public_pictures
    marked = [entry for entry in wiring.register.cameras() if _open(entry)]
    if not marked and not folder.exists():
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    now_us = wiring.clock.now_us()
    for entry in marked:
        _renew(wiring, entry, folder / f"{entry.camera}.jpg", now_us)
    kept = {f"{entry.camera}.jpg" for entry in marked}
    for path in folder.iterdir():
        if path.name not in kept or path.stat().st_mtime_ns // 1000 < now_us - OLDEST_US:
            path.unlink(missing_ok=True)


def public_jpeg(picture: Picture, mark: PublicMark) -> bytes:
    """The picture as everybody may see it: masks are painted after it was made small, and reach outwards."""
    image = Image.fromarray(picture)
    width = min(mark.width_px, image.width)
    height = max(1, round(image.height * width / image.width))
    small = image.resize((width, height), Image.Resampling.BILINEAR)
    pen = ImageDraw.Draw(small)
    for one in mark.masks:
        left, top = math.floor(one.left * width), math.floor(one.top * height)
        pen.rectangle((left, top, math.ceil(one.right * width), math.ceil(one.bottom * height)), fill=MASK)
    out = io.BytesIO()
    small.save(out, format="JPEG", quality=QUALITY)
    return out.getvalue()


def _open(entry: Camera) -> bool:
    return entry.public is not None and entry.state is CameraState.IN_SERVICE and entry.off_reason is None


def _renew(wiring: Wiring, entry: Camera, path: Path, now_us: int) -> None:
    since_us = max(now_us - OLDEST_US, entry.public.since_us if entry.public else now_us)
    if since_us >= now_us:
        return
    span = TimeSpan(since_us, now_us)
    for frame in key_frames(wiring.index, wiring.footage, entry.camera, span, newest=1, masks=entry.masks):
        if entry.public is not None:
            fresh = path.with_suffix(".new")
            fresh.write_bytes(public_jpeg(frame.rgb, entry.public))
            os.utime(fresh, ns=(frame.at_us * 1000, frame.at_us * 1000))
            fresh.replace(path)
