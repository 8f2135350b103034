"""Pictures in, access units out: x264 through PyAV with one fixed set of parameters.

Every clip of one size gets byte-equal parameter sets, so clips can follow each other without a new
description; `stitchable` and a constant rate factor see to it, and a test compares the bytes.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from ronda.sim.clip import AccessUnit, access_units, split_annex_b
from ronda.sim.sei import Mark, pack

FPS: Final = 10
FRAME_90K: Final = 90_000 // FPS
GOP_FRAMES: Final = 2 * FPS

_UNSET = pack(Mark(camera=0, stream=0, frame=0, at_us=0))
_RATE_FACTOR: Final = 32
_NOISE_FIELDS: Final = 4


class SensorNoise:
    """The restless grain of a small sensor in the dark: a few fields, shifted for each picture."""

    def __init__(self, width_px: int, height_px: int, seed: int, strength: float) -> None:
        self._rng = np.random.default_rng(seed)
        raw = self._rng.normal(0, 1, (_NOISE_FIELDS, height_px, width_px)).astype(np.float32)
        soft = raw + np.roll(raw, 1, 1) + np.roll(raw, 1, 2) + np.roll(raw, (1, 1), (1, 2))
        # Added modulo 256: luma never comes nearer than 12 to either end, the grain stays below that.
        self._fields = np.clip(soft * (strength / 2), -10, 10).round().astype(np.int8).view(np.uint8)

    def add(self, frame: av.VideoFrame) -> None:
        """Grain on the luma plane of a yuv420p frame, in place."""
        plane = frame.planes[0]
        luma = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        field = self._fields[int(self._rng.integers(_NOISE_FIELDS))]
        luma += np.roll(field, (int(self._rng.integers(plane.height)), 0), (0, 1))


def _steady(kbit_s: int) -> dict[str, str]:
    return {"b": f"{kbit_s}k", "maxrate": f"{kbit_s}k", "bufsize": f"{kbit_s}k"}


class Encoder:
    """Feeds pictures of one size to x264. One instance makes one clip.

    kbit_s  a bit rate to keep to instead of a quality: for load tests
    """

    def __init__(
        self, width_px: int, height_px: int, *, preset: str = "veryfast", fps: int = FPS, kbit_s: int | None = None
    ) -> None:
        context = av.CodecContext.create("libx264", "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height, context.pix_fmt = width_px, height_px, "yuv420p"
        context.time_base, context.framerate = Fraction(1, fps), Fraction(fps)
        context.thread_count = 1
        context.options = {
            "preset": preset,
            **({"crf": str(_RATE_FACTOR)} if kbit_s is None else _steady(kbit_s)),
            "x264-params": f"keyint={GOP_FRAMES}:min-keyint={GOP_FRAMES}:scenecut=0:bframes=0:threads=1"
            ":slices=1:stitchable=1:repeat-headers=1:aq-mode=0:ipratio=1.2:colorprim=bt709:transfer=bt709:colormatrix=bt709",
        }
        self._context, self._fps = context, fps
        self._count = 0
        self._nals: list[bytes] = []

    def add(self, frame: av.VideoFrame) -> None:
        """Encode one yuv420p frame; its pts is set here."""
        frame.pts = self._count
        frame.time_base = Fraction(1, self._fps)
        self._count += 1
        self._take(self._context.encode(frame))

    def finish(self) -> tuple[AccessUnit, ...]:
        """All access units, x264's own SEI removed and an unset mark before each picture."""
        self._take(self._context.encode(None))
        nals: list[bytes] = []
        for nal in self._nals:
            kind = nal[0] & 0x1F
            if kind == 6:
                continue
            if kind in (1, 5):
                nals.append(_UNSET)
            nals.append(nal)
        return access_units(nals)

    # In quotes: no run-time type may be asked of PyAV packets.
    def _take(self, packets: "Iterable[av.Packet[Any]]") -> None:
        for packet in packets:
            self._nals += split_annex_b(bytes(packet))


def encode(pictures: Iterable[NDArray[np.uint8]], width_px: int, height_px: int) -> tuple[AccessUnit, ...]:
    """Encode RGB pictures of (height, width, 3) as one clip."""
    encoder = Encoder(width_px, height_px)
    for picture in pictures:
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        encoder.add(frame.reformat(format="yuv420p", dst_colorspace="ITU709"))
    return encoder.finish()


def decode(units: Iterable[AccessUnit]) -> Iterator[NDArray[np.uint8]]:
    """Grey pictures of a clip's access units, for checks."""
    context = av.CodecContext.create("h264", "r")
    assert isinstance(context, VideoCodecContext)
    for unit in units:
        data = b"".join(b"\0\0\0\1" + nal for nal in unit.nals)
        for frame in context.decode(av.Packet(data)):
            yield frame.to_ndarray(format="gray").astype(np.uint8)
    for frame in context.decode(None):
        yield frame.to_ndarray(format="gray").astype(np.uint8)
