"""What the papers call things, in both languages."""

from typing import Literal

Lang = Literal["id", "en"]

PURPOSES = {
    "public_order": ("keamanan dan ketertiban umum", "public order"),
    "traffic": ("lalu lintas", "traffic"),
    "buildings": ("keamanan gedung", "safety of buildings"),
    "counters": ("mutu layanan di loket", "service at counters"),
    "schools": ("keamanan sekolah", "safety of schools"),
    "health": ("keamanan puskesmas", "safety of health centres"),
    "hazards": ("bencana dan bahaya", "disasters and hazards"),
    "regional_rule": ("menurut aturan daerah", "under a regional rule"),
}
ROLES = {
    "operator": ("operator", "operator"),
    "investigator": ("penyidik", "investigator"),
    "approver": ("pemberi persetujuan", "approver"),
    "planner": ("perencana", "planner"),
    "service_head": ("kepala layanan", "head of a service"),
    "inspector": ("pemeriksa", "inspector"),
    "admin": ("admin", "admin"),
}
UNKNOWN = ("belum diisi", "not filled in")


def word(table: dict[str, tuple[str, str]], key: str, lang: Lang) -> str:
    """The key itself where the table has no word."""
    return table[key][lang == "en"] if key in table else key
