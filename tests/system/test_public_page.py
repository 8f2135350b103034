"""The public page for nobody in particular: what it says, what it never says, what stays closed."""

import csv
import dataclasses
import io
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.http_kit import CAMERA, FAR_CAMERA, Town, town

from ronda.app.http.routes import public
from ronda.app.jobs.public_pictures import public_jpeg, renew
from ronda.core.ids import AreaCode, camera_id
from ronda.core.time import DAY_US, SECOND_US
from ronda.evidence.checkpoint import open_checkpoint, read_vkey
from ronda.registry.model import Mask, PublicMark

LARGEST_BYTES = 150_000


@pytest.fixture
def here(tmp_path: Path) -> Town:
    public.recent.forget()
    return town(tmp_path / "data")


def mark(here: Town, *, masks: tuple[Mask, ...] = (), limit: int = 50) -> PublicMark:
    """Open the camera to the public in the register."""
    entry = here.wiring.register.camera(camera_id(CAMERA))
    assert entry is not None
    made = PublicMark(
        reason="Warga melihat kepadatan Simpang 3", width_px=160, masks=masks, viewer_limit=limit,
        since_us=here.wiring.clock.now_us() - DAY_US,
    )  # fmt: skip
    here.wiring.register.save(dataclasses.replace(entry, public=made))
    return made


def put_picture(here: Town, age_s: float, camera: str = CAMERA) -> None:
    """As the worker would have left it: the file's time is that of the frame."""
    folder = here.wiring.folder.public_pictures
    folder.mkdir(exist_ok=True)
    at_ns = here.wiring.clock.now_us() * 1000 - int(age_s * 1e9)
    (folder / f"{camera}.jpg").write_bytes(b"\xff\xd8 picture")
    os.utime(folder / f"{camera}.jpg", ns=(at_ns, at_ns))


@pytest.mark.parametrize("lang", ["id", "en"])
def test_anybody_reads_purposes_rules_and_counts_without_script_or_cookie(here: Town, lang: str) -> None:
    here.approved_case()
    answer = here.client("nobody").get(f"/publik?lang={lang}")
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert len(answer.content) < LARGEST_BYTES
    for said in ("Keamanan jalan umum", "UU 27/2022 Pasal 17", "Sangatta Utara", f'lang="{lang}"'):
        assert said in answer.text


def test_the_page_never_says_where_a_camera_stands_who_asked_or_how_to_reach_it(here: Town) -> None:
    here.approved_case()
    client = here.client("nobody")
    told = "".join(client.get(path).text for path in ("/publik", "/publik/kamera.csv", "/publik/angka.csv"))
    entry = here.wiring.register.camera(camera_id(CAMERA))
    assert entry is not None
    for secret in (
        "117.5",
        "0.5,",
        "rtsp",
        "kenari",
        "127.0.0.1:1/",
        CAMERA,
        "Rahmat",
        "Orang ",
        "LP/B/147",
        "Yos Sudarso",
    ):
        assert secret not in told, secret


def test_requests_are_counted_as_they_are_decided(here: Town) -> None:
    before = rows(here, "angka.csv")
    assert [one for one in before if one["ukuran"] == "permintaan_diminta"] == []
    here.approved_case()
    public.recent.forget()
    after = {one["ukuran"]: one for one in rows(here, "angka.csv") if one["ukuran"].startswith("permintaan")}
    assert [after[f"permintaan_{word}"]["nilai"] for word in ("diminta", "dikabulkan", "ditolak", "menunggu")] == [
        "1", "1", "0", "0",
    ]  # fmt: skip
    assert after["permintaan_diminta"]["rincian"] == "gabungan", "one request is no row of its own"


def test_a_figure_nobody_measured_is_an_empty_cell_and_words_on_the_page(here: Town) -> None:
    found = {(one["ukuran"], one["rincian"]): one["nilai"] for one in rows(here, "angka.csv")}
    assert found["rata_rata_keputusan", ""] == ""
    assert found["target_seluruhnya", "school"] == ""
    assert found["target_seluruhnya", "district_office"] == "18"
    page = here.client("nobody").get("/publik").text
    assert "belum diukur" in page
    assert "belum ada daftar RT" in page


def rows(here: Town, name: str) -> list[dict[str, str]]:
    answer = here.client("nobody").get(f"/publik/{name}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_open_data_counts_cameras_by_area_and_no_cell_is_a_formula(here: Town) -> None:
    entry = here.wiring.register.camera(camera_id(CAMERA))
    assert entry is not None
    rt = dataclasses.replace(entry.site, area=AreaCode("64.08.04.2012.001.007"))
    here.wiring.register.save(dataclasses.replace(entry, site=rt, purpose="=HYPERLINK(1) bahaya"))
    found = {one["kode_wilayah"]: one for one in rows(here, "kamera.csv")}
    assert found["64.08.04.2012"]["tujuan"] == "'=HYPERLINK(1) bahaya"
    assert found["64.08.04.2012"]["jumlah"] == "1"
    assert (found["64.08.04.2012"]["golongan_tujuan"], found["64.08.04.2012"]["paling_lama_hari"]) == (
        "public_order", "90",
    )  # fmt: skip


@pytest.mark.parametrize(("lang", "why", "kept"), [
    ("id", "Keamanan dan ketertiban umum", "30 hari (paling lama 90)"),
    ("en", "Public safety and order", "30 days (at most 90)"),
])  # fmt: skip
def test_the_page_says_how_long_footage_may_stay_at_most(here: Town, lang: str, why: str, kept: str) -> None:
    page = here.client("nobody").get(f"/publik?lang={lang}").text
    assert why in page
    assert kept in page


def test_the_checkpoint_on_the_page_is_signed_by_the_key_beside_it(here: Town) -> None:
    here.approved_case()
    page = here.client("nobody").get("/publik").text
    note = re.search(r"<pre>(ronda\.kutim/log\n.*?)</pre>", page, re.DOTALL)
    key = re.search(r"<code>([^<]+)</code>", page)
    assert note is not None
    assert key is not None
    text = note[1].replace("&#43;", "+").replace("&#39;", "'").replace("&amp;", "&")
    seen = open_checkpoint(text, read_vkey(key[1].replace("&#43;", "+")))
    assert 0 < seen.size <= here.wiring.log.size()


def test_a_closed_camera_is_not_there_for_the_public(here: Town) -> None:
    """Whether it exists or not, the answer is the same."""
    put_picture(here, 1)
    client = here.client("nobody")
    assert client.get("/publik/gambar/..%2f..%2fkeys%2fx.jpg").status_code == 404
    for camera in (CAMERA, FAR_CAMERA, "tidak-ada"):
        assert client.get(f"/publik/gambar/{camera}.jpg").status_code == 404
        assert client.get(f"/publik/kamera/{camera}").status_code == 404
    told = {client.get(f"/publik/kamera/{camera}").text for camera in (CAMERA, "tidak-ada")}
    assert len(told) == 1


def test_a_marked_camera_shows_its_picture_of_now_and_only_that(here: Town) -> None:
    mark(here)
    client = here.client("nobody")
    stopped = client.get(f"/publik/kamera/{CAMERA}")
    assert (stopped.status_code, "<img class" in stopped.text, "Gambar berhenti" in stopped.text) == (
        200,
        False,
        True,
    )
    put_picture(here, 3)
    page = client.get(f"/publik/kamera/{CAMERA}")
    assert f"/publik/gambar/{CAMERA}.jpg" in page.text
    assert (page.headers["refresh"], page.headers["cache-control"]) == ("5", "no-store")
    assert "Warga melihat kepadatan" in page.text
    assert client.get(f"/publik/gambar/{CAMERA}.jpg").content == b"\xff\xd8 picture"
    put_picture(here, 40)
    assert client.get(f"/publik/gambar/{CAMERA}.jpg").status_code == 503
    assert "Gambar berhenti" in client.get(f"/publik/kamera/{CAMERA}").text


def test_closing_a_camera_holds_at_once(here: Town) -> None:
    mark(here)
    put_picture(here, 1)
    assert here.client("nobody").get(f"/publik/gambar/{CAMERA}.jpg").status_code == 200
    done = here.client("admin").post(f"/api/register/{CAMERA}/public/end", json={"reason": "Acara sudah selesai"})
    assert done.status_code == 200
    assert here.client("nobody").get(f"/publik/gambar/{CAMERA}.jpg").status_code == 404
    assert not (here.wiring.folder.public_pictures / f"{CAMERA}.jpg").exists()


def test_no_more_viewers_than_the_register_allows(here: Town) -> None:
    mark(here, limit=1)
    put_picture(here, 1)
    name, client = f"/publik/gambar/{CAMERA}.jpg", here.client("nobody")
    assert [client.get(name).status_code for _ in range(3)] == [200, 200, 200]
    now_us = here.wiring.clock.now_us()
    viewers = public.recent.viewers
    assert viewers.admit(camera_id(CAMERA), "another", now_us, 1) is False
    assert viewers.admit(camera_id(CAMERA), "another", now_us + 31 * SECOND_US, 1) is True


def test_the_worker_keeps_only_fresh_pictures_of_marked_cameras(here: Town) -> None:
    mark(here)
    put_picture(here, 45)
    put_picture(here, 1, FAR_CAMERA)
    renew(here.wiring)
    assert list(here.wiring.folder.public_pictures.iterdir()) == []
    put_picture(here, 2)
    renew(here.wiring)
    assert [path.name for path in here.wiring.folder.public_pictures.iterdir()] == [f"{CAMERA}.jpg"]


def test_a_public_picture_is_small_and_its_masks_cover_what_they_name() -> None:
    white = np.full((480, 640, 3), 255, dtype=np.uint8)
    masks = (Mask(left=0.0, top=0.0, right=0.5, bottom=0.5),)
    made = public_jpeg(white, PublicMark(reason="x" * 10, width_px=320, masks=masks, viewer_limit=1, since_us=0))
    with Image.open(io.BytesIO(made)) as picture:
        assert picture.size == (320, 240)
        grey = np.asarray(picture.convert("L"))
    assert grey[:118, :158].max() < 70
    assert grey[130:, 170:].min() > 240
    assert b"Exif" not in made


def test_a_wrong_language_is_refused_and_the_contact_is_the_offices_own(here: Town) -> None:
    client = here.client("nobody")
    assert 'lang="id"' in client.get("/publik?lang=xx").text, "a page for everybody never answers with a riddle"
    assert "belum diisi" in client.get("/publik").text
    assert (
        client.put("/api/public/contact", json={"contact": "Jl. Soekarno Hatta, (0549) 12345"}).status_code == 401
    )
    done = here.client("admin").put("/api/public/contact", json={"contact": "Jl. Soekarno Hatta, (0549) 12345"})
    assert done.status_code == 204
    assert "(0549) 12345" in client.get("/publik").text
