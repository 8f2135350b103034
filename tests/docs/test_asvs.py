"""The ASVS page has each requirement once, counts its states truly, and names files that are there."""

import re
from collections import Counter

from tests.needs import ROOT

PAGE = ROOT / "docs/reference/asvs.md"
STATES = ("holds", "partly", "no", "not applicable")
DEEP = ("5", "8", "11", "14", "16")  # chapters with level 3


def rows() -> list[tuple[str, str, str, str]]:
    """Number, level, state, where."""
    row = re.compile(r"^\| (\d+\.\d+\.\d+) \| (\d) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
    return [(number, level, state, where) for number, level, state, where in row.findall(PAGE.read_text())]


def test_levels_one_and_two_are_whole_and_three_where_it_was_asked() -> None:
    """70 and 183 requirements in version 5.0.0, 25 of level 3 in five chapters."""
    numbers = [number for number, *_ in rows()]
    assert len(set(numbers)) == len(numbers)
    assert Counter(level for _, level, *_ in rows()) == {"1": 70, "2": 183, "3": 25}
    assert {number.split(".")[0] for number, level, *_ in rows() if level == "3"} == set(DEEP)


def test_the_counts_at_its_head_are_those_of_its_rows() -> None:
    for level in ("1", "2", "3"):
        counted = Counter(state for _, own, state, _ in rows() if own == level)
        line = f"| {level} | {' | '.join(str(counted[state]) for state in STATES)} |"
        assert line in PAGE.read_text()


def test_what_holds_says_where_and_each_file_is_there() -> None:
    missing = []
    for number, _, state, where in rows():
        assert state in STATES, number
        assert where.strip(), number
        named = re.findall(r"`((?:docs|src|tests|web|native|deploy)/[\w/.-]+|ARCHITECTURE\.md)`", where)
        missing += [(number, path) for path in named if not (ROOT / path).exists()]
    assert missing == []
