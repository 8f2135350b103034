"""Pictures, proofs, messages and signed links: the rules of health."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ronda.core.ids import AreaCode, camera_id
from ronda.core.time import DAY_US, HOUR_US, MINUTE_US, SECOND_US, TimeSpan
from ronda.detect.grey import Grey
from ronda.health.errors import NotProvenError, RepairStateError
from ronda.health.messages import LONGEST_WAIT_US, after_try, messages
from ronda.health.model import (
    Channel,
    ChannelKind,
    Delivery,
    Incident,
    PictureCheck,
    Reach,
    Repair,
    RepairState,
    Verdict,
)
from ronda.health.picture import FROZEN_AFTER_US, Look, judge, small_grey
from ronda.health.repair import LAG_US, PROOF_US, check_move, check_proven, proofs
from ronda.health.village_link import VillageLink, VillageLinkError, read_link, write_link
from ronda.video.model import GapCause

CAMERA = camera_id("pasar-induk")
NOW_US = 50 * DAY_US
NOISE = np.random.default_rng(7)


def grey(mean: float, spread: float) -> Grey:
    return np.clip(NOISE.normal(mean, spread, (36, 64)), 0, 255).astype(np.float32)


def looks(*pictures: Grey, every_us: int = 20 * SECOND_US) -> list[Look]:
    return [Look(at_us=place * every_us, grey=one) for place, one in enumerate(pictures)]


def test_a_covered_lens_is_black() -> None:
    assert judge(looks(grey(4, 1), grey(4, 1))).verdict is Verdict.BLACK


def test_a_dark_street_with_one_lamp_is_not_black() -> None:
    street = grey(9, 1)
    street[10:16, 20:30] = 220
    assert judge(looks(street, street + 1)).verdict is Verdict.GOOD


def test_a_picture_that_repeats_itself_for_a_minute_is_frozen() -> None:
    one = grey(90, 30)
    assert judge(looks(one, one, one, one)).verdict is Verdict.FROZEN


def test_a_still_scene_with_sensor_noise_is_not_frozen() -> None:
    one = grey(90, 30)
    assert judge(looks(*(one + NOISE.normal(0, 0.5, one.shape).astype(np.float32) for _ in range(4)))).verdict is (
        Verdict.GOOD
    )


def test_a_few_seconds_of_the_same_picture_say_nothing_yet() -> None:
    one = grey(90, 30)
    assert judge(looks(one, one, every_us=FROZEN_AFTER_US - 1)).verdict is Verdict.GOOD


def test_without_key_frames_there_is_no_picture_and_no_figure() -> None:
    found = judge([])
    assert (found.verdict, found.brightness, found.change) == (Verdict.NO_PICTURE, None, None)


@given(st.integers(64, 90), st.integers(36, 70), st.integers(0, 255))
def test_making_a_picture_small_keeps_its_brightness(width: int, height: int, value: int) -> None:
    small = small_grey(np.full((height, width, 3), value, dtype=np.uint8))
    assert small.shape == (36, 64)
    assert np.allclose(small, value, atol=0.6)


def check(verdict: Verdict = Verdict.GOOD, age_us: int = 20 * SECOND_US) -> PictureCheck:
    return PictureCheck(
        camera=CAMERA, at_us=NOW_US - age_us, verdict=verdict, since_us=0, brightness=80, contrast=30, change=1
    )


WHOLE = [TimeSpan(NOW_US - 10 * MINUTE_US, NOW_US - LAG_US)]


def passed(stretches: list[TimeSpan], picture: PictureCheck | None) -> list[bool]:
    pictures = {CAMERA: picture} if picture else {}
    return [one.passed for one in proofs([CAMERA], {CAMERA: stretches}, pictures, NOW_US)]


def test_a_minute_of_recording_and_a_good_fresh_picture_are_proof() -> None:
    assert passed(WHOLE, check()) == [True, True]


def test_a_minute_with_a_hole_is_no_proof() -> None:
    middle = NOW_US - LAG_US - PROOF_US // 2
    holed = [TimeSpan(NOW_US - HOUR_US, middle), TimeSpan(middle + 5 * SECOND_US, NOW_US)]
    assert passed(holed, check()) == [False, True]


@pytest.mark.parametrize(
    "picture", [None, check(Verdict.BLACK), check(Verdict.FROZEN), check(age_us=10 * MINUTE_US)]
)
def test_a_black_frozen_old_or_unseen_picture_is_no_proof(picture: PictureCheck | None) -> None:
    assert passed(WHOLE, picture) == [True, False]


REPAIR = Repair(
    repair_id="r-1", revision=1, state=RepairState.OPEN, area=AreaCode("64.08.04.1010"), place="Puskesmas",
    cameras=(CAMERA,), cause=GapCause.LINK, what="switch mati", incident_id=None, opened_us=0, opened_by="p-1",
)  # fmt: skip


def test_an_order_does_not_close_while_a_proof_fails_and_says_which() -> None:
    with pytest.raises(NotProvenError, match=r"pasar-induk: picture \(black"):
        check_proven(REPAIR, proofs([CAMERA], {CAMERA: WHOLE}, {CAMERA: check(Verdict.BLACK)}, NOW_US))


def test_an_order_without_any_proof_does_not_close() -> None:
    with pytest.raises(NotProvenError):
        check_proven(REPAIR, [])


def test_a_report_must_be_accepted_before_it_is_closed() -> None:
    with pytest.raises(RepairStateError, match="Possible now: declined, open"):
        check_move(replace(REPAIR, state=RepairState.REPORTED), RepairState.CLOSED)
    with pytest.raises(RepairStateError, match="nothing more"):
        check_move(replace(REPAIR, state=RepairState.CLOSED), RepairState.OPEN)


INCIDENT = Incident(
    incident_id="i-1", opened_us=NOW_US, reach=Reach.VILLAGE, where="64.08.04.1010", where_name="Teluk Lingga",
    cause=GapCause.POWER, evidence="UPS", cameras=(CAMERA,), still_down=(CAMERA,),
)  # fmt: skip
HOOK = Channel(channel_id="ch-1", kind=ChannelKind.WEBHOOK, name="Posko", settings={"url": "http://127.0.0.1:1/"})


def test_an_alert_names_cameras_cause_and_place_in_one_sentence() -> None:
    (message,) = messages(INCIDENT, "opened", [HOOK], "64.08", NOW_US)
    told = json.loads(message.body)
    assert (
        told["text"]
        == "1 kamera tidak merekam, kemungkinan 1 sebab: listrik padam (satu desa/kelurahan: Teluk Lingga)"
    )
    assert (message.topic, told["cameras"], told["cause"]) == ("ronda/v1/64.08/alert/i-1", [CAMERA], "power")


def test_cameras_that_fell_together_for_no_cause_of_their_own_are_told_by_what_they_share() -> None:
    together = replace(INCIDENT, cause=GapCause.UNKNOWN, cameras=(CAMERA, camera_id("kantor-camat")))
    (message,) = messages(together, "opened", [HOOK], "64.08", NOW_US)
    assert "sakelar, listrik, atau jalur yang dipakai bersama" in json.loads(message.body)["text"]


def test_a_channel_that_is_switched_off_gets_no_message() -> None:
    assert messages(INCIDENT, "opened", [replace(HOOK, enabled=False)], "64.08", NOW_US) == []


@given(st.integers(0, 3000))
def test_a_message_that_was_not_taken_waits_longer_each_time_but_never_over_ten_minutes(tries: int) -> None:
    waiting = Delivery(delivery_id="i-1:ch-1", channel_id="ch-1", topic="t", body="{}", made_us=0, tries=tries)
    after = after_try(waiting, "away", NOW_US)
    assert NOW_US < after.next_us <= NOW_US + LONGEST_WAIT_US
    assert after.done_us is None
    assert after_try(after, None, NOW_US).done_us == NOW_US


KEY = bytes(range(32))
LINK = VillageLink(area=AreaCode("64.08.04.2012"), until_s=2_000_000_000)


def test_a_signed_link_opens_its_own_village_until_its_end() -> None:
    token = write_link(KEY, LINK)
    assert read_link(KEY, token, LINK.until_s - 1) == LINK
    with pytest.raises(VillageLinkError, match="run out"):
        read_link(KEY, token, LINK.until_s)


@given(st.text(max_size=90))
def test_no_other_text_is_a_link(text: str) -> None:
    with pytest.raises(VillageLinkError):
        read_link(KEY, text, 0)


def test_a_link_cannot_be_turned_to_another_village_or_a_later_end() -> None:
    token = write_link(KEY, LINK)
    for forged in (token.replace("2012", "2001"), token.replace("2000000000", "2000000001")):
        with pytest.raises(VillageLinkError, match="not made here"):
            read_link(KEY, forged, 0)
    with pytest.raises(VillageLinkError):
        read_link(bytes(32), token, 0)
