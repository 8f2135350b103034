"""The data protection impact assessment, filled from live settings; what only people can say is marked."""

import re

from ronda.app.reports.facts import OfficeFacts, fingerprint
from ronda.app.reports.paper import TEMPLATES, paper
from ronda.app.reports.words import PURPOSES, ROLES, Lang, word
from ronda.app.wiring import Wiring
from ronda.core.time import utc_text

ACCEPTED_SETTING = "dpia_accepted"
_TO_FILL = re.compile(r"\[(?:isi|fill in)\]")
_STATED = re.compile(r"\{\{")


def dpia(facts: OfficeFacts, lang: Lang) -> str:
    """The text, Markdown. `filled` counts sections that need nobody's hand."""
    filled, total = shares((TEMPLATES / f"dpia_{lang}.md").read_text())
    return paper(
        f"dpia_{lang}",
        f=facts,
        filled=filled,
        total=total,
        share=round(100 * filled / total),
        districts=", ".join(f"{name} {count}" for name, count in facts.districts),
        word=lambda key: word(PURPOSES, key, lang),
        role_word=lambda key: word(ROLES, key, lang),
    )


def shares(source: str) -> tuple[int, int]:
    """How many values of a template come from settings, and how many there are with those for people."""
    stated, by_hand = len(_STATED.findall(source)), len(_TO_FILL.findall(source))
    return stated, stated + by_hand


def accept(wiring: Wiring) -> str:
    """An assessment of the settings as they are was accepted; returns their fingerprint."""
    now = fingerprint(wiring)
    wiring.settings.put(ACCEPTED_SETTING, f"{now} {utc_text(wiring.clock.now_us())}")
    return now


def stale(wiring: Wiring) -> str | None:
    """Why there is no assessment of the settings as they are now, or None."""
    kept = wiring.settings.get(ACCEPTED_SETTING)
    if not isinstance(kept, str) or " " not in kept:
        return "no impact assessment was accepted yet. Next: `ronda report dpia OUT`, fill it in, then `--accept`"
    was, at = kept.split(" ", 1)
    if was != fingerprint(wiring):
        return (
            f"purposes, views, days, masks or measures changed since the assessment of {at}; it is stale. "
            "Next: `ronda report dpia OUT`, look at what changed, then `--accept`"
        )
    return None
