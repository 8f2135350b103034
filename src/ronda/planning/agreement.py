"""The joint review: who may say what about a plan, what stands, and when it is agreed. Pure.

Four parties: police, transport office, village, Diskominfo. An opinion has a name, an office and a
reason; a later one of the same party on the same point replaces the earlier (both stay on record).
A point that is planned and that no party objects to is agreed when the review is closed; closing needs
a word of every party and no standing objection to the plan as a whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ronda.core.ids import PersonId
from ronda.planning.errors import ReviewRefusedError

WHOLE_PLAN: Final = ""
MIN_REASON: Final = 10
MAX_TEXT: Final = 300


class Party(StrEnum):
    POLICE = "police"
    TRANSPORT = "transport"
    VILLAGE = "village"
    DISKOMINFO = "diskominfo"


class Stance(StrEnum):
    ACCEPT = "accept"
    OBJECT = "object"
    ASK = "ask"


_WORDS: Final = (
    (Party.POLICE, ("polres", "polsek", "polda", "kepolisian", "satreskrim", "satlantas")),
    (Party.TRANSPORT, ("perhubungan", "dishub")),
    (Party.DISKOMINFO, ("kominfo", "komunikasi dan informatika")),
    (Party.VILLAGE, ("desa", "kelurahan", "kecamatan", "kantor camat")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What somebody said of a point, or of the whole plan (`point` empty).

    name, office  who spoke; recorded_by: the account that entered it (the speaker, or who took the minutes)
    """

    opinion_id: str
    party: Party
    stance: Stance
    point: str
    name: str
    office: str
    reason: str
    recorded_by: PersonId
    at_us: int


def party_of(office: str) -> Party | None:
    """The party an office belongs to, by its name; None: it belongs to none."""
    told = office.lower()
    return next((party for party, words in _WORDS if any(word in told for word in words)), None)


def check(opinion: Opinion, *, own_party: Party | None, takes_minutes: bool, known: bool, closed: bool) -> None:
    """Raises ReviewRefusedError with what is missing.

    own_party      of the account's office; takes_minutes: the account may enter what others said
    known          is the point a candidate; closed: the review is over
    """
    if closed:
        raise ReviewRefusedError("the plan is agreed; its review is closed. Next: make a new plan")
    if opinion.party is not own_party and not takes_minutes:
        raise ReviewRefusedError(
            f"your office does not speak for {opinion.party.value}. "
            "Next: speak for your own office, or let the planner take the minutes"
        )
    if opinion.point != WHOLE_PLAN and not known:
        raise ReviewRefusedError(f"no candidate point {opinion.point[:80]!r}. Next: choose one from the list")
    if opinion.stance is Stance.ASK and opinion.point == WHOLE_PLAN:
        raise ReviewRefusedError("a request names a point. Next: choose the point that is asked for")
    if not MIN_REASON <= len(opinion.reason.strip()) <= MAX_TEXT:
        raise ReviewRefusedError(f"a reason of {MIN_REASON} to {MAX_TEXT} characters is needed")
    if not 2 <= len(opinion.name.strip()) <= MAX_TEXT or not 2 <= len(opinion.office.strip()) <= MAX_TEXT:
        raise ReviewRefusedError("an opinion has a name and an office. Next: say who spoke, and for which office")


def standing(opinions: Sequence[Opinion]) -> list[Opinion]:
    """The last word of each party on each point, in the order they were first said."""
    last: dict[tuple[Party, str], Opinion] = {}
    for opinion in opinions:
        last[opinion.party, opinion.point] = opinion
    return list(last.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the result: asked or objected, planned or not."""

    point: str
    asked: tuple[Party, ...]
    accepted: tuple[Party, ...]
    objected: tuple[Party, ...]
    year: int | None
    agreed: bool


def result(opinions: Sequence[Opinion], years: dict[str, int]) -> list[Row]:
    """Every point that somebody spoke of. `years`: planned points with their year."""
    rows: list[Row] = []
    now = standing(opinions)
    for point in dict.fromkeys(opinion.point for opinion in now if opinion.point != WHOLE_PLAN):
        mine = [opinion for opinion in now if opinion.point == point]

        def of(stance: Stance, mine: list[Opinion] = mine) -> tuple[Party, ...]:
            return tuple(opinion.party for opinion in mine if opinion.stance is stance)

        objected = of(Stance.OBJECT)
        rows.append(
            Row(
                point=point,
                asked=of(Stance.ASK),
                accepted=of(Stance.ACCEPT),
                objected=objected,
                year=years.get(point),
                agreed=point in years and not objected,
            )
        )
    return rows


def agreed_points(opinions: Sequence[Opinion], planned: Sequence[str]) -> list[str]:
    """The planned points that no party objects to."""
    against = {one.point for one in standing(opinions) if one.stance is Stance.OBJECT}
    return [point for point in planned if point not in against]


def check_closing(opinions: Sequence[Opinion], *, closed: bool) -> None:
    """Raises ReviewRefusedError while the plan cannot be agreed."""
    if closed:
        raise ReviewRefusedError("the plan is agreed already")
    spoke = {opinion.party for opinion in opinions}
    silent = [party.value for party in Party if party not in spoke]
    if silent:
        raise ReviewRefusedError(
            f"{', '.join(silent)} said nothing yet. Next: let every party speak, or take the minutes for it"
        )
    against = [one for one in standing(opinions) if one.point == WHOLE_PLAN and one.stance is Stance.OBJECT]
    if against:
        raise ReviewRefusedError(
            f"{against[0].party.value} objects to the whole plan: {against[0].reason[:80]}. "
            "Next: change the plan, or hear that party again"
        )
