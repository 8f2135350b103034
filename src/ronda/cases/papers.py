"""The texts of a package: the statement's facts, the letter, clock evidence, the read-me.

Gathers what the case, the register and the recorder know. What nobody knows is written UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING

from ronda.access.model import Person
from ronda.cases.model import Case, Scope
from ronda.cases.office import Office
from ronda.cases.photos import Photos
from ronda.cases.police_papers import WORDS
from ronda.cases.texts import GROUNDS, LIMITS, PURPOSES
from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan, utc_text
from ronda.evidence import layout, machine_clock
from ronda.evidence.authority import SealingIdentity, fingerprint
from ronda.evidence.bast import span_words, typst_version
from ronda.evidence.canonical import Json
from ronda.evidence.checkpoint import NoteVerifier
from ronda.evidence.clock_facts import ClockReport, measure, summary
from ronda.evidence.cosignature import CosignerKey
from ronda.evidence.folder import template
from ronda.evidence.machine_clock import ClockReading, utc_uncertainty_us
from ronda.evidence.statement import (
    FORMAT,
    ORIGINAL,
    TRAINING_MARK,
    UNKNOWN,
    VERSION,
    FilmFile,
    GapLine,
    span_document,
)
from ronda.registry.model import Camera

if TYPE_CHECKING:
    from ronda.cases.package import Job
    from ronda.cases.package_parts import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """Who hands over, which cameras, which keys: the parts of the statement beside the films."""

    office: Office
    operator: Person
    cameras: Mapping[CameraId, Camera]
    identity: SealingIdentity
    log_key: NoteVerifier
    witnesses: tuple[CosignerKey, ...] = ()  # whose cosignature the package counts

    def readme(self, package: str, training: bool) -> bytes:
        """BACA-SAYA.txt."""
        mark = f"\n*** {TRAINING_MARK}: dibuat untuk latihan, bukan barang bukti. ***\n" if training else ""
        text = template("BACA-SAYA.txt").decode()
        return text.replace("@PAKET@", package).replace("@LATIHAN@", mark).encode()

    def statement(
        self, job: Job, films: Sequence[FilmFile], gaps: Sequence[GapLine], companions: Mapping[str, str]
    ) -> dict[str, Json]:
        """`data/pernyataan.json`, every field of the format."""
        return {
            "format": FORMAT,
            "versi": VERSION,
            "paket": job.name,
            "data_latihan": job.training,
            "dibuat": utc_text(job.started_us),
            "dibuat_us": str(job.started_us),
            "kantor": {"nama": self.office.name, "kabupaten": self.office.regency, "kota": self.office.city},
            "kasus": _case(job.case),
            "pemohon": _requester(job.case),
            "petugas": self._people(job.case),
            "lingkup": {
                "diminta": _scope(job.case.request.scope),
                "diberikan": _scope(job.scope),
                "dikemas": {
                    **span_document(job.widened),
                    "keterangan": "diperluas ke berkas utuh: berkas asli tidak dipotong",
                },
            },
            "kamera": [self._camera(camera) for camera in job.scope.cameras],
            "berkas": [film.document() for film in films],
            "celah": [gap.document() for gap in gaps],
            "perekam": {
                "nama": "Ronda",
                "versi": version("ronda"),
                "sha256_program": UNKNOWN,
                "pengode_kartu": f"PyAV {version('av')}, libx264; hanya untuk kartu rekaman terputus",
                "argumen": "asli: disalin byte demi byte; salinan: gambar disalin tanpa dikodekan ulang",
            },
            "waktu": {
                **machine_clock.document(_span_of(films), job.machine_clock, UNKNOWN),
                "ringkasan": summary(
                    {one.camera: measure(_reports(one)) for one in job.recorded},
                    utc_uncertainty_us(_span_of(films), job.machine_clock),
                ),
            },
            "log": {
                "asal": self.log_key.name,
                "vkey": self.log_key.vkey(),
                "penjaga": [key.vkey() for key in self.witnesses],
                "entri_permintaan": job.case.request_log_index,
                "entri_persetujuan": job.case.approval.log_index if job.case.approval else 0,
            },
            "kunci": {
                "akar_sha256": fingerprint(self.identity.root),
                "segel_sha256": fingerprint(self.identity.certificate),
                "jenis_tanda_tangan": "sertifikat kantor sendiri, bukan PSrE",
            },
            "cap_waktu": [
                {"alamat": one.address, "sertifikat": path, "akar_sha256": one.root_sha256}
                for path, one in zip(layout.AUTHORITIES, job.authorities, strict=False)
            ],
            "pendamping": dict(companions),
            "bast": {"typst": typst_version()},
            "batas": list(LIMITS),
        }

    def _people(self, case: Case) -> dict[str, Json]:
        approval = case.approval
        return {
            "operator": {
                "nama": self.operator.name,
                "nip": self.operator.official_id,
                "jabatan": self.operator.office,
                "cara_masuk": "nama pengguna dan kata sandi",
            },
            "penyetuju": {
                "nama": approval.name if approval else UNKNOWN,
                "nip": approval.official_id if approval else UNKNOWN,
                "jabatan": approval.office if approval else UNKNOWN,
                "cara_masuk": "nama pengguna dan kata sandi",
                "waktu": utc_text(approval.at_us) if approval else UNKNOWN,
                "entri_persetujuan": approval.log_index if approval else 0,
            },
        }

    def _camera(self, camera: CameraId) -> dict[str, Json]:
        entry = self.cameras[camera]
        site = entry.site
        return {
            "id": camera,
            "nama": entry.name,
            "lokasi": site.name,
            "wilayah": site.area,
            "lintang": _number(site.lat_deg),
            "bujur": _number(site.lon_deg),
            "arah_derajat": _number(entry.direction_deg),
            "tujuan": entry.purpose,
            "dasar": entry.legal_basis,
            "simpan_hari": entry.retention_days,
            "bidang_pandang": UNKNOWN,
            "merek": UNKNOWN,
            "model": UNKNOWN,
            "perangkat_lunak": UNKNOWN,
            "nomor_seri": UNKNOWN,
            "mac": UNKNOWN,
            "masker": len(entry.masks),
        }


def request_document(case: Case) -> dict[str, Json]:
    """`data/permintaan.json`: the letter as entered, and how it was decided."""
    approval = case.approval
    decided: dict[str, Json] = {}
    if approval is not None:
        decided = {
            "oleh": approval.name,
            "nip": approval.official_id,
            "waktu": utc_text(approval.at_us),
            "versi_permintaan": approval.scope_version,
            "lingkup": _scope(approval.scope),
            "akses_sampai": utc_text(approval.access_until_us),
            "catatan": approval.note,
            "entri_log": approval.log_index,
        }
    return {
        "kasus": _case(case),
        "pemohon": _requester(case),
        "dimasukkan_oleh": case.requested_name,
        "dari_surat": case.request.from_letter,
        "waktu": utc_text(case.requested_us),
        "alasan": case.request.reason,
        "diminta": _scope(case.request.scope),
        "persetujuan": decided,
    }


def letter_statement(letter: bytes | None) -> dict[str, Json]:
    """The letter of request in the package; nothing where none was filed."""
    if letter is None:
        return {}
    said: dict[str, Json] = {"path": layout.LETTER, "sha256": sha256(letter).hexdigest(), "byte": len(letter)}
    return {"surat_permintaan": said}


def police_papers(case: Case) -> dict[str, Json]:
    """The papers in the police's own words; nothing where none is named."""
    papers = case.papers
    named: dict[str, Json] = {
        name: {"nama": WORDS[name], "nomor": paper.number, "tanggal": paper.date}
        for name, paper in papers.named().items()
    }
    said: dict[str, Json] = {}
    if papers.article:
        said["pasal"] = papers.article
    if named:
        said["surat"] = named
    if papers.seizure_urgent:
        said["penyitaan_mendesak"] = True
    return {"surat_polisi": said} if said else {}


def photo_statement(photos: Photos) -> dict[str, Json]:
    """What the statement says of stills; nothing where none were taken."""
    if not photos.files and not photos.missing:
        return {}
    return {"foto": [photo.document() for photo in photos.files], "foto_tidak_ada": list(photos.missing)}


def clocks_document(
    recorded: Sequence[Recorded], films: Sequence[FilmFile], readings: Sequence[ClockReading] = ()
) -> dict[str, Json]:
    """`data/waktu.json`: for each master, where each fragment lies and when it arrived.

    A row is [offset, bytes, frames, start_90k, duration_90k, arrival_us, damaged]; a row of the camera's
    clock is [arrival_us, NTP time in hex, rtp_90k]; one of the machine's own clock
    [at_us, synchronised, offset_us, maximum error_us, frequency_ppb].
    """
    by_start = {(film.camera, film.span.start_us): film.path for film in films}
    rows: dict[str, Json] = {}
    clocks: dict[str, Json] = {}
    for one in recorded:
        for segment in one.segments:
            path = by_start[segment.camera, segment.span.start_us]
            clocks[path] = [report.row() for report in one.clock[segment.segment_id]]
            rows[path] = [
                [f.offset, f.size_bytes, f.frames, f.start_90k, f.duration_90k, f.start_us, int(f.damaged)]
                for f in one.fragments[segment.segment_id]
            ]
    columns = ["byte_mulai", "byte", "bingkai", "mulai_90k", "lama_90k", "tiba_us", "rusak"]
    return {
        "kolom": columns,
        "berkas": rows,
        "kolom_jam_kamera": ["tiba_us", "ntp_heksa", "rtp_90k"],
        "jam_kamera": clocks if any(clocks.values()) else UNKNOWN,
        "kolom_ntp": ["waktu_us", "tersinkron", "selisih_us", "galat_maks_us", "frekuensi_ppb"],
        "ntp": [one.row() for one in readings] or UNKNOWN,
    }


def _span_of(films: Sequence[FilmFile]) -> TimeSpan:
    """From the first original's start to the last one's end, as the verifier takes it."""
    spans = [film.span for film in films if film.role == ORIGINAL]
    return TimeSpan(min(span.start_us for span in spans), max(span.end_us for span in spans))


def _reports(recorded: Recorded) -> list[ClockReport]:
    return [report for segment in recorded.segments for report in recorded.clock[segment.segment_id]]


def _case(case: Case) -> dict[str, Json]:
    request = case.request
    return {
        "id": case.case_id,
        "nomor_lp": request.lp_number,
        "tanggal_lp": request.lp_date,
        "nomor_surat": request.letter_number,
        "tanggal_surat": request.letter_date,
        "dasar_hukum": GROUNDS[request.ground],
        "keperluan": PURPOSES[request.purpose],
        "jenis_kejahatan": request.crime_kind,
        "tempat": request.place,
        "lintang": _number(request.lat_deg),
        "bujur": _number(request.lon_deg),
        "waktu_kejadian": span_document(request.incident),
        **police_papers(case),
    }


def _requester(case: Case) -> dict[str, Json]:
    officer = case.request.requester
    return {"nama": officer.name, "pangkat": officer.rank, "nrp": officer.nrp, "satuan": officer.unit}


def _scope(scope: Scope) -> dict[str, Json]:
    return {"kamera": list(scope.cameras), **span_document(scope.span), "wita": span_words(scope.span)}


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.6f}"
