"""The record of agreement (Berita Acara Kesepakatan Titik Kamera) as PDF. Texts go in as data, never run.

Decides which facts stand on it and in which words; the layout is `templates/agreement.typ`. Same record,
same bytes. Long lists are printed whole: an agreement on "and 200 more" would be none.
"""

from collections.abc import Mapping

from ronda.core.time import wita_text
from ronda.planning.agreement import WHOLE_PLAN, Party, Stance, result, standing
from ronda.planning.model import Candidate, Chosen, Reason
from ronda.planning.record import PlanRecord, PlanState
from ronda.planning.setting import set_pdf
from ronda.planning.telling import rupiah, sentence

PARTIES = {
    Party.POLICE: "Kepolisian",
    Party.TRANSPORT: "Dinas Perhubungan",
    Party.VILLAGE: "Desa/Kelurahan",
    Party.DISKOMINFO: "Diskominfo",
}
STANCES = {Stance.ACCEPT: "menerima", Stance.OBJECT: "keberatan", Stance.ASK: "meminta"}
TRAINING = "DATA LATIHAN"


def agreement_pdf(
    record: PlanRecord,
    known: Mapping[str, Candidate],
    why: Mapping[str, Reason],
    losses: Mapping[str, float | None],
    *,
    office: str,
    regency: str,
) -> bytes:
    """`why`: reasons of the points left out; `losses`: share of the value that forcing one in costs.

    Raises PaperError when typst does not make a document of it."""
    return set_pdf("agreement", page_data(record, known, why, losses, office=office, regency=regency))


def page_data(
    record: PlanRecord,
    known: Mapping[str, Candidate],
    why: Mapping[str, Reason],
    losses: Mapping[str, float | None],
    *,
    office: str,
    regency: str,
) -> dict[str, object]:
    """Everything on the paper, as texts."""
    names = {point: one.name for point, one in known.items()}
    first = record.terms.years[0]
    percent = f"{record.plan.gap * 100:.2f}".replace(".", ",")
    return {
        "training": TRAINING if record.training else "",
        "regency": regency,
        "office": office,
        "plan": f"{record.name} ({record.plan_id}, revisi {record.revision})",
        "draft": record.state is not PlanState.AGREED,
        "agreed": wita_text(record.agreed_us) if record.agreed_us is not None else "",
        "money": [
            [str(year), rupiah(int(record.terms.given_idr(year) * record.scale), "id")]
            for year in record.terms.years
        ],
        "proof": (
            f"Manfaat rencana paling banyak {percent} % di bawah yang terbaik yang mungkin dengan anggaran "
            f"dan aturan yang sama; {len(record.plan.chosen)} titik, {first} sampai {record.terms.years[-1]}."
        ),
        "rows": _rows(record, names, why, losses),
        "opinions": [
            [
                PARTIES[one.party],
                STANCES[one.stance],
                "seluruh rencana" if one.point == WHOLE_PLAN else names.get(one.point, one.point),
                f"{one.name}, {one.office}",
                one.reason,
            ]
            for one in record.opinions
        ],
        "points": [
            [str(chosen.order), names.get(chosen.point, chosen.point), str(chosen.year), _cost(known, chosen),
             sentence(chosen.reason, names, "id")]
            for chosen in record.plan.chosen
            if record.state is not PlanState.AGREED or chosen.point in record.agreed
        ],
        "signers": _signers(record),
    }  # fmt: skip


def _cost(known: Mapping[str, Candidate], chosen: Chosen) -> str:
    known_point = known.get(chosen.point)
    return rupiah(chosen.build_idr(known_point.build_cost_idr), "id") if known_point else "–"


def _rows(
    record: PlanRecord, names: Mapping[str, str], why: Mapping[str, Reason], losses: Mapping[str, float | None]
) -> list[list[str]]:
    """Asked, planned, refused, why, and what forcing it in would cost."""
    rows = []
    for row in result(record.opinions, record.years):
        said = [f"diminta {PARTIES[party]}" for party in row.asked]
        said += [f"diterima {PARTIES[party]}" for party in row.accepted]
        said += [f"keberatan {PARTIES[party]}" for party in row.objected]
        if row.year is not None:
            outcome = f"direncanakan {row.year}" if row.agreed else f"ditunda (semula {row.year})"
        else:
            outcome = "tidak masuk rencana"
        reason = why.get(row.point)
        told = sentence(reason, names, "id") if reason and row.year is None else ""
        loss = losses.get(row.point)
        cost = "–" if row.year is not None else "belum dihitung" if loss is None else _percent(loss)
        rows.append([names.get(row.point, row.point), ", ".join(said), outcome, told, cost])
    return rows


def _percent(loss: float) -> str:
    return f"manfaat turun {max(loss, 0.0) * 100:.2f} %".replace(".", ",")


def _signers(record: PlanRecord) -> list[list[str]]:
    """Who signs for each party: whoever spoke last for it."""
    last = {one.party: one for one in standing(record.opinions)}
    return [
        [PARTIES[party], last[party].name if party in last else "..........................",
         last[party].office if party in last else ""]
        for party in Party
    ]  # fmt: skip
