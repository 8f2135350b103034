"""A plan keeps its data, can be undone and renewed, and answers what if, over HTTP."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely
from starlette.testclient import TestClient
from tests.http_kit import Town, town
from tests.plan_kit import regency_question

from ronda.app.commands.plan_export import export
from ronda.planning import virtual
from ronda.planning.model import Building


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Town:
    made = town(tmp_path_factory.mktemp("whatif"))
    question = regency_question()
    store = made.wiring.planning
    store.put_candidates(question.candidates[:400])
    store.put_cells("uji", question.cells)
    store.put_prices(virtual.prices())
    terms = question.terms
    store.put_terms(
        replace(terms, money=tuple(replace(one, amount_idr=one.amount_idr // 2) for one in terms.money))
    )
    return made


@pytest.fixture
def planner(here: Town) -> TestClient:
    return here.client("planner")


def made(planner: TestClient, name: str = "Rencana 2027") -> dict[str, Any]:
    """A plan that is not refined further."""
    answer = planner.post("/api/plans", json={"name": name})
    assert answer.status_code == 201, answer.text
    plan = answer.json()
    return settled(planner, plan["plan_id"])


def settled(planner: TestClient, plan_id: str) -> dict[str, Any]:
    """Not refined any further: a better plan that comes in makes a new revision."""
    planner.post(f"/api/plans/{plan_id}/stop")
    while (plan := planner.get(f"/api/plans/{plan_id}").json())["refining"]:
        time.sleep(0.05)
    return dict(plan)


def bought(plan: dict[str, Any]) -> dict[str, int]:
    return {point["point"]: point["year"] for point in plan["points"]}


def test_a_plan_opened_after_its_data_changed_gives_the_same_numbers(here: Town, planner: TestClient) -> None:
    plan = made(planner)
    path = f"/api/plans/{plan['plan_id']}"
    before = planner.get(f"{path}/left-out").json()
    assert plan["of_today"] is True
    here.wiring.planning.put_cells("lain", [replace(cell, thefts=9) for cell in regency_question().cells[:50]])
    again = planner.get(path).json()
    assert again["of_today"] is False
    assert (bought(again), again["value"], again["bound"]) == (bought(plan), plan["value"], plan["bound"])
    assert [(row["point"], row["alone"]) for row in planner.get(f"{path}/left-out").json()] == [
        (row["point"], row["alone"]) for row in before
    ]
    renewed = planner.post(f"{path}/renew", json={"revision": again["revision"]}).json()
    assert renewed["of_today"] is True
    assert renewed["data_version"] != plan["data_version"]


def test_a_change_is_undone_step_by_step_and_no_further_than_the_beginning(planner: TestClient) -> None:
    plan = made(planner)
    path = f"/api/plans/{plan['plan_id']}"
    assert plan["can_undo"] is False
    half = planner.post(
        f"{path}/budget", json={"yearly_idr": plan["yearly_idr"] * 9 // 10, "keep": True,
                                "revision": plan["revision"]},
    ).json()  # fmt: skip
    assert half["can_undo"] is True
    now = settled(planner, plan["plan_id"])
    back = planner.post(f"{path}/undo", json={"revision": now["revision"]})
    assert (back.json()["yearly_idr"], bought(back.json())) == (plan["yearly_idr"], bought(plan))
    again = planner.post(f"{path}/undo", json={"revision": back.json()["revision"]})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_undo")


def test_dearer_prices_buy_less_and_what_stays_is_named(planner: TestClient) -> None:
    plan = made(planner)
    path = f"/api/plans/{plan['plan_id']}/prices"
    same = planner.get(path, params={"change": 0.0}).json()
    dearer, cheaper = (planner.get(path, params={"change": change}).json() for change in (0.2, -0.25))
    assert dearer["value"] < same["value"] < cheaper["value"]
    for found in (same, dearer, cheaper):
        assert {one["point"] for one in (*found["kept"], *found["lost"])} == set(bought(plan))
        assert not {one["point"] for one in found["gained"]} & set(bought(plan))
    assert dearer["lost"]
    assert cheaper["gained"]
    assert planner.get(path, params={"change": 1.5}).status_code == 422


def test_a_cut_stops_what_gives_least_for_its_money_and_never_a_promise(planner: TestClient) -> None:
    plan = made(planner)
    path, year = f"/api/plans/{plan['plan_id']}/cut", plan["years"][0]
    kinds = {point["point"]: point for point in plan["points"]}
    most = planner.get(path, params={"year": year, "cut_idr": 10**12}).json()["saved_idr"]
    found = planner.get(path, params={"year": year, "cut_idr": most // 2}).json()
    stops = [kinds[one["point"]] for one in found["stops"]]
    assert all(point["reason"]["why"] != "promised" and point["year"] == year for point in stops)
    assert found["saved_idr"] == sum(point["build_cost_idr"] + point["yearly_cost_idr"] for point in stops)
    assert most >= found["saved_idr"] >= most // 2 > 0
    worth = [point["gain"] / (point["build_cost_idr"] + point["yearly_cost_idr"]) for point in stops]
    assert worth == sorted(worth)
    everything = planner.get(path, params={"year": year, "cut_idr": 10**12}).json()
    assert everything["short_idr"] == 10**12 - everything["saved_idr"]
    assert {kinds[one["point"]]["reason"]["why"] for one in everything["goes_on"]} == {"promised"}
    assert everything["owed_idr"] > 0
    refused = planner.get(path, params={"year": 1999, "cut_idr": 1})
    assert (refused.status_code, refused.json()["code"]) == (422, "contradictory_terms")


def test_districts_share_out_all_points_and_see_no_more_than_was_counted(planner: TestClient) -> None:
    plan = made(planner)
    rows = planner.get(f"/api/plans/{plan['plan_id']}/districts").json()
    assert sum(row["points"] for row in rows) == len(plan["points"])
    assert sum(row["build_cost_idr"] for row in rows) == sum(point["build_cost_idr"] for point in plan["points"])
    assert [row["area"] for row in rows] == sorted({row["area"] for row in rows})
    assert all(row["villages_served"] <= row["villages"] for row in rows)
    assert all(row["seen_share"] is None or 0 <= row["seen_share"] <= 1 for row in rows)
    assert any(row["seen_share"] for row in rows)


def test_two_plans_are_told_apart_point_by_point(planner: TestClient) -> None:
    one, other = made(planner, "Rencana A"), made(planner, "Rencana B")
    path = f"/api/plans/{other['plan_id']}"
    smaller = {"yearly_idr": other["yearly_idr"] * 8 // 10, "keep": True, "revision": other["revision"]}
    less = planner.post(f"{path}/budget", json=smaller).json()
    planner.post(f"{path}/stop")
    found = planner.get(f"/api/plans/{one['plan_id']}/compare/{other['plan_id']}").json()
    mine, theirs = bought(one), bought(less)
    assert {row["point"] for row in found["only"]} == set(mine) - set(theirs)
    assert {row["point"] for row in found["only_other"]} == set(theirs) - set(mine)
    assert {row["point"] for row in found["moved"]} == {p for p in mine if theirs.get(p, mine[p]) != mine[p]}
    assert {row["point"] for row in found["both"]} == {p for p in mine if theirs.get(p) == mine[p]}
    assert found["value"] > found["other_value"]
    assert planner.get(f"/api/plans/{one['plan_id']}/compare/none").status_code == 404


def test_who_may_only_see_changes_nothing(here: Town, planner: TestClient) -> None:
    plan = made(planner)
    path, body = f"/api/plans/{plan['plan_id']}", {"revision": plan["revision"]}
    for what in ("undo", "renew"):
        assert here.client("inspector").post(f"{path}/{what}", json=body).status_code == 403
    assert here.client("inspector").get(f"{path}/districts").status_code == 200
    assert here.client("nobody").get(f"{path}/districts").status_code == 401


def test_an_edition_that_is_not_the_one_named_is_refused(tmp_path: Path) -> None:
    from ronda.planning.edition import Edition, packed, unpacked
    from ronda.planning.errors import EditionError

    question = regency_question()
    edition = Edition(candidates=question.candidates[:9], cells=question.cells[:9], standing=())
    whole = packed(edition)
    assert unpacked(whole, edition.name) == edition
    for broken in (whole[:-9], b"", packed(replace(edition, cells=()))):
        with pytest.raises(EditionError, match="Next: renew"):
            unpacked(broken, edition.name)


def test_a_point_that_nobody_listed_is_asked_for_and_answered_once_the_plan_is_renewed(
    here: Town, planner: TestClient
) -> None:
    plan = made(planner)
    path = f"/api/plans/{plan['plan_id']}"
    near = here.wiring.planning.candidates()[0]
    body = {
        "point_name": "Pos Ronda Gang Mawar", "kind": "patrol_post", "lat_deg": near.lat_deg + 0.002,
        "lon_deg": near.lon_deg, "party": "village", "reason": "tiga motor hilang di gang ini",
        "name": "Ibu Siti", "office": "Desa Mawar", "revision": plan["revision"],
    }  # fmt: skip
    same_place = planner.post(f"{path}/new-points", json={**body, "lat_deg": near.lat_deg})
    assert (same_place.status_code, same_place.json()["code"]) == (422, "asked_point")
    assert near.name in same_place.json()["message"]
    outside = planner.post(f"{path}/new-points", json={**body, "lat_deg": near.lon_deg - 90, "lon_deg": 0.5})
    assert "outside of the regency" in outside.json()["message"]
    asked = planner.post(f"{path}/new-points", json=body).json()
    row = next(row for row in asked["rows"] if row["name"] == "Pos Ronda Gang Mawar")
    assert (row["asked"], row["year"], row["why"]) == (["village"], None, None)
    stale = planner.get(path).json()
    assert stale["of_today"] is False
    planner.post(f"{path}/renew", json={"revision": stale["revision"]})
    answered = planner.get(f"{path}/review").json()
    row = next(row for row in answered["rows"] if row["name"] == "Pos Ronda Gang Mawar")
    assert row["year"] is not None or row["why"]["id"]


def test_a_point_says_in_one_sentence_what_it_sees_and_who_sees_it_too(planner: TestClient) -> None:
    plan = made(planner)
    path = f"/api/plans/{plan['plan_id']}"
    chosen = next(point for point in plan["points"] if point["reason"]["why"] == "thefts")
    why = planner.get(f"{path}/points/{chosen['point']}").json()
    assert why["year"] == chosen["year"]
    assert why["id"].startswith(f"{chosen['name']} dibangun {chosen['year']} seharga Rp")
    assert "Dari sini tampak" in why["id"]
    assert why["en"].startswith(f"{chosen['name']} is built in {chosen['year']} for Rp")
    assert {seer["point"] for seer in why["seers"]} <= set(bought(plan)) - {chosen["point"]}
    left = planner.get(f"{path}/left-out").json()
    seen = next(row for row in left if row["reason"]["why"] == "seen_by_others")
    why = planner.get(f"{path}/points/{seen['point']}").json()
    assert (why["year"], why["id"].startswith(f"{seen['name']} tidak masuk rencana")) == (None, True)
    assert why["seers"], "others of the plan see it"
    forced = planner.post(f"{path}/points/{seen['point']}", json={"choice": "force", "revision": plan["revision"]})
    assert forced.status_code == 200
    again = planner.get(f"{path}/points/{seen['point']}").json()
    assert again["force_loss"] == pytest.approx(forced.json()["loss"])
    assert "Bila dipaksa masuk" in again["id"]
    assert planner.get(f"{path}/points/tidak-ada").status_code == 404


def test_a_plan_made_before_the_buildings_came_keeps_its_numbers(here: Town, planner: TestClient) -> None:
    plan = made(planner)
    path, first = f"/api/plans/{plan['plan_id']}", plan["points"][0]
    seen = planner.get(f"{path}/districts").json()
    lat, lon = first["lat_deg"], first["lon_deg"]
    yard = shapely.Point(lon, lat).buffer(9e-5).difference(shapely.Point(lon, lat).buffer(6e-5))  # 7 to 10 m off
    here.wiring.plan_inputs.put_buildings([Building(shape=yard.wkt, height_m=20.0)])
    again = planner.get(path).json()
    assert again["of_today"] is False
    assert (bought(again), again["value"], again["bound"]) == (bought(plan), plan["value"], plan["bound"])
    assert planner.get(f"{path}/districts").json() == seen
    assert planner.get(f"{path}/points/{first['point']}").json()["incidents"] != "0"
    renewed = planner.post(f"{path}/renew", json={"revision": again["revision"]}).json()
    assert planner.get(f"{path}/points/{first['point']}").json()["incidents"] == "0"
    assert renewed["bound"] < plan["bound"]
    planner.post(f"{path}/stop")
    here.wiring.plan_inputs.put_buildings(())
    here.wiring.plans.forget()


def test_a_stored_plan_is_written_as_files_by_a_command(
    here: Town, planner: TestClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = made(planner)
    assert export(plan["plan_id"], out=tmp_path / "berkas", data=here.wiring.folder.root) == 0
    written = {path.name.removeprefix(f"{plan['plan_id']}."): path for path in (tmp_path / "berkas").iterdir()}
    assert set(written) == {"csv", "geojson", "xlsx", "pdf", "shp.zip", "kml", "gpkg"}
    assert len(written["csv"].read_text().splitlines()) == len(plan["points"]) + 1
    assert written["pdf"].read_bytes().startswith(b"%PDF-")
    assert len(capsys.readouterr().out.splitlines()) == len(written)
