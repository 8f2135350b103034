"""Every rule of `rtsp_policy` has a dialogue that shows it, and every dialogue shows a rule."""

from pathlib import Path

import pytest
from tests.dialogues.dialogue_kit import FOLDER, play
from tests.needs import ROOT

from ronda.media.rtsp_policy import RULES

DIALOGUES = sorted(FOLDER.glob("*.txt"))
NAMES = {rule.name for rule in RULES}


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda path: path.stem)
def test_the_dialogue_goes_as_written(path: Path):
    """What the client sends, and what comes of it."""
    play(path)


def test_every_rule_has_a_dialogue():
    """A rule nobody tests is a rumour."""
    for rule in RULES:
        assert any(path.stem.startswith(rule.name) for path in DIALOGUES), rule.name


def test_every_dialogue_names_a_rule():
    """And a dialogue of no rule is a rule nobody wrote down."""
    for path in DIALOGUES:
        assert any(path.stem == name or path.stem.startswith(name + "-") for name in NAMES), path.name


def test_the_design_page_lists_every_rule():
    """With the same name, so that both can be searched."""
    page = (ROOT / "docs/design/rtsp.md").read_text()
    for rule in RULES:
        assert f"| {rule.name} |" in page, rule.name


def test_a_dialogue_that_goes_another_way_is_told(tmp_path: Path):
    """The kit itself turns red."""
    wrong = tmp_path / "redirect.txt"
    wrong.write_text((FOLDER / "redirect.txt").read_text().replace("= redirected", "= playing"))
    with pytest.raises(AssertionError, match=r"redirect\.txt:9"):
        play(wrong)
