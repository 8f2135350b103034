"""The channels of another office's recorder, taken in as cameras by the pattern of its addresses.

A pattern is one stream address with `{channel}` in it, such as
`rtsp://user:pass@10.0.0.5:554/Streaming/Channels/{channel}01`. Pure; nothing is asked of the recorder:
a channel that is not there shows as a camera that cannot be reached.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ronda.core.ids import camera_id
from ronda.core.secrets import mask_url
from ronda.registry.errors import IncompleteEntryError
from ronda.registry.model import Camera
from ronda.registry.rules import check_camera

CHANNEL: Final = "{channel}"
MAX_CHANNELS: Final = 256


def channel_cameras(
    model: Camera, *, first: int, last: int, names: Mapping[int, str], sub_pattern: str | None = None
) -> list[Camera]:
    """One camera a channel.

    model        what all have in common; its `camera` is the beginning of the names, its `url` the pattern
    first, last  channel numbers, both included
    names        what a channel is called; others are called after the model and their number
    Raises IncompleteEntryError for an unusable pattern or range, or without an owner.
    """
    if not model.owner.strip():
        raise IncompleteEntryError("the channels belong to another office's recorder: say whose it is")
    for pattern in (model.url, sub_pattern):
        if pattern is not None and CHANNEL not in pattern:
            raise IncompleteEntryError(
                f"{mask_url(pattern)[:120]!r} has no {CHANNEL} in it. Next: put {CHANNEL} where the number of the "
                f"channel stands, such as rtsp://user:password@host:554/Streaming/Channels/{CHANNEL}01"
            )
    if not (0 <= first <= last <= 9999 and last - first < MAX_CHANNELS):
        raise IncompleteEntryError(
            f"channels {first} to {last} cannot be taken in: at most {MAX_CHANNELS}, upwards, from 0 to 9999"
        )
    strange = sorted(number for number in names if not first <= number <= last)
    if strange:
        raise IncompleteEntryError(f"names are given for channels {strange[:5]}, outside {first} to {last}")
    made = []
    for number in range(first, last + 1):
        entry = replace(
            model,
            camera=camera_id(f"{model.camera}-{number}"),
            name=names.get(number) or f"{model.name} {number}",
            url=model.url.replace(CHANNEL, str(number)),
            sub_url=sub_pattern.replace(CHANNEL, str(number)) if sub_pattern else None,
        )
        check_camera(entry)
        made.append(entry)
    return made
