"""The report of camera-signed films as data: what stands in a package and what `--json` prints.

Says nothing of trust: whose root counts is the reader's matter. Whole numbers and texts only, so that the same
films always give the same bytes.
"""

from ronda.evidence.camera_signing.report import FilmReport, Group
from ronda.evidence.camera_signing.say import key_name
from ronda.evidence.canonical import Json

_MANY = 200  # pictures named one by one


def film_document(report: FilmReport) -> dict[str, Json]:
    return {
        "status": report.status.value,
        "cara": report.scheme.value if report.scheme else None,
        "perangkat": report.device,
        "gambar": report.pictures,
        "tercakup": report.covered,
        "di_luar_awal": report.head,
        "di_luar_akhir": report.tail,
        "tanpa_tanda_tangan": list(report.uncovered[:_MANY]),
        "jenis_tak_ditandatangani": list(report.unsigned_kinds[:_MANY]),
        "sei": report.seis,
        "sei_rusak": [{"gambar": picture, "sebab": fault} for picture, fault in report.bad_seis[:_MANY]],
        "sei_tanpa_kunci": report.no_key,
        "kunci": [
            {"sha256_16": key_name(key.material), "sejak_gambar": picture, "tanda_tangan": key.good}
            for key, picture in zip(report.keys, report.key_pictures, strict=True)
        ],
        "kelompok": [_group(group) for group in report.groups],
    }


def _group(group: Group) -> dict[str, Json]:
    return {
        "nomor": group.counter,
        "status": group.status.value,
        "tanda_tangan": group.signed.value,
        "sebagian": group.partial,
        "mulai_us": None if group.start_us is None else str(group.start_us),
        "akhir_us": None if group.end_us is None else str(group.end_us),
        "hitungan_us": None if group.ticks_us is None else str(group.ticks_us),
        "seharusnya": group.expected,
        "cocok": group.fits,
        "gambar": list(group.pictures) if group.pictures else None,
        "detik_film_ms": None if group.at_s is None else round(group.at_s * 1000),
        "diubah": list(group.changed[:_MANY]),
        "berpindah": list(group.moved[:_MANY]),
        "disisipkan": list(group.added[:_MANY]),
        "hilang": group.missing,
        "sebelum_film": group.before_film,
        "urutan": list(group.faults),
        "gambar_kelompok_lain": group.old_counter,
    }
