"""A repair order ends by proof; a village reports from its page; the ledger gives the number that counts."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.http_kit import CAMERA, FAR_CAMERA, Town, town

from ronda.core.days import day_of, day_span, month_of
from ronda.core.ids import camera_id
from ronda.core.time import DAY_US, HOUR_US, MINUTE_US, SECOND_US, TimeSpan
from ronda.health.model import PictureCheck, Verdict
from ronda.video.model import Gap, GapCause

NAME = camera_id(CAMERA)


@pytest.fixture
def here(tmp_path: Path) -> Town:
    return town(tmp_path / "data")


def tomorrow(here: Town) -> int:
    return here.wiring.clock.now_us() + DAY_US


def ordered(here: Town) -> str:
    body = {
        "cameras": [CAMERA],
        "what": "kabel putus di tiang",
        "deadline_us": tomorrow(here),
        "assignee": "CV Teknik",
    }
    made = here.client("operator").post("/api/repairs", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["repair_id"])


def record_until_now(here: Town, hours: float = 1) -> None:
    now_us = here.wiring.clock.now_us()
    here.wiring.index.add_history(NAME, [TimeSpan(now_us - int(hours * HOUR_US), now_us + MINUTE_US)])


def picture(here: Town, verdict: Verdict) -> None:
    now_us = here.wiring.clock.now_us()
    here.wiring.health.put_picture(
        PictureCheck(
            camera=NAME, at_us=now_us, verdict=verdict, since_us=now_us, brightness=80, contrast=30, change=1
        )
    )


def test_an_order_closes_only_when_picture_and_recording_pass(here: Town) -> None:
    repair = ordered(here)
    operator = here.client("operator")
    early = operator.post(f"/api/repairs/{repair}/close")
    assert (early.status_code, early.json()["code"]) == (409, "not_proven")
    record_until_now(here)
    picture(here, Verdict.FROZEN)
    frozen = operator.post(f"/api/repairs/{repair}/close")
    assert frozen.status_code == 409
    assert "picture (frozen" in frozen.json()["message"]
    assert [one["passed"] for one in operator.get(f"/api/repairs/{repair}").json()["proofs"]] == [True, False]
    picture(here, Verdict.GOOD)
    done = operator.post(f"/api/repairs/{repair}/close")
    assert done.status_code == 200, done.text
    assert (done.json()["state"], [one["passed"] for one in done.json()["proofs"]]) == ("closed", [True, True])
    assert operator.post(f"/api/repairs/{repair}/close").status_code == 422


def test_what_was_done_stands_in_the_log_before_it(here: Town) -> None:
    repair = ordered(here)
    here.client("operator").post(f"/api/repairs/{repair}/close")
    lines = here.client("inspector").get("/api/log").json()["lines"]
    actions = [line["action"] for line in lines]
    assert "perbaikan.dipesan" in actions
    assert "perbaikan.ditutup" in actions


def test_who_may_not_order_may_read_and_another_office_sees_nothing(here: Town) -> None:
    repair = ordered(here)
    body = {"cameras": [CAMERA], "what": "kabel putus", "deadline_us": tomorrow(here), "assignee": "CV Teknik"}
    assert here.client("inspector").post("/api/repairs", json=body).status_code == 403
    assert here.client("inspector").get(f"/api/repairs/{repair}").status_code == 200
    assert here.client("other-office").get(f"/api/repairs/{repair}").status_code == 404
    assert here.client("other-office").get("/api/repairs").json() == []
    assert here.client("nobody").get("/api/repairs").status_code == 401


def test_a_deadline_in_the_past_or_an_empty_word_is_refused(here: Town) -> None:
    for change in ({"deadline_us": 1}, {"what": "  x "}, {"assignee": ""}):
        body = {"cameras": [CAMERA], "what": "kabel putus", "deadline_us": tomorrow(here), "assignee": "CV Teknik"}
        assert here.client("operator").post("/api/repairs", json={**body, **change}).status_code == 422
    assert here.client("operator").get("/api/repairs").json() == []


# -- the village's page ------------------------------------------------------------------------


def village_page(here: Town) -> str:
    made = here.client("operator").post("/api/village-links", json={"area": "64.08.04"})
    assert made.status_code == 201, made.text
    assert "<svg" in made.json()["qr_svg"]
    return str(made.json()["path"])


def test_a_village_reads_its_page_without_an_account_and_without_a_picture(here: Town) -> None:
    path = village_page(here)
    answer = here.client("nobody").get(path)
    assert answer.status_code == 200
    assert len(answer.content) < 150_000
    assert CAMERA in answer.text
    assert FAR_CAMERA not in answer.text
    assert "<script" not in answer.text
    assert "<img" not in re.sub(r'<img src="/icon.svg"[^>]*>', "", answer.text)
    assert "Laporkan kerusakan" in answer.text
    assert "Report a fault" in here.client("nobody").get(path, params={"lang": "en"}).text


def box_says(here: Town, state: str, ago_us: int) -> None:
    """The camera is recorded by a village box, which said this so long ago."""
    fleet, now_us = here.wiring.fleet, here.wiring.clock.now_us()
    told = {"until_us": now_us + DAY_US, "now_us": now_us, "budget_bytes": 10**9}
    fleet.invite("desa", "64.08.04", [CAMERA], "0" * 64, **told)
    fleet.contact("desa", now_us - ago_us, {"cameras": {CAMERA: state}})


def test_a_camera_in_the_village_is_shown_as_its_box_says(here: Town) -> None:
    path = village_page(here)
    box_says(here, "recording", SECOND_US)
    assert '<span class="ok">menyala</span>' in here.client("nobody").get(path).text


def test_a_box_without_a_line_is_no_camera_that_failed(here: Town) -> None:
    path = village_page(here)
    box_says(here, "recording", HOUR_US)
    page = here.client("nobody").get(path).text
    assert "tidak tersambung" in page
    assert "state big fault" not in page


def test_a_report_from_the_village_becomes_an_order_with_a_date(here: Town) -> None:
    path = village_page(here)
    phone = here.client("nobody")
    del phone.headers["x-ronda"]  # a plain form without script
    told = phone.post(path, data={"camera": CAMERA, "what": "Lampu kamera mati sejak subuh", "lang": "id"})
    assert told.status_code == 200
    assert "Laporan diterima" in told.text
    assert "belum dijadwalkan" in told.text
    (report,) = here.client("operator").get("/api/repairs").json()
    assert (report["state"], report["opened_by"]) == ("reported", "desa")
    body = {"deadline_us": tomorrow(here), "assignee": "Teknisi Anwar"}
    here.client("operator").post(f"/api/repairs/{report['repair_id']}/accept", json=body)
    assert "Teknisi Anwar: " in phone.get(path).text


def test_a_second_report_of_the_same_camera_is_a_note_and_reports_have_a_bound(here: Town) -> None:
    path = village_page(here)
    phone = here.client("nobody")
    answers = [phone.post(path, data={"camera": CAMERA, "what": f"mati lagi ke {n}"}) for n in range(12)]
    assert [answer.status_code for answer in answers].count(422) == 2
    (report,) = here.client("operator").get("/api/repairs").json()
    assert len(report["notes"]) == 9


def test_a_forged_link_a_foreign_camera_and_an_empty_report_are_refused(here: Town) -> None:
    path = village_page(here)
    phone = here.client("nobody")
    forged = path.replace("64.08.04", "64.09.01")
    assert phone.get(forged).status_code == 410
    assert phone.post(forged, data={"camera": FAR_CAMERA, "what": "kamera mati"}).status_code == 410
    assert "tidak ada di wilayah ini" in phone.post(path, data={"camera": FAR_CAMERA, "what": "kamera mati"}).text
    empty = phone.post(path, data={"camera": CAMERA, "what": "<b>"})
    assert "paling sedikit 5 huruf" in empty.text
    assert "&lt;b&gt;" in empty.text
    foreign = phone.post(
        path, data={"camera": CAMERA, "what": "kamera mati"}, headers={"origin": "http://jauh.example"}
    )
    assert foreign.status_code == 403
    assert here.client("operator").get("/api/repairs").json() == []


# -- the ledger --------------------------------------------------------------------------------


def test_the_ledger_names_every_minute_of_the_month_by_cause(here: Town) -> None:
    now_us = here.wiring.clock.now_us()
    start_us = max(day_span(f"{month_of(now_us)}-01").start_us, now_us - 10 * HOUR_US)
    here.wiring.index.add_history(
        camera_id(FAR_CAMERA),
        [TimeSpan(start_us, now_us - HOUR_US)],
        [
            Gap(
                camera=camera_id(FAR_CAMERA),
                start_us=now_us - HOUR_US,
                end_us=None,
                cause=GapCause.LINK,
                evidence="uji",
            )
        ],
    )
    account = here.wiring.ledger.accounts([camera_id(FAR_CAMERA)], TimeSpan(start_us, now_us), now_us)
    one = account[camera_id(FAR_CAMERA)]
    assert one.recorded_us + sum(one.missing_us.values()) == now_us - start_us
    assert one.missing_us[GapCause.LINK] == HOUR_US


def test_the_ledger_is_grouped_by_camera_site_and_village_and_given_as_csv(here: Town) -> None:
    inspector = here.client("inspector")
    by_camera = inspector.get("/api/ledger", params={"by": "camera"}).json()
    for by in ("site", "village", "district"):
        grouped = inspector.get("/api/ledger", params={"by": by}).json()
        assert grouped["whole"]["span_min"] == pytest.approx(by_camera["whole"]["span_min"], abs=0.1)
    text = inspector.get("/api/ledger.csv", params={"by": "camera"}).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["camera"] for row in rows] == [row["key"] for row in by_camera["rows"]]
    assert {"missing_power_min", "missing_camera_min", "missing_unknown_min"} <= set(rows[0])
    days = inspector.get(f"/api/ledger/{CAMERA}/days").json()
    assert sum(day["span_min"] for day in days) == pytest.approx(by_camera["rows"][0]["span_min"], abs=0.5)


def test_a_month_that_lies_ahead_or_is_none_is_refused(here: Town) -> None:
    inspector = here.client("inspector")
    assert inspector.get("/api/ledger", params={"month": "2099-01"}).status_code == 422
    assert inspector.get("/api/ledger", params={"month": "November"}).status_code == 422


def test_a_settled_day_stays_as_it_was_when_retention_deletes_its_footage(here: Town) -> None:
    wiring = here.wiring
    span = here.segment.span
    day = day_of(span.start_us)
    before = wiring.ledger.days(NAME, day_span(day), wiring.clock.now_us())
    wiring.ledger.settle([NAME], wiring.clock.now_us())
    wiring.index.take_due(camera=NAME, before_us=span.end_us + SECOND_US, now_us=wiring.clock.now_us(), limit=10)
    assert wiring.index.recorded(NAME, span) == []
    assert wiring.ledger.days(NAME, day_span(day), wiring.clock.now_us())[day] == before[day]
    wiring.ledger.settle([NAME], wiring.clock.now_us())
    assert wiring.ledger.days(NAME, day_span(day), wiring.clock.now_us())[day] == before[day]


# -- the cause of a gap is named by somebody who knows -------------------------------------------------


def a_gap(here: Town, cause: GapCause = GapCause.LINK) -> int:
    """An hour without the camera, yesterday; gives where it begins."""
    start_us = here.wiring.clock.now_us() - DAY_US
    here.wiring.index.add_history(NAME, [TimeSpan(start_us - HOUR_US, start_us)])
    evidence = "the camera's address does not answer: its line or its power is down"
    row = Gap(camera=NAME, start_us=start_us, end_us=start_us + HOUR_US, cause=cause, evidence=evidence)
    here.wiring.index.write(gaps=[row])
    return start_us


def missing(here: Town) -> dict[str, float]:
    month = month_of(here.wiring.clock.now_us() - DAY_US)
    answer = here.client("operator").get(f"/api/ledger?by=camera&month={month}").json()
    row = next(one for one in answer["rows"] if one["key"] == CAMERA)
    return dict(row["missing_min"])


def test_who_knows_names_the_cause_and_what_was_measured_stays_visible(here: Town) -> None:
    """The power company reported a cut: the sums change, the first cause stays as history, the log has the act."""
    start_us = a_gap(here)
    here.wiring.ledger.settle([NAME], here.wiring.clock.now_us())
    assert missing(here)["link"] == 60
    operator = here.client("operator")
    body = {"gaps": [{"camera": CAMERA, "from_us": start_us}], "cause": "power", "reason": "laporan PLN 12/2026"}
    named = operator.post("/api/ledger/causes", json=body)
    assert named.status_code == 200, named.text
    (gap,) = named.json()
    assert gap["cause"] == "power"
    assert gap["evidence"].startswith("laporan PLN 12/2026 (named by ")
    assert "does not answer" in gap["evidence"]
    assert [said["cause"] for said in gap["before"]] == ["link"]
    assert missing(here)["power"] == 60
    assert "link" not in missing(here)
    entries = [one for one in here.wiring.log.entries(0, 10_000) if one.action == "gangguan.sebab_dinamai"]
    assert len(entries) == 1
    month = month_of(start_us)
    listed = operator.get(f"/api/ledger/{CAMERA}/gaps?month={month}").json()
    assert [one["before"][0]["evidence"][:12] for one in listed if one["from_us"] == start_us] == ["the camera's"]


def test_lost_time_cannot_be_made_planned_and_nothing_is_half_done(here: Town) -> None:
    """That would mend the figure instead of the camera. Of several gaps all change, or none."""
    start_us = a_gap(here)
    operator = here.client("operator")
    key = {"camera": CAMERA, "from_us": start_us}
    for cause, reason in (("planned_off", "memang direncanakan"), ("unknown", "tidak tahu lagi"), ("power", " ")):
        refused = operator.post("/api/ledger/causes", json={"gaps": [key], "cause": cause, "reason": reason})
        assert (refused.status_code, refused.json()["code"]) == (409, "cause_refused")
    absent = {"camera": CAMERA, "from_us": start_us + 1}
    refused = operator.post(
        "/api/ledger/causes", json={"gaps": [key, absent], "cause": "power", "reason": "laporan PLN"}
    )
    assert (refused.status_code, refused.json()["code"]) == (404, "no_such_gap")
    (gap,) = here.wiring.index.gaps(NAME, TimeSpan(start_us, start_us + 1))
    assert gap.cause is GapCause.LINK
    assert here.wiring.index.gap_history(NAME, TimeSpan(0, 1 << 60)) == []


def test_the_recorder_that_ends_a_gap_keeps_the_cause_that_was_named(here: Town) -> None:
    """Named while it still lasts, ended later: the row is one, the cause stays."""
    start_us = here.wiring.clock.now_us() - HOUR_US
    row = Gap(camera=NAME, start_us=start_us, end_us=None, cause=GapCause.LINK, evidence="x")
    here.wiring.index.write(gaps=[row])
    body = {"gaps": [{"camera": CAMERA, "from_us": start_us}], "cause": "power", "reason": "laporan PLN"}
    assert here.client("operator").post("/api/ledger/causes", json=body).status_code == 200
    ended = Gap(camera=NAME, start_us=start_us, end_us=start_us + 5, cause=GapCause.LINK, evidence="x")
    here.wiring.index.write(gaps=[ended])
    (gap,) = here.wiring.index.gaps(NAME, TimeSpan(start_us, start_us + 1))
    assert (gap.cause, gap.end_us) == (GapCause.POWER, start_us + 5)


def test_naming_a_cause_needs_the_right_and_the_area(here: Town) -> None:
    """Whoever may order repairs there; a camera elsewhere does not exist."""
    start_us = a_gap(here)
    body = {"gaps": [{"camera": CAMERA, "from_us": start_us}], "cause": "power", "reason": "laporan PLN"}
    assert here.client("inspector").post("/api/ledger/causes", json=body).status_code == 403
    far = {**body, "gaps": [{"camera": FAR_CAMERA, "from_us": start_us}]}
    assert here.client("operator").post("/api/ledger/causes", json=far).status_code == 404


def test_minutes_are_told_by_maker(here: Town) -> None:
    """Two spellings of one maker are one row; a camera without one says so."""
    a_gap(here)
    entry = here.wiring.register.camera(NAME)
    assert entry is not None
    here.wiring.register.save(replace(entry, vendor="Pabrik A"))
    month = month_of(here.wiring.clock.now_us() - DAY_US)
    answer = here.client("operator").get(f"/api/ledger?by=vendor&month={month}").json()
    assert [(row["key"], row["name"], row["missing_min"]["link"]) for row in answer["rows"]] == [
        ("pabrik a", "Pabrik A", 60)
    ]
    text = here.client("operator").get(f"/api/ledger.csv?by=vendor&month={month}").text
    assert "pabrik a,Pabrik A" in text
