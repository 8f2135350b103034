"""Public figures counted from the published part of the log: the hub counts so, and so does anybody else. Pure.

A figure is a number of entries of one act, phase and outcome in one month, or a sum of minutes. Nothing else goes
in, so whoever holds the published tiles can count again. Entries of before form 2 have no public part: figures
begin with the first one that has, and say on which day that was.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ronda.evidence.canonical import Json

# figure -> act, phase, outcome
FIGURES: Final = {
    "permintaan_polisi": ("permintaan.diterima", "hasil", "berhasil"),
    "permintaan_warga": ("permintaan.warga_diterima", "hasil", "berhasil"),
    "disetujui": ("permintaan.disetujui", "hasil", "berhasil"),
    "ditolak": ("permintaan.ditolak", "hasil", "berhasil"),
    "rekaman_dibuka": ("rekaman.putar", "niat", "boleh"),
    "gambar_diambil": ("rekaman.gambar", "hasil", "berhasil"),
    "pantauan_mundur": ("pantauan.mundur", "hasil", "berhasil"),
    "paket_disegel": ("bukti.disegel", "fakta", "berhasil"),
    "paket_diserahkan": ("bukti.serah_terima", "hasil", "berhasil"),
    "salinan_warga": ("salinan.diserahkan", "hasil", "berhasil"),
    "bidang_tutup_diubah": ("kamera.bidang_tutup", "fakta", "berhasil"),
    "dihapus_awal": ("rekaman.dihapus_awal", "fakta", "berhasil"),
}
REFUSED: Final = "usaha_ditolak"  # whatever rule, role or area refused
MINUTES: Final = "menit_diserahkan"
NAMES: Final = (*FIGURES, MINUTES, REFUSED)
HEAD: Final = ("bulan", "ukuran", "nilai", "sejak_hari", "sejak_entri")
_BY_ACT: Final = {act: name for name, act in FIGURES.items()}


@dataclass(slots=True, kw_only=True)
class Count:
    """Figures so far. size: entries read, in order; first: the first entry that has a public part, with its day."""

    size: int = 0
    first: tuple[int, str] | None = None
    months: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, public: Mapping[str, Json] | None) -> None:
        """The next entry; None for one without a public part."""
        index, self.size = self.size, self.size + 1
        if public is None:
            return
        day = str(public.get("hari", ""))
        self.first = self.first or (index, day)
        month = self.months.setdefault(day[:7], Counter())
        outcome = str(public.get("hasil", ""))
        name = _BY_ACT.get((str(public.get("aksi", "")), str(public.get("tahap", "")), outcome))
        if name is not None:
            month[name] += 1
        minutes = public.get("menit")
        if name is not None and isinstance(minutes, int):
            month[MINUTES] += minutes
        if outcome == "ditolak":
            month[REFUSED] += 1

    def rows(self) -> list[tuple[str, str, int, str, int]]:
        """By month and figure, months in order; a figure that nothing counted for is 0, since all was counted."""
        if self.first is None:
            return []
        index, day = self.first
        rows: list[tuple[str, str, int, str, int]] = []
        for month in sorted(self.months):
            begun = day if month == day[:7] else f"{month}-01"
            rows += [(month, name, self.months[month][name], begun, index) for name in NAMES]
        return rows


def count(public: Iterable[Mapping[str, Json] | None]) -> Count:
    """All entries of a log, in order."""
    counted = Count()
    for one in public:
        counted.add(one)
    return counted


def csv_text(counted: Count) -> str:
    """`jejak.csv` as it is published: the figures, and over how many entries; CRLF, no cell needs quoting."""
    lines = [HEAD, *counted.rows(), ("", "entri_dihitung", counted.size, "", "")]
    return "".join(",".join(str(cell) for cell in line) + "\r\n" for line in lines)
