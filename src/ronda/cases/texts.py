"""The Indonesian wording of closed lists, for papers. Data, so that a lawyer can edit it."""

from ronda.cases.model import CitizenRefusal, IdentityCheck, LegalGround, Purpose

GROUNDS: dict[LegalGround, str] = {
    LegalGround.CRIMINAL_INVESTIGATION: "penyidikan tindak pidana (UU 20/2025 KUHAP; UU 1/2024 ITE pasal 5)",
    LegalGround.COURT_ORDER: "penetapan atau perintah pengadilan",
    LegalGround.ADMINISTRATIVE_INVESTIGATION: "pemeriksaan administratif oleh pejabat yang berwenang",
    LegalGround.OWN_DATA: "hak subjek data pribadi atas akses dan salinan (UU 27/2022 PDP)",
}
PURPOSES: dict[Purpose, str] = {
    Purpose.INVESTIGATION: "penyelidikan dan penyidikan",
    Purpose.MISSING_PERSON: "pencarian orang hilang",
    Purpose.TRAFFIC_ACCIDENT: "kecelakaan lalu lintas",
    Purpose.DISASTER: "penanggulangan bencana",
    Purpose.OWN_FOOTAGE: "rekaman diri sendiri",
}
IDENTITY: dict[IdentityCheck, str] = {
    IdentityCheck.CARD_SEEN: "KTP dilihat oleh petugas, tidak disalin",
    IdentityCheck.DIGITAL_SEEN: "Identitas Kependudukan Digital dilihat oleh petugas, tidak disalin",
    IdentityCheck.AUTHORISED: "surat kuasa dan identitas penerima kuasa dilihat oleh petugas, tidak disalin",
}
REFUSALS: dict[CitizenRefusal, str] = {
    CitizenRefusal.NOT_RECORDED: "tidak ada rekaman di tempat dan waktu itu, atau masa simpannya sudah lewat",
    CitizenRefusal.IDENTITY_UNPROVEN: "pemohon tidak dapat menunjukkan bahwa ia orang yang dimaksud, atau kuasanya",
    CitizenRefusal.NOT_FOUND: "pemohon tidak ditemukan dalam rekaman menurut ciri yang disebutkan",
    CitizenRefusal.OTHERS_RECOGNISABLE: "orang lain tetap dapat dikenali walaupun gambarnya disamarkan",
    CitizenRefusal.INVESTIGATION: "rekaman menjadi bagian penyelidikan atau penyidikan; penyidik yang berwenang "
    "memutuskan",
}
LIMITS = (
    "Waktu adalah waktu tiba di perekam; selisih jam kamera belum diukur.",
    "Segel membuktikan bahwa isi paket tidak berubah sejak disegel, bukan apa yang terjadi di depan kamera.",
    "Gambar sebelum tiba di perekam tidak ditandatangani oleh kamera.",
    "Cap waktu dan penjaga log (witness) hanya bila segel/manifest.tsr dan segel/saksi.tlog-proof ada di sini.",
)
