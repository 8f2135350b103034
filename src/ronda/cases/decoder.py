"""A decoder for a film's pictures, whichever codec they are in. The recording path has none."""

import av
from av.video.codeccontext import VideoCodecContext

from ronda.media.codec import PictureSets
from ronda.media.errors import MediaError
from ronda.media.picture_sets import decoder_setup


def picture_decoder(sets: PictureSets) -> VideoCodecContext:
    """Raises MediaError when the sets are not complete or this PyAV lacks the codec."""
    name, config = decoder_setup(sets)
    decoder = av.CodecContext.create(name, "r")
    if not isinstance(decoder, VideoCodecContext):
        raise MediaError(f"{name} is no picture decoder here. Next: install PyAV with FFmpeg's decoders")
    decoder.extradata = config
    return decoder
