"""Choose the packet engine: the only place that knows which ones there are.

An engine comes with the parts that must fit it: the ring it fills, the muxer that reads its blocks,
the fastest hashes at hand, and what appends the blocks of a stream that goes on as before.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ronda.core.errors import WrongUsageError
from ronda.video.engine.port import Engine, Notice
from ronda.video.engine.python import PythonEngine
from ronda.video.errors import EngineUnavailableError
from ronda.video.record.hashing import Hashes, PlainHashes
from ronda.video.record.muxer import Muxer, PythonMuxer
from ronda.video.record.ring import Ring, WriterRing
from ronda.video.record.steady import MakeSteady

NAMES = ("auto", "c", "python")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineKind:
    """The parts of one engine. `notify` is called in a thread of the engine."""

    name: str
    make: Callable[[int, Callable[[Notice], None]], tuple[WriterRing, Engine]]  # (ring's bytes, notify)
    make_muxer: Callable[[int, int, int, int], Muxer]  # (first time, depth, distance, sound's rate)
    make_hashes: Callable[[], Hashes] = PlainHashes  # for files that are written together
    make_bulk_hashes: Callable[[], Hashes] = PlainHashes  # for files and their pictures, all at hand
    make_steady: MakeSteady | None = None  # None: every block goes the long way


def _make_python(ring_bytes: int, notify: Callable[[Notice], None]) -> tuple[WriterRing, Engine]:
    ring = Ring(capacity_bytes=ring_bytes)
    return ring, PythonEngine(ring, notify)


PYTHON = EngineKind(name="python", make=_make_python, make_muxer=PythonMuxer)


def c_engine() -> EngineKind | None:
    """The engine in C, where it is built."""
    try:
        from ronda.video.engine.native import C
    except ImportError:
        return None
    return C


def engine_kind(name: str) -> EngineKind:
    """`auto` takes the fastest engine that is built. Raises EngineUnavailableError or WrongUsageError."""
    if name not in NAMES:
        raise WrongUsageError(f"there is no packet engine {name!r}. Next: use one of {', '.join(NAMES)}")
    found = None if name == "python" else c_engine()
    if found is None and name == "c":
        raise EngineUnavailableError(
            "the C packet engine is not built here; nothing was recorded. "
            "Next: use --engine python, which records the same bytes, or install gcc and python3-dev and "
            "run `make setup` again"
        )
    return found or PYTHON
