"""Forecasts of places: kernels, shares chosen on a later period, PAI and PEI."""

import math

import numpy as np
import pytest

from ronda.planning.density import Counts, counted, fitted, spread
from ronda.planning.errors import NothingToLearnError
from ronda.planning.forecast import accuracy

CELL_M = 25.0


def everywhere(side: int) -> tuple[np.ndarray, np.ndarray]:
    column, row = np.meshgrid(np.arange(-side, side), np.arange(-side, side))
    return column.ravel(), row.ravel()


@pytest.mark.parametrize("bandwidth_m", [0.0, 10.0, 40.0, 150.0, 600.0])
def test_a_kernel_moves_counts_and_loses_none(bandwidth_m: float) -> None:
    past = Counts(column=np.array([0, 3, -7]), row=np.array([0, 1, 5]), number=np.array([5.0, 1.0, 2.0]))
    assert spread(past, *everywhere(90), bandwidth_m, CELL_M).sum() == pytest.approx(1.0, rel=0.01)


def test_a_kernel_falls_with_the_distance_as_the_bell_curve_does() -> None:
    past = Counts(column=np.array([0]), row=np.array([0]), number=np.array([9.0]))
    near, far, beyond = spread(past, np.array([0, 6, 13]), np.array([0, 0, 0]), 100.0, CELL_M)
    assert far / near == pytest.approx(math.exp(-(150.0**2) / (2 * 100.0**2)))
    assert beyond == 0


def test_taking_close_counts_as_one_changes_little() -> None:
    chance = np.random.default_rng(3)
    past = counted(*chance.normal(0, 400, (2, 400)), CELL_M)
    column, row = np.arange(-20, 20), np.arange(-20, 20)
    exact = np.zeros(40)
    for c, r, n in zip(past.column, past.row, past.number, strict=True):
        away = ((column - c) ** 2 + (row - r) ** 2) * CELL_M**2
        exact += n * np.exp(-away / (2 * 300.0**2)) * (away <= 900.0**2)
    found = spread(past, column, row, 300.0, CELL_M)
    assert found / found.sum() == pytest.approx(exact / exact.sum(), rel=0.03)


def drawn(chance: np.random.Generator, shops: np.ndarray, number: int, at_shops: float) -> Counts:
    """Thefts at the same shops again and again, and others scattered around them by some 150 m."""
    home = shops[chance.integers(len(shops), size=number)]
    away = chance.normal(0, 150, (number, 2)) * (chance.random(number) > at_shops)[:, None]
    return counted(*(home + away).T, CELL_M)


@pytest.mark.parametrize(("at_shops", "low", "high"), [(0.9, 0.75, 1.0), (0.1, 0.0, 0.35)])
def test_the_later_period_says_how_much_comes_back_to_the_same_place(
    at_shops: float, low: float, high: float
) -> None:
    chance = np.random.default_rng(7)
    shops = chance.uniform(-3000, 3000, (60, 2))
    density = fitted(drawn(chance, shops, 3000, at_shops), drawn(chance, shops, 1500, at_shops), 240 * 240, CELL_M)
    same = sum(part.share for part in density.parts if part.bandwidth_m == 0)
    assert low <= same <= high
    assert sum(part.share for part in density.parts) <= 1 + 1e-9
    assert density.gain > 0.5


def test_no_other_share_makes_the_later_period_likelier() -> None:
    chance = np.random.default_rng(11)
    shops = chance.uniform(-2000, 2000, (30, 2))
    early, later = drawn(chance, shops, 600, 0.5), drawn(chance, shops, 300, 0.5)
    density = fitted(early, later, 160 * 160, CELL_M)
    best = np.log(density.expected(early, later.column, later.row)) @ later.number
    for bandwidth_m in (0.0, 40.0, 150.0, 600.0):
        other = 0.9 * density.expected(early, later.column, later.row)
        other += 0.1 * spread(early, later.column, later.row, bandwidth_m, CELL_M)
        assert np.log(other) @ later.number <= best + 0.02 * later.total


def test_too_few_incidents_are_refused_with_what_is_missing() -> None:
    few = counted(np.zeros(29), np.zeros(29), CELL_M)
    many = counted(np.zeros(30), np.zeros(30), CELL_M)
    with pytest.raises(NothingToLearnError, match="later period has 29 incidents"):
        fitted(many, few, 100, CELL_M)


def test_pai_and_pei_follow_their_definition() -> None:
    """One tenth of the area took 6 of 12; the best tenth would have taken 8."""
    expected = np.array([5.0, 4.0] + [1.0] * 18)
    later = np.array([4.0, 2.0, 4.0] + [1.0, 1.0] + [0.0] * 15)
    found = accuracy(expected, later, 2)
    assert (found.share, found.pai, found.pei) == (0.5, 5.0, 0.75)
