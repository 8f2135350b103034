"""Keep passwords out of messages, logs and pages."""

import re


def mask_url(text: str) -> str:
    """Replace `user:password@` of every URL inside `text` by `***@`.

    The greedy end is the last `@` before the first `/`, since some cameras have `@` in passwords.
    """
    return re.sub(r"([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s]*@", r"\1***@", text)
