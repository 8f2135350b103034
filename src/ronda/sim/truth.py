"""The truth file: what every virtual camera showed, sent and suffered, one JSON object a line.

Kinds of lines:
    camera    number, scene, epoch and frame period: frame n was taken at epoch_us + n * frame_us
    clip      a run of a clip began: first frame, frames, and who is seen from when to when
    sent      one connection was given frames first..last without a break (per stream)
    dropped   frames not given to a connection, and why (client blocked, stall)
    fault     a fault began (`to_us` says when it will end; a later line with `ended_us` when it did)
Append only; written by one process. Lines are flushed at once, so a killed simulator leaves the truth.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

TRUTH_NAME = "truth.jsonl"


class TruthFile:
    """Appends lines; opened by the simulator for as long as it runs."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = path.open("a", encoding="utf-8")

    def write(self, kind: str, **facts: object) -> None:
        self._file.write(json.dumps({"kind": kind, **facts}, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def read_truth(path: Path, kind: str | None = None) -> Iterator[dict[str, Any]]:
    """Lines of the file, all or of one kind; a last line that was cut short is left out."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if not line.endswith("\n"):
                return
            facts: dict[str, Any] = json.loads(line)
            if kind is None or facts["kind"] == kind:
                yield facts
