"""A clip: encoded pictures of one scene that a virtual camera sends, and what can be seen in them.

On disk a clip is `<name>.h264` (Annex B, plays in any player) and `<name>.json` beside it.
Invariants: the first access unit and every `gop_frames`-th after it is a key frame with its parameter
sets; the length is a whole number of GOPs, so clips of one look follow each other in any order; every
access unit holds exactly one NAL of picture and one mark (`ronda.sim.sei`).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ronda.sim.errors import BrokenClipError
from ronda.sim.sei import IDENTITY

START_CODE = b"\0\0\0\1"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUnit:
    """One coded picture: parameter sets if it is a key frame, the mark, the picture."""

    nals: tuple[bytes, ...]
    key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Somebody or something to be seen from `first_frame` up to, not including, `end_frame` of a clip."""

    actor: str  # such as "pencuri" or "motor-merah"
    what: str  # one sentence
    first_frame: int
    end_frame: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """Whole GOPs of one scene at one size."""

    scene: str
    scene_code: int  # as the block code shows it
    name: str
    width_px: int
    height_px: int
    frame_90k: int  # duration of a frame
    gop_frames: int
    units: tuple[AccessUnit, ...]
    sightings: tuple[Sighting, ...]

    @property
    def gops(self) -> int:
        return len(self.units) // self.gop_frames

    @property
    def size_bytes(self) -> int:
        return sum(len(nal) for unit in self.units for nal in unit.nals)

    def parameter_sets(self) -> tuple[bytes, bytes]:
        """SPS and PPS of the first key frame. Raises BrokenClipError without them."""
        found = {nal[0] & 0x1F: nal for nal in self.units[0].nals}
        if 7 not in found or 8 not in found:
            raise BrokenClipError(
                f"clip {self.name} of {self.scene} starts without parameter sets. "
                "Next: delete the scenes folder; it is built again at the next start"
            )
        return found[7], found[8]


def split_annex_b(data: bytes) -> list[bytes]:
    """NAL units between start codes, without the zero bytes that may follow a NAL."""
    return [nal for part in data.split(b"\0\0\1")[1:] if (nal := part.rstrip(b"\0"))]


def access_units(nals: Sequence[bytes]) -> tuple[AccessUnit, ...]:
    """Group NAL units into access units of one picture NAL each."""
    units: list[AccessUnit] = []
    held: list[bytes] = []
    for nal in nals:
        held.append(nal)
        kind = nal[0] & 0x1F
        if kind in (1, 5):
            units.append(AccessUnit(nals=tuple(held), key=kind == 5))
            held = []
    return tuple(units)


def save_clip(clip: Clip, folder: Path) -> None:
    """Write the clip's two files; the JSON last and by renaming, since it says the clip is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    stream = b"".join(START_CODE + nal for unit in clip.units for nal in unit.nals)
    (folder / f"{clip.name}.h264").write_bytes(stream)
    facts = {
        "scene": clip.scene,
        "scene_code": clip.scene_code,
        "name": clip.name,
        "width_px": clip.width_px,
        "height_px": clip.height_px,
        "frame_90k": clip.frame_90k,
        "gop_frames": clip.gop_frames,
        "frames": len(clip.units),
        "sightings": [asdict(sighting) for sighting in clip.sightings],
    }
    draft = folder / f"{clip.name}.json.new"
    draft.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(folder / f"{clip.name}.json")


def load_clip(folder: Path, name: str) -> Clip:
    """Read a clip and check its invariants. Raises BrokenClipError, with the file, when one fails."""
    path = folder / f"{name}.h264"
    try:
        facts = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        units = access_units(split_annex_b(path.read_bytes()))
        clip = Clip(
            scene=facts["scene"],
            scene_code=facts["scene_code"],
            name=facts["name"],
            width_px=facts["width_px"],
            height_px=facts["height_px"],
            frame_90k=facts["frame_90k"],
            gop_frames=facts["gop_frames"],
            units=units,
            sightings=tuple(Sighting(**sighting) for sighting in facts["sightings"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenClipError(_broken(path, f"cannot be read: {error}")) from error
    if len(units) != facts["frames"] or not units or len(units) % clip.gop_frames:
        raise BrokenClipError(_broken(path, f"{len(units)} pictures, {facts['frames']} were built"))
    for index, unit in enumerate(units):
        if unit.key != (index % clip.gop_frames == 0):
            raise BrokenClipError(_broken(path, f"picture {index} is a key frame out of place"))
        if sum(IDENTITY in nal for nal in unit.nals) != 1:
            raise BrokenClipError(_broken(path, f"picture {index} has no mark"))
    clip.parameter_sets()
    return clip


def _broken(path: Path, why: str) -> str:
    return f"clip {path}: {why}. Next: delete the scenes folder; it is built again at the next start"
