"""How good a forecast of places was: PAI and PEI, as the National Institute of Justice defined them in 2017.

PAI = (n / N) / (a / A): of N incidents of a later period, n fell into the forecast area a of the whole
area A. PEI = PAI over the best PAI that the same area could have had, known afterwards. Both need a
period that the forecast never saw; who calls keeps it apart.
"""

from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Of one forecast area.

    share  of the later incidents that fell into it, 0 to 1
    """

    cells: int
    area: float
    share: float
    pai: float
    pei: float


def accuracy(expected: Floats, later: Floats, chosen: int) -> Accuracy:
    """The `chosen` cells of which most is expected, against what came; equal ones in the order given."""
    total = float(later.sum())
    order = np.argsort(-expected, kind="stable")[:chosen]
    best = np.sort(later)[::-1][:chosen]
    area = chosen / len(later)
    share = float(later[order].sum()) / total if total else 0.0
    best_share = float(best.sum()) / total if total else 0.0
    return Accuracy(
        cells=chosen,
        area=area,
        share=share,
        pai=share / area if area else 0.0,
        pei=share / best_share if best_share else 0.0,
    )
