"""`ronda openapi`: print the API's own description; the web's types are made from it."""

import json


def openapi() -> int:
    """Print the OpenAPI document as JSON."""
    from ronda.app.http.server import describe

    print(json.dumps(describe(), indent=1, ensure_ascii=False))
    return 0
