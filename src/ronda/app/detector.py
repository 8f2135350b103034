"""A detector of persons by path, for service measures where the office gives one. Optional.

Needs onnxruntime (`pip install ronda[objects]`) and a YOLOX network (416 x 416, COCO classes). Boxes are
counted and forgotten; without a detector the difference from the empty room serves.
"""

import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ronda.app.errors import DetectorUnusableError
from ronda.redaction.tracks import Box
from ronda.service.boxes import network_input, persons, things
from ronda.store.sql.settings import SqlSettings

_log = logging.getLogger(__name__)

Picture = NDArray[np.uint8]
DETECTOR_SETTING = "detector_path"
HIDDEN_CLASSES = (0, 1, 2, 3, 5, 7)  # person, bicycle, car, motorcycle, bus, lorry
HIDDEN_SCORE = 0.2
THREADS = 1  # measuring never competes with recording for the second core


class Detector:
    """A loaded network. Raises DetectorUnusableError when it cannot be loaded."""

    def __init__(self, path: Path) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise DetectorUnusableError(
                f"{path} cannot be used: onnxruntime is not installed; the difference from the empty room serves. "
                "Next: pip install onnxruntime into Ronda's environment"
            ) from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = THREADS
        options.log_severity_level = 3
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
            self._input = self._session.get_inputs()[0].name
        except _faults(onnxruntime) as error:
            raise DetectorUnusableError(
                f"{path} is no network that can be used ({type(error).__name__}); the difference from the empty "
                "room serves. Next: give a YOLOX network in ONNX form"
            ) from None

    def persons(self, rgb: Picture) -> NDArray[np.float32]:
        """Boxes (n, 5) in pixels of the picture, with scores."""
        field, scale = network_input(rgb)
        return persons(self._session.run(None, {self._input: field})[0], scale)

    def boxes(self, rgb: Picture) -> list[Box]:
        """People and vehicles to hide in a redacted copy: rather one too many."""
        field, scale = network_input(rgb)
        found = things(self._session.run(None, {self._input: field})[0], scale, HIDDEN_CLASSES, HIDDEN_SCORE)
        return [(float(one[0]), float(one[1]), float(one[2]), float(one[3])) for one in found]


class NamedDetector:
    """The detector that the office names; loaded when the path changes, told once when it cannot."""

    def __init__(self, settings: SqlSettings) -> None:
        self._settings = settings
        self._loaded: tuple[str, Detector | None] = ("", None)

    def now(self) -> Detector | None:
        path = self._settings.get(DETECTOR_SETTING)
        named = path if isinstance(path, str) else ""
        if named != self._loaded[0]:
            loaded = None
            if named:
                try:
                    loaded = Detector(Path(named))
                except DetectorUnusableError as fault:
                    _log.error("%s", fault)
            self._loaded = (named, loaded)
        return self._loaded[1]


def _faults(onnxruntime: Any) -> tuple[type[Exception], ...]:
    """What onnxruntime raises for a file that is not there or no network; each a class of its own."""
    state = onnxruntime.capi.onnxruntime_pybind11_state
    names = (
        "Fail",
        "InvalidArgument",
        "InvalidGraph",
        "InvalidProtobuf",
        "NoModel",
        "NoSuchFile",
        "NotImplemented",
    )
    return (OSError, ValueError, RuntimeError, *(getattr(state, name) for name in names if hasattr(state, name)))
