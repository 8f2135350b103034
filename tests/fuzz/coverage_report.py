"""How much of each Python parser its fuzz target reaches: lines of functions, counted with `sys.settrace` alone.

    RONDA_FUZZ_EXAMPLES=60 .venv/bin/python tests/fuzz/coverage_report.py
    .venv/bin/python tests/fuzz/coverage_report.py sdp h265 -v     some parsers, with the lines not reached

Lines of module and class bodies run at the import and are not counted. The engine in C has its own:
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

HERE, ROOT = Path(__file__).resolve().parent, Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "ronda"
CONTROL, MEDIA, ENGINE = "test_control_fuzz.py", "test_media_fuzz.py", "test_media_fuzz.py"
ONVIF, SERVER = "test_onvif_fuzz.py", "test_rtsp_server_fuzz.py"
PARSERS = {
    "media/rtsp_message.py": (CONTROL, MEDIA),
    "media/rtsp_client.py": (CONTROL, MEDIA),
    "media/rtsp_url.py": (CONTROL, MEDIA),
    "media/digest.py": (CONTROL,),
    "media/sdp.py": (CONTROL, MEDIA),
    "media/rtp.py": (MEDIA,),
    "media/h264.py": (MEDIA, CONTROL),
    "media/h265.py": (CONTROL,),
    "media/bits.py": (CONTROL, MEDIA),
    "media/picture_sets.py": (CONTROL, MEDIA),
    "media/fmp4_init.py": (CONTROL, MEDIA),
    "media/fmp4_read.py": (CONTROL, MEDIA),
    "media/rtsp_server.py": (SERVER,),
    "media/onvif/xml.py": (ONVIF,),
    "media/onvif/soap.py": (ONVIF,),
    "media/onvif/device.py": (ONVIF,),
    "media/onvif/discovery.py": (ONVIF,),
    "media/onvif/events.py": (ONVIF,),
    "media/onvif/profiles.py": (ONVIF,),
    "media/onvif/recordings.py": (ONVIF,),
    "video/engine/depacketise.py": (ENGINE,),
    "video/engine/access_units.py": (ENGINE,),
}


def function_lines(path: Path) -> set[int]:
    """Lines of code inside functions."""
    return set(_lines(compile(path.read_text(), str(path), "exec"), inside=False))


def _lines(code: CodeType, *, inside: bool) -> Iterator[int]:
    if inside:
        first = code.co_firstlineno
        yield from (line for _, line in dis.findlinestarts(code) if line is not None and line != first)
    for part in code.co_consts:
        if isinstance(part, CodeType):
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
    parser.add_argument("-v", action="store_true", dest="shown", help="show the lines that were not reached")
    options = parser.parse_args()
    names = [name for name in PARSERS if not options.words or any(word in name for word in options.words)]
    names = [name for name in names if (SOURCE / name).exists()]
    targets = sorted({target for name in names for target in PARSERS[name]})
    reached = Reached({str(SOURCE / name) for name in names})
    sys.settrace(reached.call)
    try:
        status = pytest.main(["-q", "-p", "no:cacheprovider", *(str(HERE / target) for target in targets)])
    finally:
        sys.settrace(None)
    for name in names:
        there = function_lines(SOURCE / name)
        got = reached.lines[str(SOURCE / name)] & there
        share = 100 * len(got) / max(len(there), 1)
        print(f"{name:32} {len(got):4} of {len(there):4} lines  {share:5.1f} %")
        if options.shown and there - got:
            print("    not reached:", *sorted(there - got))
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
