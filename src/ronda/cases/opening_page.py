"""`BUKA-SAYA.html`: the package in one page that any browser opens from the disk, without a network.

Decides what the page knows: which film shows which wall-clock time, where something is missing, which stills
there are. Page, style and scripts lie in `evidence/templates/opening`. It loads nothing but the films and pictures
beside it, and its digest stands in the sealed statement, as those of the other companions.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from ronda.core.time import TimeSpan
from ronda.evidence.folder import template
from ronda.evidence.statement import UNKNOWN, FilmFile, GapLine, PhotoFile

_SCRIPTS = ("sha256.js", "seal.js", "check.js", "texts.js", "player.js", "page.js")


def opening_page(
    package: str,
    *,
    training: bool,
    lp_number: str,
    span: TimeSpan,
    names: Mapping[str, tuple[str, str]],
    films: Sequence[FilmFile],
    copies: Sequence[FilmFile],
    gaps: Sequence[GapLine],
    photos: Sequence[PhotoFile] = (),
) -> bytes:
    """The page. `names`: camera -> its name and place; `films`: the originals that the copies derive from."""
    known = {film.path: film for film in films}
    cameras = [
        {
            "id": camera,
            "name": name,
            "place": place,
            "files": [_file(copy, known) for copy in copies if copy.camera == camera],
            "gaps": [
                {"from_us": gap.span.start_us, "to_us": gap.span.end_us, "cause": gap.cause}
                for gap in gaps
                if gap.camera == camera
            ],
        }
        for camera, (name, place) in names.items()
    ]
    data = {
        "package": package,
        "training": training,
        "lp": lp_number,
        "from_us": span.start_us,
        "to_us": span.end_us,
        "cameras": cameras,
        "photos": [_photo(photo, names) for photo in photos],
    }
    # No text of the case can end the script element or begin a comment in it.
    told = json.dumps(data, ensure_ascii=True).replace("<", "\\u003c")
    page = template("opening/page.html").decode()
    script = "\n".join(template(f"opening/{name}").decode() for name in _SCRIPTS)
    parts = {
        "@STYLE@": template("opening/style.css").decode(),
        "@PACKAGE@": package,
        "@DATA@": told,
        "@SCRIPT@": script,
    }
    return re.sub("|".join(parts), lambda found: parts[found[0]], page).encode()


def _file(copy: FilmFile, known: Mapping[str, FilmFile]) -> dict[str, object]:
    return {"path": copy.path, "codec": copy.codec, "pieces": list(_pieces(copy, known))}


def _pieces(copy: FilmFile, known: Mapping[str, FilmFile]) -> Iterator[dict[str, object]]:
    """The copy in order: originals one after another, and cards where they stand in it."""
    at_90k, cards = 0, sorted(copy.cards, key=lambda card: card.dts_90k)
    for path in (*copy.derived_from, None):
        while cards and (cards[0].dts_90k <= at_90k or path is None):
            card = cards.pop(0)
            yield _piece(at_90k, card.duration_90k, card.gap, card=True)
            at_90k += card.duration_90k
        if path is not None:
            film = known[path]
            yield _piece(at_90k, film.duration_90k, film.span, card=False)
            at_90k += film.duration_90k


def _piece(at_90k: int, length_90k: int, span: TimeSpan, *, card: bool) -> dict[str, object]:
    return {
        "media_s": round(at_90k / 90_000, 6),
        "media_length_s": round(length_90k / 90_000, 6),
        "from_us": span.start_us,
        "to_us": span.end_us,
        "card": card,
    }


def _photo(photo: PhotoFile, names: Mapping[str, tuple[str, str]]) -> dict[str, str | int]:
    return {
        "path": photo.path,
        "camera": names.get(photo.camera, (photo.camera, ""))[0],
        "time": photo.time_text,
        "uncertainty": "" if photo.uncertainty == UNKNOWN else photo.uncertainty,
        "film": photo.film,
        "picture": photo.picture,
        "sha256": photo.sha256,
        "derived_from": photo.derived_from,
        "steps": photo.steps,
    }
