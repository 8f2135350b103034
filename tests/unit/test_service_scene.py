"""The drawn office, whose truth is known: staffed, unstaffed, closed."""

from collections.abc import Sequence

import numpy as np
import pytest

from ronda.service.model import Method, Sample, Zone, ZoneKind
from ronda.service.occupancy import Scene, room_fields
from ronda.sim.regency import OFFICE_ZONES
from ronda.sim.scenes.looks import LOOKS, make_scene

ZONES = tuple(
    Zone(kind=ZoneKind(kind), left=left, top=top, right=right, bottom=bottom, capacity=capacity)
    for kind, left, top, right, bottom, capacity in OFFICE_ZONES
)
NOISE = np.random.default_rng(5)


@pytest.fixture(scope="module")
def office() -> object:
    return make_scene(LOOKS["loket-kecamatan"])


def fields(office: object, clip: str, index: int) -> np.ndarray:
    picture = office.picture(clip, index).astype(np.float32)  # type: ignore[attr-defined]
    picture += NOISE.normal(0, 3, picture.shape).astype(np.float32)
    return room_fields(np.clip(picture, 0, 255).astype(np.uint8))


def looks(office: object, clip: str, scene: Scene, from_us: int = 0) -> Sequence[Sample]:
    return [scene.look(fields(office, clip, 20 * n % 40), from_us + n * 2_000_000, ZONES) for n in range(4)]


def test_against_the_closed_office_staff_visitors_and_a_queue_are_seen(office: object) -> None:
    scene = Scene()
    scene.learn_empty(fields(office, "closed", 0))
    open_hours = looks(office, "quiet", scene)
    assert all(one.method is Method.BACKGROUND and one.staffed and one.visitor for one in open_hours)
    assert all(one.queue is not None and 3 <= one.queue <= 12 for one in open_hours)  # seven sit there


def test_people_who_wait_before_empty_counters_are_no_staff(office: object) -> None:
    scene = Scene()
    scene.learn_empty(fields(office, "closed", 0))
    alone = looks(office, "unstaffed", scene)
    assert not any(one.staffed for one in alone)
    assert all((one.queue or 0) >= 3 for one in alone)


def test_an_empty_office_has_nobody(office: object) -> None:
    scene = Scene()
    scene.learn_empty(fields(office, "closed", 0))
    assert not any(one.staffed or one.visitor or (one.queue or 0) >= 1 for one in looks(office, "closed", scene))


def test_staff_who_type_are_seen_by_motion_alone(office: object) -> None:
    scene = Scene()
    samples = [scene.look(fields(office, "quiet", 7 * n % 40), n * 2_000_000, ZONES) for n in range(6)]
    assert samples[-1].method is Method.MOTION
    assert samples[-1].staffed
