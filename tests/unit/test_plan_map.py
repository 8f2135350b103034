"""The map of a plan on paper: names can be read above the points."""

import re

from tests.plan_kit import regency_question

from ronda.planning.plan_map import map_svg


def test_names_stand_above_the_points_and_not_on_each_other() -> None:
    square = {"type": "Polygon", "coordinates": [[[117, 0], [118, 0], [118, 1], [117, 1], [117, 0]]]}
    point = regency_question().candidates[0]
    drawn = map_svg([("Long Mesangat", square), ("Batu Ampar", square)], [(point, 2027)], (), (2027,))
    lines = {name: float(y) for y, name in re.findall(r'y="([0-9.]+)"[^>]*fill="#2c2821">([^<]+)<', drawn)}
    assert abs(lines["Long Mesangat"] - lines["Batu Ampar"]) >= 17
    assert drawn.rindex("<circle") < drawn.index("<text")
