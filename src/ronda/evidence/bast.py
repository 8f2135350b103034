"""The hand-over record (BAST) as one A4 page, made from the statement and the two digests alone.

Decides which facts stand on the page and in which words; the layout is `templates/bast.typ`. The
texts go in as data and are never run as typst. Invariant: the same statement, manifest and seal give
the same bytes with the same typst, so the verifier renders it again and compares.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import version

import typst

from ronda.core.time import TimeSpan, wita_text
from ronda.evidence import canonical
from ronda.evidence.authority import printed_fingerprint
from ronda.evidence.canonical import Json
from ronda.evidence.errors import EvidenceError
from ronda.evidence.folder import template
from ronda.evidence.statement import ORIGINAL, TRAINING_MARK, FilmFile, Statement

_DASH = "–"
_PAPERS = ("lidik", "sidik", "receipt", "seizure", "court_permit")
_CAMERA_ROWS = 8
_GAP_ROWS = 6
_FILM_ROWS = 8
_CAUSES = {
    "planned_off": "dimatikan terencana",
    "power": "listrik padam",
    "link": "jaringan",
    "camera": "kamera",
    "disk": "penyimpanan",
    "machine": "perangkat",
    "person": "orang",
    "unknown": "belum diketahui",
}


def typst_version() -> str:
    return version("typst")


def cause_words(cause: str) -> str:
    """The Indonesian words for a gap's cause."""
    return _CAUSES.get(cause, cause)


def seconds_words(duration_us: int) -> str:
    """`41 dtk`, `3 mnt 05 dtk`, `1 jam 02 mnt`."""
    seconds = round(duration_us / 1_000_000)
    if seconds < 60:
        return f"{seconds} dtk"
    if seconds < 3600:
        return f"{seconds // 60} mnt {seconds % 60:02d} dtk"
    return f"{seconds // 3600} jam {seconds % 3600 // 60:02d} mnt"


def render(statement: Statement, *, manifest_sha256: str, seal_sha256: str) -> bytes:
    """The PDF. Raises EvidenceError when typst does not make one page of it."""
    data = canonical.write(page_data(statement, manifest_sha256, seal_sha256)).decode()
    try:
        pages = typst.Compiler(ignore_system_fonts=True, sys_inputs={"data": data}).compile(
            template("bast.typ"), format="pdf", timestamp=0
        )
    except RuntimeError as error:
        raise EvidenceError(f"the hand-over record could not be set: {str(error)[:300]}") from None
    if not isinstance(pages, bytes):
        raise EvidenceError("the hand-over record is not one document")
    return pages


def page_data(statement: Statement, manifest_sha256: str, seal_sha256: str) -> dict[str, Json]:
    """Everything on the page, as texts."""
    said = _At(statement.document)
    originals = [film for film in statement.files if film.role == ORIGINAL]
    second = said.at("pemohon")
    first = _first_party(said)
    return {
        "package": statement.package_id,
        "training": statement.training,
        "training_mark": TRAINING_MARK,
        "regency": said.at("kantor").text("kabupaten"),
        "office": said.at("kantor").text("nama"),
        "city": said.at("kantor").text("kota"),
        "sealed": _wita_text_of(said.text("dibuat_us")),
        "first": [["Nama", first.text("nama")], ["NIP/NRP", first.text("nip")], ["Jabatan", first.text("jabatan")]],
        "second": [
            ["Nama", second.text("nama")],
            ["Pangkat, NRP", f"{second.text('pangkat')}, {second.text('nrp')}"],
            ["Kesatuan", second.text("satuan")],
        ],
        "first_sign": first.text("nama"),
        "second_sign": second.text("nama"),
        "basis": _basis(said, statement.packed),
        "totals": f"{len(originals)} berkas rekaman asli, {_dotted(sum(f.size_bytes for f in originals))} byte",
        **_cameras(originals, statement),
        **_films(statement.files),
        **_gaps(statement),
        "annex": _annex(said),
        "time": said.at("waktu").text("ringkasan"),
        "digests": [
            ["manifest-sha256.txt", manifest_sha256],
            ["segel/manifest.p7s", seal_sha256],
            ["sertifikat akar", printed_fingerprint(statement.root_sha256)],
        ],
    }


def _first_party(said: "_At") -> "_At":
    """Who hands over: who packed it, or the approver when the police officer packed it themselves."""
    people, asked_by = said.at("petugas"), said.at("pemohon").text("nrp")
    packed_by = people.at("operator")
    return people.at("penyetuju") if packed_by.text("nip") == asked_by else packed_by


def parties(statement: Statement) -> tuple[tuple[str, str], tuple[str, str]]:
    """Name and number (NIP or NRP) of Pihak Pertama and of Pihak Kedua."""
    said = _At(statement.document)
    first, second = _first_party(said), said.at("pemohon")
    return (first.text("nama"), first.text("nip")), (second.text("nama"), second.text("nrp"))


def _basis(said: "_At", packed: TimeSpan) -> list[list[str]]:
    case, given = said.at("kasus"), said.at("lingkup").at("diberikan")
    approver = said.at("petugas").at("penyetuju")
    return [
        ["Laporan Polisi", f"{case.text('nomor_lp')}, tanggal {day_words(case.text('tanggal_lp'))}"],
        ["Surat permintaan", f"{case.text('nomor_surat')}, tanggal {day_words(case.text('tanggal_surat'))}"],
        ["Dasar hukum", case.text("dasar_hukum")],
        ["Perkara, tempat", f"{case.text('jenis_kejahatan')}, {case.text('tempat')}"],
        ["Disetujui oleh", f"{approver.text('nama')}, NIP {approver.text('nip')}"],
        ["Rentang diberikan", given.text("wita")],
        ["Rentang dikemas", f"{span_words(packed)} (diperluas ke berkas utuh)"],
    ]


def _annex(said: "_At") -> list[Json]:
    """The police's papers for a second page; without any there is none."""
    papers, letter = said.at("kasus").at("surat_polisi"), said.at("surat_permintaan")
    rows: list[Json] = []
    if (article := papers.text("pasal")) != _DASH:
        rows.append(["Pasal yang disangkakan", article])
    for name in _PAPERS:
        if (number := papers.at("surat").at(name).text("nomor")) != _DASH:
            rows.append([papers.at("surat").at(name).text("nama"), _dated(number, papers.at("surat").at(name))])
    if papers.has("penyitaan_mendesak"):
        rows.append(["Penyitaan", "dalam keadaan mendesak, sebelum izin Ketua Pengadilan Negeri"])
    if (digest := letter.text("sha256")) != _DASH:
        rows.append(["Surat permintaan (PDF) di paket", f"{letter.text('path')}, SHA-256 {digest}"])
    return rows


def _dated(number: str, paper: "_At") -> str:
    return f"{number}, tanggal {day_words(paper.text('tanggal'))}"


def _cameras(originals: Sequence[FilmFile], statement: Statement) -> dict[str, Json]:
    rows: list[Json] = []
    names = sorted({film.camera for film in originals})
    for camera in names[:_CAMERA_ROWS]:
        own = [film for film in originals if film.camera == camera]
        span = TimeSpan(min(f.span.start_us for f in own), max(f.span.end_us for f in own))
        gaps = [gap for gap in statement.gaps if gap.camera == camera]
        lost = f"{len(gaps)} kali, {seconds_words(sum(g.span.duration_us for g in gaps))}" if gaps else "–"
        size = _dotted(sum(film.size_bytes for film in own))
        rows.append([camera, span_words(span), str(len(own)), size, lost])
    left = len(names) - _CAMERA_ROWS
    note = f"… dan {left} kamera lain; daftar lengkap di manifest-sha256.txt" if left > 0 else ""
    return {"cameras": rows, "cameras_note": note}


def _films(films: Sequence[FilmFile]) -> dict[str, Json]:
    """The first films by name and digest; all of them stand in the manifest, whose digest is printed."""
    rows: list[Json] = [[film.path, film.sha256] for film in films[:_FILM_ROWS]]
    left = len(films) - len(rows)
    note = f"… dan {left} film lain; sidik digital semuanya di manifest-sha256.txt" if left > 0 else ""
    return {"films": rows, "films_note": note}


def _gaps(statement: Statement) -> dict[str, Json]:
    longest = sorted(statement.gaps, key=lambda gap: -gap.span.duration_us)[:_GAP_ROWS]
    rows: list[Json] = [
        [gap.camera, span_words(gap.span), seconds_words(gap.span.duration_us), cause_words(gap.cause)]
        for gap in sorted(longest, key=lambda gap: (gap.camera, gap.span))
    ]
    left = len(statement.gaps) - len(rows)
    note = f"… dan {left} lagi yang lebih singkat; daftar lengkap di data/celah.csv" if left > 0 else ""
    return {"gaps": rows, "gaps_note": note}


def span_words(span: TimeSpan) -> str:
    """`18.11.2026 02.09.00–02.41.00 WITA`, with the second date where it differs."""
    start, end = wita_text(span.start_us).split(), wita_text(span.end_us).split()
    last = end[1] if start[0] == end[0] else f"{end[0]} {end[1]}"
    return f"{start[0]} {start[1]}–{last} WITA"


def day_words(iso: str) -> str:
    """`2026-11-18` as every other date of the page stands, `18.11.2026`; anything else as it is."""
    year, *rest = iso.split("-")
    return ".".join([*reversed(rest), year]) if len(rest) == 2 and iso.replace("-", "").isdigit() else iso


def _wita_text_of(microseconds: str) -> str:
    return wita_text(int(microseconds)) if microseconds.isdigit() else microseconds


def _dotted(number: int) -> str:
    """`1.263.510`."""
    return f"{number:,}".replace(",", ".")


class _At:
    """Reads texts out of the statement; what is not there reads as a dash, never as an error."""

    def __init__(self, value: Json) -> None:
        self._value: Mapping[str, Json] = value if isinstance(value, Mapping) else {}

    def at(self, key: str) -> "_At":
        return _At(self._value.get(key))

    def has(self, key: str) -> bool:
        return self._value.get(key) is True

    def text(self, key: str) -> str:
        value = self._value.get(key)
        return value if isinstance(value, str) and value else _DASH
