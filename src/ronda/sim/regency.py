"""The demo's cameras: thirteen virtual ones at plausible places in and around Sangatta, and one theft.

Names of people, shops and events are made up; roads, villages and districts are real. Positions are
chosen to lie on or beside the places they name, to some 100 m. Nothing here says where a real camera
stands.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ronda.core.ids import CameraId, camera_id
from ronda.core.time import HOUR_US, MINUTE_US, SECOND_US, TimeSpan
from ronda.sim.plan import Showing, VirtualCamera, cameras_of

REGENCY_CODE: Final = "64.08"
DISTRICT: Final = "Sangatta Utara"
DISTRICT_CODE: Final = "64.08.04"
# Where the motorcycle stood: in front of the shop houses on Jl. Yos Sudarso.
THEFT_LAT: Final = 0.5079
THEFT_LON: Final = 117.5327

_EARTH_M = 6_371_008.8


@dataclass(frozen=True, slots=True, kw_only=True)
class RegencyCamera:
    """A row of the demo's register."""

    camera: CameraId
    name: str
    site: str
    village: str
    village_code: str
    purpose_id: str
    purpose_en: str
    lat: float
    lon: float
    direction_deg: float  # clockwise from north, where it looks
    look: str  # in ronda.sim.scenes.looks
    retention_days: int


_TRAFFIC = ("Keselamatan lalu lintas dan pencegahan pencurian", "Road safety and prevention of theft")
_CRIME = ("Pencegahan pencurian di tempat umum", "Prevention of theft in public places")
_COUNTER = ("Ketertiban dan keamanan ruang pelayanan", "Order and safety of a public counter")
_VILLAGE = ("Keamanan lingkungan desa", "Safety of the village")
_HEALTH = ("Keamanan halaman fasilitas kesehatan", "Safety of a health centre's yard")
_SCHOOL = ("Keselamatan siswa di gerbang sekolah", "Safety of pupils at the school gate")

_UTARA = ("Sangatta Utara", "64.08.04.2001")
_LINGGA = ("Teluk Lingga", "64.08.04.1010")
_GEMBARA = ("Singa Gembara", "64.08.04.2011")
_SWARGA = ("Swarga Bara", "64.08.04.2012")

# id and look, name, site, village, purpose, lat, lon, direction, days
_ROWS: Final = (
    (
        "ruko-yos-sudarso",
        "Ruko Yos Sudarso 41",
        "Jl. Yos Sudarso II, deretan ruko",
        _UTARA,
        _CRIME,
        0.50800,
        117.53277,
        215,
        30,
    ),
    ("bank-yos-sudarso", "Depan bank", "Jl. Yos Sudarso II", _UTARA, _CRIME, 0.50722, 117.53226, 34, 30),
    (
        "simpang-3",
        "Simpang Tiga Yos Sudarso",
        "Simpang Jl. Yos Sudarso II - Jl. Dayung",
        _UTARA,
        _TRAFFIC,
        0.50880,
        117.53330,
        214,
        30,
    ),
    ("pasar-induk", "Parkir Pasar Induk", "Pasar Induk Sangatta", _UTARA, _CRIME, 0.50556, 117.53116, 30, 14),
    (
        "yos-sudarso-utara",
        "Jl. Yos Sudarso utara",
        "Jl. Yos Sudarso III",
        _LINGGA,
        _TRAFFIC,
        0.51136,
        117.53500,
        30,
        30,
    ),
    (
        "jalan-swarga-bara",
        "Gerbang Desa Swarga Bara",
        "Jalan desa, gerbang barat",
        _SWARGA,
        _VILLAGE,
        0.51905,
        117.53610,
        350,
        14,
    ),
    (
        "pos-singa-gembara",
        "Pos ronda Singa Gembara",
        "Jalan desa RT 12",
        _GEMBARA,
        _VILLAGE,
        0.52870,
        117.54120,
        20,
        14,
    ),
    ("simpang-kabo", "Simpang Kabo", "Simpang Jl. Poros Kabo", _SWARGA, _TRAFFIC, 0.53170, 117.51220, 90, 30),
    (
        "loket-kecamatan",
        "Loket Kantor Camat",
        "Kantor Camat Sangatta Utara",
        _UTARA,
        _COUNTER,
        0.50140,
        117.54560,
        180,
        7,
    ),
    (
        "loket-disdukcapil",
        "Loket Disdukcapil",
        "Dinas Dukcapil, Bukit Pelangi",
        _LINGGA,
        _COUNTER,
        0.52630,
        117.58420,
        0,
        7,
    ),
    (
        "puskesmas-teluk-lingga",
        "Puskesmas Teluk Lingga",
        "Halaman puskesmas",
        _LINGGA,
        _HEALTH,
        0.51330,
        117.54370,
        140,
        14,
    ),
    (
        "gerbang-smp-2",
        "Gerbang SMP Negeri 2",
        "Jl. Tongkonan Rannu",
        _GEMBARA,
        _SCHOOL,
        0.53220,
        117.53500,
        260,
        14,
    ),
    (
        "perpustakaan-umum",
        "Perpustakaan Umum",
        "Perpustakaan daerah, Bukit Pelangi",
        _LINGGA,
        _COUNTER,
        0.52480,
        117.58240,
        10,
        7,
    ),
)

CAMERAS: Final[tuple[RegencyCamera, ...]] = tuple(
    RegencyCamera(
        camera=camera_id(row[0]),
        look=row[0],
        name=row[1],
        site=row[2],
        village=row[3][0],
        village_code=row[3][1],
        purpose_id=row[4][0],
        purpose_en=row[4][1],
        lat=row[5],
        lon=row[6],
        direction_deg=row[7],
        retention_days=row[8],
    )
    for row in _ROWS
)

# The five that reach the place of the theft.
REACHING: Final = tuple(
    camera_id(name)
    for name in ("ruko-yos-sudarso", "bank-yos-sudarso", "simpang-3", "pasar-induk", "yos-sudarso-utara")
)
DEAD: Final = camera_id("bank-yos-sudarso")  # by a power cut, in the night of the theft
NEXT_ON_ROAD: Final = camera_id("jalan-swarga-bara")  # a village's box over a thin line
# The counter hall of `loket-kecamatan`: kind, left, top, right, bottom in shares of the picture, persons.
OFFICE_ZONES: Final = (
    ("counter", 0.235, 0.29, 0.47, 0.385, 1),
    ("counter", 0.69, 0.32, 0.75, 0.41, 1),
    ("visitor", 0.51, 0.32, 0.57, 0.55, 1),
    ("queue", 0.0, 0.44, 0.46, 0.86, 14),
)
SERVICE: Final = camera_id("loket-kecamatan")
# Four cameras of Teluk Lingga that hang on one switch.
ON_ONE_SWITCH: Final = tuple(
    camera_id(name)
    for name in ("loket-disdukcapil", "perpustakaan-umum", "puskesmas-teluk-lingga", "yos-sudarso-utara")
)
VILLAGE_EDGE: Final = "desa-swarga-bara"
VILLAGE_CODE: Final = "64.08.04.2012"
INTERRUPTED: Final = camera_id("pasar-induk")
INTERRUPTION_US: Final = 41 * SECOND_US


def distance_m(camera: RegencyCamera) -> float:
    """From the place of the theft, over the ground."""
    north = math.radians(camera.lat - THEFT_LAT) * _EARTH_M
    east = math.radians(camera.lon - THEFT_LON) * _EARTH_M * math.cos(math.radians(THEFT_LAT))
    return math.hypot(north, east)


def virtual_cameras() -> tuple[VirtualCamera, ...]:
    return cameras_of([(row.camera, row.look) for row in CAMERAS])


def power_cut(midnight_us: int) -> TimeSpan:
    """When the bank's camera was dead: 02.00 to 05.10 of the day that began at `midnight_us` (local)."""
    return TimeSpan(midnight_us + 2 * HOUR_US, midnight_us + 5 * HOUR_US + 10 * MINUTE_US)


def interruption(midnight_us: int) -> TimeSpan:
    """41 s without a network at the market, in the middle of the hour in question."""
    start_us = midnight_us + 2 * HOUR_US + 21 * MINUTE_US + 12 * SECOND_US
    return TimeSpan(start_us, start_us + INTERRUPTION_US)


def theft_us(midnight_us: int) -> int:
    """When the thief comes into the picture: 02.14 local time."""
    return midnight_us + 2 * HOUR_US + 14 * MINUTE_US


def theft_showings(at_us: int) -> Sequence[Showing]:
    """The theft from `at_us` on, and the stolen motorcycle on the cameras along its way north.

    It leaves the first picture 36 s after the thief came, passes the junction and the road north, and
    comes to the village's gate 2 min 10 s after it left.
    """
    leaves_us = at_us + 36 * SECOND_US
    at_place = camera_id("ruko-yos-sudarso")  # its row shows an empty bay until three o'clock
    passes = (("simpang-3", 14), ("yos-sudarso-utara", 52), (NEXT_ON_ROAD, 130))
    return (
        Showing(camera=at_place, clip="after", at_us=at_us + 40 * SECOND_US, for_us=45 * MINUTE_US),
        Showing(camera=at_place, clip="theft", at_us=at_us),
        *(
            Showing(camera=camera_id(name), clip="rideby", at_us=leaves_us + after_s * SECOND_US)
            for name, after_s in passes
        ),
    )
