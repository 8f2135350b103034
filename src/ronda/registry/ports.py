"""Where the register is kept. Implemented by `ronda.store.sql.registry.SqlRegistry`."""

from collections.abc import Iterable
from typing import Protocol

from ronda.core.ids import CameraId
from ronda.registry.model import Camera, Site


class Register(Protocol):
    def add_camera(self, entry: Camera) -> None:
        """Raises AlreadyThereError for a taken name; nothing is changed then."""
        ...

    def add_cameras(self, entries: Iterable[Camera]) -> None:
        """All of them or none."""
        ...

    def save(self, entry: Camera) -> None:
        """Replace what is said of the camera and its site. Raises NotRegisteredError."""
        ...

    def cameras(self) -> list[Camera]: ...

    def camera(self, camera: CameraId) -> Camera | None: ...

    def site_named(self, name: str) -> Site | None: ...

    def set_url(self, camera: CameraId, url: str, sub_url: str | None) -> None: ...

    def set_off(self, camera: CameraId, reason: str | None) -> None: ...
