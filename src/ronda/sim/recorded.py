"""Read the marks of virtual cameras out of recorded files: which frames are really there."""

from pathlib import Path

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.sim.sei import Mark, parse
from ronda.video.playback import plan, read_init_bytes, read_part, samples_of
from ronda.video.ports import RecordingReader


def marks_of(index: RecordingReader, footage: Path, camera: CameraId, span: TimeSpan) -> list[Mark]:
    """The marks of all frames recorded in `span`, in decoding order, without decoding any."""
    marks = []
    for part in plan(index, camera, span):
        init = read_init_bytes(footage, part.segment)
        data = read_part(footage, part.segment, part.fragments)
        for sample in samples_of(init, data):
            mark = parse(data[sample.offset : sample.offset + sample.size_bytes])
            if mark is not None:
                marks.append(mark)
    return marks
