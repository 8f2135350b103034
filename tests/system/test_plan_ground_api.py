"""Cameras with direction, proposals, budgets that pay what stands first, plans by RT: over HTTP in a small town."""

import time

import pytest
from starlette.testclient import TestClient
from tests.http_kit import Town, town
from tests.plan_aims import square

ITEMS_CSV = """barang,harga,harga_rendah,harga_tinggi,biaya_tahunan,sumber,tahun,tujuan,lensa_mm,sensor_mm,piksel
tiang,14000000,12000000,18000000,0,survei uji,2026,,,,
kabinet,6000000,,,300000,survei uji,2026,,,,
sakelar jaringan,4000000,,,200000,survei uji,2026,,,,
radio,12000000,,,1200000,survei uji,2026,,,,
listrik pln,4000000,,,800000,survei uji,2026,,,,
kamera tetap,9000000,8000000,11000000,600000,survei uji,2026,deteksi,4,5.6,3840
"""
INCIDENTS_CSV = "kejadian,lat,lon,jumlah\npencurian kendaraan,0.529925,117.530605,9\npencurian,0.5100,117.5100,5\n"
CANDIDATES_CSV = "titik,nama,jenis,lat,lon,listrik\nsatu,Simpang Satu,simpang,0.529925,117.53,pln\n"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("ground"))


@pytest.fixture(scope="module")
def planner(here: Town) -> TestClient:
    client = here.client("planner")
    for kind, text in (("items", ITEMS_CSV), ("incidents", INCIDENTS_CSV), ("candidates", CANDIDATES_CSV)):
        taken(client, kind, text)
    terms = {
        "years": [2027, 2028], "running_ceiling_idr": 500_000_000, "standing_idr": 10_000_000,
        "money": [{"source": "APBD", "year": year, "amount_idr": 90_000_000} for year in (2027, 2028)],
    }  # fmt: skip
    assert client.put("/api/plans/terms", json=terms).status_code == 204
    return client


def taken(client: TestClient, kind: str, text: str) -> dict[str, object]:
    answer = client.post(
        "/api/plans/import", params={"kind": kind, "file_name": f"{kind}.csv", "commit": "true"},
        content=text.encode(),
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    made: dict[str, object] = answer.json()
    assert made["committed"]
    return made


def settled(client: TestClient, plan_id: str) -> dict[str, object]:
    for _ in range(240):
        answer: dict[str, object] = client.get(f"/api/plans/{plan_id}").json()
        if not answer["refining"]:
            assert answer["fault"] is None
            return answer
        time.sleep(0.1)
    raise AssertionError("the refinement did not end")


@pytest.fixture(scope="module")
def plan(planner: TestClient) -> dict[str, object]:
    made = planner.post("/api/plans", json={"name": "Rencana arah"})
    assert made.status_code == 201, made.text
    return settled(planner, made.json()["plan_id"])


def test_an_imported_pole_gets_a_camera_that_looks_at_the_thefts_and_its_cost_is_told_line_by_line(
    planner: TestClient, plan: dict[str, object]
) -> None:
    (point,) = plan["points"]  # type: ignore[misc]
    (camera,) = point["cameras"]
    assert (camera["direction_deg"], camera["id"]) == (90.0, "kamera tetap ke timur (90°)")
    assert camera["range_m"] == pytest.approx(109.7, abs=0.1)  # 3840 pixels, 4 mm before 5.6 mm, 25 to the metre
    assert point["build_cost_idr"] == 49_000_000
    why = planner.get(f"/api/plans/{plan['plan_id']}/points/satu").json()
    assert sum(part["build_idr"] for part in why["parts"]) == 49_000_000
    pole = next(part for part in why["parts"] if part["item"] == "pole")
    assert (pole["low_idr"], pole["high_idr"], pole["source"], pole["year"]) == (
        12_000_000,
        18_000_000,
        "survei uji",
        2026,
    )
    assert "Dipasang kamera tetap ke timur (90°)." in why["id"]
    assert "It gets fixed camera to the east (90°)." in why["en"]


def test_what_stands_is_paid_first_where_the_budget_says_so(planner: TestClient, plan: dict[str, object]) -> None:
    terms = planner.get("/api/plans/inputs").json()["terms"]
    poorer = {**terms, "standing_first": True, "standing_idr": 45_000_000}
    made = planner.post("/api/plans", json={"name": "Bayar dulu", "terms": poorer}).json()
    assert [row["given_idr"] for row in made["accounts"]] == [45_000_000] * 2
    assert made["points"] == []  # 49 million is more than what is left
    assert made["yearly_idr"] == 90_000_000  # the slider moves the budget as entered
    refused = planner.post("/api/plans", json={"name": "Kurang", "terms": {**poorer, "standing_idr": 95_000_000}})
    assert (refused.status_code, refused.json()["code"]) == (422, "contradictory_terms")
    assert "what stands costs" in refused.json()["message"]


def test_points_are_proposed_from_offices_streets_and_incidents_and_never_twice(
    planner: TestClient, here: Town
) -> None:
    taken(
        planner,
        "roads",
        'bentuk\n"LINESTRING(117.509 0.51, 117.511 0.51)"\n"LINESTRING(117.51 0.509, 117.51 0.511)"\n',
    )
    asked = {"origins": ["office", "junction", "place", "incidents"], "most_squares": 50}
    found = planner.post("/api/plans/propose", json=asked).json()
    by_origin = {row["origin"]: row for row in found["origins"]}
    assert by_origin["office"]["spots"] == 18 + 141
    assert (by_origin["junction"]["spots"], by_origin["junction"]["proposed"]) == (1, 1)
    assert by_origin["incidents"]["spots"] == 2
    assert by_origin["incidents"]["proposed"] == 1  # the other lies at the junction
    assert not found["committed"]
    before = len(here.wiring.planning.candidates())
    done = planner.post("/api/plans/propose", json={**asked, "commit": True}).json()
    assert done["committed"]
    stored = here.wiring.planning.candidates()
    assert len(stored) == before + done["proposed"] == before + found["proposed"]
    junction = next(one for one in stored if one.point.startswith("u-junction-"))
    assert junction.build_cost_idr == 40_000_000
    assert planner.post("/api/plans/propose", json=asked).json()["proposed"] == 0
    assert here.client("operator").post("/api/plans/propose", json=asked).status_code == 403


def test_a_plan_by_rt_counts_the_rt_in_view(planner: TestClient, plan: dict[str, object]) -> None:
    path = f"/api/plans/{plan['plan_id']}/rt"
    refused = planner.post(path, json={"name": "RT tanpa daftar"})
    assert (refused.status_code, refused.json()["code"]) == (422, "contradictory_terms")
    taken(planner, "units", "id,nama,lat,lon\n1,RT 1,0.529925,117.530605\n2,RT 2,0.529925,117.529395\n")
    refused = planner.post(path, json={"name": "RT tanpa titik"})
    assert refused.status_code == 422, refused.text  # every candidate is planned already


def test_a_zone_and_a_mark_are_taken_in_and_change_the_data_of_the_next_plan(
    planner: TestClient, here: Town, plan: dict[str, object]
) -> None:
    house = square(3403, 3328, 20)
    taken(planner, "zones", f'nama,bentuk,setara\nAsrama,"{house}",90\n')
    taken(planner, "marks", f'jenis,bentuk\nparkir,"{house}"\n')
    assert planner.get(f"/api/plans/{plan['plan_id']}").json()["of_today"] is False
    assert here.wiring.plan_inputs.zones()[0].as_thefts == 90
    renewed = planner.post(f"/api/plans/{plan['plan_id']}/renew", json={"revision": plan["revision"]}).json()
    looks = {(one["point"], camera["direction_deg"]) for one in renewed["points"] for camera in one["cameras"]}
    assert ("satu", 90.0) not in looks
