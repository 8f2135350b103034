"""UTM metres to longitude and latitude on WGS 84: files of survey and transport offices come in metres.

The series of Krueger to the fourth order: below a millimetre within a zone. Nothing is guessed here; who
calls knows the zone, from the file or from a person.
"""

import math
from typing import Final

_A: Final = 6_378_137.0
_F: Final = 1 / 298.257223563
_N: Final = _F / (2 - _F)
_RADIUS: Final = _A / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_BETA: Final = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4397 * _N**4 / 161280,
)
_DELTA: Final = (
    2 * _N - 2 * _N**2 / 3 - 2 * _N**3 + 116 * _N**4 / 45,
    7 * _N**2 / 3 - 8 * _N**3 / 5 - 227 * _N**4 / 45,
    56 * _N**3 / 15 - 136 * _N**4 / 35,
    4279 * _N**4 / 630,
)
_SCALE: Final = 0.9996
_FALSE_EAST_M: Final = 500_000.0
_FALSE_NORTH_M: Final = 10_000_000.0  # south of the equator


def zone_of_epsg(code: int) -> tuple[int, bool] | None:
    """Zone and whether it is the southern one, for the EPSG codes of WGS 84 / UTM and DGN95 / UTM."""
    if 32601 <= code <= 32660:
        return code - 32600, False
    if 32701 <= code <= 32760:
        return code - 32700, True
    if 23866 <= code <= 23872:  # DGN95, zones 46N to 52N: WGS 84 within centimetres
        return code - 23820, False
    if 23877 <= code <= 23884:  # DGN95, zones 47S to 54S
        return code - 23830, True
    return None


def degrees(east_m: float, north_m: float, zone: int, *, south: bool) -> tuple[float, float]:
    """Latitude and longitude."""
    xi = (north_m - (_FALSE_NORTH_M if south else 0.0)) / (_SCALE * _RADIUS)
    eta = (east_m - _FALSE_EAST_M) / (_SCALE * _RADIUS)
    xi_ = xi - sum(b * math.sin(2 * j * xi) * math.cosh(2 * j * eta) for j, b in enumerate(_BETA, 1))
    eta_ = eta - sum(b * math.cos(2 * j * xi) * math.sinh(2 * j * eta) for j, b in enumerate(_BETA, 1))
    chi = math.asin(math.sin(xi_) / math.cosh(eta_))
    lat = chi + sum(d * math.sin(2 * j * chi) for j, d in enumerate(_DELTA, 1))
    lon = math.atan2(math.sinh(eta_), math.cos(xi_))
    return math.degrees(lat), math.degrees(lon) + zone * 6 - 183
