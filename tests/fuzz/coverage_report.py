"""How much of each Python parser its fuzz targets reach: lines of functions, counted with `sys.settrace` alone.

    RONDA_FUZZ_EXAMPLES=60 .venv/bin/python -m tests.fuzz.coverage_report
    .venv/bin/python -m tests.fuzz.coverage_report sdp h265 -v     some parsers, with the lines not reached
    .venv/bin/python -m tests.fuzz.coverage_report --long          what the targets of the long run reach alone

Lines of module and class bodies run at the import and are not counted, nor are functions that write questions.
The engine in C has its own:
`make -C native/fuzz coverage`.
"""

import argparse
import dis
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from tests.fuzz import long
from tests.fuzz.long_targets import TARGETS
from tests.fuzz.parsers import LAST, PARSERS
from tests.fuzz_kit import times

HERE, ROOT = Path(__file__).resolve().parent, Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "ronda"
LONG_INPUTS = 3000  # of each target, in a run of the usual length
# functions of these files that write questions: no bytes from outside come there
WRITERS = {
    *("envelope", "_security", "password_digest", "__repr__", "probe", "pull_request", "stream_request"),
    *("snapshot_request", "results_request", "replay_request", "replay_headers", "_clock", "clock_offset"),
}


def function_lines(path: Path) -> set[int]:
    """Lines of code inside functions."""
    return set(_lines(compile(path.read_text(), str(path), "exec"), inside=False))


def _lines(code: CodeType, *, inside: bool) -> Iterator[int]:
    if inside:
        first = code.co_firstlineno
        yield from (line for _, line in dis.findlinestarts(code) if line is not None and line != first)
    for part in code.co_consts:
        if isinstance(part, CodeType) and part.co_name not in WRITERS:
            is_class = "__module__" in part.co_names and "__qualname__" in part.co_names
            yield from _lines(part, inside=not is_class)


class Reached:
    """Traces only what lies in the given files."""

    def __init__(self, paths: set[str]) -> None:
        self.lines: dict[str, set[int]] = {path: set() for path in paths}

    def call(self, frame: FrameType, event: str, argument: Any) -> Any:
        found = self.lines.get(frame.f_code.co_filename)
        if found is None:
            return None

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            found.add(frame.f_lineno)
            return line

        return line


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="only parsers whose name holds one of these")
    parser.add_argument("--long", action="store_true", help="only the targets of the long run")
    parser.add_argument("-v", action="store_true", dest="shown", help="show the lines that were not reached")
    options = parser.parse_args()
    parsers = [one for one in PARSERS if not options.words or any(word in one.file for word in options.words)]
    tests = sorted({test for one in parsers for test in (*one.tests, *LAST)}) if not options.long else []
    names = {name for one in parsers for name in one.long}
    reached = Reached({str(SOURCE / one.file) for one in parsers})
    status = 0
    sys.settrace(reached.call)
    try:
        if tests:
            status = int(pytest.main(["-q", "-p", "no:cacheprovider", *(str(HERE / test) for test in tests)]))
        for target in TARGETS:
            if target.name in names:
                print(long.run(target, inputs=times(LONG_INPUTS)))
    finally:
        sys.settrace(None)
    for name in (one.file for one in parsers):
        there = function_lines(SOURCE / name)
        got = reached.lines[str(SOURCE / name)] & there
        share = 100 * len(got) / max(len(there), 1)
        print(f"{name:32} {len(got):4} of {len(there):4} lines  {share:5.1f} %")
        if options.shown and there - got:
            print("    not reached:", *sorted(there - got))
    return status


if __name__ == "__main__":
    sys.exit(main())
