"""Privacy masks from the register to every picture that Ronda decodes; N51: nobody uncovers alone."""

import io
from dataclasses import replace
from pathlib import Path

import httpx2
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
    assert (answer.status_code, answer.json()) == (200, {"masks": [WINDOW]})
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


def wish(place: Town, masks: list[dict[str, float]], reason: str = WHY) -> dict[str, object]:
    """The admin asks for these masks; what waits then, as the second person reads it."""
    answer = place.client("admin").put(ADDRESS, json={"masks": masks, "reason": reason})
    assert answer.status_code == 202, answer.text
    (waiting, *_) = [one for one in place.client("approver").get("/api/changes").json() if one["waiting"]]
    return dict(waiting)


def decide(place: Town, asked: dict[str, object], role: str, how: str = "approval") -> httpx2.Response:
    body = {"read": asked["read"], "note": "Dilihat di tempat"}
    return place.client(role).post(f"/api/changes/{asked['change_id']}/{how}", json=body)


def now(place: Town) -> list[dict[str, float]]:
    shown: list[dict[str, float]] = place.client("admin").get(ADDRESS).json()["masks"]
    return shown


def test_covering_more_needs_one_person_and_uncovering_two(place: Town) -> None:
    """N51: the change waits, and the one who asked cannot agree under any account."""
    more = [WINDOW, {"left": 0.0, "top": 0.0, "right": 0.1, "bottom": 0.1}]
    assert place.client("admin").put(ADDRESS, json={"masks": more}).status_code == 200
    asked = wish(place, [])
    assert now(place) == more
    twin = replace(
        place.people["admin"], person_id=PersonId("twin"), login="twin", roles=frozenset({Role.APPROVER})
    )
    place.wiring.people.add(twin, "no digest: signed in by the test")
    place.people["twin"] = twin
    refused = decide(place, asked, "twin")
    assert (refused.status_code, "two different people" in refused.json()["message"]) == (403, True)
    assert now(place) == more
    assert decide(place, asked, "approver").status_code == 200
    assert now(place) == []
    told = [one for one in actions(place) if one.startswith(("kamera.bidang", "perubahan.ditolak_aturan"))]
    assert told == ["kamera.bidang_tutup", "kamera.bidang_tutup", "perubahan.ditolak_aturan", "kamera.bidang_tutup"]


def test_a_refused_wish_or_a_thin_reason_uncovers_nothing(place: Town) -> None:
    thin = place.client("admin").put(ADDRESS, json={"masks": [], "reason": "test"})
    assert thin.status_code == 422
    half = wish(place, [{**WINDOW, "bottom": 0.5}])
    assert decide(place, half, "approver", "refusal").status_code == 200
    assert now(place) == [WINDOW]


def test_masks_are_decided_to_the_last_digit(place: Town) -> None:
    """What the second person read is what is painted: no rounding on the way."""
    third = {**WINDOW, "left": 1 / 3 + 0.2, "bottom": 2 / 3}
    assert decide(place, wish(place, [third]), "approver").status_code == 200
    assert now(place) == [third]


def test_nobody_without_the_role_or_the_area_changes_a_mask(place: Town) -> None:
    for role in ("operator", "investigator", "approver", "inspector"):
        assert place.client(role).put(ADDRESS, json={"masks": []}).status_code == 403
    assert place.client("admin").put(f"/api/register/{FAR_CAMERA}/masks", json={"masks": []}).status_code == 404
