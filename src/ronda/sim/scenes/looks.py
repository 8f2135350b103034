"""The looks that virtual cameras can have: a place with its own layout, light and passers-by."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ronda.sim.errors import BadPlanError
from ronda.sim.scenes.base import Scene
from ronda.sim.scenes.forecourt import HealthCentre, SchoolGate
from ronda.sim.scenes.junction import Junction
from ronda.sim.scenes.office import Library, Office
from ronda.sim.scenes.parking import MarketParking, Parking
from ronda.sim.scenes.street import Street
from ronda.sim.scenes.village import Village, VillageTwo

DRAWING_VERSION: Final = 4  # raise it when any picture changes: kept clips are then drawn anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One place: which drawing, its chance seed, and the name in the picture."""

    name: str
    kind: str  # of _KINDS
    code: int  # in the block code; unique
    seed: int
    label: str
    specials: bool = False  # also the clips of the theft


_KINDS: Final[dict[str, Callable[..., Scene]]] = {
    "street": Street,
    "parking": Parking,
    "market": MarketParking,
    "junction": Junction,
    "village": Village,
    "village-two": VillageTwo,
    "puskesmas": HealthCentre,
    "school": SchoolGate,
    "office": Office,
    "library": Library,
}

_TABLE: Final = (
    ("ruko-yos-sudarso", "parking", 2, "RUKO YOS SUDARSO 41"),
    ("simpang-3", "junction", 1, "SIMPANG TIGA YOS SUDARSO"),
    ("bank-yos-sudarso", "street", 6, "DEPAN BANK YOS SUDARSO"),
    ("pasar-induk", "market", 4, "PARKIR PASAR INDUK"),
    ("yos-sudarso-utara", "street", 3, "JL YOS SUDARSO UTARA"),
    ("jalan-swarga-bara", "village", 2, "GERBANG DESA SWARGA BARA"),
    ("pos-singa-gembara", "village-two", 5, "POS RONDA SINGA GEMBARA"),
    ("simpang-kabo", "junction", 8, "SIMPANG KABO"),
    ("loket-kecamatan", "office", 1, "LOKET KECAMATAN SANGATTA UTARA"),
    ("loket-disdukcapil", "office", 4, "LOKET DISDUKCAPIL"),
    ("puskesmas-teluk-lingga", "puskesmas", 1, "PUSKESMAS TELUK LINGGA"),
    ("gerbang-smp-2", "school", 1, "GERBANG SMP NEGERI 2"),
    ("perpustakaan-umum", "library", 2, "PERPUSTAKAAN UMUM"),
)

# Where the stolen motorcycle is seen; other looks have ordinary clips alone, which are built sooner.
_ON_THE_WAY: Final = ("ruko-yos-sudarso", "simpang-3", "yos-sudarso-utara", "jalan-swarga-bara")
_NAMED: Final = {
    name: Look(name=name, kind=kind, code=code, seed=seed, label=label, specials=name in _ON_THE_WAY)
    for code, (name, kind, seed, label) in enumerate(_TABLE, 1)
}
# One of each kind without a place's name in the picture, for load tests with many cameras.
_PLAIN: Final = {
    kind: Look(name=kind, kind=kind, code=code, seed=1, label=f"RONDA {kind.upper()}")
    for code, kind in enumerate(_KINDS, 101)
}
LOOKS: Final[dict[str, Look]] = _NAMED | _PLAIN
DEMO_LOOKS: Final = tuple(_NAMED)


def look_named(name: str) -> Look:
    """Raises BadPlanError with the names there are."""
    if name not in LOOKS:
        raise BadPlanError(f"there is no scene {name!r}. Next: choose one of {', '.join(sorted(LOOKS))}")
    return LOOKS[name]


def make_scene(look: Look) -> Scene:
    """Paint and light the place: about a second of one core."""
    return _KINDS[look.kind](
        kind=look.kind, code=look.code, seed=look.seed, label=look.label, specials=look.specials
    )
