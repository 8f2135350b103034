"""Take the README's pictures from a running demo, as a person would see them.

    make                                          # in one terminal, the demo on port 8080
    .venv/bin/python docs/pictures/make.py        # in another, once `make setup-dev` was run

Plays the investigator and the approver of the training data at the API: a request for the staged
theft, the approval of a narrower span. Then a browser shows the case room at the moment of the theft
(the camera at the bank had no power then, and says so) and the live wall. Needs Debian's chromium.
The pictures are reduced to a palette so that each stays below 350 kB.
"""

import argparse
import io
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from ronda.app.demo.client import ApiClient

HERE = Path(__file__).parent
LARGEST_BYTES = 350_000
MINUTE_US = 60_000_000
SEEN_AFTER_S = 19  # the thief stands at the motorcycle
ROOM, WALL = {"width": 1440, "height": 900}, {"width": 1440, "height": 800}
FLAGS = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--disable-background-networking"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default="http://127.0.0.1:8080")
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    options = parser.parse_args()
    if options.chromium is None:
        print("chromium is not installed. Next: apt install chromium", file=sys.stderr)
        return 1
    case, seen_us = open_case(options.address)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=FLAGS)
        page = browser.new_context(viewport=ROOM, base_url=options.address).new_page()
        page.set_default_timeout(30_000)
        become(page, options.address, "investigator")
        save(case_room(page, case, seen_us), options.out / "case-room.png")
        page.set_viewport_size(WALL)
        become(page, options.address, "operator")
        save(live_wall(page), options.out / "live-wall.png")
        browser.close()
    return 0


def people(address: str) -> dict[str, str]:
    """Who plays which role: role to person id."""
    shown = ApiClient(address).get("/api/demo")["people"]
    return {role: person["person_id"] for person in shown for role in person["roles"]}


def open_case(address: str) -> tuple[str, int]:
    """Request and approval of the staged theft; the case and the moment to look at."""
    investigator, approver = ApiClient(address), ApiClient(address)
    investigator.become(people(address)["investigator"])
    approver.become(people(address)["approver"])
    theft = investigator.get("/api/demo")["theft"]
    place = f"lat_deg={theft['lat_deg']}&lon_deg={theft['lon_deg']}"
    span = f"from_us={theft['scope_from_us']}&to_us={theft['scope_to_us']}"
    near = investigator.get(f"/api/cases/near?{span}&{place}")
    cameras = [camera["camera"] for camera in near[:5]]
    case = investigator.post("/api/cases", letter(theft, cameras))
    narrow = {"cameras": cameras, "from_us": theft["incident_from_us"] - 5 * MINUTE_US}
    narrow["to_us"] = theft["incident_to_us"] + 5 * MINUTE_US
    decision = {"scope": narrow, "scope_version": case["scope_version"], "note": "Cukup empat puluh menit"}
    approver.post(f"/api/cases/{case['case_id']}/approval", decision)
    seen_us = int(theft["seen_us"])
    mark = {"camera": theft["camera"], "from_us": seen_us, "to_us": seen_us + 40_000_000}
    note = "Orang di depan sepeda motor, lalu membawanya pergi"
    investigator.post(f"/api/cases/{case['case_id']}/marks", {**mark, "note": note})
    return str(case["case_id"]), seen_us + SEEN_AFTER_S * 1_000_000


def letter(theft: dict[str, Any], cameras: list[str]) -> dict[str, Any]:
    same = ("lp_number", "lp_date", "letter_number", "letter_date", "crime_kind", "place", "reason")
    numbers = ("lat_deg", "lon_deg", "incident_from_us", "incident_to_us")
    return {
        **{name: theft[name] for name in (*same, *numbers)},
        "requester": {name: theft[name] for name in ("name", "rank", "nrp", "unit")},
        "scope": {"cameras": cameras, "from_us": theft["scope_from_us"], "to_us": theft["scope_to_us"]},
        "purpose": "investigation",
        "ground": "criminal_investigation",
    }


def become(page: Page, address: str, role: str) -> None:
    """Sign the browser in as somebody of the training data."""
    answer = page.request.post(f"/api/demo/role/{people(address)[role]}", headers={"x-ronda": "1"})
    if not answer.ok:
        raise SystemExit(f"the demo did not let us be {role}: {answer.status}")


def case_room(page: Page, case: str, at_us: int) -> bytes:
    page.goto(f"/cases/{case}")
    page.locator(".tiles video").first.wait_for()
    page.locator("#goto").fill(time.strftime("%d/%m/%Y %H:%M:%S", time.gmtime(at_us / 1e6 + 8 * 3600)))
    page.keyboard.press("Enter")
    page.locator("h1").first.click()
    until_shown(page, 3)
    page.wait_for_timeout(2000)
    return page.screenshot()


def live_wall(page: Page) -> bytes:
    page.goto("/live")
    page.locator("main video").first.wait_for()
    until_shown(page, 4)
    page.wait_for_timeout(6000)
    return page.screenshot()


def until_shown(page: Page, pictures: int) -> None:
    """Wait for that many tiles to hold a decoded picture."""
    page.wait_for_function(
        "n => [...document.querySelectorAll('video')].filter(v => v.readyState >= 2).length >= n", arg=pictures
    )


def save(png: bytes, path: Path) -> None:
    """Fewer colours until the file is small enough to be kept in a repository."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for width, colours in ((1440, 192), (1440, 96), (1280, 96), (1280, 64), (1100, 64), (960, 48)):
        small = picture.resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() < LARGEST_BYTES:
            break
    path.write_bytes(out.getvalue())
    print(f"{path.name}: {out.tell()} bytes, {width} px, {colours} colours")


if __name__ == "__main__":
    sys.exit(main())
