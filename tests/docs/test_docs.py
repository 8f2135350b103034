"""The documentation keeps step with the code: nothing promised that is not there, nothing left out."""

import ast
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tests.needs import ROOT

from ronda.app.cli import app

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
REFERENCE = ROOT / "docs" / "reference"
LARGEST_PICTURE_BYTES = 350_000


def module_at(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference_make", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made() -> ModuleType:
    return module_at(REFERENCE / "make.py")


def public_commands() -> Iterator[str]:
    """Every command that `--help` shows, groups by their parts."""
    for name in app:
        if name.startswith("-") or not app[name].show:
            continue
        inner = [part for part in app[name] if not part.startswith("-")]
        yield from [f"{name} {part}" for part in inner] or [name]


def prose(page: Path) -> str:
    """A page without its fenced blocks and code spans."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`]*`", "", text)


def headings(page: Path) -> set[str]:
    """Anchors as repository hosts make them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_every_public_command_is_in_the_reference(made: ModuleType) -> None:
    assert sorted(public_commands()) == sorted(made.COMMANDS)


def test_the_reference_of_commands_is_what_help_prints(made: ModuleType) -> None:
    """Else: .venv/bin/python docs/reference/make.py"""
    assert (REFERENCE / "commands.md").read_text() == made.commands()


def test_the_reference_of_the_api_is_what_the_api_describes(made: ModuleType) -> None:
    """Else: make openapi, then .venv/bin/python docs/reference/make.py"""
    page = (REFERENCE / "api.md").read_text()
    assert page == made.api()
    described = json.loads(made.OPENAPI.read_text())["paths"]
    missing = [path for path in described if f"| `{path}` |" not in page]
    assert missing == []
    silent = [
        line for line in page.splitlines() if re.match(r"\| (GET|POST|PUT|DELETE) ", line) and line.endswith("|  |")
    ]
    assert silent == [], "an operation without a sentence"


def test_the_commands_that_pages_name_exist() -> None:
    """`ronda verfiy` in a guide costs its reader more than a wrong word."""
    known = {*public_commands(), *(name for name in app if not name.startswith("-"))}
    for page in PAGES:
        for name, inner in re.findall(r"(?<![\w/.-])ronda ([a-z]+)(?: ([a-z]+))?", "\n".join(shown_code(page))):
            assert name in known, (page.name, name)
            if inner and any(one.startswith(f"{name} ") for one in known):
                assert f"{name} {inner}" in known, (page.name, name, inner)


def shown_code(page: Path) -> list[str]:
    text = page.read_text()
    blocks = re.findall(r"^ *```(?:sh|console)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [*blocks, *re.findall(r"`(ronda [^`\n]*)`", re.sub(r"^ *```.*?^ *```$", "", text, flags=re.M | re.S))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_and_picture_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        found = (page.parent / name).resolve() if name else page
        assert found.exists(), target
        assert found.is_relative_to(ROOT), target
        if anchor:
            assert anchor in headings(found), target


def test_every_page_can_be_reached_from_the_readme() -> None:
    """A page that nothing leads to is not documentation."""
    reached, left = set(), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        targets = re.findall(r"\]\(([^)\s#]+)", prose(page))
        left += [found for one in targets if (found := (page.parent / one).resolve()).is_file()]
    alone = set(PAGES) - reached - {REFERENCE / "api-head.md"}
    assert alone == set()


def pictures_on(page: Path) -> set[Path]:
    return {(page.parent / name).resolve() for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text())}


def test_the_readme_shows_the_case_room_and_the_plan() -> None:
    """Its first screen: a theft found, a budget turned into points."""
    shown = {picture.name for picture in pictures_on(ROOT / "README.md")}
    assert {"case-room.png", "plan.png"} <= shown
    assert len(shown) <= 3


def test_every_picture_is_small_can_be_made_again_and_is_shown_with_words() -> None:
    kept = set((ROOT / "docs" / "pictures").glob("*.png"))
    assert {picture.stem for picture in kept} == set(module_at(ROOT / "docs" / "pictures" / "make.py").PICTURES)
    assert kept == set.union(*(pictures_on(page) for page in PAGES)), "a picture without a page, or without words"
    for picture in kept:
        assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert picture.stat().st_size < LARGEST_PICTURE_BYTES, picture.name


def test_no_page_names_a_machine_or_a_registry() -> None:
    """The project speaks of itself alone: it is built from any mirror, on any machine."""
    hosts = [r"pypi\.org", r"pythonhosted", r"registry\.npmjs", r"npmjs\.com", r"proxy\.golang", r"crates\.io"]
    forbidden = re.compile("|".join([*hosts, r"(?<![\w.])/(?:work|home|root|Users)/", r"\blocalhost:\d"]))
    for page in PAGES:
        assert forbidden.findall(page.read_text()) == [], page


def test_every_module_says_what_it_is() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "src" / "ronda").rglob("*.py"))
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_every_kind_of_log_entry_is_documented() -> None:
    """An inspector must be able to look up what an entry means."""
    page = (REFERENCE / "log-entries.md").read_text()
    found = {action for path in (ROOT / "src" / "ronda").rglob("*.py") for action in logged_actions(path)}
    assert len(found) > 30, "the search finds no actions any more"
    assert sorted(action for action in found if f"`{action}`" not in page) == []


LOGGING = {"note", "_note", "act", "intent", "fact", "refuse", "require", "after", "_require_open", "AuditEvent"}


def logged_actions(path: Path) -> Iterator[str]:
    """Dotted Indonesian verbs that are passed to something that writes entries."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in LOGGING:
                parts = [
                    part for value in [*node.args, *(k.value for k in node.keywords)] for part in ast.walk(value)
                ]
                yield from (
                    part.value
                    for part in parts
                    if isinstance(part, ast.Constant)
                    and isinstance(part.value, str)
                    and re.fullmatch(r"[a-z]+\.[a-z_]+", part.value)
                    and "." in part.value
                )


def test_the_glossary_has_each_word_once() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)[1:]
    assert len(rows) == len(set(rows))
