"""How much of each Python parser its fuzz target reaches: lines of functions, counted with `sys.settrace` alone.

    RONDA_FUZZ_EXAMPLES=60 .venv/bin/python tests/fuzz/coverage_report.py
    .venv/bin/python tests/fuzz/coverage_report.py sdp h265 -v     some parsers, with the lines not reached

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

HERE, ROOT = Path(__file__).resolve().parent, Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "ronda"
CONTROL, MEDIA, DEEP = "test_control_fuzz.py", "test_media_fuzz.py", "test_deep_fuzz.py"
LAST = "test_last_branches.py"  # of all of them: beyond a cap, right to the last box
UPS, ONVIF, SERVER, AGREE = (
    "test_ups_fuzz.py",
    "test_onvif_fuzz.py",
    "test_rtsp_server_fuzz.py",
    "../unit/test_engines_agree.py",
)
PARSERS = {
    "media/rtsp_message.py": (CONTROL, MEDIA, DEEP),
    "media/rtsp_client.py": (CONTROL, MEDIA, DEEP),
    "media/rtsp_url.py": (CONTROL, MEDIA, DEEP),
    "media/digest.py": (CONTROL,),
    "media/sdp.py": (CONTROL, MEDIA, DEEP),
    "media/rtp.py": (MEDIA, AGREE, DEEP),
    "media/h264.py": (MEDIA, CONTROL, DEEP),
    "media/h265.py": (CONTROL, DEEP),
    "media/bits.py": (CONTROL, MEDIA, DEEP),
    "media/picture_sets.py": (CONTROL, MEDIA, DEEP),
    "media/fmp4_init.py": (CONTROL, MEDIA, DEEP),
    "media/fmp4_read.py": (CONTROL, MEDIA, DEEP),
    "media/rtsp_server.py": (SERVER, DEEP),
    "media/nut.py": (UPS,),
    "media/onvif/xml.py": (ONVIF, DEEP),
    "media/onvif/soap.py": (ONVIF, DEEP),
    "media/onvif/device.py": (ONVIF, DEEP),
    "media/onvif/discovery.py": (ONVIF, DEEP),
    "media/onvif/events.py": (ONVIF, DEEP),
    "media/onvif/profiles.py": (ONVIF, DEEP),
    "media/onvif/recordings.py": (ONVIF, DEEP),
    "video/engine/depacketise.py": (MEDIA, AGREE),
    "video/engine/access_units.py": (MEDIA, AGREE),
    "video/engine/sound.py": (AGREE,),
    "video/engine/reorder_window.py": (AGREE,),
}
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
    parser.add_argument("-v", action="store_true", dest="shown", help="show the lines that were not reached")
    options = parser.parse_args()
    names = [name for name in PARSERS if not options.words or any(word in name for word in options.words)]
    names = [name for name in names if (SOURCE / name).exists()]
    targets = sorted({target for name in names for target in (*PARSERS[name], LAST)})
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
