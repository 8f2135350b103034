"""Pages made by the server, readable without script and without login: village and public.

Templates escape everything they are given. One stylesheet stands inside each page, so that a phone on
a thin line loads one file.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

FOLDER = Path(__file__).parent
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, **values: object) -> str:
    """The page as text. Raises jinja2.UndefinedError for a value that the template needs and lacks."""
    return _ENVIRONMENT.get_template(template).render(**values)
