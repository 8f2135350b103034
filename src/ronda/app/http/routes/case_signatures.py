"""Electronic signatures on the hand-over record over HTTP. `ronda.cases.signing` decides who may sign as what.

A signature with a key of the office asks for the password again: a session that was left open must not sign. On
training data roles are switched without passwords, and so is it here.
"""

import base64
import binascii

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from ronda.access.errors import WrongPasswordError
from ronda.access.model import Person
from ronda.access.passwords import password_matches
from ronda.app.http import case_models as models
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.routes.cases import case_out_of
from ronda.cases.signing import OwnCertificate
from ronda.core.errors import WrongUsageError
from ronda.core.ids import CaseId
from ronda.evidence.bast_signature import SigningParty
from ronda.store.keys import office_root
from ronda.store.synced import write_synced

router = APIRouter(prefix="/api", tags=["cases"])
LONGEST_FILE_CHARACTERS = 64_000


class SignatureIn(BaseModel):
    """`password`: sign as oneself, with a key made for it. `pkcs12` (base64): with a certificate of one's own."""

    password: str = Field(default="", max_length=200)
    party: SigningParty = SigningParty.SECOND
    pkcs12: str = Field(default="", max_length=LONGEST_FILE_CHARACTERS)
    passphrase: str = Field(default="", max_length=200)


@router.post("/cases/{case_id}/packages/{package_id}/signature", status_code=201)
def sign_record(
    case_id: str, package_id: str, body: SignatureIn, person: SignedIn, context: InContext, request: Request
) -> models.CaseOut:
    """Sign the BAST of a package electronically; what is sealed does not change."""
    wiring = context.wiring
    own = _own(body)
    if own is None and not wiring.folder.training:
        _confirm(context, person, body.password, request.client.host if request.client else "-")
    case = wiring.cases.sign_record(
        person.person_id,
        CaseId(case_id),
        package_id,
        write_synced,
        lambda: office_root(wiring.folder.keys),
        own,
    )
    return case_out_of(context, person, case)


def _own(body: SignatureIn) -> OwnCertificate | None:
    if not body.pkcs12:
        return None
    try:
        data = base64.b64decode(body.pkcs12, validate=True)
    except (binascii.Error, ValueError):
        raise WrongUsageError("the certificate file is not whole. Next: choose the file (.p12) again") from None
    return OwnCertificate(party=body.party, data=data, passphrase=body.passphrase)


def _confirm(context: Context, person: Person, password: str, address: str) -> None:
    """Raises WrongPasswordError, after an entry; TooManyTriesError while slowed."""
    slowing, keys = context.wiring.signing_slowing, (f"sign:{person.person_id}", f"sign:{address}")
    slowing.check(*keys)
    found = context.wiring.people.by_login(person.login)
    if found is None or not password_matches(found[1], password):
        slowing.failed(*keys)
        context.note(person, "bukti.bast_ditandatangani_ditolak", "ditolak", {"sebab": "kata sandi"})
        raise WrongPasswordError
    slowing.forget(keys[0])
