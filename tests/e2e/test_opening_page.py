"""`BUKA-SAYA.html` in Debian's Chromium, opened from the disk as an officer does: no server, no network."""

import asyncio
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.evidence_kit import sealed_package, sealing_identity

from ronda.evidence import layout
from ronda.evidence.authority import fingerprint


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("opening"), stills=True)


def packed(root: Path, *, stills: bool = False, tiny: bool = False) -> Path:
    """In a thread of its own: the browser's driver keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(sealed_package(root, stills=stills, tiny=tiny))[2]).result()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page that fails the test on any script error, refused resource, or attempt to reach a network."""
    troubles: list[str] = []
    context = chromium.new_context(offline=True, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on(
        "request", lambda asked: None if asked.url.startswith(("file:", "blob:")) else troubles.append(asked.url)
    )
    yield page
    context.close()
    assert troubles == []


def opened(page: Page, package: Path) -> Page:
    page.goto((package / layout.OPENING).as_uri())
    until(page, "[...document.querySelectorAll('video')].every((one) => one.readyState >= 2)")
    return page


def until(page: Page, expression: str) -> None:
    """Wait for it to hold. The page's own policy forbids `eval`, which the driver's own waiting uses."""
    for _ in range(400):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"never came: {expression}")


def checked(page: Page, package: Path) -> dict[str, str]:
    """Choose the folder; returns the verdict of each line."""
    page.set_input_files("#folder", str(package))
    page.wait_for_selector("#result:not([hidden])")
    rows = page.locator("#verdicts li")
    return {
        rows.nth(number).locator("b").inner_text(): rows.nth(number).locator("strong").inner_text()
        for number in range(rows.count())
    }


def media_times(page: Page) -> list[float]:
    return list(page.evaluate("[...document.querySelectorAll('video')].map((one) => one.currentTime)"))


def test_both_cameras_play_in_step_and_the_interruption_is_shown(page: Page, sealed: Path) -> None:
    """At one wall-clock moment each film stands where it was recorded; the cut camera says so meanwhile."""
    opened(page, sealed)
    page.click("#play")
    until(page, "player.us - player.from > 1.5e6")
    page.click("#play")
    first, second = media_times(page)
    assert abs(first - second) < 0.4
    page.evaluate("player.seek(player.from + 10.5e6)")
    gap, whole = page.locator(".tile").first, page.locator(".tile").last
    expect(gap).to_have_attribute("data-state", "gap")
    expect(gap.locator(".said")).to_contain_text("REKAMAN TERPUTUS · 6 dtk · jaringan")
    expect(whole).to_have_attribute("data-state", "film")
    page.evaluate("player.seek(player.from + 15e6)")
    until(page, "[...document.querySelectorAll('video')].every((one) => !one.seeking && one.currentTime > 12)")
    assert [round(one) for one in media_times(page)] == [15, 15], (
        "the card is as long as the gap: both stay in step"
    )
    expect(gap).to_have_attribute("data-state", "film")
    expect(page.locator("#gaprows tr")).to_have_count(1)


def test_an_intact_package_is_checked_and_the_seal_waits_for_the_printed_root(page: Page, sealed: Path) -> None:
    """Files and seal are checked here; what is not checked here says so. In both languages."""
    found = checked(opened(page, sealed), sealed)
    assert found["Berkas"] == "SESUAI"
    assert found["Segel"] == "BELUM DAPAT DIPASTIKAN"
    assert [verdict for name, verdict in found.items() if name not in ("Berkas", "Segel")] == [
        "TIDAK DIPERIKSA"
    ] * 8
    page.fill("#given", fingerprint(sealing_identity().root).upper())
    expect(page.locator("#verdicts li").nth(1)).to_contain_text("SESUAI")
    page.fill("#given", "0" * 64)
    expect(page.locator("#verdicts li").nth(1)).to_contain_text("RUSAK")
    page.click("#lang")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#verdicts li").first).to_contain_text("PROVEN")
    assert not re.search(r"undefined|\{\w+\}", page.inner_text("body"))


@pytest.mark.parametrize("own", [True, False])
def test_a_flipped_bit_is_named_in_red(page: Page, sealed: Path, tmp_path: Path, own: bool) -> None:
    """Also where the browser's own digest may not be used: then the script's is."""
    package = Path(shutil.copytree(sealed, tmp_path / sealed.name))
    film = next((package / "data/asli/pasar").iterdir())
    bad = bytearray(film.read_bytes())
    bad[len(bad) // 2] ^= 4
    film.write_bytes(bad)
    (package / "data/tambahan.txt").write_text("x")
    if not own:
        page.add_init_script("Object.defineProperty(self, 'isSecureContext', { value: false })")
    found = checked(opened(page, package), package)
    assert found["Berkas"] == "RUSAK"
    named = page.locator("#broken").inner_text()
    assert str(film.relative_to(package)) in named
    assert "data/tambahan.txt" in named
    assert len(named.strip().splitlines()) == 2


def test_a_forged_manifest_breaks_the_seal(page: Page, sealed: Path, tmp_path: Path) -> None:
    """Lists that were made to fit again do not help: the signature is over the manifest."""
    package = Path(shutil.copytree(sealed, tmp_path / sealed.name))
    text = (package / layout.MANIFEST).read_text()
    (package / layout.MANIFEST).write_text(("1" if text[0] == "0" else "0") + text[1:])
    assert checked(opened(page, package), package)["Segel"] == "RUSAK"
    other = bytearray((sealed / layout.SEAL).read_bytes())
    other[-5] ^= 1
    (package / layout.MANIFEST).write_text(text)
    (package / layout.SEAL).write_bytes(other)
    assert checked(page, package)["Segel"] == "RUSAK"


def test_another_package_is_not_taken_for_this_one(page: Page, sealed: Path, tmp_path: Path) -> None:
    """The page speaks of the folder it lies in."""
    other = packed(tmp_path, tiny=True)
    assert checked(opened(page, sealed), other)["Berkas"] == "RUSAK"
    expect(page.locator("#verdicts li").first).to_contain_text("bukan folder paket ini")


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_is_wider_than_the_window_and_the_sheet_prints(page: Page, sealed: Path, width: int) -> None:
    """At a desk and on a phone; on paper only the photo sheet is left, each copy beside its original."""
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, sealed)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#sheet img").evaluate_all("(all) => all.every((one) => one.naturalWidth > 0)")
    page.emulate_media(media="print")
    assert page.locator("section:visible").count() == 1
    expect(page.locator(".pair .photo")).to_have_count(2)
    expect(page.locator(".pair")).to_contain_text("SALINAN DIPERJELAS")
