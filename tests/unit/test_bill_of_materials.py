"""The bill of materials names what runs on the server and in the screens, and is true to the lock."""

import json
import runpy

from tests.needs import ROOT

from ronda.app.reports.audit import sbom

MADE_BY = "web/list_packages.py"


def components() -> dict[str, dict[str, object]]:
    return {one["purl"]: one for one in json.loads(sbom())["components"]}


def test_the_list_of_web_packages_is_that_of_the_lock() -> None:
    """Red after a change of the lock: run `.venv/bin/python web/list_packages.py`."""
    maker = runpy.run_path(str(ROOT / MADE_BY))
    assert (ROOT / "src/ronda/app/reports/web-packages.json").read_text() == maker["text"]()


def test_what_stands_in_the_screens_is_named_with_version_and_licence() -> None:
    wanted = json.loads((ROOT / "web/package.json").read_bytes())["dependencies"]
    named = components()
    for name, version in wanted.items():
        one = named[f"pkg:npm/{name.replace('@', '%40')}@{version}"]
        assert (one["name"], one["version"], one["scope"]) == (name, version, "required")
    licences = [one["licenses"] for purl, one in named.items() if purl.startswith("pkg:npm/")]
    assert len(licences) > 100
    assert [{"license": {"name": "not stated"}}] not in licences


def test_what_only_builds_the_screens_is_marked_as_such() -> None:
    tools = json.loads((ROOT / "web/package.json").read_bytes())["devDependencies"]
    named = components()
    assert named[f"pkg:npm/vite@{tools['vite']}"]["scope"] == "excluded"
    assert all(one["scope"] == "required" for purl, one in named.items() if purl.startswith("pkg:pypi/"))
