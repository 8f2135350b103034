"""`data/pernyataan.json`: what the package says about itself, in one canonical form.

Holds every field that the format names. What nobody measured is written "belum diukur", never left
out and never guessed. The verifier reads it through `read_statement` and believes none of it that it
can work out from the films.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ronda.core.errors import WrongUsageError
from ronda.core.time import TimeSpan, parse_utc, utc_text, wita_text
from ronda.evidence import canonical
from ronda.evidence.canonical import Json
from ronda.evidence.errors import MalformedError

FORMAT = "Ronda Bukti"
VERSION = 1
UNKNOWN = "belum diukur"
TRAINING_MARK = "DATA LATIHAN"
ORIGINAL = "asli"
COPY = "salinan"
_WHAT = "data/pernyataan.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A title card in a working copy: it stands for an interruption and says so."""

    dts_90k: int
    duration_90k: int
    gap: TimeSpan

    def document(self) -> Json:
        return {"dts_90k": self.dts_90k, "lama_90k": self.duration_90k, **span_document(self.gap)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmFile:
    """What is said of one film. role: ORIGINAL or COPY; derived_from and cards: of a COPY only.

    pictures_sha256: over the digests of its pictures, see `film`. stream_sha256: over the pictures themselves,
    in packages of the first form only, which do not state the other; "" where it is not stated.
    clock: what the camera's clock said meanwhile (`clock_facts`); None when it never told.
    origin: where it is from when it was not recorded as it came; written only then.
    """

    path: str
    role: str
    camera: str
    size_bytes: int
    sha256: str
    pictures_sha256: str
    codec: str
    width_px: int
    height_px: int
    frames: int
    duration_90k: int
    span: TimeSpan
    training: bool
    derived_from: tuple[str, ...] = ()
    cards: tuple[Card, ...] = ()
    clock: Mapping[str, Json] | None = None
    origin: str = ""
    stream_sha256: str = ""

    def document(self) -> Json:
        fps_milli = self.frames * 90_000_000 // self.duration_90k if self.duration_90k else 0
        return {
            "path": self.path,
            "peran": self.role,
            "kamera": self.camera,
            "byte": self.size_bytes,
            "sha256": self.sha256,
            "sha256_gambar": self.pictures_sha256,
            "kodek": self.codec,
            "lebar": self.width_px,
            "tinggi": self.height_px,
            "bingkai": self.frames,
            "lama_90k": self.duration_90k,
            "fps_terukur": f"{fps_milli / 1000:.3f}",
            "fps_dinyatakan": UNKNOWN,
            **span_document(self.span),
            "waktu_kamera": UNKNOWN if self.clock is None else dict(self.clock),
            "selisih_waktu_kamera": UNKNOWN if self.clock is None else self.clock["selisih_us"],
            "tanda_tangan_kamera": UNKNOWN,
            "data_latihan": self.training,
            "turunan_dari": list(self.derived_from),
            "kartu": [card.document() for card in self.cards],
            **({"asal": self.origin} if self.origin else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GapLine:
    """One interruption, as in `data/celah.csv`."""

    camera: str
    span: TimeSpan
    cause: str
    evidence: str

    def document(self) -> Json:
        return {"kamera": self.camera, **span_document(self.span), "sebab": self.cause, "bukti": self.evidence}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFile:
    """A still in `data/foto`. film, picture: the original and the number of the picture in it, in order of coding.

    derived_from, steps: of an enhanced copy only; what it was made of, and how.
    """

    path: str
    camera: str
    frame_us: int
    sha256: str
    width_px: int
    height_px: int
    film: str
    picture: int
    uncertainty: str
    derived_from: str = ""
    steps: str = ""

    @property
    def time_text(self) -> str:
        """`18.11.2026 02.10.05,400 WITA`: to the millisecond, as the frame is dated."""
        day, clock, zone = wita_text(self.frame_us).split()
        return f"{day} {clock},{self.frame_us % 1_000_000 // 1000:03} {zone}"

    @property
    def frame_text(self) -> str:
        return f"gambar ke-{self.picture} dari {self.film}" if self.picture else UNKNOWN

    def document(self) -> Json:
        return {
            "path": self.path,
            "kamera": self.camera,
            "waktu": utc_text(self.frame_us),
            "ketidakpastian": self.uncertainty,
            "sha256": self.sha256,
            "lebar": self.width_px,
            "tinggi": self.height_px,
            "film": self.film,
            "gambar_ke": self.picture,
            "diperjelas": bool(self.derived_from),
            "turunan_dari": self.derived_from,
            "perlakuan": self.steps,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the verifier uses of the statement; `document` is all of it."""

    document: Mapping[str, Json]
    package_id: str
    training: bool
    files: tuple[FilmFile, ...]
    gaps: tuple[GapLine, ...]
    cameras: tuple[str, ...]
    given: TimeSpan  # what was approved
    packed: TimeSpan  # widened to whole segments
    companions: Mapping[str, str]  # path -> SHA-256 of files beside the payload, fixed before sealing
    root_sha256: str
    sealing_sha256: str
    log_vkey: str
    photos: tuple[PhotoFile, ...] = ()


def span_document(span: TimeSpan) -> dict[str, Json]:
    return {"mulai": utc_text(span.start_us), "akhir": utc_text(span.end_us)}


def gap_csv(gaps: Sequence[GapLine]) -> bytes:
    """`data/celah.csv`: one line for each interruption. Cells that a spreadsheet would run are quoted."""
    rows = ["kamera,mulai_utc,akhir_utc,lama_detik,sebab,bukti"]
    for gap in gaps:
        seconds = f"{gap.span.duration_us / 1_000_000:.3f}"
        cells = [gap.camera, utc_text(gap.span.start_us), utc_text(gap.span.end_us), seconds, gap.cause]
        rows.append(",".join([*cells, _cell(gap.evidence)]))
    return ("\r\n".join(rows) + "\r\n").encode("utf-8")


def _cell(text: str) -> str:
    one_line = " ".join(text.split()).replace('"', '""')
    return '"' + ("'" if one_line[:1] in "=+-@" else "") + one_line + '"'


def read_statement(data: bytes) -> Statement:
    """Read and check the form. Raises MalformedError when anything the verifier needs is missing."""
    document = canonical.read_object(data, _WHAT)
    if document.get("format") != FORMAT or document.get("versi") != VERSION:
        raise MalformedError(f"{_WHAT} is not of format {FORMAT} {VERSION}")
    keys, scope = _mapping(document, "kunci"), _mapping(document, "lingkup")
    return Statement(
        document=document,
        package_id=_text(document, "paket"),
        training=_flag(document, "data_latihan"),
        files=tuple(_film(one) for one in _list(document, "berkas")),
        gaps=tuple(_gap(one) for one in _list(document, "celah")),
        cameras=tuple(_plain(one) for one in _any_list(_mapping(scope, "diberikan"), "kamera")),
        given=_span(_mapping(scope, "diberikan")),
        packed=_span(_mapping(scope, "dikemas")),
        companions={
            path: _hex(_mapping(document, "pendamping"), path) for path in _mapping(document, "pendamping")
        },
        root_sha256=_hex(keys, "akar_sha256"),
        sealing_sha256=_hex(keys, "segel_sha256"),
        log_vkey=_text(_mapping(document, "log"), "vkey"),
        photos=tuple(_photo(one) for one in _list(document, "foto")) if "foto" in document else (),
    )


def _film(item: Mapping[str, Json]) -> FilmFile:
    return FilmFile(
        path=_text(item, "path"),
        role=_text(item, "peran"),
        camera=_text(item, "kamera"),
        size_bytes=_number(item, "byte"),
        sha256=_hex(item, "sha256"),
        pictures_sha256="" if "sha256_aliran" in item else _hex(item, "sha256_gambar"),
        stream_sha256=_hex(item, "sha256_aliran") if "sha256_aliran" in item else "",
        codec=_text(item, "kodek"),
        width_px=_number(item, "lebar"),
        height_px=_number(item, "tinggi"),
        frames=_number(item, "bingkai"),
        duration_90k=_number(item, "lama_90k"),
        span=_span(item),
        training=_flag(item, "data_latihan"),
        derived_from=tuple(_plain(one) for one in _any_list(item, "turunan_dari")),
        cards=tuple(
            Card(dts_90k=_number(one, "dts_90k"), duration_90k=_number(one, "lama_90k"), gap=_span(one))
            for one in _list(item, "kartu")
        ),
        clock=None if item.get("waktu_kamera") == UNKNOWN else _mapping(item, "waktu_kamera"),
        origin=_text(item, "asal") if "asal" in item else "",
    )


def _photo(item: Mapping[str, Json]) -> PhotoFile:
    try:
        frame_us = parse_utc(_text(item, "waktu"))
    except WrongUsageError as error:
        raise MalformedError(f"{_WHAT}: {error}") from None
    return PhotoFile(
        path=_text(item, "path"),
        camera=_text(item, "kamera"),
        frame_us=frame_us,
        sha256=_hex(item, "sha256"),
        width_px=_number(item, "lebar"),
        height_px=_number(item, "tinggi"),
        film=_text(item, "film"),
        picture=_number(item, "gambar_ke"),
        uncertainty=_text(item, "ketidakpastian"),
        derived_from=_text(item, "turunan_dari"),
        steps=_text(item, "perlakuan"),
    )


def _gap(item: Mapping[str, Json]) -> GapLine:
    return GapLine(
        camera=_text(item, "kamera"),
        span=_span(item),
        cause=_text(item, "sebab"),
        evidence=_text(item, "bukti"),
    )


def _span(item: Mapping[str, Json]) -> TimeSpan:
    try:
        return TimeSpan(parse_utc(_text(item, "mulai")), parse_utc(_text(item, "akhir")))
    except WrongUsageError as error:
        raise MalformedError(f"{_WHAT}: {error}") from None


def _any_list(item: Mapping[str, Json], key: str) -> Sequence[Json]:
    value = item.get(key)
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise MalformedError(f"{_WHAT}: {key!r} is no list")
    return value


def _list(item: Mapping[str, Json], key: str) -> list[Mapping[str, Json]]:
    values = []
    for one in _any_list(item, key):
        if not isinstance(one, Mapping):
            raise MalformedError(f"{_WHAT}: an item of {key!r} is no object")
        values.append(one)
    return values


def _mapping(item: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    value = item.get(key)
    if not isinstance(value, Mapping):
        raise MalformedError(f"{_WHAT}: {key!r} is no object")
    return value


def _plain(value: Json) -> str:
    if not isinstance(value, str):
        raise MalformedError(f"{_WHAT}: a text is missing")
    return value


def _text(item: Mapping[str, Json], key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        raise MalformedError(f"{_WHAT}: {key!r} is no text")
    return value


def _hex(item: Mapping[str, Json], key: str) -> str:
    value = _text(item, key)
    if len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise MalformedError(f"{_WHAT}: {key!r} is no SHA-256")
    return value


def _number(item: Mapping[str, Json], key: str) -> int:
    value = item.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedError(f"{_WHAT}: {key!r} is no number")
    return value


def _flag(item: Mapping[str, Json], key: str) -> bool:
    value = item.get(key)
    if not isinstance(value, bool):
        raise MalformedError(f"{_WHAT}: {key!r} is neither true nor false")
    return value
