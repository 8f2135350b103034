"""What an ID token of a sign-in provider proves, if anything. Pure.

Decides: signed by a key that the provider publishes, with an algorithm on our list (never `none`, never a shared
secret), by this provider, for this client, for this very sign-in (nonce), now. Gives the subject and nothing
else: roles, names and areas that a provider states are not read.
"""

import json
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ronda.access.errors import ProviderRefusedError

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
LEEWAY_S: Final = 60
LONGEST_BYTES: Final = 20_000


def subject_of(token: str, keys: Any, *, issuer: str, client_id: str, nonce: str, now_s: int) -> str:
    """The subject. Raises ProviderRefusedError for anything that does not fit, whatever was raised inside."""
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST_BYTES:
        raise ProviderRefusedError("no ID token came")
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))
        rules = jwt.JWTClaimsRegistry(
            now=now_s,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
            aud={"essential": True, "value": client_id},
        )
        rules.validate(decoded.claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, json.JSONDecodeError) as fault:
        raise ProviderRefusedError(f"the ID token proves nothing ({type(fault).__name__})") from None
    audience, subject = decoded.claims["aud"], decoded.claims["sub"]
    if isinstance(audience, list) and (len(audience) > 1 or decoded.claims.get("azp", client_id) != client_id):
        raise ProviderRefusedError("the ID token is for more than this installation")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise ProviderRefusedError("the ID token names no subject")
    return subject
