"""Sites and cameras. Stream addresses are stored sealed: a copy of the database opens no camera."""

from typing import Any, Protocol

from sqlalchemy import (
    Boolean,
    Column,
    Engine,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from ronda.core.ids import AreaCode, CameraId, SiteId
from ronda.registry.errors import AlreadyThereError
from ronda.registry.model import Camera, Site, SiteKind
from ronda.store.sql.schema import metadata

sites = Table(
    "sites",
    metadata,
    Column("site_id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("area", String(40), nullable=False),
    Column("lat_deg", Float),
    Column("lon_deg", Float),
)

cameras = Table(
    "cameras",
    metadata,
    Column("camera", String(63), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("site_id", ForeignKey("sites.site_id"), nullable=False),
    Column("purpose", String(200), nullable=False),
    Column("legal_basis", String(200), nullable=False),
    Column("retention_days", Integer, nullable=False),
    Column("url_sealed", Text, nullable=False),
    Column("sub_url_sealed", Text),
    Column("direction_deg", Float),
    Column("off_reason", String(200)),
    Column("training", Boolean, nullable=False),
)


class SecretBox(Protocol):
    """Seals short texts with a key kept outside the database."""

    def seal(self, text: str) -> str: ...

    def open(self, sealed: str) -> str: ...


class SqlRegistry:
    """The register of sites and cameras."""

    def __init__(self, engine: Engine, secrets: SecretBox) -> None:
        self._engine = engine
        self._secrets = secrets

    def add_camera(self, entry: Camera) -> None:
        """Add the camera, and its site when that is new. Raises AlreadyThereError for a taken name."""
        site = entry.site
        try:
            with self._engine.begin() as connection:
                known = connection.execute(select(sites.c.site_id).where(sites.c.site_id == site.site_id)).first()
                if known is None:
                    connection.execute(
                        insert(sites).values(
                            site_id=site.site_id,
                            name=site.name,
                            kind=site.kind.value,
                            area=site.area,
                            lat_deg=site.lat_deg,
                            lon_deg=site.lon_deg,
                        )
                    )
                connection.execute(insert(cameras).values(**self._columns(entry)))
        except IntegrityError:
            raise AlreadyThereError(
                f"camera {entry.camera} is already there; nothing was changed. Next: choose another name"
            ) from None

    def _columns(self, entry: Camera) -> dict[str, object]:
        return {
            "camera": entry.camera,
            "name": entry.name,
            "site_id": entry.site.site_id,
            "purpose": entry.purpose,
            "legal_basis": entry.legal_basis,
            "retention_days": entry.retention_days,
            "url_sealed": self._secrets.seal(entry.url),
            "sub_url_sealed": self._secrets.seal(entry.sub_url) if entry.sub_url else None,
            "direction_deg": entry.direction_deg,
            "off_reason": entry.off_reason,
            "training": entry.training,
        }

    def cameras(self) -> list[Camera]:
        query = select(cameras, *_SITE_COLUMNS).join(sites).order_by(cameras.c.camera)
        with self._engine.begin() as connection:
            return [self._camera(row) for row in connection.execute(query)]

    def camera(self, camera: CameraId) -> Camera | None:
        query = select(cameras, *_SITE_COLUMNS).join(sites).where(cameras.c.camera == camera)
        with self._engine.begin() as connection:
            row = connection.execute(query).first()
        return self._camera(row) if row else None

    def site_named(self, name: str) -> Site | None:
        with self._engine.begin() as connection:
            row = connection.execute(select(*_SITE_COLUMNS).where(sites.c.name == name)).first()
        return _site(row) if row else None

    def set_url(self, camera: CameraId, url: str, sub_url: str | None) -> None:
        sealed = {
            "url_sealed": self._secrets.seal(url),
            "sub_url_sealed": self._secrets.seal(sub_url) if sub_url else None,
        }
        with self._engine.begin() as connection:
            connection.execute(update(cameras).where(cameras.c.camera == camera).values(**sealed))

    def set_off(self, camera: CameraId, reason: str | None) -> None:
        """Switch recording off with a reason, or on again with None."""
        with self._engine.begin() as connection:
            connection.execute(update(cameras).where(cameras.c.camera == camera).values(off_reason=reason))

    def _camera(self, row: Any) -> Camera:
        return Camera(
            camera=CameraId(row.camera),
            name=row.name,
            site=_site(row),
            purpose=row.purpose,
            legal_basis=row.legal_basis,
            retention_days=row.retention_days,
            url=self._secrets.open(row.url_sealed),
            sub_url=self._secrets.open(row.sub_url_sealed) if row.sub_url_sealed else None,
            direction_deg=row.direction_deg,
            off_reason=row.off_reason,
            training=row.training,
        )


_SITE_COLUMNS = (
    sites.c.site_id.label("s_id"),
    sites.c.name.label("s_name"),
    sites.c.kind.label("s_kind"),
    sites.c.area.label("s_area"),
    sites.c.lat_deg.label("s_lat"),
    sites.c.lon_deg.label("s_lon"),
)


def _site(row: Any) -> Site:
    return Site(
        site_id=SiteId(row.s_id),
        name=row.s_name,
        kind=SiteKind(row.s_kind),
        area=AreaCode(row.s_area),
        lat_deg=row.s_lat,
        lon_deg=row.s_lon,
    )
