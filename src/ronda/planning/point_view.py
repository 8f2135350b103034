"""One point, looked at from the plan: what it sees, who sees that too, and one sentence that can be read out.

Counts are of twelve months; small ones are not shown singly (`demand.shown_count`). Decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ronda.planning.cover import Cover, Ints
from ronda.planning.demand import shown_count
from ronda.planning.model import Candidate, Chosen, Reason
from ronda.planning.record import PlanRecord
from ronda.planning.solve import Planner
from ronda.planning.telling import aims, rupiah, sentence
from ronda.planning.trade import number_of, years_of

MOST_SEERS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Seer:
    """Another point of the plan that sees some of the same incidents."""

    point: str
    year: int
    incidents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PointView:
    """incidents in view; of them: seen by standing cameras, also by other planned points, from here alone.

    chosen   as it is planned, with its cameras; None: it is not
    shunned  a privacy zone is in view
    """

    candidate: Candidate
    chosen: Chosen | None
    incidents: int
    by_standing: int
    only_here: int
    seers: tuple[Seer, ...]
    shunned: bool = False


def view_of(record: PlanRecord, planner: Planner, point: str) -> PointView:
    """Of a planned point: what its cameras see; of any other, what it could see. Raises UnknownPointError."""
    candidates, ground = planner.question.candidates, planner.ground
    number = number_of(planner, point)
    mine = ground.of_points(np.flatnonzero(years_of(planner, record) < planner.instance.years))
    cells = mine.row(number) if point in record.years else ground.whole.row(number)
    counted = [planner.question.cells[cell] for cell in cells]
    counts = np.array([one.thefts + one.traffic for one in counted], dtype=np.int64)
    standing = ground.standing[cells]
    seers, shared = _seers(record, candidates, mine, cells, np.where(standing, 0, counts), point)
    return PointView(
        candidate=candidates[number],
        chosen=next((one for one in record.plan.chosen if one.point == point), None),
        incidents=int(counts.sum()),
        by_standing=int(counts[standing].sum()),
        only_here=int(counts[~standing & ~shared].sum()),
        seers=seers,
        shunned=any(one.shunned > 0 for one in counted),
    )


def _seers(
    record: PlanRecord, candidates: Sequence[Candidate], mine: Cover, cells: Ints, counts: Ints, point: str
) -> tuple[tuple[Seer, ...], np.ndarray]:
    """The planned points that see most of these, and which cells any of them sees."""
    shared = np.zeros(len(cells), dtype=bool)
    places = {one.point: number for number, one in enumerate(candidates)}
    found = []
    for other, year in record.years.items():
        if other == point or other not in places:
            continue
        both = np.isin(cells, mine.row(places[other]), assume_unique=True)
        if both.any():
            shared |= both
            found.append(Seer(point=other, year=year, incidents=int(counts[both].sum())))
    found.sort(key=lambda one: (-one.incidents, one.point))
    return tuple(one for one in found[:MOST_SEERS] if one.incidents), shared


_WORDS: Final = {
    "id": {
        "in": "{name} dibangun {year} seharga {cost}: {why}.",
        "out": "{name} tidak masuk rencana: {why}.",
        "cameras": "Dipasang {cameras}.",
        "hub": "Memakai satu porta sambungan bersama {hub}.",
        "shunned": "Kawasan privasi ikut tampak; nilainya sudah dikurangi karena itu.",
        "sees": "Dari sini tampak {count} kejadian setahun",
        "standing": "{count} sudah terjangkau kamera yang berdiri",
        "seers": "sebagian juga tampak dari {names}",
        "only": "{count} hanya dari sini",
        "loss": "Bila dipaksa masuk, manfaat seluruh rencana turun {percent} %.",
        "none": "Dari sini tidak tampak kejadian yang tercatat.",
    },
    "en": {
        "in": "{name} is built in {year} for {cost}: {why}.",
        "out": "{name} is not in the plan: {why}.",
        "cameras": "It gets {cameras}.",
        "hub": "It takes a port of the shared uplink {hub}.",
        "shunned": "A privacy zone is in view too; its worth is reduced for that.",
        "sees": "From here {count} incidents a year are in view",
        "standing": "{count} are within reach of cameras that stand",
        "seers": "some are in view of {names} too",
        "only": "{count} from here alone",
        "loss": "Forced in, the value of the whole plan falls by {percent} %.",
        "none": "No recorded incident is in view from here.",
    },
}


def read_out(
    view: PointView,
    reason: Reason,
    year: int | None,
    names: Mapping[str, str],
    loss: float | None,
    language: str,
) -> str:
    """What a camat can read out: built or not, why, what is seen, who sees it too, what forcing it in costs."""
    words, one = _WORDS[language], view.candidate
    why = sentence(reason, names, language)
    cost = rupiah(view.chosen.build_idr(one.build_cost_idr) if view.chosen else one.build_cost_idr, language)
    said = [words["in" if year is not None else "out"].format(name=one.name, year=year, cost=cost, why=why)]
    if view.chosen is not None and view.chosen.cameras:
        said.append(words["cameras"].format(cameras=aims(view.chosen.cameras, language)))
    if view.chosen is not None and view.chosen.hub:
        said.append(words["hub"].format(hub=view.chosen.hub))
    said.append(_seen(view, names, words))
    if view.shunned:
        said.append(words["shunned"])
    if year is None and loss is not None:
        percent = f"{max(loss, 0.0) * 100:.2f}"
        said.append(words["loss"].format(percent=percent.replace(".", ",") if language == "id" else percent))
    return " ".join(said)


def _seen(view: PointView, names: Mapping[str, str], words: Mapping[str, str]) -> str:
    if not view.incidents:
        return words["none"]
    parts: list[str] = []
    if view.by_standing:
        parts.append(words["standing"].format(count=shown_count(view.by_standing)))
    if view.seers:
        parts.append(words["seers"].format(names=", ".join(names.get(one.point, one.point) for one in view.seers)))
    if view.only_here:
        parts.append(words["only"].format(count=shown_count(view.only_here)))
    head = words["sees"].format(count=shown_count(view.incidents))
    return f"{head}: {'; '.join(parts)}." if parts else f"{head}."
