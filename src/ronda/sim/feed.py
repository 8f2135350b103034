"""Clips made ready to send: packetised once, with the place of the mark in each access unit.

Shared by all cameras that show the same look; a session only copies and patches.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from ronda.media.rtp_pack import PAYLOAD_TYPE, Packetised, packetise
from ronda.media.rtsp_server import TRACK
from ronda.sim.clip import Clip
from ronda.sim.errors import BrokenClipError
from ronda.sim.sei import values_offset


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyUnit:
    """One access unit, packetised."""

    packets: Packetised
    mark_at: int  # offset of the mark's values in `packets.data`
    key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """Every clip of one look at one size, ready to send."""

    clips: Mapping[str, Clip]
    units: Mapping[str, tuple[ReadyUnit, ...]]
    description: str  # SDP

    @property
    def frame_90k(self) -> int:
        """From one frame to the next."""
        return next(iter(self.clips.values())).frame_90k

    @property
    def frame_us(self) -> int:
        return self.frame_90k * 100 // 9

    @property
    def clip_gops(self) -> dict[str, int]:
        return {name: clip.gops for name, clip in self.clips.items()}


def ready_unit(nals: tuple[bytes, ...], *, key: bool) -> ReadyUnit:
    packets = packetise(nals)
    return ReadyUnit(packets=packets, mark_at=values_offset(packets.data), key=key)


def make_reel(clips: Mapping[str, Clip]) -> Reel:
    """Packetise the clips. Raises BrokenClipError when their parameter sets differ: they could not
    follow each other within one stream."""
    sets = {clip.parameter_sets() for clip in clips.values()}
    if len(sets) != 1:
        names = ", ".join(sorted(clips))
        raise BrokenClipError(
            f"clips {names} have {len(sets)} different parameter sets, so they cannot be one stream. "
            "Next: delete the scenes folder; it is built again at the next start"
        )
    sps, pps = sets.pop()
    units = {
        name: tuple(ready_unit(unit.nals, key=unit.key) for unit in clip.units) for name, clip in clips.items()
    }
    frame_90k = next(iter(clips.values())).frame_90k
    return Reel(clips=clips, units=units, description=_description(sps, pps, 90_000 / frame_90k))


def _description(sps: bytes, pps: bytes, fps: float) -> str:
    sets = f"{b64encode(sps).decode()},{b64encode(pps).decode()}"
    lines = (
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=Ronda virtual camera",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=range:npt=now-",
        "a=control:*",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} H264/90000",
        f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1;profile-level-id={sps[1:4].hex()};sprop-parameter-sets={sets}",
        f"a=framerate:{fps:g}",
        f"a=control:{TRACK}",
    )
    return "\r\n".join(lines) + "\r\n"
