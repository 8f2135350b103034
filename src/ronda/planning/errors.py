"""What the planner refuses, each with what would do instead.

PlanningError
├── BudgetTooSmallError      the money does not reach the promised offices; carries rule and smallest sum
├── RunningCostTooHighError  the ceiling lies below what stands or is promised; carries the smallest ceiling
├── ContradictoryTermsError  terms that cannot hold together (forced and forbidden, a year outside the plan)
├── UnknownPointError        no candidate of this name
├── NoSuchPlanError          no plan of this number
├── ImpossibleOpticsError    lens, sensor or pixels that no camera has
├── NothingToLearnError      too few incidents in a period to choose bandwidths
├── PriceMissingError        things without a price in the list
├── PaperError               a paper could not be set
├── NothingToUndoError       the plan is as it was made
├── EditionError             the data that a plan was made from are not there, or not whole
├── AskedPointError          a point brought to the review that cannot be a candidate; says why
├── PlanChangedError         somebody else changed the plan first; nothing was done
├── ProblemFileError         a planning file with a wrong entry: where, what, and what would do
├── NoPlanError              no plan keeps every rule; says which fails and what would do
└── ReviewRefusedError       an opinion that lacks a name, a party or a reason
"""

from typing import ClassVar

from ronda.core.errors import RondaError


class PlanningError(RondaError):
    """Base of all errors of the planner."""


class BudgetTooSmallError(PlanningError):
    """The money of some years cannot carry what the rules promise.

    rule            `district_office`, `village_office`, another site kind, or `forced`
    year            until when the points must stand
    smallest_idr    what would do: in that year, or (every_year) in each year of the plan
    general         it is the money that may pay for every kind of point which is short
    scale           smallest share of all given money that would do; infinite without money
    given_idr       what was given
    """

    exit_status: ClassVar[int] = 65

    def __init__(
        self,
        *,
        rule: str,
        points: int,
        year: int,
        given_idr: int,
        smallest_idr: int,
        every_year: bool,
        general: bool,
        scale: float,
    ) -> None:
        self.rule, self.points, self.year = rule, points, year
        self.given_idr, self.smallest_idr = given_idr, smallest_idr
        self.every_year, self.general, self.scale = every_year, general, scale
        self.figures: dict[str, str | int | float] = {
            "rule": rule,
            "points": points,
            "year": year,
            "given_idr": given_idr,
            "smallest_idr": smallest_idr,
            "scale": scale if scale < 1e12 else -1,
        }
        scope = "a year, in every year of the plan" if every_year else f"in {year}"
        money = "money that may pay every kind of point" if general else "money"
        super().__init__(
            f"rule {rule}: {points} points must stand by {year}; {given_idr} rupiah of {money} were given. "
            f"The smallest that would do is {smallest_idr} rupiah {scope}. Nothing was planned. "
            "Next: raise the budget to it, or move the deadline of the rule"
        )


class RunningCostTooHighError(PlanningError):
    """The ceiling on running cost lies below what already stands and what is promised."""

    exit_status: ClassVar[int] = 65

    def __init__(self, *, year: int, ceiling_idr: int, standing_idr: int, smallest_idr: int, points: int) -> None:
        self.year, self.ceiling_idr = year, ceiling_idr
        self.standing_idr, self.smallest_idr, self.points = standing_idr, smallest_idr, points
        self.figures: dict[str, str | int | float] = {
            "year": year,
            "ceiling_idr": ceiling_idr,
            "standing_idr": standing_idr,
            "smallest_idr": smallest_idr,
            "points": points,
        }
        super().__init__(
            f"the ceiling on running cost is {ceiling_idr} rupiah a year; what stands costs {standing_idr}, "
            f"and with the {points} promised points it is {smallest_idr} from {year} on. Nothing was planned. "
            f"Next: raise the ceiling to {smallest_idr} rupiah, or release promised points"
        )


class ContradictoryTermsError(PlanningError):
    """Terms that cannot hold together."""

    exit_status: ClassVar[int] = 64


class UnknownPointError(PlanningError):
    """No candidate of this name."""

    def __init__(self, point: str) -> None:
        super().__init__(f"no candidate point {point[:80]!r}. Next: see the list of candidates")


class NoSuchPlanError(PlanningError):
    """No plan of this number."""

    def __init__(self, plan: str) -> None:
        super().__init__(f"no plan {plan[:40]!r}. Next: make one from the list of candidates")


class ImpossibleOpticsError(PlanningError):
    """Lens, sensor or pixels that no camera has."""

    exit_status: ClassVar[int] = 65


class NothingToLearnError(PlanningError):
    """Too few incidents to say how far they spread."""

    exit_status: ClassVar[int] = 65

    def __init__(self, period: str, found: int, least: int) -> None:
        super().__init__(
            f"the {period} period has {found} incidents; bandwidths need {least} in each of two periods. "
            "Cells are weighted by their counts alone. Next: bring incidents of a longer time, with their dates"
        )


class PriceMissingError(PlanningError):
    """Things without a price in the list."""

    exit_status: ClassVar[int] = 65

    def __init__(self, items: list[str]) -> None:
        self.items = items
        super().__init__(
            f"the price list has no price for {', '.join(items)}. No cost was computed and nothing was planned. "
            "Next: add the lines with their source and year, then import the list again"
        )


class PaperError(PlanningError):
    """A paper could not be set."""


class AskedPointError(PlanningError):
    """A point brought to the review that cannot be a candidate. Nothing was stored."""


class NothingToUndoError(PlanningError):
    """The plan is as it was made."""

    def __init__(self, plan: str) -> None:
        super().__init__(f"plan {plan} is as it was made; nothing was done. Next: change a budget or a point first")


class EditionError(PlanningError):
    """The data that a plan was made from are not there, or not whole."""

    def __init__(self, edition: str, why: str) -> None:
        super().__init__(
            f"the data of edition {edition[:12]} cannot be read: {why}. The plan's points and figures stand as "
            "they were stored. Next: renew the plan with today's data"
        )


class PlanChangedError(PlanningError):
    """Somebody else changed the plan first."""

    def __init__(self, plan: str) -> None:
        super().__init__(f"plan {plan} was changed meanwhile; nothing was done. Next: read it again, then decide")


class ProblemFileError(PlanningError):
    """A planning file with a wrong entry."""

    exit_status: ClassVar[int] = 65

    def __init__(self, where: str, what: str) -> None:
        self.where, self.what = where, what
        super().__init__(f"{where}: {what}. Nothing was planned. Next: mend it; docs/reference/planning-files.md")


class NoPlanError(PlanningError):
    """No plan keeps every rule.

    rule      the first that fails when rules are added one after another
    smallest  share of all given money that would do; None: money does not help, or it could not be found
    at_least  share of all given money below which it is proven that nothing would do; None: none is known
    """

    exit_status: ClassVar[int] = 65

    def __init__(
        self, rule: str, smallest: float | None, proven: bool = True, at_least: float | None = None
    ) -> None:
        self.rule, self.smallest, self.proven, self.at_least = rule, smallest, proven, at_least
        self._given = (rule, smallest, proven, at_least)
        told = "no plan keeps every rule" if proven else "no plan that keeps every rule was found in the time"
        if not proven:
            do = "give more time, or begin from a plan that keeps every rule"
        elif smallest is not None:
            do = f"raise all money to {smallest * 100:.1f} % of what was given, or move the rule"
        elif at_least is not None:
            do = f"raise all money to {at_least * 100:.1f} % of what was given at least, or move the rule"
        else:
            do = "move or drop the rule; more money alone does not help"
        super().__init__(f"{told}; the first that fails: {rule}. Nothing was planned. Next: {do}")

    def __reduce__(self) -> tuple[type["NoPlanError"], tuple[str, float | None, bool, float | None]]:
        """It comes back whole from another process."""
        return NoPlanError, self._given


class ReviewRefusedError(PlanningError):
    """An opinion that cannot stand."""
