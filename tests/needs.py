"""Ask for what a test needs from the machine; say which package brings it when it is not there.

On a user's machine a test is skipped with that name in its line. With RONDA_TEST_STRICT=1 it fails.
"""

import os
import shutil
from pathlib import Path
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("RONDA_SHARED_DATA", ROOT.parent / "shared" / "data"))
STRICT = os.environ.get("RONDA_TEST_STRICT") == "1"


def require_program(name: str, debian_package: str) -> str:
    """The path of a program."""
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is not installed: apt install {debian_package}")
    return found


def require_shared(relative: str) -> Path:
    """A file of the shared test data; skipped, never failed, where the data is not there."""
    path = SHARED_DATA / relative
    if not path.exists():
        pytest.skip(f"no shared test data at {path}")
    return path


def missing(sentence: str) -> NoReturn:
    """Skip with a sentence; fail under RONDA_TEST_STRICT=1."""
    if STRICT:
        pytest.fail(sentence)
    pytest.skip(sentence)


def c_engine() -> Any:
    """The packet engine in C as a module; its tests are skipped where no compiler was."""
    try:
        from ronda.video.engine import _native
    except ImportError:
        if STRICT:
            raise
        pytest.skip(
            "the C engine is not built: apt install gcc python3-dev, then make setup", allow_module_level=True
        )
    return _native
