"""The page of bad input names tests that are there: web (N1), packages (N30), privacy (N50), recorder (N60)."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/design/bad-input.md"


def test_each_row_names_tests_that_exist():
    rows = [line for line in PAGE.read_text().splitlines() if re.match(r"\| N\d+ ", line)]
    assert {row.split()[1] for row in rows} == {
        f"N{number}" for number in (*range(1, 23), *range(30, 43), *range(50, 57), *range(60, 80))
    }
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row)
        assert named, row
        for file, test in named:
            text = (ROOT / file).read_text()
            assert re.search(rf"^(async )?def {test}\(", text, re.MULTILINE), f"{file} has no {test}"
