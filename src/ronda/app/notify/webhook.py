"""POST a message to an address of the office's choice, signed with a shared secret.

The receiver proves the sender by `X-Ronda-Signature: sha256=<hex HMAC of the body>` and drops a repeat
by `X-Ronda-Delivery`. Only a 2xx answer counts as taken.
"""

import hashlib
import hmac
from collections.abc import Mapping

import httpx2

from ronda.app.notify.errors import NotTakenError
from ronda.core.secrets import mask_url
from ronda.health.model import Delivery

ANSWER_S = 10.0


def send(settings: Mapping[str, str], delivery: Delivery) -> None:
    """Raises NotTakenError."""
    body = delivery.body.encode()
    headers = {"content-type": "application/json", "x-ronda-delivery": delivery.delivery_id}
    if secret := settings.get("secret"):
        headers["x-ronda-signature"] = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    url = settings["url"]
    try:
        answer = httpx2.post(url, content=body, headers=headers, timeout=ANSWER_S, follow_redirects=False)
    except (httpx2.HTTPError, httpx2.InvalidURL) as fault:
        raise NotTakenError(f"{mask_url(url)}: {type(fault).__name__}") from None
    if not 200 <= answer.status_code < 300:
        raise NotTakenError(f"{mask_url(url)} answered {answer.status_code}, wanted is 2xx")
