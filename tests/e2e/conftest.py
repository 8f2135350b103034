"""A served installation and Debian's Chromium in front of it. Everything real: cameras, recorder, web, browser."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.needs import require_program

from ronda.access.factors import FORCED, new_secret, recovery_digest
from ronda.access.model import Factor, FactorKind, Person, Role
from ronda.access.service import new_person
from ronda.app.data_folder import create
from ronda.app.recorder_file import write_cameras
from ronda.app.wiring import Wiring
from ronda.core.ids import AreaCode, SiteId, camera_id, new_id
from ronda.registry.model import Camera, Site, SiteKind

PASSWORD = "empat kata yang lain"
CAMERAS = ("ruko-yos-sudarso", "simpang-3")
LONGEST_S = 90.0
# A bound, not a measurement: a camera that is being asked again, on a busy machine, is worth waiting for.
expect.set_options(timeout=30_000)
LIVE = re.compile("LANGSUNG ·")  # what a playing tile says; plain text would also find the menu
# Chromium without its own traffic; started as root in containers, hence no sandbox.
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
]


@dataclass
class Served:
    """`ronda serve` on a folder of its own."""

    root: Path
    wiring: Wiring
    address: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add_camera(self, name: str, url: str, sub_url: str | None = None) -> None:
        site = Site(
            site_id=SiteId(f"s-{name}"), name=f"Titik {name}", kind=SiteKind.MAIN_ROAD,
            area=AreaCode("64.08.04"), lat_deg=0.508, lon_deg=117.5327,
        )  # fmt: skip
        self.wiring.register.add_camera(
            Camera(
                camera=camera_id(name),
                name=name,
                site=site,
                purpose="Keamanan jalan umum",
                legal_basis="UU 27/2022 Pasal 17",
                retention_days=30,
                url=url,
                sub_url=sub_url,
                direction_deg=None,
            )
        )
        write_cameras(self.wiring.folder, self.wiring.register.cameras())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(holds: Callable[[], bool], what: str, longest_s: float = LONGEST_S) -> None:
    """Wait for something that will come; a bound, not a measurement."""
    deadline = time.monotonic() + longest_s
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.25)
    raise AssertionError(f"waited {longest_s:.0f} s for {what}")


def start(arguments: list[str], **more: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "ronda", *arguments], start_new_session=True, **more)  # type: ignore[call-overload,no-any-return]


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = require_program("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=BROWSER_FLAGS)
        yield browser
        browser.close()


PEOPLE = (
    ("rahmat", Role.INVESTIGATOR, "84071129"),
    ("hadi", Role.APPROVER, "1978"),
    ("nur", Role.OPERATOR, "1991"),
    ("dewi", Role.INSPECTOR, "1980"),
    ("sinta", Role.ADMIN, "1985"),
)


def folder_with_people(root: Path) -> Wiring:
    """A data folder that is not for training, and people who have chosen their passwords."""
    wiring = Wiring(create(root, training=False))
    for login, role, number in PEOPLE:
        person = new_person(login, f"Nama {login}", number, "Kantor", frozenset({role}), AreaCode("64.08"))
        once = wiring.access.add_person(None, person)
        wiring.access.change_password(person, once, PASSWORD)
        if role in FORCED:
            give_factor(wiring, person)
    return wiring


FORCED_LOGINS = frozenset(login for login, role, _number in PEOPLE if role in FORCED)
_taken: dict[str, int] = {}


def give_factor(wiring: Wiring, person: Person) -> None:
    """An authenticator app, and recovery codes enough for every sign-in of a test run: each works once."""
    store = wiring.factors.factors
    store.add(
        Factor(
            factor_id=new_id("f"), person_id=person.person_id, kind=FactorKind.TOTP, name="Telepon",
            secret=new_secret(), added_us=wiring.clock.now_us(), confirmed=True,
        )
    )  # fmt: skip
    store.set_recovery(person.person_id, [recovery_digest(_code(person.login, n)) for n in range(300)])


def _code(login: str, number: int) -> str:
    return f"{login}-kode-pemulihan-{number}"


def next_code(login: str) -> str:
    """A recovery code that no sign-in of this run has used."""
    _taken[login] = _taken.get(login, -1) + 1
    return _code(login, _taken[login])


def serve(here: Served) -> None:
    """Start `ronda serve` on it, and wait until its web answers: the recorder may record long before."""
    port = here.address.rsplit(":", 1)[1]
    cameras_here = {**os.environ, "RONDA_CAMERA_NETWORKS": "127.0.0.0/8"}  # the virtual ones
    here.processes.append(start(["serve", "--data", str(here.root), "--listen", port], env=cameras_here))
    until(lambda: _answers(here), "the web")


def not_yet_served(root: Path) -> Served:
    return Served(root=root, wiring=folder_with_people(root), address=f"http://127.0.0.1:{free_port()}")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two virtual cameras, people with passwords, recorder and web running."""
    root = tmp_path_factory.mktemp("served")
    here = not_yet_served(root / "data")
    plan = root / "plan.json"
    plan.write_text(json.dumps({"cameras": [{"name": name, "look": name} for name in CAMERAS]}))
    sim = start(
        ["sim", "--data", str(root / "sim"), "--port", "0", "--json", "--plan", str(plan)], stdout=subprocess.PIPE
    )
    assert sim.stdout is not None
    try:
        for camera in json.loads(sim.stdout.readline())["cameras"]:
            here.add_camera(camera["name"], camera["url"], camera["sub_url"])
        serve(here)
        until(lambda: recorded_s(here, CAMERAS[0]) > 8, "eight recorded seconds")
        yield here
    finally:
        for process in [*here.processes, sim]:
            stop(process)


def _answers(here: Served) -> bool:
    host, port = here.address.removeprefix("http://").split(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
        return True
    return False


def recorded_s(here: Served, camera: str) -> float:
    from ronda.core.time import TimeSpan

    spans = here.wiring.index.recorded(camera_id(camera), TimeSpan(0, 1 << 60))
    return sum(span.duration_s for span in spans)


@pytest.fixture
def page(chromium: Browser, served: Served) -> Iterator[Page]:
    """A fresh page at desk size; a script error on it fails the test."""
    with fresh_page(chromium, served) as page:
        yield page


@contextlib.contextmanager
def fresh_page(chromium: Browser, here: Served) -> Iterator[Page]:
    """A browser of its own in front of one installation; a script error fails the test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=here.address)
    page = context.new_page()
    page.set_default_timeout(20_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


def sign_in(page: Page, login: str) -> None:
    page.goto("/")
    page.get_by_label(re.compile("Nama akun|Account name")).fill(login)
    page.get_by_label(re.compile("Kata sandi|Password")).fill(PASSWORD)
    page.get_by_role("button", name=re.compile("^(Masuk|Sign in)$")).click()
    if login in FORCED_LOGINS:
        page.get_by_label(re.compile("kode pemulihan|recovery code")).fill(next_code(login))
        page.get_by_role("button", name=re.compile("^(Lanjutkan|Go on)$")).click()
    page.locator("nav").wait_for(state="attached")


def played_s(page: Page, number: int = 0) -> float:
    return float(page.evaluate(f"document.querySelectorAll('video')[{number}]?.currentTime ?? 0"))


def look_at(page: Page, name: str, otherwise: Path) -> None:
    """Keep a picture for people to look at: in $RONDA_TEST_PICTURES, else among the test's own files."""
    page.screenshot(path=Path(os.environ.get("RONDA_TEST_PICTURES", otherwise)) / f"{name}.png")
