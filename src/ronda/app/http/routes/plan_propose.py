"""Candidate points proposed from data: shown with what they came from, taken in when the planner says so."""

from typing import Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from ronda.access.policy import Action
from ronda.app.http.context import InContext, SignedIn
from ronda.app.plan_proposals import proposals
from ronda.planning.propose import Origin

router = APIRouter(prefix="/api/plans", tags=["plan"])
MOST_SHOWN: Final = 12
OriginName = Literal["office", "junction", "place", "incidents"]
ORIGINS: Final[dict[OriginName, Origin]] = {
    "office": Origin.OFFICE,
    "junction": Origin.JUNCTION,
    "place": Origin.PLACE,
    "incidents": Origin.INCIDENTS,
}


class ProposeIn(BaseModel):
    """`most_squares`: of squares that incidents point to; `commit` False only shows what would come."""

    origins: list[OriginName] = Field(min_length=1, max_length=4)
    most_squares: int = Field(default=200, ge=1, le=5_000)
    commit: bool = False


class OriginOut(BaseModel):
    """`spots`: known places of this kind; `proposed`: of them far enough from every other point."""

    origin: OriginName
    spots: int
    proposed: int


class ProposedOut(BaseModel):
    """`unpriced`: kinds that were left out because no list says what they cost."""

    origins: list[OriginOut]
    proposed: int
    unpriced: list[str]
    first: list[str]
    committed: bool


@router.post("/propose")
def propose(body: ProposeIn, person: SignedIn, context: InContext) -> ProposedOut:
    """Propose candidates from offices, road junctions, places and incidents; with `commit`, take them in."""
    context.allow(person, Action.MAKE_PLAN, None, {})
    chosen = list(dict.fromkeys(ORIGINS[name] for name in body.origins))
    found = proposals(context.wiring, chosen, body.most_squares)
    made = found.made.candidates
    if body.commit and made:
        context.note(person, "rencana.impor", "berhasil", {"jenis": "usulan", "baris": len(made)})
        context.wiring.planning.put_candidates(made)
        context.wiring.plans.forget()
    names: dict[Origin, OriginName] = {origin: name for name, origin in ORIGINS.items()}
    return ProposedOut(
        origins=[
            OriginOut(
                origin=names[origin], spots=found.spots[origin],
                proposed=sum(one.point.startswith(f"u-{origin.name.casefold()}-") for one in made),
            )
            for origin in chosen
        ],
        proposed=len(made), unpriced=list(found.made.unpriced), first=[one.name for one in made[:MOST_SHOWN]],
        committed=body.commit and bool(made),
    )  # fmt: skip
