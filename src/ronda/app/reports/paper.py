"""Papers are Markdown templates beside this module, and tables as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def paper(name: str, **values: object) -> str:
    """The template of this name, filled; a value that is missing is an error, never an empty place."""
    loader = FileSystemLoader(TEMPLATES)
    # Markdown for people to edit, never served as a page.
    environment = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701
    return environment.get_template(f"{name}.md").render(**values)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV; text that a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([_safe(value) for value in row] for row in rows)
    return out.getvalue()


def _safe(value: object) -> object:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
