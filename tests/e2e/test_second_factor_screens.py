"""Signing in with a second factor as people do: an authenticator app, a passkey, a recovery code."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update
from tests.e2e.conftest import PASSWORD, Served, fresh_page, look_at, not_yet_served, serve, stop, until

from ronda.access.model import Role
from ronda.access.service import new_person
from ronda.access.sessions import IDLE_US
from ronda.core.ids import AreaCode
from ronda.core.time import SECOND_US
from ronda.store.sql.people import sessions


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Served on `localhost`, where browsers allow passkeys without a certificate; no cameras."""
    here = not_yet_served(tmp_path_factory.mktemp("factors") / "data")
    here.address = here.address.replace("127.0.0.1", "localhost")
    try:
        serve(here)
        yield here
    finally:
        for process in here.processes:
            stop(process)


def enrol(here: Served, login: str, role: Role) -> None:
    person = new_person(login, f"Nama {login}", f"77-{login}", "Kantor", frozenset({role}), AreaCode("64.08"))
    once = here.wiring.access.add_person(None, person)
    here.wiring.access.change_password(person, once, PASSWORD)


def give_password(page: Page, login: str) -> None:
    page.goto("/")
    page.get_by_label("Nama akun").fill(login)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk", exact=True).click()


def wait_for_next_code(totp: pyotp.TOTP, used: str) -> str:
    """A code works once: the next one comes within half a minute; the one ahead is taken already."""
    ahead = totp.at(int(time.time()) + 30)
    if ahead != used:
        return ahead
    until(lambda: totp.now() != used, "the next code", 40)
    return totp.now()


def test_an_approver_sees_nothing_until_an_authenticator_app_is_set_up_and_then_shows_it(
    chromium: Browser, here: Served, tmp_path: Path
) -> None:
    """S6, from the first sign-in to the second one with a recovery code."""
    enrol(here, "ayu", Role.APPROVER)
    with fresh_page(chromium, here) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        give_password(page, "ayu")
        expect(page.get_by_text("Peran Anda mewajibkan faktor kedua")).to_be_visible()
        assert page.request.get("/api/cases").status == 401
        page.get_by_label(re.compile("Nama alat")).fill("Telepon dinas")
        look_at(page, "factor-enrol", tmp_path)
        page.get_by_role("button", name="Pasang aplikasi autentikator").click()
        expect(page.get_by_role("img", name="Kode QR untuk aplikasi autentikator")).to_be_visible()
        look_at(page, "factor-totp", tmp_path)
        totp = pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", ""))
        first = totp.now()
        page.get_by_label("Kode pertama dari aplikasi").fill(first)
        page.get_by_role("button", name="Pasang", exact=True).click()
        expect(page.locator("ol.mono li")).to_have_count(10)
        codes = page.locator("ol.mono li").all_inner_texts()
        look_at(page, "factor-recovery", tmp_path)
        page.get_by_role("button", name="Sudah saya simpan").click()
        expect(page.get_by_role("heading", name="Kasus", exact=True)).to_be_visible()
    with fresh_page(chromium, here) as page:
        give_password(page, "ayu")
        field = page.get_by_label(re.compile("Kode enam angka"))
        field.fill(first)
        page.get_by_role("button", name="Lanjutkan").click()
        expect(page.get_by_role("alert")).to_contain_text("Kode salah atau sudah dipakai")
        field.fill(wait_for_next_code(totp, first))
        page.get_by_role("button", name="Lanjutkan").click()
        expect(page.get_by_role("heading", name="Kasus", exact=True)).to_be_visible()
        page.get_by_role("link", name="Nama ayu").first.click()
        expect(page.get_by_text("10 kode pemulihan tersisa")).to_be_visible()
        look_at(page, "factor-account", tmp_path)
    with fresh_page(chromium, here) as page:
        give_password(page, "ayu")
        page.get_by_label(re.compile("Kode enam angka")).fill(codes[0])
        page.get_by_role("button", name="Lanjutkan").click()
        expect(page.get_by_role("heading", name="Kasus", exact=True)).to_be_visible()


def authenticator(page: Page) -> tuple[Any, str]:
    """Chromium's virtual authenticator: a phone with a fingerprint that always says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, str(made["authenticatorId"])


def test_a_passkey_is_made_and_opens_the_next_session_and_one_of_another_key_does_not(
    chromium: Browser, here: Served
) -> None:
    """The ceremonies with a real browser; the server sees a public key and a count alone."""
    enrol(here, "putra", Role.INSPECTOR)
    with fresh_page(chromium, here) as page:
        session, key = authenticator(page)
        give_password(page, "putra")
        page.get_by_role("button", name="Pasang kunci sandi").click()
        page.get_by_role("button", name="Sudah saya simpan").click()
        expect(page.get_by_role("link", name="Jejak Akses")).to_be_visible()
        page.get_by_role("button", name="Keluar").first.click()
        give_password(page, "putra")
        page.get_by_role("button", name="Pakai kunci sandi").click()
        expect(page.get_by_role("link", name="Jejak Akses")).to_be_visible()
        (factor,) = here.wiring.factors.mine(here.wiring.people.by_login("putra")[0])  # type: ignore[index]
        assert factor.sign_count >= 1
        page.get_by_role("button", name="Keluar").first.click()
        session.send("WebAuthn.clearCredentials", {"authenticatorId": key})
        give_password(page, "putra")
        page.get_by_role("button", name="Pakai kunci sandi").click()
        expect(page.get_by_role("alert")).to_contain_text("Peramban tidak membuat atau menunjukkan kunci sandi")
        assert page.request.get("/api/log").status == 401


def test_a_person_ends_the_other_sessions_after_giving_the_password_again(
    chromium: Browser, here: Served, tmp_path: Path
) -> None:
    """One sees where one is signed in; who found the desk unlocked cannot shut the owner out."""
    enrol(here, "tari", Role.OPERATOR)
    with fresh_page(chromium, here) as phone, fresh_page(chromium, here) as desk:
        for page in (phone, desk):
            give_password(page, "tari")
            page.locator("nav").wait_for(state="attached")
        with here.wiring.engine.begin() as connection:
            connection.execute(update(sessions).values(vouched_us=0))
        desk.goto("/account")
        mine = desk.get_by_role("region", name="Tempat saya masuk")
        expect(mine.get_by_role("listitem")).to_have_count(2)
        expect(mine).to_contain_text("Chrome, Linux")
        mine.get_by_role("button", name="Akhiri semua yang lain").click()
        look_at(desk, "sessions", tmp_path)
        desk.get_by_role("dialog").get_by_label("Kata sandi").fill(PASSWORD)
        desk.get_by_role("dialog").get_by_role("button", name="Lanjutkan").click()
        expect(mine.get_by_role("listitem")).to_have_count(1)
        assert phone.request.get("/api/session").status == 401
        desk.set_viewport_size({"width": 390, "height": 844})
        look_at(desk, "sessions-phone", tmp_path)


def test_who_does_not_touch_the_screen_is_told_before_the_session_ends(chromium: Browser, here: Served) -> None:
    enrol(here, "diam", Role.OPERATOR)
    with fresh_page(chromium, here) as page:
        give_password(page, "diam")
        page.locator("nav").wait_for(state="attached")
        page.goto("about:blank")  # a touch that is under way would count for the half hour to come
        soon = here.wiring.clock.now_us() - IDLE_US + 90 * SECOND_US
        with here.wiring.engine.begin() as connection:
            connection.execute(update(sessions).values(used_us=soon))
        page.goto("/")
        expect(page.get_by_role("alert")).to_contain_text("Tidak ada yang menyentuh layar ini")
        page.get_by_role("button", name="Tetap masuk").click()
        expect(page.get_by_role("alert")).to_have_count(0)
        person = here.wiring.people.by_login("diam")
        assert person is not None
        (mine,) = here.wiring.sessions.mine(person[0])
        assert mine.used_us > soon
