"""Write commands.md and api.md from what the code says of itself; tests compare them.

    .venv/bin/python docs/reference/make.py

The commands' texts are those of `ronda ... --help`; the API's come from web/src/api/openapi.json. A
sentence is added here only where an operation has none of its own.
"""

import io
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from ronda.app.cli import app

HERE = Path(__file__).parent
OPENAPI = HERE.parents[1] / "web" / "src" / "api" / "openapi.json"
COMMANDS = (
    "init", "user add", "user list", "user reset", "user link",
    "camera add", "camera list", "camera off", "camera on",
    "camera discover", "camera probe", "camera fill", "camera reboot",
    "registry import", "disk add", "disk list",
    "serve", "check", "backup", "restore", "record", "verify", "demo", "sim", "openapi",
    "report dpia", "report breach", "report audit", "report month",
    "log figures", "log anchor",
    "timestamp add", "timestamp list", "timestamp remove",
    "witness init", "witness key", "witness run", "witness trust", "witness distrust", "witness list",
    "plan solve", "plan score", "plan compare", "plan explain", "plan sweep", "plan benchmark", "plan export",
    "edge invite", "edge enrol", "edge run", "edge list", "edge accept", "edge end", "edge release",
)  # fmt: skip
SUBJECTS = {
    "session": "Session and policy",
    "people": "Accounts",
    "cameras": "Cameras, timelines, storage",
    "register": "Register, areas, targets, imports",
    "public": "The public page",
    "cases": "Cases, locks, packages",
    "log": "The access log",
    "health": "Health and metrics",
    "service": "Service measures",
    "village": "Village pages",
    "fleet": "Village boxes",
    "demo": "Training data only",
}
# Operations that say nothing of themselves.
SAID = {
    "GET /api/session": "Who is signed in, and what the roles allow.",
    "POST /api/session": "Sign in; sets the cookie `ronda_session` for 12 hours.",
    "DELETE /api/session": "Sign out.",
    "POST /api/session/password": "Replace the own password; sessions end. All that a one-time password opens.",
    "GET /api/policy": "The policy table: every action with the roles that may do it.",
    "GET /api/people": "The accounts inside the own area.",
    "POST /api/people": "Make an account; answers with its one-time password, once.",
    "POST /api/cameras": "Register a camera; a running recorder takes it up at once.",
    "GET /api/cases/{case_id}": "A case without pictures; `past_open`: may this person look now.",
    "POST /api/cases/{case_id}/refusal": "Refuse, as a second person; the lock ends 7 days later.",
    "POST /api/cases/{case_id}/marks": "Keep a found place with a note.",
    "GET /api/cases/{case_id}/packages/progress": "How far the package that is being sealed has come.",
    "POST /api/cases/{case_id}/hand-over": "Record who took a package, on which medium.",
    "POST /api/cases/{case_id}/outcome": "Close the case; access ends now, locks 30 days later.",
    "GET /api/demo": "Who can be played, and the staged theft.",
}


def commands() -> str:
    """The page of commands: `--help` of each, as it is printed on 80 columns."""
    parts = [
        "# Commands",
        "",
        "Made by `docs/reference/make.py` from `ronda ... --help`; a test compares them. Results go to stdout,",
        "progress to stderr; see [exit statuses](exit-statuses.md). `--data` falls back to `$RONDA_DATA`, then to",
        "`./ronda-data`; `ronda demo` has a folder of its own. `recorder` and `web` are started by `ronda serve`.",
        "",
    ]
    for name in COMMANDS:
        parts += [f"## ronda {name}", "", "```text", shown_help(name.split()), "```", ""]
    return "\n".join(parts)


def shown_help(tokens: list[str]) -> str:
    page = io.StringIO()
    console = Console(file=page, width=80, force_terminal=False, color_system=None, highlight=False)
    app.help_print(tokens, console=console)
    return "\n".join(line.rstrip() for line in page.getvalue().strip("\n").split("\n"))


def api() -> str:
    """The page of the API: each operation once, by subject."""
    found: dict[str, list[str]] = {}
    for path, operations in json.loads(OPENAPI.read_text())["paths"].items():
        for method, operation in operations.items():
            found.setdefault(operation["tags"][0], []).append(row(method.upper(), path, operation))
    parts = [(HERE / "api-head.md").read_text().rstrip()]
    for tag in [*SUBJECTS, *sorted(set(found) - set(SUBJECTS))]:
        table = ["| | Path | Takes | Gives | |", "|---|---|---|---|---|", *found.get(tag, [])]
        parts.append(f"## {SUBJECTS.get(tag, tag)}\n\n" + "\n".join(table))
    return "\n\n".join(parts) + "\n"


def row(method: str, path: str, operation: dict[str, Any]) -> str:
    said = operation.get("description") or SAID.get(f"{method} {path}") or ""
    said = " ".join(said.split())
    asked = [f"`{one['name']}`" for one in operation.get("parameters", []) if one["in"] == "query"]
    body = schema_name(operation.get("requestBody", {}))
    given = {code: schema_name(answer) for code, answer in operation["responses"].items() if code < "400"}
    gives = ", ".join(f"{code} {name}".strip() for code, name in given.items())
    return f"| {method} | `{path}` | {', '.join(filter(None, [body, *asked]))} | {gives} | {said} |"


def schema_name(holder: dict[str, Any]) -> str:
    """`RequestIn`, `CameraOut[]`, or nothing when the content has no named form."""
    for content in holder.get("content", {}).values():
        schema = content.get("schema", {})
        items = schema.get("items", {})
        if "$ref" in schema:
            return f"`{schema['$ref'].rsplit('/', 1)[1]}`"
        if "$ref" in items:
            return f"`{items['$ref'].rsplit('/', 1)[1]}[]`"
    return ""


def main() -> int:
    (HERE / "commands.md").write_text(commands())
    (HERE / "api.md").write_text(api())
    return 0


if __name__ == "__main__":
    sys.exit(main())
