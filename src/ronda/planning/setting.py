"""Set a paper: a template of this package and its data become a PDF. Texts go in as data, never run.

Same data, same bytes: no time of day and no font of the machine come in.
"""

import json
from collections.abc import Mapping
from importlib.resources import files

import typst

from ronda.planning.errors import PaperError


def set_pdf(template: str, data: Mapping[str, object], **more: str) -> bytes:
    """`template`: its name without ending; `more`: further texts, such as a map. Raises PaperError."""
    source = (files("ronda.planning") / "templates" / f"{template}.typ").read_text(encoding="utf-8")
    inputs = {"data": json.dumps(data, ensure_ascii=False), **more}
    try:
        pages = typst.Compiler(source.encode(), ignore_system_fonts=True, sys_inputs=inputs).compile(
            format="pdf", timestamp=0
        )
    except RuntimeError as error:
        raise PaperError(f"the paper {template} could not be set: {str(error)[:300]}") from None
    if not isinstance(pages, bytes):
        raise PaperError(f"the paper {template} is not one document")
    return pages
