"""Run worlds: `python -m tests.world --seeds 10000 --from 0`. A broken seed prints its number and the rule."""

import argparse
import sys
import time
from collections import Counter

from tests.world.world import run_seed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.world")
    parser.add_argument("--seeds", type=int, default=150)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=120, help="simulated, of one seed")
    parser.add_argument("--digest", action="store_true", help="print the digest of each seed")
    options = parser.parse_args()
    began, simulated_s, broken = time.process_time(), 0.0, 0
    faults: Counter[str] = Counter()
    for seed in range(options.first, options.first + options.seeds):
        outcome = run_seed(seed, options.seconds)
        simulated_s += outcome.simulated_s
        faults += outcome.faults
        if options.digest:
            print(f"{seed} {outcome.digest}")
        if outcome.broken is not None:
            broken += 1
            print(f"seed {seed} is broken: {outcome.broken}", flush=True)
    cpu_s = time.process_time() - began
    print(
        f"{options.seeds} seeds, {options.seeds / cpu_s:.1f} a CPU second; {simulated_s / 3600:.1f} hours simulated"
    )
    print(f"faults: {', '.join(f'{name} {count}' for name, count in sorted(faults.items()))}")
    print("all rules held" if not broken else f"{broken} seeds are broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
