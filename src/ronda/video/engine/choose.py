"""Choose the packet engine: the only place that knows which ones there are."""

from collections.abc import Callable

from ronda.core.errors import WrongUsageError
from ronda.video.engine.port import BlockSink, Engine, Notice
from ronda.video.engine.python import PythonEngine
from ronda.video.errors import EngineUnavailableError

NAMES = ("auto", "c", "python")


def engine_maker(name: str) -> Callable[[BlockSink, Callable[[Notice], None]], Engine]:
    """`auto` takes the fastest engine that is built. Raises EngineUnavailableError or WrongUsageError."""
    if name == "c":
        raise EngineUnavailableError(
            "the C packet engine is not built here; nothing was recorded. "
            "Next: use --engine python, which records the same bytes"
        )
    if name not in NAMES:
        raise WrongUsageError(f"there is no packet engine {name!r}. Next: use one of {', '.join(NAMES)}")
    return PythonEngine
