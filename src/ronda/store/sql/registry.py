"""Sites and cameras. Stream addresses are stored sealed: a copy of the database opens no camera."""

from collections.abc import Iterable
from typing import Any, Protocol

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    false,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from ronda.core.ids import AreaCode, CameraId, SiteId
from ronda.registry.errors import AlreadyThereError, NotRegisteredError
from ronda.registry.model import Camera, CameraState, Mask, PublicMark, Site, SiteKind
from ronda.registry.purposes import PurposeKind
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
    Column("state", String(20), nullable=False, server_default=CameraState.IN_SERVICE.value),
    Column("owner", String(200), nullable=False, server_default=""),
    Column("vendor", String(100), nullable=False, server_default=""),
    Column("record_sub", Boolean, nullable=False, server_default=false()),
    Column("transport", String(10), nullable=False, server_default="auto"),
    Column("purpose_kind", String(20), nullable=False, server_default=PurposeKind.PUBLIC_ORDER.value),
    Column("onvif_port", Integer),
    Column("sign_photo_sha256", String(64)),
    Column("public_mark", JSON(none_as_null=True)),
    Column("origin", String(200), nullable=False, server_default=""),
    Column("in_service_us", BigInteger),
    Column("retired_us", BigInteger),
    Column("masks", JSON(none_as_null=True)),
    Column("view_deg", Float),
    Column("height_m", Float),
)


_MARK = TypeAdapter(PublicMark)
_MASKS = TypeAdapter(tuple[Mask, ...])


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
        self.add_cameras([entry])

    def add_cameras(self, entries: Iterable[Camera]) -> None:
        """Add all of them or, when one name is taken, none. Raises AlreadyThereError that names it."""
        with self._engine.begin() as connection:
            for entry in entries:
                self._add(connection, entry)

    def _add(self, connection: Connection, entry: Camera) -> None:
        site = entry.site
        try:
            if connection.execute(select(sites.c.site_id).where(sites.c.site_id == site.site_id)).first() is None:
                connection.execute(insert(sites).values(site_id=site.site_id, **_site_columns(site)))
            connection.execute(insert(cameras).values(camera=entry.camera, **self._columns(entry)))
        except IntegrityError:
            raise AlreadyThereError(
                f"camera {entry.camera} is already there; nothing was changed. Next: choose another name"
            ) from None

    def save(self, entry: Camera) -> None:
        """Replace what the register says of a camera and of its site. Raises NotRegisteredError."""
        site = entry.site
        with self._engine.begin() as connection:
            done = connection.execute(
                update(cameras).where(cameras.c.camera == entry.camera).values(**self._columns(entry))
            )
            if done.rowcount != 1:
                raise NotRegisteredError(entry.camera)
            connection.execute(update(sites).where(sites.c.site_id == site.site_id).values(**_site_columns(site)))

    def _columns(self, entry: Camera) -> dict[str, object]:
        return {
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
            "state": entry.state.value,
            "owner": entry.owner,
            "vendor": entry.vendor,
            "record_sub": entry.record_sub,
            "transport": entry.transport,
            "purpose_kind": entry.purpose_kind.value,
            "onvif_port": entry.onvif_port,
            "sign_photo_sha256": entry.sign_photo_sha256,
            "public_mark": _MARK.dump_python(entry.public, mode="json") if entry.public else None,
            "origin": entry.origin,
            "in_service_us": entry.in_service_us,
            "retired_us": entry.retired_us,
            "masks": _MASKS.dump_python(entry.masks, mode="json") if entry.masks else None,
            "view_deg": entry.view_deg,
            "height_m": entry.height_m,
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
            state=CameraState(row.state),
            owner=row.owner,
            vendor=row.vendor,
            record_sub=row.record_sub,
            transport=row.transport,
            purpose_kind=PurposeKind(row.purpose_kind),
            onvif_port=row.onvif_port,
            sign_photo_sha256=row.sign_photo_sha256,
            public=_MARK.validate_python(row.public_mark) if row.public_mark else None,
            origin=row.origin,
            in_service_us=row.in_service_us,
            retired_us=row.retired_us,
            masks=_MASKS.validate_python(row.masks) if row.masks else (),
            view_deg=row.view_deg,
            height_m=row.height_m,
        )


_SITE_COLUMNS = (
    sites.c.site_id.label("s_id"),
    sites.c.name.label("s_name"),
    sites.c.kind.label("s_kind"),
    sites.c.area.label("s_area"),
    sites.c.lat_deg.label("s_lat"),
    sites.c.lon_deg.label("s_lon"),
)


def _site_columns(site: Site) -> dict[str, object]:
    return {
        "name": site.name,
        "kind": site.kind.value,
        "area": site.area,
        "lat_deg": site.lat_deg,
        "lon_deg": site.lon_deg,
    }


def _site(row: Any) -> Site:
    return Site(
        site_id=SiteId(row.s_id),
        name=row.s_name,
        kind=SiteKind(row.s_kind),
        area=AreaCode(row.s_area),
        lat_deg=row.s_lat,
        lon_deg=row.s_lon,
    )
