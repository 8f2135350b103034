"""Service measures: hours, occupancy, boxes, rows and days. Numbers only."""

import dataclasses
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.needs import require_shared

from ronda.core.days import day_span
from ronda.core.ids import AreaCode, camera_id
from ronda.core.time import HOUR_US, MINUTE_US, SECOND_US, TimeSpan, parse_utc
from ronda.service import model as values
from ronda.service.boxes import OVERLAP, persons, sample_of
from ronda.service.errors import BadHoursError, BadServicePointError
from ronda.service.hours import check_hours, crosses_midnight, is_open, opening_spans, parse_day, text_of
from ronda.service.model import Method, Opening, Quarter, Sample, ServicePoint, Zone, ZoneKind
from ronda.service.occupancy import Scene, room_fields
from ronda.service.rows import Following, add_sample, day_of_service, empty_quarter, quarter_start
from ronda.service.rules import check_point

CAMERA = camera_id("loket-kecamatan")
MONDAY = "2026-11-23"
OFFICE = {day: parse_day("08.00-12.00, 13.00-15.30") for day in range(5)}


def at(clock: str, day: str = MONDAY) -> int:
    return parse_utc(f"{day}T{clock}:00+08:00")


# -- hours -------------------------------------------------------------------------------------


def test_hours_are_read_as_people_write_them() -> None:
    assert parse_day("08.00-12.00, 13:00 – 15:30") == (
        Opening(from_min=480, to_min=720),
        Opening(from_min=780, to_min=930),
    )
    assert parse_day(" ") == ()
    assert text_of(parse_day("8.00-15.30")) == "08.00-15.30"


@pytest.mark.parametrize("text", ["8-15", "25.00-26.00", "08.00-08.00", "08.61-09.00", "pagi-sore", "08.00"])
def test_hours_that_cannot_be_meant_are_refused(text: str) -> None:
    with pytest.raises(BadHoursError, match="nothing was stored"):
        parse_day(text)


def test_hours_across_midnight_end_on_the_next_day_and_are_said_back() -> None:
    night = {0: parse_day("22.00-06.00")}
    assert crosses_midnight(night) == [0]
    assert is_open(night, at("23.00".replace(".", ":")))
    assert is_open(night, at("05:59", "2026-11-24"))
    assert not is_open(night, at("06:00", "2026-11-24"))
    assert not is_open(night, at("05:00"))
    assert text_of(night[0]) == "22.00-06.00"


def test_sunday_night_may_not_reach_into_mondays_hours() -> None:
    with pytest.raises(BadHoursError, match="minggu and senin overlap"):
        check_hours({6: parse_day("20.00-09.00"), 0: parse_day("08.00-15.00")})
    with pytest.raises(BadHoursError, match="senin and senin overlap"):
        check_hours({0: parse_day("08.00-12.00, 11.00-15.00")})
    check_hours({6: parse_day("20.00-08.00"), 0: parse_day("08.00-15.00")})


@given(st.integers(0, 1439), st.integers(1, 1439), st.integers(-2 * 1440, 3 * 1440))
def test_an_instant_is_open_exactly_within_the_spans_of_its_days(start: int, length: int, minute: int) -> None:
    hours = {0: (Opening(from_min=start, to_min=start + length),)}
    instant = day_span(MONDAY).start_us + minute * MINUTE_US
    (span,) = opening_spans(hours, MONDAY)
    assert is_open(hours, instant) == span.contains(instant)


# -- who is where ------------------------------------------------------------------------------

COUNTER = Zone(kind=ZoneKind.COUNTER, left=0.1, top=0.1, right=0.4, bottom=0.4)
QUEUE = Zone(kind=ZoneKind.QUEUE, left=0.5, top=0.5, right=0.9, bottom=0.9, capacity=10)
NOISE = np.random.default_rng(3)
ROOM = NOISE.uniform(60, 180, (90, 160)).astype(np.float32)


def room(*people: tuple[int, int, int, int], light: float = 0.0) -> np.ndarray:
    """The empty room with sensor noise and dark rectangles for people (top, left, height, width in fields)."""
    picture = ROOM + NOISE.normal(0, 1.0, ROOM.shape).astype(np.float32) + np.float32(light)
    for top, left, height, width in people:
        picture[top : top + height, left : left + width] = 20
    return picture


STAFF = (12, 20, 14, 12)


def test_somebody_at_the_counter_differs_from_the_empty_room() -> None:
    scene = Scene()
    scene.learn_empty(room())
    assert not scene.look(room(), 0, [COUNTER]).staffed
    assert scene.look(room(STAFF), 1, [COUNTER]).staffed


def test_light_that_changes_everywhere_is_nobody() -> None:
    scene = Scene()
    scene.learn_empty(room())
    assert not scene.look(room(light=25), 0, [COUNTER]).staffed


def test_more_people_in_the_queue_zone_are_a_longer_queue() -> None:
    scene = Scene()
    scene.learn_empty(room())
    lengths = [
        scene.look(room(*[(50, 84 + 10 * n, 20, 6) for n in range(count)]), 0, [COUNTER, QUEUE]).queue or 0.0
        for count in range(5)
    ]
    assert lengths == sorted(lengths)
    assert lengths[0] < 0.5 < 2 < lengths[4] <= QUEUE.capacity


def test_without_an_empty_room_motion_tells_somebody_but_not_how_many() -> None:
    scene = Scene()
    first = scene.look(room(STAFF), 0, [COUNTER, QUEUE])
    moved = scene.look(room((12, 24, 14, 12)), 2 * SECOND_US, [COUNTER, QUEUE])
    assert (first.staffed, moved.staffed) == (False, True)
    assert moved.method is Method.MOTION
    assert moved.queue is None
    later = scene.look(room((12, 24, 14, 12)), 200 * SECOND_US, [COUNTER, QUEUE])
    assert not later.staffed


def test_a_picture_becomes_grey_fields_with_its_brightness() -> None:
    fields = room_fields(np.full((720, 1280, 3), 77, dtype=np.uint8))
    assert fields.shape == (90, 160)
    assert np.allclose(fields, 77, atol=0.6)


# -- boxes of a network ------------------------------------------------------------------------


def answer_with(*cells: tuple[int, float, float]) -> np.ndarray:
    """A network's answer that sees persons: (row, score, size exponent)."""
    rows = np.zeros((3549, 85), dtype=np.float32)
    for row, score, size in cells:
        rows[row, :6] = (0.5, 0.5, size, size, score, 1.0)
    return rows[None]


def test_boxes_come_back_in_pixels_of_the_picture() -> None:
    (box,) = persons(answer_with((52 * 10 + 20, 0.9, 1.0)), scale=0.5)
    centre_x, centre_y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    assert (centre_x, centre_y) == pytest.approx(((20 + 0.5) * 8 / 0.5, (10 + 0.5) * 8 / 0.5))
    assert box[2] - box[0] == pytest.approx(np.e * 8 / 0.5, rel=1e-4)


def test_two_boxes_of_one_person_are_one_and_weak_ones_are_none() -> None:
    found = persons(answer_with((520, 0.9, 1.5), (521, 0.8, 1.5), (2000, 0.2, 1.5)), scale=1.0)
    assert len(found) == 1
    assert OVERLAP < 1


def test_nobody_gives_no_boxes() -> None:
    assert persons(answer_with(), scale=1.0).shape == (0, 5)


def test_staff_are_placed_by_their_middle_and_the_queue_by_its_feet() -> None:
    boxes = np.array([[20, 20, 30, 35, 0.9], [60, 40, 70, 80, 0.8]], dtype=np.float32)
    sample = sample_of(boxes, (100, 100), [COUNTER, QUEUE], 5)
    assert (sample.staffed, sample.queue, sample.method) == (True, 1.0, Method.DETECTOR)


def test_the_shared_network_finds_most_people_of_a_street() -> None:
    """Against ground truth; a first number, recall at half overlap on every 20th frame."""
    import av

    from ronda.app.detector import Detector

    network = Detector(require_shared("models/yolox_nano.onnx"))
    truth: dict[int, list[list[float]]] = {}
    for line in require_shared("footage/tud-stadtmitte.gt.txt").read_text().splitlines():
        frame, _person, left, top, width, height, considered = (float(one) for one in line.split(",")[:7])
        if considered:
            truth.setdefault(int(frame), []).append([left, top, left + width, top + height])
    found = wanted = 0
    with av.open(str(require_shared("footage/tud-stadtmitte.mp4"))) as film:
        for number, frame in enumerate(film.decode(video=0), 1):
            if number % 20:
                continue
            boxes = network.persons(frame.to_ndarray(format="rgb24"))
            wanted += len(truth[number])
            found += sum(any(_shared(box, one) >= 0.5 for one in boxes) for box in truth[number])
    assert wanted > 40
    assert found / wanted > 0.7


def _shared(one: list[float], other: np.ndarray) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return float(width * height / (areas - width * height))


# -- rows and days -----------------------------------------------------------------------------


def looked(
    from_us: int,
    to_us: int,
    *,
    staffed: bool = True,
    queue: float | None = 2.0,
    every_s: int = 10,
    visit_s: int = 300,
) -> list[Quarter]:
    """Rows of samples every `every_s`; a visit ends every `visit_s`."""
    rows: dict[int, Quarter] = {}
    following = Following()
    for number, at_us in enumerate(range(from_us, to_us, every_s * SECOND_US)):
        visiting = (number * every_s) % visit_s < visit_s - 2 * every_s
        sample = Sample(at_us=at_us, method=Method.BACKGROUND, staffed=staffed, visitor=visiting, queue=queue)
        start = quarter_start(at_us)
        row = rows.get(start) or empty_quarter(CAMERA, at_us, training=False)
        rows[start] = add_sample(row, sample, OFFICE, following)
    return [rows[start] for start in sorted(rows)]


def day_of(rows: list[Quarter], now: str = "20:00") -> values.Day:
    found = day_of_service(MONDAY, rows, OFFICE, at(now))
    assert found is not None
    return found


def test_a_day_tells_staffed_share_queue_and_wait() -> None:
    """Two people always wait and somebody is served every five minutes: each waits ten minutes."""
    day = day_of(looked(at("08:00"), at("15:30")))
    assert day.staffed_share == 1.0
    assert day.queue_mean == pytest.approx(2.0)
    assert day.wait_s == pytest.approx(600, rel=0.03)
    assert day.measured_share == 1.0


def test_a_counter_without_staff_for_half_the_time_is_half_staffed() -> None:
    rows = looked(at("08:00"), at("12:00")) + looked(at("13:00"), at("15:30"), staffed=False)
    assert day_of(rows).staffed_share == pytest.approx(4 / 6.5, abs=0.01)


def test_lunch_counts_for_nobody() -> None:
    rows = looked(at("08:00"), at("12:00")) + looked(at("12:00"), at("13:00"), staffed=False)
    assert day_of(rows + looked(at("13:00"), at("15:30"))).staffed_share == 1.0


def test_a_late_opening_and_an_early_close_are_told_to_the_minute() -> None:
    day = day_of(looked(at("08:04"), at("15:10")))
    assert day.opened_us is not None
    assert day.closed_us is not None
    assert abs(day.opened_us - at("08:04")) <= 30 * SECOND_US
    assert abs(day.closed_us - at("15:10")) <= 30 * SECOND_US
    assert day.opens_us == at("08:00")


def test_a_day_that_was_hardly_looked_at_is_not_measured_rather_than_zero() -> None:
    day = day_of(looked(at("08:00"), at("09:00")))
    assert day.measured_share < 0.5
    assert (day.staffed_share, day.queue_mean, day.wait_s, day.served) == (None, None, None, None)


def test_without_a_known_queue_there_is_no_queue_and_no_wait() -> None:
    day = day_of(looked(at("08:00"), at("15:30"), queue=None))
    assert day.staffed_share == 1.0
    assert (day.queue_mean, day.queue_max, day.wait_s, day.served) == (None, None, None, None)


def test_a_day_still_running_is_judged_by_what_is_over() -> None:
    day = day_of(looked(at("08:00"), at("10:00")), now="10:00")
    assert day.measured_share == 1.0
    assert day.closed_us is None


def test_a_closed_day_has_no_figures() -> None:
    assert day_of_service("2026-11-22", looked(at("08:00"), at("10:00")), OFFICE, at("20:00")) is None


def test_one_second_at_the_counter_does_not_open_the_office() -> None:
    rows = looked(at("07:30"), at("07:30") + 20 * SECOND_US)
    assert rows[0].first_staffed_us is None


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.none() | st.floats(0, 50)), max_size=60))
def test_sums_never_exceed_what_was_looked_at(steps: list[tuple[int, bool, float | None]]) -> None:
    row, following, at_us = empty_quarter(CAMERA, at("09:00"), training=False), Following(), at("09:00")
    for step, staffed, queue in steps:
        at_us += step * SECOND_US
        row = add_sample(
            row,
            Sample(at_us=at_us, method=Method.MOTION, staffed=staffed, visitor=None, queue=queue),
            OFFICE,
            following,
        )
    assert row.staffed_samples <= row.open_samples <= row.samples == len(steps)
    assert row.queue_sum <= row.queue_max * max(1, row.queue_samples) + 1e-6


# -- what may be registered, and what can be kept ----------------------------------------------

POINT = ServicePoint(
    camera=CAMERA, name="Loket", area=AreaCode("64.08.04.2001"), legal_basis="Perbup standar pelayanan",
    purpose="Loket terlayani dan waktu tunggu", zones=(COUNTER, QUEUE), hours=OFFICE,
)  # fmt: skip


def test_a_point_needs_a_basis_of_its_own_a_counter_and_hours() -> None:
    check_point(POINT)
    for change in (
        {"legal_basis": "UU"},
        {"zones": (QUEUE,)},
        {"zones": (replace(COUNTER, right=1.2),)},
        {"zones": (replace(COUNTER, right=COUNTER.left),)},
        {"zones": (COUNTER, replace(QUEUE, capacity=0))},
        {"hours": {}},
    ):
        with pytest.raises((BadServicePointError, BadHoursError), match="nothing was stored"):
            check_point(replace(POINT, **change))  # type: ignore[arg-type]


def test_no_value_of_the_package_can_hold_a_picture() -> None:
    """Privacy is structure: bytes, arrays and paths have no place in what is kept."""
    kept = (values.Quarter, values.Day, values.ServicePoint, values.Zone, values.Sample)
    for kind in kept:
        for field in dataclasses.fields(kind):
            assert not any(word in str(field.type) for word in ("bytes", "NDArray", "Path", "ndarray")), field


def test_a_quarter_of_an_hour_is_a_handful_of_numbers() -> None:
    row = looked(at("09:00"), at("09:15"))[0]
    numbers = [value for value in dataclasses.asdict(row).values() if isinstance(value, int | float)]
    assert len(numbers) <= 14
    assert row.samples == 90
    assert TimeSpan(row.start_us, row.start_us + HOUR_US // 4).contains(at("09:14"))
