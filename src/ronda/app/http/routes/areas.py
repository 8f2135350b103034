"""Areas with their shapes, how far targets are reached, and the upload of boundaries."""

from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from ronda.access.policy import Action
from ronda.app.http.context import InContext, SignedIn
from ronda.registry.areas import REGENCY, AreaKind, districts, villages
from ronda.registry.boundaries import BoundarySet, judge, small_text
from ronda.registry.errors import RegisterImportError
from ronda.registry.row_fault import RowFault
from ronda.registry.targets import Level, Lists, Target, area_states, target_states
from ronda.store.boundary_file import read_boundary_file

router = APIRouter(prefix="/api", tags=["register"])
RAW_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class AreaOut(BaseModel):
    """`geometry` is GeoJSON, longitude first."""

    code: str
    name: str
    kind: AreaKind
    lat_deg: float
    lon_deg: float
    geometry: dict[str, Any]


class NameOut(BaseModel):
    name: str
    lat_deg: float
    lon_deg: float


class AreasOut(BaseModel):
    """`official` False: cells nearest to each centre, to be shown as "batas tidak resmi".

    `names`: the districts, to be written on the map at any level.
    """

    official: bool
    file_name: str | None
    uploaded_us: int | None
    areas: list[AreaOut]
    names: list[NameOut]


class TargetOut(BaseModel):
    """`total` None: nobody has given the list yet, and no share can be said."""

    target: Target
    level: Level
    covered: int
    planned: int
    total: int | None


class AreaStateOut(BaseModel):
    """`share` None: nothing is counted in this area."""

    code: str
    covered: int
    total: int
    share: float | None
    in_service: int
    planned: int


class TargetsOut(BaseModel):
    targets: list[TargetOut]
    areas: list[AreaStateOut]
    villages_with_rt_list: int


class RowFaultOut(BaseModel):
    """One thing that is wrong: `row` 1 is the head of a table, 0 the file as a whole."""

    row: int
    column: str
    value: str
    code: str
    hint: str


class BoundariesOut(BaseModel):
    """`faults` empty: the set is served from now on."""

    villages: int
    size_bytes: int
    faults: list[RowFaultOut]


@router.get("/areas")
def areas(
    person: SignedIn, context: InContext, level: Annotated[str, Query(pattern="^(district|village)$")]
) -> AreasOut:
    """Districts or villages with their shapes: the office's boundaries, or cells until there are some."""
    context.allow(person, Action.SEE_REGISTER, None, {})
    shapes = context.wiring.areas.now()
    found = districts() if level == "district" else villages()
    geometry = shapes.district_geometry if level == "district" else shapes.village_geometry
    return AreasOut(
        official=shapes.uploaded is not None,
        file_name=shapes.uploaded.file_name if shapes.uploaded else None,
        uploaded_us=shapes.uploaded.uploaded_us if shapes.uploaded else None,
        areas=[
            AreaOut(
                code=area.code,
                name=area.name,
                kind=area.kind,
                lat_deg=area.lat_deg,
                lon_deg=area.lon_deg,
                geometry=geometry[area.code],
            )
            for area in found
        ],
        names=[NameOut(name=area.name, lat_deg=area.lat_deg, lon_deg=area.lon_deg) for area in districts()],
    )


@router.get("/targets")
def targets(person: SignedIn, context: InContext) -> TargetsOut:
    """How far each target is reached in the whole regency, and in each area."""
    context.allow(person, Action.SEE_REGISTER, None, {})
    cameras = context.wiring.register.cameras()
    lists = Lists(
        places=context.wiring.register_lists.places(), neighbourhoods=context.wiring.register_lists.neighbourhoods()
    )
    states = area_states(cameras, lists)
    return TargetsOut(
        targets=[
            TargetOut(target=one.target, level=one.level, covered=one.covered, planned=one.planned, total=one.total)
            for one in target_states(cameras, lists)
        ],
        areas=[
            AreaStateOut(
                code=code,
                covered=one.covered,
                total=one.total,
                share=one.share,
                in_service=one.in_service,
                planned=one.planned,
            )
            for code, one in states.items()
        ],
        villages_with_rt_list=len({one.village for one in lists.neighbourhoods}),
    )


@router.post("/areas/boundaries", openapi_extra=RAW_BODY)
async def upload_boundaries(
    request: Request,
    person: SignedIn,
    context: InContext,
    file_name: Annotated[str, Query(max_length=200)],
    commit: bool = False,
) -> BoundariesOut:
    """Check a GeoJSON or a zipped Shapefile of all villages; with `commit`, serve it instead of the cells."""
    context.allow(person, Action.MANAGE_REGISTER, REGENCY, {})
    data = await request.body()
    features, faults = read_boundary_file(data)
    shapes, more = judge(features) if not faults else ({}, [])
    faults = [*faults, *more]
    if faults and commit:
        raise RegisterImportError(file_name, faults)
    text = "" if faults else small_text(shapes)
    if commit:
        digest = sha256(data).hexdigest()
        context.note(person, "wilayah.batas", "berhasil", {"berkas_sha256": digest, "desa": len(shapes)})
        context.wiring.register_lists.put_boundaries(
            BoundarySet(file_name=file_name, sha256=digest, uploaded_us=context.wiring.clock.now_us(), geojson=text)
        )
    return BoundariesOut(villages=len(shapes), size_bytes=len(text), faults=faults_out(faults))


def faults_out(faults: list[RowFault]) -> list[RowFaultOut]:
    """At most 200: whoever mends them sees the rest at the next try."""
    return [
        RowFaultOut(row=one.row, column=one.column, value=one.value, code=one.code, hint=one.hint)
        for one in faults[:200]
    ]
