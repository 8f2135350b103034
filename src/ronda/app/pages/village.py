"""What a village's page says, in words for somebody with a phone and no training.

Decides wording only; states, months and orders come in as values.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from ronda.core.time import HOUR_US, MINUTE_US, WITA, utc

LANGUAGES: Final = ("id", "en")

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "id": {
        "training": "DATA LATIHAN",
        "as_of": "Keadaan pada",
        "report": "Laporkan kerusakan",
        "which": "Kamera mana?",
        "what": "Apa yang rusak?",
        "report_how": "Laporan masuk ke kantor; teknisi dan tanggalnya tampil di halaman ini.",
        "send": "Kirim laporan",
        "none": "Belum ada kamera di wilayah ini.",
        "month": "Menit kamera terekam",
        "promise": "Target layanan:",
        "orders": "Tiket perbaikan",
        "no_pictures": "Halaman ini tidak memuat gambar kamera.",
        "valid": "Tautan berlaku sampai",
        "qr": "Pindai untuk membuka halaman ini",
        "summary": "{up} dari {all} menyala",
        "up": "menyala",
        "down": "mati",
        "off": "dimatikan",
        "unknown": "belum diketahui",
        "unlinked": "tidak tersambung",
        "planned": "direncanakan",
        "since": "sejak {time} · {cause}",
        "since_plain": "sejak {time}",
        "technician": "{who}: {day}",
        "reported": "sudah dilaporkan, belum dijadwalkan",
        "late": "{who}: {day} (lewat tenggat)",
        "unmeasured": "belum diukur",
        "lost": "{hours} jam hilang",
        "done": "Laporan diterima. Terima kasih.",
        "too_short": "Tulis apa yang rusak, paling sedikit 5 huruf.",
        "too_many": "Hari ini sudah banyak laporan dari wilayah ini. Hubungi kantor.",
        "bad_camera": "Kamera itu tidak ada di wilayah ini.",
        "other": "English",
        "gone": "Tautan ini tidak berlaku",
        "gone_how": "Tautan ini tidak dikenal atau sudah lewat masanya. Minta tautan baru kepada Diskominfo.",
    },
    "en": {
        "training": "TRAINING DATA",
        "as_of": "As of",
        "report": "Report a fault",
        "which": "Which camera?",
        "what": "What is broken?",
        "report_how": "The report goes to the office; technician and day appear on this page.",
        "send": "Send the report",
        "none": "There is no camera in this area yet.",
        "month": "Camera minutes recorded",
        "promise": "Promised:",
        "orders": "Repair orders",
        "no_pictures": "This page holds no camera pictures.",
        "valid": "The link is good until",
        "qr": "Scan to open this page",
        "summary": "{up} of {all} working",
        "up": "working",
        "down": "down",
        "off": "switched off",
        "unknown": "not known",
        "unlinked": "not connected",
        "planned": "planned",
        "since": "since {time} · {cause}",
        "since_plain": "since {time}",
        "technician": "{who}: {day}",
        "reported": "reported, no visit planned yet",
        "late": "{who}: {day} (overdue)",
        "unmeasured": "not measured yet",
        "lost": "{hours} hours lost",
        "done": "The report was received. Thank you.",
        "too_short": "Write what is broken, at least 5 letters.",
        "too_many": "There were many reports from this area today. Please call the office.",
        "bad_camera": "That camera is not in this area.",
        "other": "Bahasa Indonesia",
        "gone": "This link does not work",
        "gone_how": "This link is not known or has run out. Ask the communications office for a new one.",
    },
}

CAUSES: Final[Mapping[str, Mapping[str, str]]] = {
    "id": {
        "power": "listrik padam", "link": "jaringan", "camera": "kamera", "disk": "penyimpanan",
        "machine": "perangkat perekam", "person": "orang", "planned_off": "dimatikan terencana",
        "unknown": "sebab belum diketahui",
    },
    "en": {
        "power": "power cut", "link": "network", "camera": "camera", "disk": "storage",
        "machine": "recording machine", "person": "a person", "planned_off": "planned",
        "unknown": "cause not known yet",
    },
}  # fmt: skip

_DAYS: Final = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS: Final = {
    "id": ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
           "November", "Desember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
}  # fmt: skip


def language(asked: str | None) -> str:
    """`id` unless English is asked for."""
    return "en" if asked == "en" else "id"


def moment(at_us: int, lang: str, now_us: int) -> str:
    """`Senin 06.10` within six days, else `18 November 2026 06.10`; local time."""
    at, now = utc(at_us).astimezone(WITA), utc(now_us).astimezone(WITA)
    clock = f"{at:%H.%M}" if lang == "id" else f"{at:%H:%M}"
    if abs(now - at) < timedelta(days=6):
        return f"{_DAYS[lang][at.weekday()]} {clock}"
    return f"{date(at_us, lang)} {clock}"


def date(at_us: int, lang: str) -> str:
    at = utc(at_us).astimezone(WITA)
    return f"{at.day} {_MONTHS[lang][at.month - 1]} {at.year}"


def weekday(at_us: int, lang: str) -> str:
    """`Rabu, 2 Desember 2026`."""
    at = utc(at_us).astimezone(WITA)
    return f"{_DAYS[lang][at.weekday()]}, {date(at_us, lang)}"


def month_name(month: str, lang: str) -> str:
    """`November 2026` of `2026-11`."""
    year, number = month.split("-")
    return f"{_MONTHS[lang][int(number) - 1]} {year}"


def share(value: float | None, lang: str) -> str:
    """`98,1%`; what nobody measured is said so. Rounded down: 99.96 % is not all."""
    if value is None:
        return TEXTS[lang]["unmeasured"]
    text = f"{int(value * 1000 + 1e-9) / 10:.1f}%"
    return text.replace(".", ",") if lang == "id" else text


def lost_text(lost_us: int, lang: str) -> str:
    """Hours lost, with one digit; nothing when it is less than three minutes."""
    if lost_us < 3 * MINUTE_US:
        return ""
    hours = f"{lost_us / HOUR_US:.1f}"
    return TEXTS[lang]["lost"].format(hours=hours.replace(".", ",") if lang == "id" else hours)


def chrome(lang: str, other_url: str) -> dict[str, Any]:
    """What every page of this kind needs around its content."""
    other = "en" if lang == "id" else "id"
    return {
        "lang": lang,
        "t": TEXTS[lang],
        "other_lang": other,
        "other_name": TEXTS[lang]["other"],
        "other_url": other_url,
    }
