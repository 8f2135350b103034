"""Write the list of the web's packages that the bill of materials takes: run after `package-lock.json` changed.

    .venv/bin/python web/list_packages.py

The wheel holds the built screens and neither the lock nor `node_modules`; so the list is kept beside the code that
prints it, and `tests/unit/test_bill_of_materials.py` compares the two.
"""

import json
from pathlib import Path

WEB = Path(__file__).parent
LIST = WEB.parent / "src/ronda/app/reports/web-packages.json"


def listed() -> list[dict[str, str | bool]]:
    """Every package of the lock once for each version; `shipped` are those whose code may stand in the screens."""
    lock = json.loads((WEB / "package-lock.json").read_bytes())
    found: dict[tuple[str, str], dict[str, str | bool]] = {}
    for path, one in lock["packages"].items():
        if not path:
            continue
        name = path.rsplit("node_modules/", 1)[-1]
        row = found.setdefault((name, one["version"]), {"name": name, "version": one["version"], "shipped": False})
        row["licence"] = one.get("license", "not stated")
        row["shipped"] = bool(row["shipped"]) or not one.get("dev", False)
    return [found[key] for key in sorted(found)]


def text() -> str:
    return "[\n" + ",\n".join(json.dumps(row, sort_keys=True) for row in listed()) + "\n]\n"


if __name__ == "__main__":
    LIST.write_text(text())
