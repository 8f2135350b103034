"""One row of an import to one register entry; what is wrong goes into `faults`, the row is then None.

The meaning of cells only. Which columns a file needs, and what follows from faults: `import_rules`.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from ronda.core.errors import WrongUsageError
from ronda.core.ids import AreaCode, CameraId, SiteId, camera_id
from ronda.core.secrets import mask_url
from ronda.registry.areas import all_areas, nearest_names, village_code, villages
from ronda.registry.cells import NEAR_DEG, outline
from ronda.registry.errors import IncompleteEntryError
from ronda.registry.lens import view_deg
from ronda.registry.model import Camera, CameraState, Neighbourhood, Place, Site, SiteKind
from ronda.registry.purposes import LONGEST_DAYS, PurposeKind, names_regional_rule, usual_purpose
from ronda.registry.row_fault import RowFault
from ronda.registry.rules import (
    MAX_HEIGHT_M,
    MAX_RETENTION_DAYS,
    MAX_TEXT_CHARACTERS,
    MIN_HEIGHT_M,
    MIN_PURPOSE_CHARACTERS,
    MIN_VIEW_DEG,
    check_stream_url,
)
from ronda.registry.table_file import Row

KINDS: Final[Mapping[str, SiteKind]] = {
    "jalan utama": SiteKind.MAIN_ROAD,
    "simpang": SiteKind.JUNCTION,
    "kantor kecamatan": SiteKind.DISTRICT_OFFICE,
    "kantor desa": SiteKind.VILLAGE_OFFICE,
    "kantor kelurahan": SiteKind.VILLAGE_OFFICE,
    "perpustakaan": SiteKind.LIBRARY,
    "pusat bantuan": SiteKind.HELP_CENTRE,
    "puskesmas": SiteKind.PUSKESMAS,
    "sekolah": SiteKind.SCHOOL,
    "pasar": SiteKind.MARKET,
    "jalan desa": SiteKind.VILLAGE_ROAD,
    "pos ronda": SiteKind.PATROL_POST,
    **{kind.value: kind for kind in SiteKind},
}
_PURPOSES: Final[Mapping[str, PurposeKind]] = {
    "ketertiban umum": PurposeKind.PUBLIC_ORDER,
    "lalu lintas": PurposeKind.TRAFFIC,
    "gedung": PurposeKind.BUILDINGS,
    "loket": PurposeKind.COUNTERS,
    "sekolah": PurposeKind.SCHOOLS,
    "kesehatan": PurposeKind.HEALTH,
    "bencana": PurposeKind.HAZARDS,
    "aturan daerah": PurposeKind.REGIONAL_RULE,
    **{kind.value: kind for kind in PurposeKind},
}
_CHOICE_FAULTS: Final = {"jenis": "bad_kind", "status": "bad_state", "golongan_tujuan": "bad_purpose"}
_STATES: Final = {
    "rencana": CameraState.PLANNED,
    "planned": CameraState.PLANNED,
    "aktif": CameraState.IN_SERVICE,
    "in_service": CameraState.IN_SERVICE,
}
DEFAULT_RETENTION_DAYS: Final = 30
_VIEWS: Final = f"{MIN_VIEW_DEG:g}-360"
_HEIGHTS: Final = f"{MIN_HEIGHT_M:g}-{MAX_HEIGHT_M:g}"
MAX_PLACE_ID_CHARACTERS: Final = 40
_Choice = TypeVar("_Choice")
_RT = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the register holds already, and how points find their village.

    sites  by name
    """

    cameras: Collection[str] = ()
    sites: Mapping[str, Site] = field(default_factory=dict)
    village_at: Callable[[float, float], AreaCode | None] = lambda _lat, _lon: None


@dataclass(slots=True, kw_only=True)
class RowReader:
    """Reads row after row and remembers what stood in earlier ones."""

    known: Known
    source: str
    every_place: SiteKind | None
    training: bool
    faults: list[RowFault]
    _seen: dict[str, int] = field(default_factory=dict)
    _sites: dict[str, Site] = field(default_factory=dict)

    def camera(self, row: Row) -> Camera | None:
        before = len(self.faults)
        name = self._camera_name(row)
        state = self._choice(row, "status", _STATES, CameraState.IN_SERVICE)
        purpose = self._text(row, "tujuan", least=MIN_PURPOSE_CHARACTERS)
        basis = self._text(row, "dasar_hukum", least=2)
        owner = self._text(row, "pemilik", least=0)
        vendor = self._text(row, "merek", least=0)
        shown = self._text(row, "nama", least=0)
        days = self._number(row, "simpan_hari", 1, MAX_RETENTION_DAYS, "bad_days", str(MAX_RETENTION_DAYS))
        direction = self._number(row, "arah", 0, 360, "bad_direction", "")
        view = self._angle(row)
        height = self._number(row, "tinggi_m", MIN_HEIGHT_M, MAX_HEIGHT_M, "bad_height", _HEIGHTS)
        url, sub_url = self._url(row, "alamat", state), self._url(row, "alamat_kecil", state)
        site = self._site(row)
        purpose_kind = self._purpose_kind(row, site, days)
        if basis and purpose_kind is PurposeKind.REGIONAL_RULE and not names_regional_rule(basis):
            self._fault(row, "dasar_hukum", "no_regional_rule")
        if state is CameraState.IN_SERVICE and not row.cells.get("alamat"):
            self._fault(row, "alamat", "missing")
        if len(self.faults) > before or site is None:
            return None
        return Camera(
            camera=CameraId(name), name=shown or site.name, site=site, purpose=purpose, legal_basis=basis,
            purpose_kind=purpose_kind,
            retention_days=_days(days, purpose_kind), url=url, sub_url=sub_url or None,
            direction_deg=direction, training=self.training, state=state or CameraState.IN_SERVICE, owner=owner,
            vendor=vendor[:100], view_deg=view, height_m=height,
            origin=f"import:{self.source}"[:200],
        )  # fmt: skip

    def place(self, row: Row) -> Place | None:
        before = len(self.faults)
        place_id = self._text(row, "id", least=1)
        if len(place_id) > MAX_PLACE_ID_CHARACTERS:
            self._fault(row, "id", "too_long", hint=str(MAX_PLACE_ID_CHARACTERS))
        self._once(row, "id", place_id)
        name = self._text(row, "nama", least=2)
        kind = self._choice(row, "jenis", KINDS, self.every_place)
        if kind is None and not row.cells.get("jenis"):
            self._fault(row, "jenis", "missing")
        point = self._point(row)
        area = self._area(row, point)
        if len(self.faults) > before or kind is None or area is None:
            return None
        lat, lon = point or (None, None)
        return Place(
            place_id=place_id, name=name, kind=kind, area=area, lat_deg=lat, lon_deg=lon, source=self.source[:200]
        )

    def neighbourhood(self, row: Row) -> Neighbourhood | None:
        before = len(self.faults)
        area = self._area(row, None)
        village = village_code(area) if area else None
        if area is not None and village != area:
            self._fault(row, "wilayah", "no_village", hint=f"{len(villages())} desa/kelurahan")
        rw, rt = (row.cells.get(name, "") for name in ("rw", "rt"))
        for column, value in (("rt", rt), ("rw", rw or "0")):
            if not value:
                self._fault(row, column, "missing")
            elif not _RT.fullmatch(value):
                self._fault(row, column, "bad_number")
        name = self._text(row, "nama", least=0)
        if len(self.faults) > before or village is None:
            return None
        code = AreaCode(f"{village}.{int(rw or 0):03}.{int(rt):03}")
        self._once(row, "rt", code)
        if len(self.faults) > before:
            return None
        return Neighbourhood(code=code, village=village, rw=rw, rt=rt, name=name)

    # ---- cells

    def _fault(self, row: Row, column: str, code: str, *, hint: str = "", value: str | None = None) -> None:
        said = row.cells.get(column, "") if value is None else value
        self.faults.append(
            RowFault(row=row.number, column=column, value=mask_url(said)[:120], code=code, hint=hint)
        )

    def _purpose_kind(self, row: Row, site: Site | None, days: float | None) -> PurposeKind:
        """As written, or by the kind of site; more days than it allows are a fault."""
        usual = usual_purpose(site.kind) if site else PurposeKind.PUBLIC_ORDER
        kind = self._choice(row, "golongan_tujuan", _PURPOSES, usual) or usual
        if site is not None and days is not None and days > LONGEST_DAYS[kind]:
            self._fault(row, "simpan_hari", "bad_days", hint=str(LONGEST_DAYS[kind]))
        return kind

    def _once(self, row: Row, column: str, key: str) -> None:
        if not key:
            return
        if key in self._seen:
            self._fault(row, column, "duplicate", hint=str(self._seen[key]))
        else:
            self._seen[key] = row.number

    def _camera_name(self, row: Row) -> str:
        value = row.cells.get("id", "")
        try:
            camera_id(value)
        except WrongUsageError:
            self._fault(row, "id", "bad_id" if value else "missing")
            return value
        self._once(row, "id", value)
        if value in self.known.cameras:
            self._fault(row, "id", "taken")
        return value

    def _text(self, row: Row, column: str, *, least: int) -> str:
        value = row.cells.get(column, "")
        if not value and least:
            self._fault(row, column, "missing")
        elif len(value) < least:
            self._fault(row, column, "too_short", hint=str(least))
        elif len(value) > MAX_TEXT_CHARACTERS or any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
            self._fault(row, column, "too_long", hint=str(MAX_TEXT_CHARACTERS))
        return value

    def _choice(
        self, row: Row, column: str, words: Mapping[str, _Choice], otherwise: _Choice | None
    ) -> _Choice | None:
        value = " ".join(row.cells.get(column, "").casefold().split())
        if not value:
            return otherwise
        if value not in words:
            self._fault(
                row, column, _CHOICE_FAULTS[column], hint=", ".join(word for word in words if "_" not in word)[:200]
            )
            return None
        return words[value]

    def _number(self, row: Row, column: str, least: float, most: float, code: str, hint: str) -> float | None:
        text = row.cells.get(column, "")
        if not text:
            return None
        value = _finite(text)
        if value is None or not least <= value <= most or (code == "bad_days" and value != int(value)):
            self._fault(row, column, code, hint=hint)
            return None
        return value

    def _angle(self, row: Row) -> float | None:
        """The angle of view: as given, else of the lens before its sensor."""
        if row.cells.get("sudut"):
            return self._number(row, "sudut", MIN_VIEW_DEG, 360, "bad_view", _VIEWS)
        told = [name for name in ("lensa_mm", "sensor_mm") if row.cells.get(name)]
        if not told:
            return None
        if len(told) == 1:
            self._fault(row, told[0], "half_lens")
            return None
        lens, sensor = (self._number(row, name, 0.1, 1000, "bad_optics", "0.1-1000 mm") for name in told)
        if lens is None or sensor is None:
            return None
        view = view_deg(sensor, lens)
        if view < MIN_VIEW_DEG:
            self._fault(row, "lensa_mm", "bad_view", hint=_VIEWS)
        return view

    def _url(self, row: Row, column: str, state: CameraState | None) -> str:
        value = row.cells.get(column, "")
        if not value:
            return ""
        if state is CameraState.PLANNED:
            self._fault(row, column, "address_for_planned")
            return ""
        try:
            check_stream_url(value)
        except IncompleteEntryError:
            self._fault(row, column, "bad_url")
        return value

    def _point(self, row: Row) -> tuple[float, float] | None:
        texts = {name: row.cells.get(name, "") for name in ("lat", "lon")}
        if not any(texts.values()):
            return None
        for name, text in texts.items():
            if not text:
                self._fault(row, name, "half_coordinate")
                return None
            if _finite(text) is None:
                self._fault(row, name, "bad_number")
                return None
        lat, lon = float(texts["lat"]), float(texts["lon"])
        shown = f"{texts['lat']}, {texts['lon']}"
        if _in_regency(lat, lon):
            return lat, lon
        if _in_regency(lon, lat):
            self._fault(row, "lat", "swapped", value=shown, hint=f"{texts['lon']}, {texts['lat']}")
        else:
            self._fault(row, "lat", "outside", value=shown)
        return None

    def _area(self, row: Row, point: tuple[float, float] | None) -> AreaCode | None:
        value = row.cells.get("wilayah", "")
        if not value:
            found = self.known.village_at(*point) if point else None
            if found is None and not (row.cells.get("lat") or row.cells.get("lon")):
                self._fault(row, "wilayah", "no_area")
            elif found is None and point:
                self._fault(row, "wilayah", "outside")
            return found
        code = AreaCode(value)
        if code in all_areas() or (village_code(code) in all_areas() and re.fullmatch(r"[0-9.]{4,40}", code)):
            return code
        named = [area for area in all_areas().values() if area.name.casefold() == value.casefold()]
        within = [area for area in named if area.is_village] or named
        if len(within) == 1:
            return within[0].code
        if within:
            self._fault(row, "wilayah", "ambiguous_area", hint=", ".join(area.code for area in within))
            return None
        meant = ", ".join(f"{area.name} ({area.code})" for area in nearest_names(value))
        self._fault(row, "wilayah", "unknown_area", hint=meant)
        return None

    def _site(self, row: Row) -> Site | None:
        """The site of a camera: known by its name, else made; rows of one file may share it."""
        name = self._text(row, "titik", least=2)
        kind = self._choice(row, "jenis", KINDS, SiteKind.MAIN_ROAD)
        faults = len(self.faults)
        point = self._point(row)
        if len(self.faults) > faults:
            return None
        known = self._sites.get(name) or self.known.sites.get(name)
        if known is not None:
            given = row.cells.get("jenis") or row.cells.get("wilayah") or point
            before = len(self.faults)
            if given and not self._same(row, known, kind, point) and len(self.faults) == before:
                self._fault(row, "titik", "other_site")
            return known
        area = self._area(row, point)
        if area is None or kind is None:
            return None
        lat, lon = point or (None, None)
        site_id = SiteId(f"s-{row.cells.get('id', '')[:36]}")
        self._sites[name] = Site(site_id=site_id, name=name, kind=kind, area=area, lat_deg=lat, lon_deg=lon)
        return self._sites[name]

    def _same(self, row: Row, known: Site, kind: SiteKind | None, point: tuple[float, float] | None) -> bool:
        if row.cells.get("jenis") and kind is not known.kind:
            return False
        if point and known.lat_deg is not None and known.lon_deg is not None:
            return math.hypot(point[0] - known.lat_deg, point[1] - known.lon_deg) < 1e-3
        area = row.cells.get("wilayah")
        return bool(not area or self._area(row, None) == known.area)


def _days(days: float | None, purpose: PurposeKind) -> int:
    return min(DEFAULT_RETENTION_DAYS, LONGEST_DAYS[purpose]) if days is None else int(days)


def _finite(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _in_regency(lat_deg: float, lon_deg: float) -> bool:
    west, south, east, north = outline().bounds
    inside_lon = west - NEAR_DEG <= lon_deg <= east + NEAR_DEG
    return bool(inside_lon and south - NEAR_DEG <= lat_deg <= north + NEAR_DEG)
