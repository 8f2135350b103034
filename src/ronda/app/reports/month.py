"""The month's report on one sheet of paper: figures that anybody can count again, and the anchor of the log.

Facts come from the log alone. The anchor stands as a line, in groups that can be read out, and as a square code.
"""

from dataclasses import dataclass
from io import BytesIO

import segno
import typst

from ronda.app.log_counts import LogCounts
from ronda.app.month_anchor import anchor_of
from ronda.app.reports.paper import TEMPLATES
from ronda.app.wiring import Wiring
from ronda.core.time import wita_text
from ronda.evidence import canonical
from ronda.evidence.canonical import Json
from ronda.evidence.errors import EvidenceError
from ronda.evidence.log_anchor import Anchor
from ronda.evidence.log_figures import NAMES, csv_text
from ronda.evidence.statement import TRAINING_MARK

WORDS = {
    "permintaan_polisi": "Permintaan kepolisian diterima",
    "permintaan_warga": "Permintaan warga diterima",
    "disetujui": "Disetujui orang kedua",
    "ditolak": "Ditolak",
    "rekaman_dibuka": "Rekaman dibuka dalam kasus",
    "gambar_diambil": "Gambar diambil",
    "pantauan_mundur": "Pantauan mundur di ruang kendali",
    "paket_disegel": "Paket disegel",
    "paket_diserahkan": "Paket diserahkan",
    "salinan_warga": "Salinan samaran diserahkan kepada warga",
    "bidang_tutup_diubah": "Bidang tutup kamera diubah",
    "dihapus_awal": "Rekaman dihapus sebelum waktunya",
    "menit_diserahkan": "Menit kamera diserahkan",
    "usaha_ditolak": "Usaha yang ditolak aturan",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthReport:
    pdf: bytes
    csv: str
    anchor: Anchor


def monthly_report(wiring: Wiring, month: str) -> MonthReport:
    """Raises WrongUsageError for a month that is not over, EvidenceError when the page cannot be set."""
    anchor, counted = anchor_of(wiring, month), LogCounts().upto(wiring)
    rows = {name: (value, since) for at, name, value, since, _entry in counted.rows() if at == month}
    figures: list[Json] = [[WORDS[name], str(rows[name][0]) if name in rows else "belum diukur"] for name in NAMES]
    since = next(iter(rows.values()))[1] if rows else ""
    square = BytesIO()
    segno.make(anchor.line, error="m").save(square, kind="svg", scale=4, border=2)
    data: dict[str, Json] = {
        "month": month,
        "regency": wiring.office.regency,
        "office": wiring.office.name,
        "city": wiring.office.city,
        "made": wita_text(wiring.clock.now_us()),
        "since": since if since and not since.endswith("-01") else "",
        "figures": figures,
        "size": str(anchor.size),
        "groups": anchor.grouped.split(),
        "line": anchor.line,
        "key": wiring.log_signer.verifier.vkey(),
        "square": square.getvalue().decode(),
        "training": wiring.folder.training,
        "training_mark": TRAINING_MARK,
    }
    return MonthReport(pdf=_page(data), csv=csv_text(counted), anchor=anchor)


def _page(data: dict[str, Json]) -> bytes:
    try:
        made = typst.Compiler(
            (TEMPLATES / "laporan-bulanan.typ").read_bytes(),
            ignore_system_fonts=True,
            sys_inputs={"data": canonical.write(data).decode()},
        ).compile(format="pdf", timestamp=0)
    except RuntimeError as error:
        raise EvidenceError(f"the monthly report could not be set: {str(error)[:300]}") from None
    if not isinstance(made, bytes):
        raise EvidenceError("the monthly report is not one document")
    return made
