"""A decoder for a film's pictures, whichever codec they are in, in a process of its own (`decoder_child`).

The recording path has none. What a camera sends may be made to break a decoder: it then breaks a process that
has no network, no files and another user, and the caller gets a MediaError. Processes are kept and used again.
"""

import contextlib
import logging
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, cast

import av
import numpy as np
from av.video.frame import VideoFrame

from ronda.cases.decoder_child import HEAD, LARGEST_BYTES, NO_NETWORK, OTHER_USER, PICTURE
from ronda.media.codec import PictureSets
from ronda.media.errors import MediaError
from ronda.media.picture_sets import decoder_setup

PATIENCE_S: Final = 30.0  # for one coded picture; a decoder that takes longer is ended
MOST_KEPT: Final = 2
_log = logging.getLogger(__name__)
_idle: "list[_Child]" = []
_lock = threading.Lock()


def picture_decoder(sets: PictureSets) -> "PictureDecoder":
    """Raises MediaError when the sets are not complete or this PyAV lacks the codec."""
    name, config = decoder_setup(sets)
    with _lock:
        child = _idle.pop() if _idle else None
    if child is None or child.process.poll() is not None:
        child = _Child()
    return PictureDecoder(child, name, config)


class PictureDecoder:
    """Decodes one stream. Ends by itself with `decode(None)`; thrown away before, its process ends too."""

    def __init__(self, child: "_Child", name: str, config: bytes) -> None:
        self._child: _Child | None = child
        self._end = weakref.finalize(self, child.end)
        self._ask(HEAD.pack(b"O", len(name), len(config), 0) + name.encode() + config)

    def decode(self, packet: "av.Packet[Any] | None") -> list[VideoFrame]:
        """Pictures that are ready; with None all that are left. Raises MediaError."""
        if packet is None:
            return self._ask(HEAD.pack(b"F", 0, 0, 0), last=True)
        data = bytes(packet)
        if len(data) > LARGEST_BYTES:
            raise MediaError(f"a coded picture of {len(data)} bytes is larger than any camera's")
        return self._ask(HEAD.pack(b"P", len(data), packet.pts or 0, packet.dts or 0) + data)

    def _ask(self, message: bytes, *, last: bool = False) -> list[VideoFrame]:
        child = self._child
        if child is None:
            raise MediaError("this decoder has ended")
        timer = threading.Timer(PATIENCE_S, child.end)
        timer.start()
        try:
            frames = list(child.answer(message))
        except (OSError, EOFError, ValueError) as fault:
            self._child = None
            child.end()
            raise MediaError(
                f"the picture decoder ended by itself ({fault or 'no answer'}); the picture is left out"
            ) from None
        finally:
            timer.cancel()
        if last:
            self._child = None
            self._end.detach()
            _keep(child)
        return frames


class _Child:
    """A running process."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ronda.cases.decoder_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            close_fds=True,
        )
        self._in, self._out = cast(BinaryIO, self.process.stdin), cast(BinaryIO, self.process.stdout)
        _, self.confined, _, _ = HEAD.unpack(self._read(HEAD.size))
        if not self.confined & NO_NETWORK:
            _log.warning("the picture decoder could not be cut off from the network: the kernel refuses namespaces")

    def answer(self, message: bytes) -> Iterator[VideoFrame]:
        self._in.write(message)
        self._in.flush()
        while (kind := self._read(1)) == b"R":
            _, pts, width, height, colour, full = PICTURE.unpack(kind + self._read(PICTURE.size - 1))
            size = width * height * 3 // 2
            if not 0 < size <= LARGEST_BYTES or width % 2 or height % 2:
                raise ValueError(f"it told of a picture of {width} x {height}")
            planes = np.frombuffer(self._read(size), dtype=np.uint8).reshape(height * 3 // 2, width)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.colorspace, frame.color_range = pts, colour, full
            yield frame
        _, size, _, _ = HEAD.unpack(kind + self._read(HEAD.size - 1))
        if kind == b"E":
            raise MediaError(self._read(min(size, 500)).decode(errors="replace"))
        if kind != b"D":
            raise ValueError("it answered out of turn")

    def _read(self, count: int) -> bytes:
        data = self._out.read(count)
        if len(data) != count:
            raise EOFError("it is gone")
        return data

    def end(self) -> None:
        """At once; safe to call again, from any thread."""
        self.process.kill()
        with contextlib.suppress(OSError):
            self._in.close()
        with contextlib.suppress(OSError):
            self._out.close()
        self.process.wait()


def _keep(child: _Child) -> None:
    with _lock:
        if len(_idle) < MOST_KEPT:
            _idle.append(child)
            return
    child.end()


def confinement() -> tuple[bool, bool]:
    """Whether decoders have no network, and another user than ours."""
    child = _Child()
    try:
        return bool(child.confined & NO_NETWORK), bool(child.confined & OTHER_USER)
    finally:
        child.end()
