"""The public page in a browser with script turned off, and the picture of a camera marked for the public."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.e2e.conftest import CAMERAS, Served, look_at, until

from ronda.core.ids import camera_id
from ronda.registry.model import Mask, PublicMark


@pytest.fixture
def reader(chromium: Browser, served: Served) -> Iterator[Page]:
    """Somebody without an account whose browser runs no script."""
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, base_url=served.address, java_script_enabled=False
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    assert context.cookies() == []
    context.close()


def test_everything_on_the_public_page_is_read_without_script(reader: Page, tmp_path: Path) -> None:
    reader.goto("/publik")
    reader.get_by_role("heading", name="CCTV umum Kutai Timur").wait_for()
    for name in ("Di mana kamera berada", "Permintaan rekaman", "Periksa sendiri", "Data terbuka"):
        assert reader.get_by_role("heading", name=name).is_visible()
    assert reader.get_by_role("cell", name=re.compile("Keamanan jalan umum")).first.is_visible()
    assert reader.get_by_text("ronda witness run").is_visible()
    look_at(reader, "public-desk-id", tmp_path)
    reader.get_by_role("link", name="English").click()
    reader.get_by_role("heading", name="Public CCTV of Kutai Timur").wait_for()
    look_at(reader, "public-desk-en", tmp_path)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_public_page_fits_a_phone(reader: Page, lang: str, tmp_path: Path) -> None:
    reader.set_viewport_size({"width": 390, "height": 844})
    reader.goto(f"/publik?lang={lang}")
    main = reader.locator("main").bounding_box()
    assert main is not None
    assert main["width"] <= 390
    for table in reader.locator("table.cards").all():
        box = table.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390
    look_at(reader, f"public-phone-{lang}", tmp_path)


def test_a_camera_marked_for_the_public_shows_its_picture_and_closing_takes_it_away(
    reader: Page, served: Served, tmp_path: Path
) -> None:
    """From a real stream through the worker to a plain picture; every other camera stays closed."""
    closed, opened = (served.wiring.register.camera(camera_id(name)) for name in CAMERAS)
    assert closed is not None
    assert opened is not None
    mask = Mask(left=0.0, top=0.0, right=1.0, bottom=0.3)
    mark = PublicMark(
        reason="Warga melihat kepadatan simpang", width_px=320, masks=(mask,), viewer_limit=9,
        since_us=served.wiring.clock.now_us(),
    )  # fmt: skip
    served.wiring.register.save(dataclasses.replace(opened, public=mark))
    page, picture = f"/publik/kamera/{opened.camera}", f"/publik/gambar/{opened.camera}.jpg"
    until(lambda: reader.request.get(picture).status == 200, "the first public picture")
    reader.goto(page)
    shown = reader.locator("img.now").bounding_box()
    assert shown is not None
    assert (round(shown["width"]) >= 320, shown["height"] > 100) == (True, True)
    assert reader.get_by_text("Warga melihat kepadatan simpang").is_visible()
    look_at(reader, "public-camera", tmp_path)
    assert reader.request.get(f"/publik/gambar/{closed.camera}.jpg").status == 404
    served.wiring.register.save(dataclasses.replace(opened, public=None))
    assert reader.request.get(picture).status == 404
    until(lambda: not list((served.root / "run" / "public").glob("*.jpg")), "the worker to remove the picture")
