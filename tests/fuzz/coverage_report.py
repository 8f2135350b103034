"""How much of each Python parser its fuzz targets reach: lines and edges, counted with `sys.settrace` alone.

    RONDA_FUZZ_EXAMPLES=60 .venv/bin/python -m tests.fuzz.coverage_report
    .venv/bin/python -m tests.fuzz.coverage_report sdp h265 -v     some parsers, with the lines not reached
    .venv/bin/python -m tests.fuzz.coverage_report --long          what the targets of the long run reach alone

An edge is a step from one line of a function to another: both ways of a branch, a loop's turn and its end. What is
possible is read from the compiled code; steps that only an exception takes are not counted. Lines of module
and class bodies run at the import and are not counted, nor are functions that write questions. The engine in
C has its own: `make -C native/fuzz coverage`.
"""

import argparse
import dis
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from tests.fuzz import long
from tests.fuzz.long_targets import TARGETS
from tests.fuzz.parsers import LAST, PARSERS
from tests.fuzz_kit import times

HERE, ROOT = Path(__file__).resolve().parent, Path(__file__).resolve().parents[2]
Edge = tuple[int, int]
NO_WAY_ON = {
    *("RETURN_VALUE", "RAISE_VARARGS", "RERAISE"),
    *("JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT"),
}
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
            yield from _lines(part, inside=not _is_class(part))


def _is_class(code: CodeType) -> bool:
    return "__module__" in code.co_names and "__qualname__" in code.co_names


def function_edges(path: Path) -> set[Edge]:
    """Steps from one line to another that functions can take without an exception."""
    found: set[Edge] = set()
    pending = [(compile(path.read_text(), str(path), "exec"), False)]
    while pending:
        code, inside = pending.pop()
        found |= _edges(code) if inside else set()
        parts = [part for part in code.co_consts if isinstance(part, CodeType) and part.co_name not in WRITERS]
        pending += [
            (part, "__module__" not in part.co_names or "__qualname__" not in part.co_names) for part in parts
        ]
    return found


def _edges(code: CodeType) -> set[Edge]:
    steps = {step.offset: (step, after) for step, after in pairwise([*dis.get_instructions(code), None]) if step}
    found: set[Edge] = set()
    seen, pending = set(), [(0, 0)]  # where, and the last line before it
    while pending:
        offset, before = pending.pop()
        if (offset, before) in seen:
            continue
        seen.add((offset, before))
        step, after = steps[offset]
        line = (step.positions.lineno if step.positions else None) or before
        if line != before and before and code.co_firstlineno not in (line, before):
            found.add((before, line))
        if step.opcode in (*dis.hasjrel, *dis.hasjabs):
            pending.append((step.argval, line))
        if after is not None and step.opname not in NO_WAY_ON:
            pending.append((after.offset, line))
    return found


class Reached:
    """Traces only what lies in the given files."""

    def __init__(self, paths: set[str]) -> None:
        self.lines: dict[str, set[int]] = {path: set() for path in paths}
        self.edges: dict[str, set[Edge]] = {path: set() for path in paths}

    def call(self, frame: FrameType, event: str, argument: Any) -> Any:
        found = self.lines.get(frame.f_code.co_filename)
        if found is None:
            return None
        edges, before = self.edges[frame.f_code.co_filename], 0

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal before
            if event == "line":
                found.add(frame.f_lineno)
                edges.add((before, frame.f_lineno))
                before = frame.f_lineno
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
        ways = function_edges(SOURCE / name)
        gone = reached.edges[str(SOURCE / name)] & ways
        share, edges = 100 * len(got) / max(len(there), 1), 100 * len(gone) / max(len(ways), 1)
        counted = f"{len(got):4} of {len(there):4} lines  {share:5.1f} %"
        print(f"{name:32} {counted}  {len(gone):4} of {len(ways):4} edges  {edges:5.1f} %")
        if options.shown:
            print("    lines not reached:", *sorted(there - got))
            print("    edges not taken:", *(f"{one}>{two}" for one, two in sorted(ways - gone)))
    return status


if __name__ == "__main__":
    sys.exit(main())
