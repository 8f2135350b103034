"""Take the pictures of README and docs from a running demo, as a person would see them.

    make                                             # in one terminal, the demo on port 8080
    .venv/bin/python docs/pictures/make.py           # in another, once `make setup-dev` was run
    .venv/bin/python docs/pictures/make.py plan map  # only these

Plays the people of the training data at the API: a request for the staged theft and the approval of a
narrower span, a plan, the four cameras on one switch that fall together and the order for their repair,
a link to a village's page, a file with mistakes. Then a browser shows each screen to the person whose
work it is; the public page with script turned off, the village's page on a phone. Needs Debian's
chromium. The pictures are reduced to a palette so that each stays below 350 kB.
"""

import argparse
import io
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from ronda.app.demo.client import ApiClient
from ronda.sim.regency import VILLAGE_CODE

HERE = Path(__file__).parent
LARGEST_BYTES = 350_000
MINUTE_US, DAY_US = 60_000_000, 86_400_000_000
SEEN_AFTER_S = 19  # the thief stands at the motorcycle
LARGEST_GAP = 0.01
DESK, WALL, PHONE = (1440, 900), (1440, 800), (390, 844)
FLAGS = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--disable-background-networking"]
WALL_CAMERAS = "bank-yos-sudarso.gerbang-smp-2.loket-disdukcapil.pasar-induk"
# One sound row, one whose coordinates are swapped, one with an unknown area.
IMPORT = """kamera;titik;jenis;wilayah;lat;lon;tujuan;dasar_hukum;alamat;status
simpang-pendidikan;Simpang Pendidikan;simpang;64.08.04.2001;0,5150;117,5360;Keselamatan jalan;UU 27/2022;;rencana
desa-swarga;Kantor Desa Swarga Bara;kantor desa;64.08.04.2012;117,4807;0,5854;Keamanan kantor;UU 27/2022;;rencana
pasar-lama;Pasar Lama;pasar;Teluk Lingah;0,5120;117,5380;Keamanan pasar;UU 27/2022;;rencana
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(PICTURES)}; all without a name")
    parser.add_argument("--address", default="http://127.0.0.1:8080")
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    options = parser.parse_args()
    if options.chromium is None:
        print("chromium is not installed. Next: apt install chromium", file=sys.stderr)
        return 1
    if unknown := set(options.names) - set(PICTURES):
        parser.error(f"no such picture: {', '.join(sorted(unknown))}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=FLAGS)
        for name in options.names or PICTURES:
            save(PICTURES[name](browser, options.address), options.out / f"{name}.png")
        browser.close()
    return 0


def shown(browser: Browser, address: str, size: tuple[int, int], role: str = "", **how: Any) -> Page:
    """A page of a fresh browser, signed in as somebody of the training data."""
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}, base_url=address, **how).new_page()
    page.set_default_timeout(30_000)
    if role:
        become(page, address, role)
    return page


def played(address: str, role: str) -> ApiClient:
    client = ApiClient(address)
    client.become(people(address)[role])
    return client


def people(address: str) -> dict[str, str]:
    """Who plays which role: role to person id."""
    shown = ApiClient(address).get("/api/demo")["people"]
    return {role: person["person_id"] for person in shown for role in person["roles"]}


def open_case(address: str) -> tuple[str, int]:
    """Request and approval of the staged theft; the case and the moment to look at."""
    investigator, approver = played(address, "investigator"), played(address, "approver")
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


def case_room(browser: Browser, address: str) -> bytes:
    """Four cameras in step at the moment of the theft; the one at the bank had no power, and says so."""
    case, at_us = open_case(address)
    page = shown(browser, address, (1440, 960), "investigator")
    page.goto(f"/cases/{case}")
    page.locator(".tiles video").first.wait_for()
    page.locator("#goto").fill(time.strftime("%d/%m/%Y %H:%M:%S", time.gmtime(at_us / 1e6 + 8 * 3600)))
    page.keyboard.press("Enter")
    page.locator("h1").first.click()
    until_shown(page, 3)
    page.wait_for_timeout(2000)
    return page.screenshot()


def live_wall(browser: Browser, address: str) -> bytes:
    page = shown(browser, address, WALL, "operator")
    page.goto(f"/live?layout=2.{WALL_CAMERAS}")
    page.locator("main video").first.wait_for()
    until_shown(page, 4)
    page.wait_for_timeout(6000)
    return page.screenshot()


def plan(browser: Browser, address: str) -> bytes:
    """Slider, map and buying order of a plan that is proven to the promised difference."""
    planner = played(address, "planner")
    plan_id = planner.post("/api/plans", {"name": "Rencana 2027-2031"})["plan_id"]
    until(lambda: _proven(planner.get(f"/api/plans/{plan_id}")), 90, "a proven plan")
    until(lambda: len(planner.get(f"/api/plans/{plan_id}/curve")["levels"]) > 5, 60, "its curve")
    page = shown(browser, address, (1440, 1180), "planner")
    page.goto(f"/plan/{plan_id}")
    page.locator("input[type=range]").wait_for()
    page.locator("[role=tabpanel] li").first.wait_for()
    page.get_by_text("Kurva sebagai tabel").wait_for()
    page.wait_for_timeout(1500)
    return page.screenshot()


def _proven(found: dict[str, Any]) -> bool:
    return bool(found["gap"] <= LARGEST_GAP and not found["refining"])


def region(browser: Browser, address: str) -> bytes:
    """The map of the regency beside what it shows in words."""
    page = shown(browser, address, DESK, "operator")
    page.goto("/map")
    page.locator("svg [data-point]").first.wait_for()
    page.wait_for_timeout(1500)
    return page.screenshot()


def health(browser: Browser, address: str) -> bytes:
    """Four cameras on one switch fall together: one fault, one order with a deadline."""
    operator = played(address, "operator")
    switch_off(address)
    until(lambda: bool(_open_faults(operator)), 70, "the fault of four cameras")
    fault = _open_faults(operator)[0]
    if fault["repair_id"] is None:
        body = {
            "cameras": [camera["camera"] for camera in fault["cameras"]],
            "what": "Satu switch mati; teknisi ke lokasi",
            "cause": fault["cause"],
            "incident_id": fault["incident_id"],
            "assignee": "Teknisi jaringan Diskominfo",
            "deadline_us": time.time_ns() // 1000 + DAY_US,
        }
        operator.post("/api/repairs", body)
    page = shown(browser, address, (1440, 1000), "operator")
    page.goto("/health")
    page.get_by_text("Tiket perbaikan sudah ada").first.wait_for()
    page.wait_for_timeout(1500)
    return page.screenshot()


def switch_off(address: str) -> None:
    """As the button of the story does; answered without a body."""
    with httpx2.Client(base_url=address, headers={"x-ronda": "1"}) as client:
        client.post("/api/demo/switch").raise_for_status()


def _open_faults(operator: ApiClient) -> list[dict[str, Any]]:
    return [
        one for one in operator.get("/api/incidents?days=1") if not one["closed_us"] and len(one["cameras"]) > 3
    ]


def service(browser: Browser, address: str) -> bytes:
    """The last days of a counter, and all that is stored of it."""
    page = shown(browser, address, (1440, 1100), "service_head")
    page.goto("/service")
    page.get_by_role("button", name="Apa yang tersimpan").first.click()
    page.wait_for_timeout(2000)
    return page.screenshot()


def village_page(browser: Browser, address: str) -> bytes:
    """As the head of a village sees it on a telephone, by the signed link."""
    operator = played(address, "operator")
    until(lambda: _all_recorded(operator), 90, "every camera to be recorded, also in the village")
    made = operator.post("/api/village-links", {"area": VILLAGE_CODE})
    page = shown(browser, address, PHONE, device_scale_factor=2)
    page.goto(made["path"])
    return page.screenshot()


def _all_recorded(operator: ApiClient) -> bool:
    return all(camera["now"]["state"] == "recording" for camera in operator.get("/api/cameras"))


def public_page(browser: Browser, address: str) -> bytes:
    """Without login, and with script turned off."""
    page = shown(browser, address, DESK, java_script_enabled=False)
    page.goto("/publik")
    return page.screenshot()


def register_import(browser: Browser, address: str) -> bytes:
    """A file with two mistakes: nothing of it is taken in, each is named."""
    page = shown(browser, address, DESK, "admin")
    page.goto("/cameras/import")
    file = {"name": "kamera.csv", "mimeType": "text/csv", "buffer": IMPORT.encode()}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("heading", name="yang salah").wait_for()
    page.wait_for_timeout(500)
    return page.screenshot()


def until(holds: Callable[[], bool], longest_s: float, what: str) -> None:
    deadline_s = time.monotonic() + longest_s
    while not holds():
        if time.monotonic() > deadline_s:
            raise SystemExit(f"waited {longest_s:.0f} s for {what}; it did not come")
        time.sleep(1)


def until_shown(page: Page, pictures: int) -> None:
    """Wait for that many tiles to hold a decoded picture."""
    page.wait_for_function(
        "n => [...document.querySelectorAll('video')].filter(v => v.readyState >= 2).length >= n", arg=pictures
    )


def save(png: bytes, path: Path) -> None:
    """Fewer colours until the file is small enough to be kept in a repository."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    widest = min(picture.width, 1440)
    for shrink, colours in ((1.0, 192), (1.0, 96), (0.89, 96), (0.89, 64), (0.76, 64), (0.67, 48)):
        width = round(widest * shrink)
        small = picture.resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.quantize(colours, kmeans=3, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() < LARGEST_BYTES:
            break
    path.write_bytes(out.getvalue())
    print(f"{path.name}: {out.tell()} bytes, {width} px, {colours} colours")


PICTURES: dict[str, Callable[[Browser, str], bytes]] = {
    "case-room": case_room,
    "live-wall": live_wall,
    "plan": plan,
    "map": region,
    "service": service,
    "village-page": village_page,
    "public-page": public_page,
    "register-import": register_import,
    "health": health,
}

if __name__ == "__main__":
    sys.exit(main())
