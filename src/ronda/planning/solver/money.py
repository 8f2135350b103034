"""Purses become rows: whatever keeps the rows can be paid, and whatever can be paid keeps them.

A purse gives an amount in each year and may pay for some classes of sites only (a village's own money
for points of villages). A year's spending of the classes in a set can be paid if it is no more than all
purses that may pay for any of them hold: one row for each set of purses (Hall's condition). When money
is carried over, the sets also differ by year.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Ints
from ronda.planning.solver.problem import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """Money of one source: by year, and the classes of sites that it may pay for."""

    name: str
    amounts: tuple[int, ...]
    pays: frozenset[int]


def rows_of(purses: tuple[Purse, ...], classes: int, years: int, *, carry: bool = False) -> tuple[Row, ...]:
    """The rows of these purses; `carry`: what a year leaves may be spent in a later one."""
    sets = [
        tuple(chosen)
        for size in range(classes, 0, -1)
        for chosen in itertools.combinations(range(classes), size)
        if _worth_a_row(chosen, purses, classes)
    ]
    if not carry:
        return tuple(
            _row(purses, dict.fromkeys(chosen, (t, t + 1)), classes, years) for chosen in sets for t in range(years)
        )
    ends = itertools.product(range(years + 1), repeat=classes)
    return tuple(
        _row(purses, {c: (0, end) for c, end in enumerate(until) if end}, classes, years)
        for until in ends
        if any(until) and _closed(until, purses)
    )


def _worth_a_row(chosen: tuple[int, ...], purses: tuple[Purse, ...], classes: int) -> bool:
    """A set that could take in a further class without reaching for a further purse says less than that one."""
    reached = {n for n, purse in enumerate(purses) if purse.pays & set(chosen)}
    others = (c for c in range(classes) if c not in chosen)
    return not any({n for n, purse in enumerate(purses) if c in purse.pays} <= reached for c in others)


def _closed(until: tuple[int, ...], purses: tuple[Purse, ...]) -> bool:
    """Could a class be taken in up to a later year without reaching for more money? Then that row says more."""
    reach = [max((until[c] for c in purse.pays), default=0) for purse in purses]
    for c, end in enumerate(until):
        most = min((reach[n] for n, purse in enumerate(purses) if c in purse.pays), default=end)
        if most > end:
            return False
    return True


def _row(purses: tuple[Purse, ...], spans: dict[int, tuple[int, int]], classes: int, years: int) -> Row:
    mask = np.zeros((classes, years), dtype=bool)
    for c, (start, end) in spans.items():
        mask[c, start:end] = True
    given, names = 0, []
    for purse in purses:
        paid = [t for t in range(years) if any(_reaches(spans.get(c), t) for c in purse.pays)]
        given += sum(purse.amounts[t] for t in paid)
        names += [purse.name] if paid else []
    span = sorted({t for start, end in spans.values() for t in range(start, end)})
    when = f"year {span[0]}" if len(span) == 1 else f"years {span[0]} to {span[-1]}"
    return Row(name=f"money of {', '.join(names)}, {when}", builds=mask, upkeeps=mask, given=given)


def _reaches(span: tuple[int, int] | None, year: int) -> bool:
    return span is not None and span[0] <= year < span[1]


def ceiling_rows(most: Ints, classes: int) -> tuple[Row, ...]:
    """Running cost of each year at most `most`: what already stands was taken off before."""
    years = len(most)
    rows = []
    for t in range(years):
        mask = np.zeros((classes, years), dtype=bool)
        mask[:, t] = True
        nothing = np.zeros_like(mask)
        rows.append(Row(name=f"running cost, year {t}", builds=nothing, upkeeps=mask, given=int(most[t])))
    return tuple(rows)
