"""Privacy masks from the register to every picture that Ronda decodes; N51: nobody uncovers alone."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.http_kit import CAMERA, FAR_CAMERA, Town, town

from ronda.access.model import Role
from ronda.app.key_frames import key_frames
from ronda.core.ids import PersonId, camera_id
from ronda.core.time import SECOND_US, TimeSpan
from ronda.redaction.paint import MASK
from ronda.registry.model import Mask

WINDOW = {"left": 0.5, "top": 0.0, "right": 1.0, "bottom": 1.0}
WHY = "Jendela rumah itu sudah ditutup tembok"
ADDRESS = f"/api/register/{CAMERA}/masks"


@pytest.fixture
def place(tmp_path: Path) -> Town:
    here = town(tmp_path)
    answer = here.client("admin").put(ADDRESS, json={"masks": [WINDOW]})
    assert answer.json() == {"masks": [WINDOW], "asked": None}
    return here


def actions(place: Town) -> list[str]:
    return [one.action for one in place.wiring.log.entries(0, 1000)]


def test_a_still_of_a_case_shows_nothing_below_a_mask(place: Town) -> None:
    case = place.approved_case()
    body = {"camera": CAMERA, "at_us": place.start_us + SECOND_US}
    still = place.client("investigator").post(f"/api/cases/{case}/stills", json=body).json()
    data = place.client("investigator").get(f"/api/cases/{case}/stills/{still['still_id']}").content
    picture = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert (picture[:, picture.shape[1] // 2 :] == MASK).all()
    assert not (picture[:, : picture.shape[1] // 2] == MASK).all()


def test_what_jobs_look_at_shows_nothing_below_a_mask(place: Town) -> None:
    masks = (Mask(**WINDOW),)
    span = TimeSpan(place.start_us, place.segment.span.end_us)
    found = list(key_frames(place.wiring.index, place.wiring.footage, camera_id(CAMERA), span, masks=masks))
    assert found
    assert all((one.rgb[:, one.rgb.shape[1] // 2 :] == MASK).all() for one in found)


def test_a_redacted_copy_hides_what_lies_below_a_mask_whatever_is_kept_clear(place: Town) -> None:
    case, client = place.approved_case(), place.client("investigator")
    span = {"from_us": place.start_us, "to_us": place.segment.span.end_us}
    copy = client.post(f"/api/cases/{case}/copies", json={"camera": CAMERA, **span}).json()
    clear = {"kind": "clear", "left": 0, "top": 0, "right": 1, "bottom": 1, **span}
    done = client.post(f"/api/cases/{case}/copies/{copy['copy_id']}/patches", json={"add": [clear]}).json()
    assert 0.45 < done["veiled"] < 0.65, "the masked half stays hidden"


def test_covering_more_needs_one_person_and_uncovering_two(place: Town) -> None:
    """N51: the change waits, and the one who asked cannot agree under any account."""
    admin = place.client("admin")
    more = [WINDOW, {"left": 0.0, "top": 0.0, "right": 0.1, "bottom": 0.1}]
    assert admin.put(ADDRESS, json={"masks": more}).json()["masks"] == more
    asked = admin.put(ADDRESS, json={"masks": [], "reason": WHY}).json()
    assert asked["masks"] == more
    assert asked["asked"]["reason"] == WHY
    twin = replace(
        place.people["admin"], person_id=PersonId("twin"), login="twin", roles=frozenset({Role.APPROVER})
    )
    place.wiring.people.add(twin, "no digest: signed in by the test")
    place.people["twin"] = twin
    decision = {"agree": True, "at_us": asked["asked"]["at_us"]}
    refused = place.client("twin").post(f"{ADDRESS}/decision", json=decision)
    assert (refused.status_code, "two different people" in refused.json()["message"]) == (403, True)
    done = place.client("approver").post(f"{ADDRESS}/decision", json=decision)
    assert done.json() == {"masks": [], "asked": None}
    told = [one for one in actions(place) if one.startswith("kamera.bidang")]
    assert told == [
        "kamera.bidang_tutup",
        "kamera.bidang_tutup",
        "kamera.bidang_tutup_diminta",
        "kamera.bidang_tutup_ditolak",
        "kamera.bidang_tutup_disetujui",
    ]


def test_an_older_change_or_a_thin_reason_changes_nothing(place: Town) -> None:
    admin, approver = place.client("admin"), place.client("approver")
    assert admin.put(ADDRESS, json={"masks": [], "reason": "test"}).status_code == 422
    first = admin.put(ADDRESS, json={"masks": [], "reason": WHY}).json()["asked"]["at_us"]
    half = {**WINDOW, "bottom": 0.5}
    second = admin.put(ADDRESS, json={"masks": [half], "reason": WHY}).json()["asked"]["at_us"]
    assert approver.post(f"{ADDRESS}/decision", json={"agree": True, "at_us": first}).status_code == 422
    assert approver.post(f"{ADDRESS}/decision", json={"agree": False, "at_us": second}).json()["masks"] == [WINDOW]


def test_nobody_without_the_role_or_the_area_changes_a_mask(place: Town) -> None:
    for role in ("operator", "investigator", "approver", "inspector"):
        assert place.client(role).put(ADDRESS, json={"masks": []}).status_code == 403
    assert place.client("admin").put(f"/api/register/{FAR_CAMERA}/masks", json={"masks": []}).status_code == 404
