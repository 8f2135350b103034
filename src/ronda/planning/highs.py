"""One way to make a HiGHS solver: silent, one thread, a seed, and a time limit that is kept.

The solver's own class is used, not the Python wrapper around it: the wrapper registers callbacks, prints
a banner to standard output, and was seen to overrun a limit of 2 s by 15 s. Runs release the
interpreter, so other threads go on.
"""

from collections.abc import Mapping
from typing import Any, Final

from highspy._core import _Highs

SEED: Final = 1
FEASIBLE: Final = 2  # HiGHS's word for a solution that keeps every row


def new_solver(options: Mapping[str, Any]) -> Any:
    """A solver without a model. `options` by HiGHS's own names."""
    solver = _Highs()
    for name, value in {"output_flag": False, "threads": 1, "random_seed": SEED, **options}.items():
        solver.setOptionValue(name, value)
    return solver
