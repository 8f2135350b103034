"""Stills, their sheet and signatures over HTTP, as the case room uses them."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from starlette.testclient import TestClient
from tests.http_kit import CAMERA, Town, town

from ronda.access.passwords import hash_password
from ronda.evidence.authority import new_personal_identity, new_root

PASSWORD = "kata sandi penyidik"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def case(place: Town) -> str:
    case_id = place.approved_case()
    client = place.client("investigator")
    still = client.post(f"/api/cases/{case_id}/stills", json={"camera": CAMERA, "at_us": place.start_us + 10**6})
    assert still.status_code == 201, still.text
    return case_id


def packed(client: TestClient, case: str) -> str:
    answer = client.post(f"/api/cases/{case}/packages", json={})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["package_id"])


def test_a_clearer_copy_and_the_sheet_come_over_http(place: Town, case: str) -> None:
    """The copy names its original; the sheet is a PDF; somebody outside the case gets neither."""
    client, stranger = place.client("investigator"), place.client("other-office")
    original = client.get(f"/api/cases/{case}").json()["stills"][0]["still_id"]
    path = f"/api/cases/{case}/stills/{original}/clearer"
    made = client.post(path, json={"brightness": 1.5})
    assert made.status_code == 201, made.text
    assert (made.json()["derived_from"], made.json()["steps"]) == (original, "kecerahan x 1,5")
    assert client.get(f"/api/cases/{case}/stills/{made.json()['still_id']}").content.startswith(b"\x89PNG")
    assert client.post(path, json={"brightness": 99}).status_code == 422
    assert client.post(path, json={}).status_code in (400, 422)
    sheet = client.get(f"/api/cases/{case}/stills/sheet")
    assert (sheet.status_code, sheet.headers["content-type"]) == (200, "application/pdf")
    assert stranger.get(f"/api/cases/{case}/stills/sheet").status_code == 404
    assert stranger.post(path, json={"brightness": 1.5}).status_code == 404


def test_signing_asks_for_the_password_again_and_guessing_is_slowed(place: Town, case: str) -> None:
    """A session that was left open must not sign; a wrong password is an entry in the log."""
    person = place.people["investigator"]
    place.wiring.people.set_password(person.person_id, hash_password(PASSWORD), one_time_until_us=None)
    client = place.client("investigator")
    path = f"/api/cases/{case}/packages/{packed(client, case)}/signature"
    wrong = client.post(path, json={"password": "bukan"})
    assert wrong.status_code in (401, 403)
    last = place.wiring.log.entries(place.wiring.log.size() - 1, 1)[0]
    assert last.action == "bukti.bast_ditandatangani_ditolak"
    for _ in range(12):
        answer = client.post(path, json={"password": "bukan"})
    assert answer.status_code == 429
    assert client.get(f"/api/cases/{case}").json()["signatures"] == []


def test_a_receivers_certificate_signs_at_the_investigators_desk(place: Town, case: str) -> None:
    """PKCS#12 over HTTP: the record shows it; broken base64 and a wrong passphrase are one sentence each."""
    client = place.client("investigator")
    package = client.get(f"/api/cases/{case}").json()["packages"][-1]["package_id"]
    path = f"/api/cases/{case}/packages/{package}/signature"
    now_us = place.wiring.clock.now_us()
    who = new_personal_identity(new_root("BSrE", now_us), "Polri", "Penerima", "1", now_us)
    data = pkcs12.serialize_key_and_certificates(
        b"x", who.key, who.certificate, list(who.chain), BestAvailableEncryption(b"rahasia")
    )
    body = {"party": "PIHAK_KEDUA", "pkcs12": base64.b64encode(data).decode(), "passphrase": "rahasia"}
    assert client.post(path, json=body | {"pkcs12": "***"}).status_code == 422
    assert client.post(path, json=body | {"passphrase": "x"}).status_code == 422
    done = client.post(path, json=body)
    assert done.status_code == 201, done.text
    (signature,) = done.json()["signatures"]
    assert (signature["party"], signature["name"], signature["level"]) == ("PIHAK_KEDUA", "Penerima", "B-B")
    checked = client.get(f"/api/cases/{case}/packages/{package}/check?lang=en").json()
    bast = next(line for line in checked["lines"] if line["name"] == "bast")
    assert "Penerima" in bast["sentence"]
    assert checked["broken_files"] == []
    assert place.client("other-office").post(path, json=body).status_code == 404
    assert Path(place.wiring.folder.packages / package / "BAST.pdf").read_bytes().count(b"/ByteRange") == 1
