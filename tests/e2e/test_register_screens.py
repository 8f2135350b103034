"""The map, the register and an import with a broken row and its mending, in a browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.e2e.conftest import Served, fresh_page, look_at, not_yet_served, serve, sign_in, stop, until

HEAD = "kamera;titik;jenis;wilayah;lat;lon;tujuan;dasar_hukum;alamat;status"
GOOD = [
    "kec-utara;Kantor Camat Sangatta Utara;kantor kecamatan;64.08.04.2001;0,5120;117,5380;"
    "Keamanan kantor kecamatan;UU 27/2022;rtsp://127.0.0.1:1/a;aktif",
    "desa-swarga;Kantor Desa Swarga Bara;kantor desa;64.08.04.2012;0,5854;117,4807;"
    "Keamanan kantor desa;UU 27/2022;rtsp://127.0.0.1:1/b;aktif",
    "simpang-kabo;Simpang Kabo;simpang;64.08.04.2012;0,5500;117,4900;Keselamatan lalu lintas;UU 27/2022;;rencana",
]
BROKEN = GOOD[1].replace("0,5854;117,4807", "117,4807;0,5854")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An installation without cameras, served."""
    here = not_yet_served(tmp_path_factory.mktemp("office") / "data")
    try:
        serve(here)
        yield here
    finally:
        for process in here.processes:
            stop(process)


@pytest.fixture
def screen(chromium: Browser, office: Served) -> Iterator[Page]:
    with fresh_page(chromium, office) as page:
        yield page


def csv(path: Path, *rows: str) -> Path:
    path.write_text("\r\n".join([HEAD, *rows]), encoding="utf-8-sig")
    return path


def test_a_broken_row_is_named_mended_and_taken_in(screen: Page, office: Served, tmp_path: Path) -> None:
    """Nothing of the file is there while one row is wrong; the mended file is there whole, and on the map."""
    sign_in(screen, "sinta")
    screen.goto("/cameras/import")
    screen.locator("input[type=file]").set_input_files(csv(tmp_path / "kamera.csv", GOOD[0], BROKEN, GOOD[2]))
    screen.get_by_role("heading", name="1 yang salah").wait_for()
    row = screen.get_by_role("row", name=re.compile("tertukar"))
    assert "117.4807, 0.5854" in row.inner_text()
    assert row.get_by_role("cell").first.inner_text() == "3"
    assert screen.get_by_role("button", name="Ambil semuanya").count() == 0
    look_at(screen, "import-broken", tmp_path)
    assert office.wiring.register.cameras() == []
    screen.locator("input[type=file]").set_input_files(csv(tmp_path / "kamera.csv", *GOOD))
    screen.get_by_role("heading", name="3 baris siap diambil").wait_for()
    look_at(screen, "import-ready", tmp_path)
    screen.get_by_role("button", name="Ambil semuanya").click()
    screen.get_by_role("heading", name="3 baris sudah masuk register").wait_for()
    assert [entry.camera for entry in office.wiring.register.cameras()] == [
        "desa-swarga",
        "kec-utara",
        "simpang-kabo",
    ]
    screen.get_by_role("link", name="Lihat di peta").click()
    screen.get_by_role("button", name=re.compile("Simpang Kabo.*rencana", re.DOTALL)).wait_for()
    assert screen.get_by_text("1/18").is_visible()


def test_the_map_is_home_for_the_admin_and_can_be_used_by_keyboard(
    screen: Page, office: Served, tmp_path: Path
) -> None:
    """Areas, symbols and the right column; one tab stop for all cameras, arrows between them, Enter selects."""
    sign_in(screen, "sinta")
    svg = screen.get_by_role("group", name=re.compile("Peta Kutai Timur"))
    svg.wait_for()
    until(lambda: svg.locator("[data-area]").count() == 141, "every village")
    points = svg.locator("[data-point]")
    until(lambda: points.count() == 3, "three cameras on the map")
    assert svg.locator("[data-point][tabindex='0']").count() == 1
    svg.locator("[data-point][tabindex='0']").focus()
    screen.keyboard.press("ArrowRight")
    screen.keyboard.press("Enter")
    chosen = svg.locator("[data-point][aria-pressed='true']")
    assert chosen.count() == 1
    screen.get_by_text("belum ada daftar RT").wait_for()
    screen.get_by_text(re.compile("Batas tidak resmi")).wait_for()
    before = points.first.bounding_box()
    screen.get_by_role("button", name="Perbesar").click()
    until(lambda: points.first.bounding_box() != before, "the zoomed map", 5)
    screen.get_by_role("button", name="Kecamatan").click()
    until(lambda: svg.locator("[data-area]").count() == 18, "eighteen districts")
    screen.get_by_role("checkbox", name="Rencana").uncheck()
    until(lambda: points.count() == 2, "the layer of planned cameras off")
    look_at(screen, "map-desk", tmp_path)


def test_the_register_shows_what_is_missing_and_marks_a_camera_for_the_public(screen: Page, office: Served) -> None:
    sign_in(screen, "sinta")
    screen.goto("/cameras")
    screen.get_by_role("button", name="Tanpa foto papan (2)").click()
    row = screen.get_by_role("row", name=re.compile("Kantor Desa Swarga Bara"))
    row.get_by_role("button", name="Kelola").click()
    screen.get_by_label("Mengapa dibuka").fill("Warga melihat halaman kantor")
    screen.get_by_label("Bidang tertutup").fill("0 0 100 25")
    screen.get_by_role("button", name="Buka untuk umum").click()
    screen.get_by_text(re.compile("Dibuka karena: Warga melihat")).wait_for()
    (mark,) = [entry.public for entry in office.wiring.register.cameras() if entry.public]
    assert [(one.left, one.top, one.right, one.bottom) for one in mark.masks] == [(0.0, 0.0, 1.0, 0.25)]


def test_a_mask_is_drawn_at_once_and_uncovered_only_by_a_second_person(
    screen: Page, office: Served, tmp_path: Path
) -> None:
    """N51 on the screen: the admin reads that it waits, and the picture stays covered."""
    sign_in(screen, "sinta")
    screen.goto("/cameras")
    row = screen.get_by_role("row", name=re.compile("Kantor Desa Swarga Bara"))
    row.get_by_role("button", name="Kelola").click()

    def masks() -> list[tuple[float, float]]:
        found = [one for one in office.wiring.register.cameras() if one.masks]
        return [(mask.left, mask.right) for one in found for mask in one.masks]

    screen.get_by_label("Persegi yang ditutup").fill("50 0 100 100")
    screen.get_by_role("button", name="Simpan bidang").click()
    until(lambda: masks() == [(0.5, 1.0)], "the mask in the register")
    screen.get_by_label("Persegi yang ditutup").fill("")
    screen.get_by_label("Alasan, bila ada yang dibuka").fill("Jendela rumah sudah ditutup tembok")
    screen.get_by_role("button", name="Simpan bidang").click()
    screen.get_by_text(re.compile("menunggu orang kedua di Perubahan")).wait_for()
    assert masks() == [(0.5, 1.0)]
    look_at(screen, "masks-desk", tmp_path)
    screen.goto("/changes")
    screen.get_by_text("1 bidang menjadi 0").wait_for()
    look_at(screen, "masks-change", tmp_path)


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("place", ["map", "cameras", "cameras/import"])
def test_nothing_is_wider_than_a_phone(screen: Page, language: str, place: str, tmp_path: Path) -> None:
    screen.set_viewport_size({"width": 390, "height": 844})
    screen.add_init_script(f"localStorage.setItem('ronda-language', '{language}')")
    sign_in(screen, "sinta")
    screen.goto(f"/{place}")
    screen.locator("main .card").first.wait_for()
    wide = screen.evaluate(
        "document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth"
    )
    assert wide <= 0
    look_at(screen, f"phone-{place.replace('/', '-')}-{language}", tmp_path)
    screen.set_viewport_size({"width": 1440, "height": 900})
    look_at(screen, f"desk-{place.replace('/', '-')}-{language}", tmp_path)


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_box_for_the_second_stream_stands_beside_its_words_on_a_phone(
    screen: Page, language: str, tmp_path: Path
) -> None:
    screen.set_viewport_size({"width": 390, "height": 844})
    screen.add_init_script(f"localStorage.setItem('ronda-language', '{language}')")
    sign_in(screen, "sinta")
    screen.goto("/cameras")
    screen.get_by_role("button", name=re.compile("Daftarkan kamera|Register a camera")).click()
    box = screen.get_by_label(re.compile("Rekam juga aliran kedua|Keep the second stream"))
    box.scroll_into_view_if_needed()
    words_above = box.evaluate(
        """box => { const words = document.createRange(); words.selectNodeContents(box.parentElement);
        words.setStartAfter(box);
        return words.getBoundingClientRect().top - box.getBoundingClientRect().bottom; }"""
    )
    assert words_above < 0
    look_at(screen, f"phone-camera-form-{language}", tmp_path)


def test_two_thousand_points_are_drawn_moved_and_named(screen: Page, office: Served) -> None:
    """A regency in ten years: every camera is there with its name, and dragging moves them as one."""
    sign_in(screen, "sinta")
    register = screen.request.get("/api/register", headers={"x-ronda": "1"}).json()
    many = [
        {**register[0], "camera": f"k-{n}", "lat_deg": 0.2 + (n % 50) * 0.02, "lon_deg": 116.8 + n // 50 * 0.02}
        for n in range(2000)
    ]
    screen.route("**/api/register", lambda route: route.fulfill(json=many))
    screen.goto("/map")
    points = screen.locator("svg [data-point]")
    until(lambda: points.count() == 2000, "two thousand points")
    box = screen.locator("svg[role='group']").bounding_box()
    assert box is not None
    before = points.first.bounding_box()
    assert before is not None
    screen.mouse.move(box["x"] + 60, box["y"] + 60)
    screen.mouse.down()
    screen.mouse.move(box["x"] + 160, box["y"] + 110, steps=20)
    screen.mouse.up()
    after = points.first.bounding_box()
    assert after is not None
    assert after["x"] - before["x"] == pytest.approx(100, abs=6)
    assert after["y"] - before["y"] == pytest.approx(50, abs=6)
