"""Passkeys (WebAuthn): two ceremonies, each with a challenge that is good once, for one session, five minutes.

The host is the one that the browser asked for; the browser signs the origin it really stands on, so a page of
another host gains nothing. Browsers offer passkeys over HTTPS and on `localhost`, never on a bare IP address.
Challenges are kept in the memory of the web process: a restart in between means asking again.
"""

import json
from dataclasses import dataclass, field
from typing import Final

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ronda.access.errors import WrongCodeError
from ronda.access.model import Factor, FactorKind, Person
from ronda.core.ids import PersonId
from ronda.core.time import MINUTE_US, Clock

CHALLENGE_US: Final = 5 * MINUTE_US
MOST_WAITING: Final = 1000
_NAME: Final = "Ronda"


@dataclass(slots=True)
class Passkeys:
    """Open questions by session. One question a session: a new one replaces the old."""

    clock: Clock
    _asked: dict[str, tuple[bytes, int]] = field(default_factory=dict)

    def registration(self, session: str, person: Person, host: str, known: list[Factor]) -> str:
        """Options for making a passkey, as JSON for the browser."""
        options = generate_registration_options(
            rp_id=_bare(host),
            rp_name=_NAME,
            user_name=person.login,
            user_id=person.person_id.encode(),
            user_display_name=person.name,
            exclude_credentials=[_descriptor(one) for one in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
        )
        self._keep(session, options.challenge)
        return options_to_json(options)

    def registered(self, session: str, host: str, answer: str) -> Factor:
        """The passkey that was made, without person and name. Raises WrongCodeError."""
        challenge = self._take(session)
        try:
            made = verify_registration_response(
                credential=json.loads(answer),
                expected_challenge=challenge,
                expected_rp_id=_bare(host),
                expected_origin=_origins(host),
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            raise WrongCodeError from None
        return Factor(
            factor_id="",
            person_id=PersonId(""),
            kind=FactorKind.PASSKEY,
            name="",
            secret=bytes_to_base64url(made.credential_public_key),
            credential_id=bytes_to_base64url(made.credential_id),
            sign_count=made.sign_count,
            added_us=0,
            confirmed=True,
        )

    def question(self, session: str, host: str, known: list[Factor]) -> str:
        """Options for showing one of the person's passkeys, as JSON for the browser."""
        options = generate_authentication_options(
            rp_id=_bare(host), allow_credentials=[_descriptor(one) for one in known]
        )
        self._keep(session, options.challenge)
        return options_to_json(options)

    def shown(self, session: str, host: str, answer: str, known: list[Factor]) -> tuple[Factor, int]:
        """Which passkey was shown, and its new count. Raises WrongCodeError."""
        challenge = self._take(session)
        try:
            said = json.loads(answer)
            used = next(one for one in known if one.credential_id == said["id"])
            proven = verify_authentication_response(
                credential=said,
                expected_challenge=challenge,
                expected_rp_id=_bare(host),
                expected_origin=_origins(host),
                credential_public_key=base64url_to_bytes(used.secret),
                credential_current_sign_count=used.sign_count,
            )
        except (WebAuthnException, StopIteration, ValueError, KeyError, TypeError):
            raise WrongCodeError from None
        return used, proven.new_sign_count

    def _keep(self, session: str, challenge: bytes) -> None:
        now_us = self.clock.now_us()
        if len(self._asked) >= MOST_WAITING:
            self._asked = {key: one for key, one in self._asked.items() if one[1] > now_us}
        self._asked[session] = (challenge, now_us + CHALLENGE_US)

    def _take(self, session: str) -> bytes:
        challenge, until_us = self._asked.pop(session, (b"", 0))
        if self.clock.now_us() >= until_us:
            raise WrongCodeError
        return challenge


def _bare(host: str) -> str:
    """The host without its port."""
    return host.rsplit(":", 1)[0] if host.rsplit(":", 1)[-1].isdigit() else host


def _origins(host: str) -> list[str]:
    """Where the browser may stand: HTTPS, and plain HTTP on `localhost` alone."""
    return [f"https://{host}", *([f"http://{host}"] if _bare(host) == "localhost" else [])]


def _descriptor(factor: Factor) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(factor.credential_id or ""))
