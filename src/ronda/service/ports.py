"""Where service points and their numbers are kept. Implemented by `ronda.store.sql.service.SqlService`."""

from typing import Protocol

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.service.model import Quarter, ServicePoint


class ServiceStore(Protocol):
    def points(self) -> list[ServicePoint]: ...

    def point(self, camera: CameraId) -> ServicePoint | None: ...

    def put_point(self, point: ServicePoint) -> None: ...

    def drop_point(self, camera: CameraId) -> None:
        """The rows stay: they are numbers, and the past of an office."""
        ...

    def quarters(self, camera: CameraId, span: TimeSpan) -> list[Quarter]:
        """Rows that start within `span`, in order."""
        ...

    def put_quarters(self, rows: list[Quarter]) -> None:
        """Insert or replace, known by camera and start."""
        ...

    def stored(self, camera: CameraId) -> int:
        """How many rows are kept of the camera."""
        ...
