"""Rules that hold on every working screen: read by a phone, pressed by a finger, told by a screen reader."""

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e.conftest import PEOPLE, Served, fresh_page, sign_in

PHONE = {"width": 390, "height": 844}
FINGER_PX = 44

# What breaks a rule, in words; an empty list when the screen keeps them all.
FAULTS = """(finger) => {
  document.querySelectorAll("main details").forEach((one) => (one.open = true));
  const shown = (one) => one.checkVisibility() && one.offsetHeight > 0 && !one.closest(".visually-hidden, .skip");
  const all = (what) => [...document.querySelectorAll(what)].filter(shown);
  const tell = (fault, list) =>
    list.map((one) => `${fault}: ${one.localName} ${(one.textContent || one.name || one.id).trim().slice(0, 40)}`);
  const box = 'input:is([type="checkbox"], [type="radio"])';
  const pressed = `button, .button, select, summary, textarea, label:has(> ${box})`;
  const typed = `input:not(${box}, [type="range"])`;
  const wide = (one) => one.scrollWidth > one.clientWidth;
  const named = (one) => one.textContent.trim() || one.ariaLabel || one.title;
  return [
    ...(document.querySelectorAll("h1").length === 1 ? [] : ["not one heading of the first rank"]),
    ...tell("scrolls sideways", [document.documentElement, document.querySelector("main")].filter(wide)),
    ...tell("too low for a finger", all(`${pressed}, ${typed}`).filter((one) => one.offsetHeight < finger)),
    ...tell("no label", all("input, select, textarea").filter((one) => !one.labels?.length && !one.ariaLabel)),
    ...tell("no name", all("button, a[href]").filter((one) => !named(one))),
  ];
}"""


@pytest.mark.parametrize("login", [login for login, _role, _number in PEOPLE])
def test_every_screen_of_a_person_can_be_used_on_a_phone(chromium: Browser, served: Served, login: str) -> None:
    with fresh_page(chromium, served) as page:
        refused: list[str] = []
        page.on("response", lambda answer: refused.append(answer.url) if answer.status == 403 else None)
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.goto("/icon.svg")
        page.evaluate("localStorage.setItem('ronda-language', 'en')")
        sign_in(page, login)
        paths = page.locator("nav ul a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
        assert len(paths) >= 4
        for path in [*paths, "/account"]:
            page.goto(path)
            page.locator("main h1").wait_for(state="attached")
            expect(page.locator("main .skeleton")).to_have_count(0)
            expect(page).not_to_have_title("Ronda")
            assert page.evaluate(FAULTS, FINGER_PX) == [], path
        assert refused == [], "each refusal is a line of the log that nobody meant"
