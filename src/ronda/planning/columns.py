"""Which column of somebody's file is which of ours: guessed from the headers, changed by a person.

Offices call the same thing "Lintang", "LAT (DD)", "Koordinat Y" or "titik_lat". Decides the guess and
the check of what a person chose; reads no cell. Invariant: one header stands for at most one of our
columns and each of ours has at most one header, so no value is read twice. A guess is never silent: the
screen shows it before anything is taken.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ronda.registry.row_fault import RowFault


class PlanFile(StrEnum):
    """What a file for the planner may hold."""

    CANDIDATES = "candidates"
    PRICES = "prices"
    ITEMS = "items"
    BUDGET = "budget"
    INCIDENTS = "incidents"
    STANDING = "standing"
    BUILDINGS = "buildings"
    ROADS = "roads"
    HUBS = "hubs"
    ZONES = "zones"
    MARKS = "marks"
    UNITS = "units"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A column that a kind of file has or may have."""

    name: str
    needed: bool = False


# Ours, then what others call it: whole names first, single words after "~".
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("titik", "point", "kode", "kode_titik", "no_titik", "id_titik", "nomor"),
    "nama": ("name", "nama_titik", "nama_lokasi", "lokasi", "~nama", "~lokasi"),
    "jenis": ("kind", "jenis_titik", "tipe", "kategori", "~jenis", "~tipe"),
    "wilayah": ("area", "desa", "village", "kode_desa", "kelurahan", "~desa", "~kelurahan"),
    "lat": ("lat_deg", "lintang", "latitude", "y", "koordinat_y", "~lat", "~lintang", "~latitude"),
    "lon": ("lon_deg", "bujur", "longitude", "lng", "long", "x", "koordinat_x", "~lon", "~bujur", "~longitude"),
    "koordinat": ("coordinate", "coordinates", "latlong", "lat_long", "titik_koordinat", "~koordinat"),
    "biaya_bangun": ("build_cost_idr", "biaya_pembangunan", "~bangun", "~pembangunan"),
    "biaya_tahunan": ("yearly_cost_idr", "biaya_operasional", "~tahunan", "~operasional"),
    "jangkauan_m": ("reach_m", "jangkauan", "~jangkauan"),
    "diminta": ("requested_by", "pengusul", "~diminta", "~pengusul"),
    "sumber": ("source", "sumber_dana", "~sumber"),
    "tahun": ("year", "tahun_anggaran", "~tahun"),
    "kejadian": (
        "incident", "jenis", "jenis_kejadian", "jenis_kejahatan", "tindak_pidana", "kasus", "type", "kategori",
        "~kejadian", "~kejahatan", "~pidana", "~kasus",
    ),
    "tanggal": (
        "date", "datetime", "waktu", "tgl", "tanggal_kejadian", "mulai", "~tanggal", "~tgl", "~waktu", "~date",
    ),
    "jumlah": ("count", "weight", "bobot", "jumlah_kejadian", "nilai", "pagu", "~jumlah", "~bobot", "~pagu"),
    "arah": ("direction", "direction_deg", "azimut", "azimuth", "~arah", "~azimut"),
    "sudut": ("view_deg", "fov", "sudut_pandang", "~sudut", "~fov"),
    "lensa_mm": ("lens_mm", "lensa", "fokus", "~lensa", "~lens", "~fokus"),
    "sensor_mm": ("sensor", "~sensor"),
    "piksel": ("pixels", "resolusi", "~piksel", "~resolusi"),
    "tinggi_m": ("height_m", "tinggi", "height", "ketinggian", "~tinggi", "~height"),
    "barang": ("item", "uraian", "nama_barang", "~barang", "~uraian"),
    "harga": ("price", "each_idr", "harga_satuan", "~harga"),
    "harga_rendah": ("low_idr", "terendah", "harga_terendah", "~rendah", "~terendah"),
    "harga_tinggi": ("high_idr", "tertinggi", "harga_tertinggi", "~tertinggi"),
    "aturan": ("rule", "ketentuan", "~aturan", "~ketentuan"),
    "tujuan": ("purpose", "~tujuan"),
    "sambungan": ("uplink", "jaringan", "~sambungan"),
    "serat_m": ("fibre_m", "panjang_serat", "~serat"),
    "listrik": ("power", "daya", "~listrik"),
    "porta": ("ports", "port", "~porta", "~port"),
    "setara": ("as_thefts", "setara_pencurian", "~setara", "~bobot"),
    "bentuk": ("wkt", "geometry", "geom", "~wkt"),
}  # fmt: skip
_AT: Final = (Wanted(name="lat", needed=True), Wanted(name="lon", needed=True), Wanted(name="koordinat"))
WANTED: Final[Mapping[PlanFile, tuple[Wanted, ...]]] = {
    PlanFile.CANDIDATES: (
        *(Wanted(name=name, needed=True) for name in ("id", "nama", "jenis")), *_AT,
        *(Wanted(name=name) for name in ("wilayah", "biaya_bangun", "biaya_tahunan", "jangkauan_m", "diminta",
                                          "sambungan", "serat_m", "listrik", "tinggi_m")),
    ),
    PlanFile.PRICES: tuple(
        Wanted(name=name, needed=True)
        for name in ("jenis", "biaya_bangun", "biaya_tahunan", "jangkauan_m", "sumber", "tahun")
    ),
    PlanFile.ITEMS: (
        *(Wanted(name=name, needed=True) for name in ("barang", "harga", "sumber", "tahun")),
        *(Wanted(name=name) for name in ("harga_rendah", "harga_tinggi", "biaya_tahunan", "tujuan", "sudut",
                                          "jangkauan_m", "lensa_mm", "sensor_mm", "piksel")),
    ),
    PlanFile.BUDGET: (
        *(Wanted(name=name, needed=True) for name in ("sumber", "tahun", "jumlah")), Wanted(name="aturan"),
    ),
    PlanFile.INCIDENTS: (
        Wanted(name="kejadian", needed=True), *_AT, Wanted(name="tanggal"), Wanted(name="jumlah"),
    ),
    PlanFile.STANDING: (
        *_AT, Wanted(name="arah", needed=True),
        *(Wanted(name=n) for n in ("tinggi_m", "sudut", "jangkauan_m", "lensa_mm", "sensor_mm", "piksel")),
    ),
    PlanFile.ROADS: (Wanted(name="bentuk", needed=True),),
    PlanFile.HUBS: (
        *(Wanted(name=name, needed=True) for name in ("id", "nama")), *_AT,
        *(Wanted(name=name, needed=True) for name in ("porta", "biaya_bangun", "biaya_tahunan", "jangkauan_m")),
    ),
    PlanFile.ZONES: (*(Wanted(name=name, needed=True) for name in ("nama", "bentuk", "setara")),),
    PlanFile.MARKS: (*(Wanted(name=name, needed=True) for name in ("jenis", "bentuk")),),
    PlanFile.UNITS: (*(Wanted(name=name, needed=True) for name in ("id", "nama")), *_AT),
    PlanFile.BUILDINGS: (Wanted(name="bentuk", needed=True), Wanted(name="tinggi_m", needed=True)),
}  # fmt: skip


def guessed(headers: Sequence[str], kind: PlanFile) -> dict[str, str]:
    """Ours to theirs: equal names first, then known names, then single words; the first in the file wins."""
    plain = {header: "_".join(re.findall(r"[a-z0-9]+", header.casefold())) for header in headers}
    found: dict[str, str] = {}
    wanted = [one.name for one in WANTED[kind]]
    for rule in (_equal, _known, _word):
        for name in wanted:
            free = [header for header in headers if header and header not in found.values()]
            if name not in found:
                match = next((header for header in free if rule(name, plain[header])), None)
                if match is not None:
                    found[name] = match
    return found


def _equal(name: str, plain: str) -> bool:
    return plain == name


def _known(name: str, plain: str) -> bool:
    return plain in NAMES[name]


def _word(name: str, plain: str) -> bool:
    words = set(plain.split("_"))
    return any(other[1:] in words for other in NAMES[name] if other.startswith("~"))


def matched(
    headers: Sequence[str], kind: PlanFile, chosen: Mapping[str, str], *, has_kind: bool = False
) -> tuple[dict[str, str], list[RowFault]]:
    """The guess with what a person chose put over it ("" takes a guess away), and what is still missing.

    has_kind  of incidents: somebody said what all rows are, so no column needs to
    """
    names = {one.name for one in WANTED[kind]}
    faults = [
        RowFault(row=1, column=name, value=header, code="no_header", hint=", ".join(headers)[:120])
        for name, header in chosen.items()
        if name not in names or (header and header not in headers)
    ]
    kept = {name: header for name, header in chosen.items() if name in names and header in headers}
    twice = sorted({header for header in kept.values() if list(kept.values()).count(header) > 1})
    faults += [RowFault(row=1, column=header, value=header, code="header_twice") for header in twice]
    taken = set(kept.values())
    guess = {
        name: header
        for name, header in guessed(headers, kind).items()
        if name not in chosen and header not in taken
    }
    found = {**guess, **kept}
    given = set(found) | ({"lat", "lon"} if "koordinat" in found else set()) | ({"kejadian"} if has_kind else set())
    shown = ", ".join(headers)[:120]
    missing = [
        RowFault(row=1, column=one.name, value=shown, code="no_column")
        for one in WANTED[kind]
        if one.needed and one.name not in given
    ]
    return found, [*faults, *missing]
