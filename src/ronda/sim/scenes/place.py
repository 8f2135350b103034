"""A scene that moves: the still backdrop, whoever acts on it, rain, the camera's name.

Subclasses paint the stage and write the acts; this class develops, caches and puts each picture
together. Clip names are those of `ronda.sim.schedule`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from ronda.sim.clip import Sighting
from ronda.sim.scenes.acting import Act
from ronda.sim.scenes.backdrop import Backdrop, Weather, develop
from ronda.sim.scenes.base import Picture
from ronda.sim.scenes.figure import Model, Sprite, cast_shadow, draw_models, paste, sprite_of
from ronda.sim.scenes.furniture import letters
from ronda.sim.scenes.light import Lamp
from ronda.sim.scenes.stage import Stage
from ronda.sim.scenes.view import HEIGHT_PX, WIDTH_PX, Array
from ronda.sim.schedule import BUSY, FROZEN, QUIET

FPS: Final = 10
QUIET_FRAMES: Final = 40
ALIVE_FRAMES: Final = QUIET_FRAMES
BUSY_FRAMES: Final = 160
_RAIN_PHASES = 8


class Place(ABC):
    """Implements `ronda.sim.scenes.base.Scene`."""

    weather: Weather = Weather()
    rain: int = 0  # streaks in the picture

    def __init__(self, *, kind: str, code: int, seed: int, label: str, specials: bool = True) -> None:
        self.kind, self.code, self.seed = kind, code, seed
        self._rng = np.random.default_rng(seed)
        stage, lamps = self.paint(self._rng)
        self.backdrop: Backdrop = develop(stage, lamps, self.weather, seed)
        self._label = _label_mask(label)
        self._specials: Mapping[str, tuple[int, Sequence[Act]]] = self.specials() if specials else {}
        self._busy = list(self.ordinary())
        self._base, self._still = self._ground(self.still_models(), self.alive(0.0))
        self._alive: dict[tuple[str, int], list[Sprite]] = {}
        self._without: dict[str, tuple[Picture, list[Sprite]]] = {}
        self._rain = _rain_phases(self._rng, self.rain, self.backdrop)

    @abstractmethod
    def paint(self, rng: np.random.Generator) -> tuple[Stage, Sequence[Lamp]]:
        """The stage, painted far to near, and the lamps that light it."""

    def still_models(self) -> Sequence[Model]:
        """What stands there in every clip."""
        return ()

    def extra_models(self, clip: str) -> Sequence[Model]:
        """What stands there in all clips but moves in `clip` (and so must not stand there too)."""
        return ()

    def ordinary(self) -> Sequence[Act]:
        """Acts of the busy clip, within its 16 s."""
        return ()

    def specials(self) -> Mapping[str, tuple[int, Sequence[Act]]]:
        """Other clips: number of pictures and acts."""
        return {}

    def alive(self, second: float) -> Sequence[Model]:
        """Models that move a little in every clip, again and again every ALIVE_FRAMES."""
        return ()

    def other_hours(self) -> Sequence[str]:
        """Clips of hours when others are there, or nobody: see `still_at` and `alive_at`."""
        return ()

    def still_at(self, clip: str) -> Sequence[Model]:
        """What stands there in a clip of `other_hours`."""
        return self.still_models()

    def alive_at(self, clip: str, second: float) -> Sequence[Model]:
        """Who moves a little in a clip; the same in every clip but those of `other_hours`."""
        return self.alive(second)

    def clips(self) -> dict[str, int]:
        lengths = {name: frames for name, (frames, _) in self._specials.items()}
        others = dict.fromkeys(self.other_hours(), QUIET_FRAMES)
        return {QUIET: QUIET_FRAMES, BUSY: BUSY_FRAMES, FROZEN: 20, **others, **lengths}

    def acts(self, clip: str) -> Sequence[Act]:
        if clip in self._specials:
            return self._specials[clip][1]
        return self._busy if clip == BUSY else ()

    def sightings(self, clip: str) -> tuple[Sighting, ...]:
        frames = self.clips()[clip]
        found = []
        for act in self.acts(clip):
            start, end = act.span_s()
            first, last = max(0, round(start * FPS)), min(frames, round(end * FPS))
            if first < last:
                found.append(Sighting(actor=act.actor, what=act.what, first_frame=first, end_frame=last))
        return tuple(found)

    def picture(self, clip: str, index: int) -> Picture:
        base, still = self._ground_for(clip)
        picture = base.copy()
        second = 0.0 if clip == FROZEN else index / FPS
        moments = [act.at(second) for act in self.acts(clip) if act.span_s()[0] <= second < act.span_s()[1]]
        beams = [beam for moment in moments for beam in moment.beams]
        if beams:
            self.backdrop.add_light(picture, beams)
        models = [model for moment in moments for model in moment.models]
        draw_models(picture, self.backdrop, models, beams, still, self._alive_sprites(clip, second))
        if self._rain and clip != FROZEN:
            where, amount = self._rain[index % _RAIN_PHASES]
            flat = picture.reshape(-1, 3)
            flat[where] = np.minimum(flat[where].astype(np.int16) + amount, 255).astype(np.uint8)
        _stamp(picture, self._label)
        return picture

    def _alive_sprites(self, clip: str, second: float) -> list[Sprite]:
        index = round(second * FPS) % ALIVE_FRAMES
        hours = clip if clip in self.other_hours() else ""
        if (hours, index) not in self._alive:
            lamps = self.backdrop.lamps
            models = self.alive_at(clip, index / FPS) if hours else self.alive(index / FPS)
            found = [sprite_of(self.backdrop, model, lamps) for model in models]
            self._alive[hours, index] = [sprite for sprite in found if sprite is not None]
        return self._alive[hours, index]

    def _ground_for(self, clip: str) -> tuple[Picture, list[Sprite]]:
        """The still picture of a clip: with everything that does not act in it."""
        if clip not in self._without and clip in self.other_hours():
            self._without[clip] = self._ground(self.still_at(clip), self.alive_at(clip, 0.0))
        if clip not in self._without:
            base, still = self._base.copy(), list(self._still)
            more, sprites = self._furnish(self.extra_models(clip), base)
            self._without[clip] = (more, still + sprites)
        return self._without[clip]

    def _ground(self, still: Sequence[Model], alive: Sequence[Model]) -> tuple[Picture, list[Sprite]]:
        """The still picture with shadows of those who hardly move."""
        picture, sprites = self._furnish(still)
        for model in alive:
            cast_shadow(picture, self.backdrop, model)
        return picture, sprites

    def _furnish(self, models: Sequence[Model], onto: Picture | None = None) -> tuple[Picture, list[Sprite]]:
        picture = self.backdrop.picture.copy() if onto is None else onto
        lamps = self.backdrop.lamps
        sprites = [sprite for model in models if (sprite := sprite_of(self.backdrop, model, lamps)) is not None]
        for model in models:
            cast_shadow(picture, self.backdrop, model)
        for sprite in sorted(sprites, key=lambda item: -item.depth_m):
            paste(picture, sprite)
        return picture, sprites


def _label_mask(text: str) -> Array:
    """The camera's name as cover (h, w, 2): letters and their dark edge."""
    font = letters(26)
    left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).textbbox(
        (0, 0), text, font=font, stroke_width=2
    )
    size = (int(right - left) + 4, int(bottom - top) + 4)
    edge, ink = Image.new("L", size), Image.new("L", size)
    at = (2 - left, 2 - top)
    ImageDraw.Draw(edge).text(at, text, font=font, fill=255, stroke_width=2)
    ImageDraw.Draw(ink).text(at, text, font=font, fill=255)
    return np.stack((np.asarray(ink), np.asarray(edge)), axis=2).astype(np.float32) / 255


def _stamp(picture: Picture, label: Array) -> None:
    height, width = label.shape[:2]
    area = picture[18 : 18 + height, 22 : 22 + width]
    dark = area * (1 - 0.8 * label[:, :, 1:])
    area[:] = (dark * (1 - label[:, :, :1]) + 226 * label[:, :, :1]).astype(np.uint8)


def _rain_phases(
    rng: np.random.Generator, streaks: int, backdrop: Backdrop
) -> list[tuple[np.ndarray[tuple[int], np.dtype[np.intp]], np.ndarray[tuple[int, int], np.dtype[np.int16]]]]:
    """Streaks of rain as (pixels, what they add); brighter where the light behind them is."""
    phases = []
    bright = backdrop.picture.max(axis=2).astype(np.float32) / 255
    for _ in range(_RAIN_PHASES if streaks else 0):
        layer = Image.new("L", (WIDTH_PX, HEIGHT_PX))
        pen = ImageDraw.Draw(layer)
        for _ in range(streaks):
            x, y, long = rng.uniform(0, WIDTH_PX), rng.uniform(-40, HEIGHT_PX), rng.uniform(10, 34)
            pen.line((x, y, x - long * 0.16, y + long), fill=int(rng.uniform(50, 150)), width=1)
        amount = np.asarray(layer, np.float32) * (0.12 + 0.5 * bright)
        where = np.nonzero(amount.reshape(-1) > 4)[0]
        value = amount.reshape(-1)[where]
        tint = np.stack((value * 0.92, value * 0.97, value), axis=1).astype(np.int16)
        phases.append((where, tint))
    return phases
