"""The proposal for the budget hearing as PDF: what is asked, what it brings, where, and why each point.

Texts go in as data and are never run; the layout is `templates/proposal.typ`. Same record, same bytes. Two
values stand side by side, evidence and deterrence, and the distance from the best possible beside them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ronda.core.ids import AreaCode
from ronda.planning.comparison import DistrictShare
from ronda.planning.edition import Edition
from ronda.planning.model import Chosen, Price
from ronda.planning.plan_map import map_svg, tone
from ronda.planning.record import PlanRecord, PlanState
from ronda.planning.setting import set_pdf
from ronda.planning.telling import ITEM_NAMES, aims, rupiah, sentence
from ronda.registry.areas import area_name

TRAINING = "DATA LATIHAN"


def proposal_pdf(
    record: PlanRecord,
    edition: Edition,
    shares: Sequence[DistrictShare],
    shapes: Mapping[AreaCode, Mapping[str, Any]],
    prices: Sequence[Price],
    *,
    office: str,
    regency: str,
) -> bytes:
    """shapes: GeoJSON geometries by area code. Raises PaperError."""
    known = {one.point: one for one in edition.candidates}
    svg = map_svg(
        [(area_name(code), shape) for code, shape in shapes.items()],
        [(known[one.point], one.year) for one in record.plan.chosen if one.point in known],
        edition.standing,
        record.terms.years,
    )
    data = proposal_data(record, edition, shares, prices, office=office, regency=regency)
    return set_pdf("proposal", data, map=svg)


def proposal_data(
    record: PlanRecord,
    edition: Edition,
    shares: Sequence[DistrictShare],
    prices: Sequence[Price],
    *,
    office: str,
    regency: str,
) -> dict[str, object]:
    """Everything on the paper, as texts."""
    plan, terms = record.plan, record.terms
    total = max(plan.total, 1)
    return {
        "training": TRAINING if record.training else "",
        "draft": record.state is not PlanState.AGREED,
        "regency": regency,
        "office": office,
        "plan": f"{record.name} ({record.plan_id}, revisi {record.revision}, data {record.data_version[:12]})",
        "years": f"{terms.years[0]}–{terms.years[-1]}",
        "tones": [[str(year), tone(year, terms.years)] for year in terms.years],
        "summary": [
            ["Titik", str(len(plan.chosen))],
            ["Membangun", rupiah(sum(one.building_idr for one in plan.accounts), "id")],
            ["Biaya rutin selama rencana", rupiah(sum(one.upkeep_idr for one in plan.accounts), "id")],
            ["Manfaat", f"{_percent(plan.value / total)} dari yang dapat terjangkau"],
            ["Paling tinggi yang mungkin", f"{_percent(plan.bound / total)} (selisih {_percent(plan.gap, 2)})"],
        ],
        "evidence": _part(plan.reach.incidents_seen, plan.reach.incidents, plan.reach.incidents_seen_before),
        "deterrence": _part(
            plan.reach.vehicle_thefts_seen, plan.reach.vehicle_thefts, plan.reach.vehicle_thefts_seen_before
        ),
        "accounts": [
            [str(one.year), rupiah(one.given_idr, "id"), rupiah(one.building_idr, "id"),
             rupiah(one.upkeep_idr, "id"), rupiah(one.running_idr, "id"), str(one.points)]
            for one in plan.accounts
        ],
        "ceiling": rupiah(terms.running_ceiling_idr, "id"),
        "districts": [_district(one) for one in shares],
        "points": _points(record, edition),
        "prices": [
            [one.kind.value.replace("_", " "), rupiah(one.build_cost_idr, "id"), rupiah(one.yearly_cost_idr, "id"),
             one.source, str(one.year)]
            for one in prices
        ]
        + [
            [ITEM_NAMES["id"][one.item], rupiah(one.each_idr, "id"), rupiah(one.yearly_idr, "id"), one.source,
             str(one.year)]
            for one in edition.items
        ],
        "shares": [_percent(terms.shares.theft, 0), _percent(terms.shares.traffic, 0),
                   _percent(terms.shares.request, 0)],
    }  # fmt: skip


def _percent(share: float, digits: int = 1) -> str:
    return f"{share * 100:.{digits}f} %".replace(".", ",")


def _part(seen: int, total: int, before: int) -> list[str]:
    return [_percent(seen / max(total, 1)), f"{seen} dari {total} setahun; kini {before}"]


def _district(one: DistrictShare) -> list[str]:
    if one.incidents:  # those that no candidate reaches are in no district's count
        share = _percent(one.incidents_seen / one.incidents)
        seen = f"{one.incidents_seen} dari {one.incidents} ({share})"
    else:
        seen = "tidak ada kejadian tercatat"
    served = f"{one.villages_served} dari {one.villages}"
    return [area_name(one.area), str(one.points), rupiah(one.build_cost_idr, "id"), seen, served]


def _why(chosen: Chosen, names: Mapping[str, str]) -> str:
    """The reason, and where its cameras look."""
    told = sentence(chosen.reason, names, "id")
    return f"{told}. Kamera: {aims(chosen.cameras, 'id')}" if chosen.cameras else told


def _points(record: PlanRecord, edition: Edition) -> list[list[str]]:
    known = {one.point: one for one in edition.candidates}
    names = {point: one.name for point, one in known.items()}
    return [
        [
            str(chosen.order),
            names[chosen.point],
            area_name(known[chosen.point].area),
            str(chosen.year),
            rupiah(chosen.build_idr(known[chosen.point].build_cost_idr), "id"),
            " + ".join(dict.fromkeys(source for source, _amount in chosen.paid)),
            _why(chosen, names),
        ]
        for chosen in record.plan.chosen
        if chosen.point in known
    ]
