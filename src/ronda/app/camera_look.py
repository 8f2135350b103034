"""A picture of a camera before it is registered: small, made anew from what it sent, kept nowhere.

A still that the camera offers is decoded and coded again, so that what a browser gets is a JPEG of ours and
of bounded size; without one, the first key frame of the stream serves. Blocking parts run in a thread.
"""

import asyncio
import io
from dataclasses import replace

import av
from av.error import FFmpegError
from PIL import Image, UnidentifiedImageError

from ronda.cases.decoder import picture_decoder
from ronda.core.errors import RondaError
from ronda.media.errors import MediaError
from ronda.media.rtsp_url import RtspUrl
from ronda.video.connect.failure import advice, evidence_of
from ronda.video.connect.first_frame import FirstFrame, first_key_frame

WIDTH_PX = 960
_MAX_PX = 60_000_000


class NoCameraPictureError(RondaError):
    """No picture could be taken; the sentence says why and what to do."""


def jpeg_of_still(data: bytes) -> bytes:
    """Raises NoCameraPictureError for what is no JPEG or PNG, or too large to be one."""
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as picture:
            if picture.width * picture.height > _MAX_PX:
                raise NoCameraPictureError(f"the camera's still has {picture.width}x{picture.height} px; too many")
            return _jpeg(picture.convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise NoCameraPictureError("the camera's still is no picture that can be read") from None


async def jpeg_of_stream(url: RtspUrl, address: str) -> bytes:
    """Raises NoCameraPictureError. address: where to connect, looked at and allowed before."""
    place = f"{url.host}:{url.port}"
    try:
        frame = await first_key_frame(replace(url, host=address))
    except RondaError as fault:
        raise NoCameraPictureError(f"{place}: {fault}") from None
    except (OSError, TimeoutError) as fault:
        raise NoCameraPictureError(advice(evidence_of(fault, place))) from None
    return await asyncio.to_thread(_decoded, frame)


def _decoded(frame: FirstFrame) -> bytes:
    try:
        decoder = picture_decoder(frame.sets)
        for packet in (av.Packet(frame.data), None):
            for picture in decoder.decode(packet):
                return _jpeg(Image.fromarray(picture.to_ndarray(format="rgb24")))
    except (FFmpegError, MediaError, ValueError) as fault:
        raise NoCameraPictureError(f"the first key frame cannot be decoded ({fault})") from None
    raise NoCameraPictureError("the first key frame gives no picture")


def _jpeg(picture: Image.Image) -> bytes:
    picture.thumbnail((WIDTH_PX, WIDTH_PX))
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=82)
    return data.getvalue()
