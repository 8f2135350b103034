"""The Indonesian wording of closed lists, for papers. Data, so that a lawyer can edit it."""

from ronda.cases.model import LegalGround, Purpose

GROUNDS: dict[LegalGround, str] = {
    LegalGround.CRIMINAL_INVESTIGATION: "penyidikan tindak pidana (UU 20/2025 KUHAP; UU 1/2024 ITE pasal 5)",
    LegalGround.COURT_ORDER: "penetapan atau perintah pengadilan",
    LegalGround.ADMINISTRATIVE_INVESTIGATION: "pemeriksaan administratif oleh pejabat yang berwenang",
}
PURPOSES: dict[Purpose, str] = {
    Purpose.INVESTIGATION: "penyelidikan dan penyidikan",
    Purpose.MISSING_PERSON: "pencarian orang hilang",
    Purpose.TRAFFIC_ACCIDENT: "kecelakaan lalu lintas",
    Purpose.DISASTER: "penanggulangan bencana",
}
LIMITS = (
    "Waktu adalah waktu tiba di perekam; selisih jam kamera belum diukur.",
    "Segel membuktikan bahwa isi paket tidak berubah sejak disegel, bukan apa yang terjadi di depan kamera.",
    "Gambar sebelum tiba di perekam tidak ditandatangani oleh kamera.",
    "Cap waktu dan penjaga log (witness) hanya bila segel/manifest.tsr dan segel/saksi.tlog-proof ada di sini.",
)
