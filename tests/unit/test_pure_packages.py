"""Pure packages take time and bytes as arguments: no clock, no file, no environment."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.needs import ROOT

SOURCE = ROOT / "src" / "ronda"
PURE = ("core", "media", "evidence", "registry", "access", "detect", "redaction", "planning")
READERS = {"evidence/folder.py", "evidence/templates/verifikasi.py"}  # the reader of files; a script that ships
FORBIDDEN = {
    "open",
    "time.time",
    "time.monotonic",
    "datetime.now",
    "datetime.utcnow",
    "datetime.datetime.now",
    "os.environ",
    "Path.read_bytes",
}
FILES = [
    path
    for package in PURE
    for path in sorted((SOURCE / package).rglob("*.py"))
    if str(path.relative_to(SOURCE)) not in READERS
]


def forbidden_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Attribute):
            name = ast.unparse(node)
        if name in FORBIDDEN:
            yield f"line {node.lineno}: {name}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_pure_module_asks_neither_clock_nor_disk(path: Path) -> None:
    """What decides can then be replayed: the same arguments give the same answer."""
    assert list(forbidden_in(path.read_text())) == []


def test_the_rule_would_see_a_clock_and_a_file() -> None:
    assert list(forbidden_in("import time\nx = time.time()\n"))
    assert list(forbidden_in("with open('x') as f: pass\n"))
