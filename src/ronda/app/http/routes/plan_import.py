"""Files for the planner: read as they come, shown with the guessed columns, taken in whole or not at all."""

import tempfile
from hashlib import sha256
from typing import IO, Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from ronda.access.policy import Action
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.routes.areas import RAW_BODY, RowFaultOut, faults_out
from ronda.app.plan_taking import first_ceiling_idr, take
from ronda.planning.columns import WANTED, PlanFile
from ronda.planning.demand import IncidentKind
from ronda.planning.imports import PlanDraft, draft
from ronda.planning.learning import Learned
from ronda.registry.errors import RegisterImportError
from ronda.registry.import_rows import Known
from ronda.store.plan_source import rows_of

router = APIRouter(prefix="/api/plans", tags=["plan"])
_IN_MEMORY: Final = 4_000_000  # larger uploads are kept in a file while they are read
_SHOWN_CELL: Final = 60


class ColumnOut(BaseModel):
    """One of our columns: which of the file's it is read from ("": none yet), and what stands there first."""

    name: str
    needed: bool
    header: str
    samples: list[str]


class LearnedOut(BaseModel):
    """How a forecast from the earlier months did in the last ones, which it never saw.

    share  of the thefts that fell into the forecast square kilometre; pai, pei: as NIJ defined them in 2017
    bandwidths  how far thefts spread (metres) and with which share
    """

    months: int
    judged_months: int
    share: float
    pai: float
    pei: float
    bandwidths: list[tuple[float, float]]


class PlanImportOut(BaseModel):
    """`faults` empty and `committed`: taken in whole; otherwise nothing of it was.

    ceiling_idr  running ceiling that a budget brings where no terms are stored: the largest year's money
    """

    kind: PlanFile
    rows: int
    ready: int
    committed: bool
    faults: list[RowFaultOut]
    headers: list[str]
    columns: list[ColumnOut]
    learned: LearnedOut | None
    ceiling_idr: int | None


@router.post("/import", openapi_extra=RAW_BODY)
async def import_file(
    request: Request,
    person: SignedIn,
    context: InContext,
    kind: PlanFile,
    file_name: Annotated[str, Query(max_length=200)],
    commit: bool = False,
    match: Annotated[list[str] | None, Query(max_length=40)] = None,
    every: IncidentKind | None = None,
) -> PlanImportOut:
    """Read CSV, XLSX, GeoJSON, Shapefile (ZIP), KML or GeoPackage; with `commit`, take it in whole or not at all.

    `match` puts a column of the file in place of the guessed one, as `ours:header`; `every` says what all
    incidents are when no column does.
    """
    context.allow(person, Action.MAKE_PLAN, None, {})
    digest = sha256()
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        async for part in request.stream():
            digest.update(part)
            file.write(part)
        file.seek(0)
        chosen = dict(one.split(":", 1) for one in match or [] if ":" in one)
        made = await run_in_threadpool(_draft, context, file, kind, file_name, chosen, every)
    ceiling_idr = await run_in_threadpool(first_ceiling_idr, context.wiring, made)  # before it is taken in
    if commit:
        if made.faults:
            raise RegisterImportError(file_name, made.faults)
        objects: dict[str, str | int] = {"berkas_sha256": digest.hexdigest(), "baris": made.rows}
        context.note(person, "rencana.impor", "berhasil", {**objects, "jenis": kind.value})
        await run_in_threadpool(take, context.wiring, made, file_name)
    return _out(made, ceiling_idr, committed=commit)


def _draft(
    context: Context,
    file: IO[bytes],
    kind: PlanFile,
    name: str,
    chosen: dict[str, str],
    every: IncidentKind | None,
) -> PlanDraft:
    known = Known(village_at=context.wiring.areas.village_at)
    prices = context.wiring.planning.prices()
    items = context.wiring.plan_inputs.items()
    return draft(
        rows_of(file), kind, known=known, source=name, prices=prices, items=items, chosen=chosen, every=every
    )


def _out(made: PlanDraft, ceiling_idr: int | None, *, committed: bool) -> PlanImportOut:
    columns = [
        ColumnOut(
            name=one.name,
            needed=one.needed,
            header=made.match.get(one.name, ""),
            samples=[row.get(made.match.get(one.name, ""), "")[:_SHOWN_CELL] for row in made.samples],
        )
        for one in WANTED[made.kind]
    ]
    return PlanImportOut(
        kind=made.kind,
        rows=made.rows,
        ready=0 if made.faults else made.ready,
        committed=committed,
        faults=faults_out(list(made.faults)),
        headers=[header for header in made.headers if header],
        columns=columns,
        learned=None if made.learned is None else _learned(made.learned),
        ceiling_idr=ceiling_idr,
    )


def _learned(found: Learned) -> LearnedOut:
    return LearnedOut(
        months=sum(found.months),
        judged_months=found.months[2],
        share=found.judged.share,
        pai=found.judged.pai,
        pei=found.judged.pei,
        bandwidths=[(part.bandwidth_m, part.share) for part in found.density.parts],
    )
