"""The register over the API: imports whole or not at all, states, signs, the public mark, channels, boundaries."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image
from shapely import to_geojson
from tests.http_kit import CAMERA, Town, town

from ronda.core.ids import camera_id
from ronda.registry.areas import villages
from ronda.registry.cells import village_cells

HEAD = "kamera,titik,jenis,wilayah,lat,lon,tujuan,dasar_hukum,alamat"
ROW = "{name},Simpang 9,simpang,64.08.04.2012,0.5079,117.5327,Keselamatan lalu lintas,UU 27/2022,rtsp://u:p@10.0.0.9/1"
MARK = {"reason": "Warga melihat kepadatan", "width_px": 320, "viewer_limit": 2, "masks": []}


@pytest.fixture
def here(tmp_path: Path) -> Town:
    return town(tmp_path / "data")


def csv(*names: str) -> bytes:
    return "\n".join([HEAD, *(ROW.format(name=name) for name in names)]).encode()


def picture(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, format=kind)
    return out.getvalue()


def recorded(here: Town) -> set[str]:
    """What the recorder is told to record."""
    return {row["camera"] for row in json.loads(here.wiring.folder.recorder_cameras.read_text())}


def acts(here: Town) -> list[str]:
    return [entry.action for entry in here.wiring.log.entries()]


def test_a_file_is_shown_first_and_taken_in_only_on_commit(here: Town) -> None:
    admin = here.client("admin")
    seen = admin.post("/api/register/import?file_name=a.csv", content=csv("a-1", "a-2")).json()
    assert (seen["rows"], seen["ready"], seen["committed"], seen["faults"]) == (2, 2, False, [])
    assert len(here.wiring.register.cameras()) == 2
    done = admin.post("/api/register/import?file_name=a.csv&commit=true", content=csv("a-1", "a-2"))
    assert done.status_code == 200, done.text
    assert {"a-1", "a-2"} <= recorded(here)
    assert "kamera.diimpor" in acts(here)


def test_one_broken_row_keeps_the_whole_file_out(here: Town) -> None:
    broken = csv("a-1", "a-2") + b"\na-3,Simpang 9\n"
    refused = here.client("admin").post("/api/register/import?file_name=a.csv&commit=true", content=broken)
    assert (refused.status_code, refused.json()["code"]) == (422, "register_import")
    assert "row 4" in refused.json()["message"]
    assert [entry.camera for entry in here.wiring.register.cameras()] == ["muara-wahau", CAMERA]
    assert "kamera.diimpor" not in acts(here)


def test_more_days_than_the_purpose_allows_are_refused_and_nothing_is_stored(here: Town) -> None:
    body = {
        "camera": "gerbang", "name": "Gerbang", "site": "SMP 2", "kind": "school", "area": "64.08.04.2011",
        "purpose": "Keselamatan siswa di gerbang", "legal_basis": "UU 27/2022", "retention_days": 31,
        "url": "rtsp://10.0.0.9/1",
    }  # fmt: skip
    refused = here.client("admin").post("/api/cameras", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "kept_too_long")
    assert refused.json()["figures"] == {"days": 31, "longest": 30, "purpose": "schools"}
    assert here.wiring.register.camera(camera_id("gerbang")) is None
    taken = here.client("admin").post("/api/cameras", json=body | {"purpose_kind": "public_order"})
    assert taken.status_code == 201, taken.text


def test_a_purpose_by_a_rule_of_the_region_names_the_rule(here: Town) -> None:
    """Else it would be the way around every other purpose's longest days."""
    admin, path = here.client("admin"), f"/api/register/{CAMERA}/purpose"
    body = {
        "purpose_kind": "regional_rule", "purpose": "Pemantauan sungai menurut aturan daerah",
        "retention_days": 300, "reason": "Perbup yang baru berlaku",
    }  # fmt: skip
    for basis in ("", "UU 27/2022 Pasal 17"):
        refused = admin.put(path, json=body | {"legal_basis": basis})
        assert (refused.status_code, refused.json()["code"]) == (422, "no_regional_rule")
    assert admin.put(path, json=body | {"legal_basis": "Perbup Kutai Timur 12/2026"}).status_code == 202
    (change,) = here.client("approver").get("/api/changes").json()
    assert change["body"]["legal_basis"] == "Perbup Kutai Timur 12/2026"
    allowed = {"read": change["read"]}
    here.client("approver").post(f"/api/changes/{change['change_id']}/approval", json=allowed)
    entry = here.wiring.register.camera(camera_id(CAMERA))
    assert entry is not None
    assert (entry.legal_basis, entry.retention_days) == ("Perbup Kutai Timur 12/2026", 300)


def test_where_a_camera_looks_is_said_on_its_page_and_the_next_plan_counts_what_it_sees(here: Town) -> None:
    """Until then it looks all around, from a usual height; half a lens is refused."""
    admin, path = here.client("admin"), f"/api/register/{CAMERA}/sight"
    before = here.wiring.looking_back.standing()
    assert {(one.view_deg, one.height_m) for one in before} == {(360.0, 5.0)}
    assert admin.put(path, json={"direction_deg": 90, "lens_mm": 4}).status_code == 422
    told = admin.put(path, json={"direction_deg": 90, "lens_mm": 4, "sensor_mm": 5.6, "height_m": 7})
    assert (told.status_code, round(told.json()["view_deg"])) == (200, 70), told.text
    assert acts(here)[-1] == "kamera.pandangan"
    (after,) = [one for one in here.wiring.looking_back.standing() if one.view_deg < 360]
    assert (after.direction_deg, round(after.view_deg), after.height_m) == (90.0, 70, 7.0)
    assert admin.put(path, json={"direction_deg": None}).json()["view_deg"] is None
    assert here.client("operator").put(path, json={"direction_deg": 90}).status_code == 403


def test_another_purpose_needs_a_reason_stays_within_its_days_and_reaches_the_recorder(here: Town) -> None:
    admin, path = here.client("admin"), f"/api/register/{CAMERA}/purpose"
    body = {"purpose_kind": "schools", "purpose": "Keselamatan siswa di gerbang", "retention_days": 14}
    assert admin.put(path, json=body).status_code == 422
    too_long = admin.put(path, json=body | {"retention_days": 31, "reason": "Kamera kini menghadap sekolah"})
    assert too_long.json()["code"] == "kept_too_long"
    assert "kamera.tujuan" not in acts(here)
    asked = admin.put(path, json=body | {"reason": "Kamera kini menghadap sekolah"})
    assert (asked.status_code, asked.json()["retention_days"]) == (202, 30), "it waits for a second person"
    (change,) = here.client("approver").get("/api/changes").json()
    done = here.client("approver").post(
        f"/api/changes/{change['change_id']}/approval", json={"read": change["read"]}
    )
    assert done.json()["state"] == "done"
    entry = here.wiring.register.camera(camera_id(CAMERA))
    assert entry is not None
    assert (entry.purpose_kind.value, entry.retention_days) == ("schools", 14)
    (row,) = [one for one in json.loads(here.wiring.folder.recorder_cameras.read_text()) if one["camera"] == CAMERA]
    assert (row["retention_days"], row["priority"]) == (14, 30)
    assert acts(here)[-1] == "perubahan.disetujui"
    words = admin.put(
        path, json=body | {"purpose": "Keselamatan murid di gerbang", "reason": "Kalimat lebih jelas"}
    )
    assert (words.status_code, acts(here)[-1]) == (200, "kamera.tujuan")
    assert here.client("operator").put(path, json=body | {"reason": "Tanpa hak apa pun"}).status_code == 403


@pytest.mark.parametrize("role", ["operator", "investigator", "planner", "inspector", "approver"])
def test_only_the_admin_changes_the_register(here: Town, role: str) -> None:
    client = here.client(role)
    assert client.get("/api/register").status_code == 200
    for answer in (
        client.post("/api/register/import?file_name=a.csv&commit=true", content=csv("a-1")),
        client.put(f"/api/register/{CAMERA}/state", json={"state": "retired", "reason": "Dipindah ke tempat lain"}),
        client.put(f"/api/register/{CAMERA}/public", json=MARK),
        client.put(f"/api/register/{CAMERA}/sign", content=picture()),
        client.post("/api/areas/boundaries?file_name=a&commit=true", content=b"{}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert "manage_register.ditolak" in acts(here)


def test_nobody_reads_the_register_without_signing_in(here: Town) -> None:
    for path in ("/api/register", "/api/targets", "/api/areas?level=village"):
        assert here.client("nobody").get(path).status_code == 401


def test_a_planned_camera_is_recorded_only_once_it_is_built(here: Town) -> None:
    admin = here.client("admin")
    head = HEAD + ",status"
    row = ROW.format(name="nanti").replace("rtsp://u:p@10.0.0.9/1", "") + ",rencana"
    assert admin.post(
        "/api/register/import?file_name=a.csv&commit=true", content=f"{head}\n{row}".encode()
    ).is_success
    assert "nanti" not in recorded(here)
    assert "nanti" not in {one["camera"] for one in admin.get("/api/cameras").json()}
    answer = admin.put("/api/register/nanti/state", json={"state": "in_service", "url": "rtsp://10.0.0.7/1"})
    assert answer.json()["state"] == "in_service", answer.text
    assert "nanti" in recorded(here)
    gone = admin.put("/api/register/nanti/state", json={"state": "retired", "reason": "Tiang dibongkar"})
    assert gone.json()["state"] == "retired"
    assert "nanti" not in recorded(here)
    again = admin.put("/api/register/nanti/state", json={"state": "retired", "reason": "Tiang dibongkar"})
    assert (again.status_code, again.json()["code"]) == (409, "camera_standing")


def test_a_sign_is_kept_by_its_digest_and_anything_else_than_a_picture_refused(here: Town) -> None:
    admin = here.client("admin")
    for data in (b"", b"<svg/>", b"GIF89a", picture()[:40]):
        refused = admin.put(f"/api/register/{CAMERA}/sign", content=data)
        assert (refused.status_code, refused.json()["code"]) == (422, "no_sign_picture")
    assert admin.get(f"/api/register/{CAMERA}/sign").status_code == 404
    kept = admin.put(f"/api/register/{CAMERA}/sign", content=picture("JPEG"))
    assert kept.status_code == 200, kept.text
    shown = here.client("operator").get(f"/api/register/{CAMERA}/sign")
    assert (shown.content, shown.headers["content-type"]) == (picture("JPEG"), "image/jpeg")
    entry = next(one for one in admin.get("/api/register").json() if one["camera"] == CAMERA)
    assert entry["sign"] is True


def test_a_public_mark_needs_a_reason_and_is_in_the_log(here: Town) -> None:
    admin = here.client("admin")
    for change in ({"reason": "ya"}, {"width_px": 1920}, {"viewer_limit": 0}):
        assert admin.put(f"/api/register/{CAMERA}/public", json=MARK | change).status_code == 422
    wrong = [{"left": 0.5, "top": 0, "right": 0.2, "bottom": 1}]
    assert admin.put(f"/api/register/{CAMERA}/public", json=MARK | {"masks": wrong}).status_code == 422
    marked = admin.put(f"/api/register/{CAMERA}/public", json=MARK)
    assert marked.json()["public"]["reason"] == MARK["reason"]
    closed = admin.post(f"/api/register/{CAMERA}/public/end", json={"reason": "Kepadatan sudah berakhir"})
    assert closed.json()["public"] is None
    assert [act for act in acts(here) if "publik" in act] == ["kamera.dibuka_publik", "kamera.ditutup_publik"]


def test_channels_of_another_recorder_become_cameras_with_their_owner(here: Town) -> None:
    body = {
        "camera": "bank", "name": "Bank", "site": "Bank Kaltimtara", "area": "64.08.04.2001", "kind": "main_road",
        "purpose": "Keamanan halaman bank", "legal_basis": "PKS 12/2026", "retention_days": 30,
        "owner": "Bank Kaltimtara", "url": "rtsp://u:rahasia@10.0.0.5:554/Streaming/Channels/{channel}01",
        "first": 1, "last": 3, "names": {"2": "Pintu masuk"},
    }  # fmt: skip
    made = here.client("admin").post("/api/register/channels", json=body)
    assert made.status_code == 201, made.text
    assert [(one["camera"], one["name"]) for one in made.json()] == [
        ("bank-1", "Bank 1"), ("bank-2", "Pintu masuk"), ("bank-3", "Bank 3"),
    ]  # fmt: skip
    assert {one["owner"] for one in made.json()} == {"Bank Kaltimtara"}
    assert "rahasia" not in made.text
    urls = {entry.camera: entry.url for entry in here.wiring.register.cameras()}
    assert urls["bank-3"] == "rtsp://u:rahasia@10.0.0.5:554/Streaming/Channels/301"
    twice = here.client("admin").post("/api/register/channels", json=body | {"first": 3, "last": 4, "names": {}})
    assert (twice.status_code, acts(here).count("kamera.saluran")) == (409, 1)
    assert "bank-4" not in {entry.camera for entry in here.wiring.register.cameras()}
    for wrong in ({"url": "rtsp://10.0.0.5/1"}, {"owner": " "}, {"first": 3, "last": 1}, {"names": {"9": "x"}}):
        assert here.client("admin").post("/api/register/channels", json=body | wrong).status_code == 422


def test_targets_count_what_is_registered_and_say_which_list_is_not_there(here: Town) -> None:
    admin = here.client("admin")
    before = {one["target"]: one for one in admin.get("/api/targets").json()["targets"]}
    assert (before["district_office"]["covered"], before["district_office"]["total"]) == (0, 18)
    assert before["village_road"]["total"] == 141
    assert (before["school"]["total"], before["neighbourhood"]["total"]) == (None, None)
    office = ROW.format(name="kec").replace("simpang,", "kantor kecamatan,").replace("Simpang 9", "Kantor Camat")
    admin.post("/api/register/import?file_name=a.csv&commit=true", content=f"{HEAD}\n{office}".encode())
    admin.post(
        "/api/register/import?file_name=rt.csv&commit=true",
        content=b"desa,rw,rt\n64.08.04.2012,1,1\n64.08.04.2012,1,2",
    )
    answer = admin.get("/api/targets").json()
    after = {one["target"]: one for one in answer["targets"]}
    assert after["district_office"]["covered"] == 1
    assert (after["neighbourhood"]["covered"], after["neighbourhood"]["total"]) == (0, 2)
    assert answer["villages_with_rt_list"] == 1


def boundaries(order: int = 1) -> bytes:
    """Every cell as if it were a boundary; `order` -1 swaps longitude and latitude."""
    features = []
    for code, cell in village_cells().items():
        geometry = json.loads(to_geojson(cell))
        text = json.dumps(geometry)
        if order == -1:
            geometry = json.loads(text, object_hook=lambda one: one)
            geometry["coordinates"] = _swapped(geometry["coordinates"])
        features.append(
            {"type": "Feature", "properties": {"kode_desa": code.replace(".", "")}, "geometry": geometry}
        )
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def _swapped(values: list[object]) -> list[object]:
    if values and isinstance(values[0], float):
        return [values[1], values[0]]
    return [_swapped(one) for one in values if isinstance(one, list)]


def test_cells_are_served_until_boundaries_are_uploaded(here: Town) -> None:
    admin = here.client("admin")
    cells = admin.get("/api/areas?level=village").json()
    assert (cells["official"], len(cells["areas"])) == (False, 141)
    assert len(admin.get("/api/areas?level=district").json()["areas"]) == 18
    seen = admin.post("/api/areas/boundaries?file_name=batas.geojson", content=boundaries()).json()
    assert (seen["villages"], seen["faults"]) == (141, [])
    assert 0 < seen["size_bytes"] < 300_000
    assert admin.get("/api/areas?level=village").json()["official"] is False
    assert admin.post("/api/areas/boundaries?file_name=batas.geojson&commit=true", content=boundaries()).is_success
    served = here.client("operator").get("/api/areas?level=village").json()
    assert (served["official"], served["file_name"], len(served["areas"])) == (True, "batas.geojson", 141)
    assert here.wiring.areas.village_at(villages()[0].lat_deg, villages()[0].lon_deg) == villages()[0].code


def test_swapped_boundaries_are_said_and_refused(here: Town) -> None:
    admin = here.client("admin")
    seen = admin.post("/api/areas/boundaries?file_name=b.geojson", content=boundaries(-1)).json()
    assert {fault["code"] for fault in seen["faults"]} == {"swapped"}
    refused = admin.post("/api/areas/boundaries?file_name=b.geojson&commit=true", content=boundaries(-1))
    assert (refused.status_code, refused.json()["code"]) == (422, "register_import")
    assert admin.get("/api/areas?level=village").json()["official"] is False


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"{}", b"[1", b'{"features":[{}]}'])
def test_a_file_without_boundaries_is_refused_with_a_reason(here: Town, data: bytes) -> None:
    seen = here.client("admin").post("/api/areas/boundaries?file_name=b", content=data).json()
    assert seen["faults"]
    assert seen["villages"] == 0


def test_uploads_that_are_large_by_nature_pass_and_others_do_not(here: Town) -> None:
    """Boundaries of 141 villages and photographs are larger than 1 MB; a list of cameras never is."""
    admin = here.client("admin")
    large = boundaries() + b" " * 1_500_000
    assert admin.post("/api/areas/boundaries?file_name=b.geojson", content=large).json()["faults"] == []
    photograph = picture() + b"\0" * 2_000_000
    assert admin.put(f"/api/register/{CAMERA}/sign", content=photograph).status_code == 200
    refused = admin.post("/api/register/import?file_name=a.csv", content=csv("a") + b" " * 1_500_000)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
