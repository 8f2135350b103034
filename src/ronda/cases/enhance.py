"""Make a clearer copy of a still: brightness, contrast and sharpness, nothing that adds to the picture.

The original stays as it is. The copy says in a band below the picture that it is one and what was done, so that it
cannot pass for the original wherever it ends up.
"""

import io
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from ronda.cases.errors import IncompleteRequestError

LEAST, MOST = 0.2, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """Factors; 1.0 leaves it alone."""

    brightness: float = 1.0
    contrast: float = 1.0
    sharpness: float = 1.0

    def words(self) -> str:
        """As on papers: `kecerahan x 1,8, kontras x 1,3`."""
        factors = (("kecerahan", self.brightness), ("kontras", self.contrast), ("ketajaman", self.sharpness))
        return ", ".join(f"{name} x {factor:.1f}".replace(".", ",") for name, factor in factors if factor != 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enhanced:
    png: bytes
    sha256: str
    width_px: int
    height_px: int


def enhance(png: bytes, treatment: Treatment) -> Enhanced:
    """The marked copy. Raises IncompleteRequestError for factors that change nothing or too much."""
    factors = (treatment.brightness, treatment.contrast, treatment.sharpness)
    if not all(LEAST <= factor <= MOST for factor in factors) or all(factor == 1.0 for factor in factors):
        raise IncompleteRequestError([("treatment", f"factors from {LEAST} to {MOST}, at least one other than 1")])
    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGB")
    for tool, factor in zip(
        (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Sharpness), factors, strict=True
    ):
        picture = tool(picture).enhance(factor)
    marked = _marked(picture, ("SALINAN DIPERJELAS, BUKAN GAMBAR ASLI", treatment.words()))
    out = io.BytesIO()
    marked.save(out, format="PNG")
    data = out.getvalue()
    return Enhanced(png=data, sha256=sha256(data).hexdigest(), width_px=marked.width, height_px=marked.height)


def _marked(picture: Image.Image, rows: tuple[str, ...]) -> Image.Image:
    size = max(7, picture.width // 42)
    height = round(size * 1.5)
    marked = Image.new("RGB", (picture.width, picture.height + height * len(rows) + size // 2), "#FFF3DC")
    marked.paste(picture, (0, 0))
    pen = ImageDraw.Draw(marked)
    for number, text in enumerate(rows):
        fitting = size
        while fitting > 4 and pen.textlength(text, font=ImageFont.load_default(fitting)) > picture.width * 0.97:
            fitting -= 1
        place = picture.width / 2, picture.height + height * (number + 0.5) + size // 4
        pen.text(place, text, font=ImageFont.load_default(fitting), fill="#1B2433", anchor="mm")
    return marked
