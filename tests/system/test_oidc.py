"""Sign-in by an outside provider, against the npm package oidc-provider; and tokens that prove nothing."""

import base64
import hashlib
import hmac
import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.testclient import TestClient
from tests.http_kit import Town, town
from tests.needs import ROOT, missing, require_program

from ronda.access.errors import ProviderRefusedError
from ronda.access.id_token import subject_of
from ronda.app.http.context import COOKIE
from ronda.app.http.routes.oidc import STATE_COOKIE

HERE = "http://127.0.0.1:8080"
CALLBACK = f"{HERE}/api/oidc/callback"


@dataclass
class Office:
    place: Town
    issuer: str

    def client(self) -> TestClient:
        return TestClient(self.place.app, base_url=HERE, headers={"x-ronda": "1"}, follow_redirects=False)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    node = require_program("node", "nodejs")
    if not (ROOT / "web/node_modules/oidc-provider").is_dir():
        missing("oidc-provider is not installed: make setup")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = Path(__file__).with_name("oidc_provider.mjs")
    process = subprocess.Popen([node, str(script), str(port), CALLBACK], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == b"ready"
        place = town(tmp_path_factory.mktemp("town"))
        issuer = f"http://127.0.0.1:{port}"
        settings = {
            "issuer": issuer, "client_id": "ronda", "client_secret": "rahasia-klien", "redirect_uri": CALLBACK,
            "name": "SSO Pemkab",
        }  # fmt: skip
        (place.wiring.folder.root / "oidc.json").write_text(json.dumps(settings))
        yield Office(place, issuer)
    finally:
        process.terminate()
        process.wait(10)


def at_provider(address: str, login: str) -> str:
    """What a person does at the provider's own pages; gives the address that leads back to us."""
    with httpx2.Client(timeout=10) as browser:
        for _ in range(12):
            answer = browser.get(address)
            while answer.is_redirect:
                address = urljoin(address, answer.headers["location"])
                if address.startswith(CALLBACK):
                    return address
                answer = browser.get(address)
            form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            assert form, answer.text[:500]
            said = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="(\w+)"[^>]*value="([^"]*)"', answer.text))
            said |= {"login": login, "password": "apa saja"} if 'name="login"' in answer.text else {}
            answer = browser.post(urljoin(address, form[1]), data=said)
            address = urljoin(address, answer.headers["location"])
            if address.startswith(CALLBACK):
                return address
    raise AssertionError(address)


def there_and_back(office: Office, client: TestClient, login: str) -> Any:
    begun = client.get("/api/oidc/start")
    assert begun.status_code == 302
    back = at_provider(begun.headers["location"], login)
    return client.get(back.removeprefix(HERE))


def link(office: Office, subject: str, role: str) -> None:
    person = office.place.people[role]
    office.place.wiring.subjects.link(office.issuer, subject, person.person_id, 1)


def test_a_linked_person_signs_in_and_is_who_they_are_here(office: Office) -> None:
    """What the provider says of roles and names is not read."""
    link(office, "198503", "operator")
    client = office.client()
    assert client.get("/api/oidc").json() == {"name": "SSO Pemkab"}
    answer = there_and_back(office, client, "198503")
    assert (answer.status_code, answer.headers["location"]) == (302, "/")
    me = client.get("/api/session").json()
    assert (me["roles"], me["name"], me["needs"]) == (["operator"], "Orang operator", "nothing")


def test_the_second_factor_is_asked_as_always(office: Office) -> None:
    link(office, "197804", "approver")
    client = office.client()
    there_and_back(office, client, "197804")
    assert client.get("/api/session").json()["needs"] == "enrol"
    assert client.get("/api/cases").status_code == 401


def test_a_name_that_nobody_here_has_opens_nothing_and_makes_no_account(office: Office) -> None:
    before = len(office.place.wiring.people.all())
    client = office.client()
    answer = there_and_back(office, client, "orang-asing")
    assert answer.headers["location"] == "/?masuk=nobody_linked"
    assert COOKIE not in client.cookies
    assert len(office.place.wiring.people.all()) == before


def test_the_request_carries_pkce_state_and_nonce_and_each_sign_in_has_its_own(office: Office) -> None:
    asked = [parse_qs(urlsplit(office.client().get("/api/oidc/start").headers["location"]).query) for _ in range(2)]
    for one in asked:
        assert one["code_challenge_method"] == ["S256"]
        assert (one["response_type"], one["scope"]) == (["code"], ["openid"])
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
        assert len(asked[0][name][0]) >= 43


def test_a_code_is_used_once_and_in_the_browser_that_began(office: Office) -> None:
    """Login CSRF and a stolen address: neither signs anybody in."""
    link(office, "198503", "operator")
    client = office.client()
    begun = client.get("/api/oidc/start")
    back = at_provider(begun.headers["location"], "198503").removeprefix(HERE)
    other = office.client()
    assert other.get(back).headers["location"] == "/?masuk=provider_refused"
    assert COOKIE not in other.cookies
    assert client.get(back).headers["location"] == "/?masuk=provider_refused", "the attempt used it up"


@pytest.mark.parametrize(
    "query",
    ["", "?code=x", "?state=x", "?code=x&state=x", "?error=access_denied&state=x", "?code=a&state=constructor"],
)
def test_a_way_back_that_was_not_begun_here_is_refused(office: Office, query: str) -> None:
    client = office.client()
    client.cookies.set(STATE_COOKIE, "x", path="/api/oidc")
    assert client.get(f"/api/oidc/callback{query}").headers["location"] == "/?masuk=provider_refused"
    assert COOKIE not in client.cookies


def test_with_the_provider_away_the_own_password_works(tmp_path: Path) -> None:
    """N68."""
    place = town(tmp_path)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings = {
            "issuer": f"http://127.0.0.1:{nobody.getsockname()[1]}", "client_id": "ronda", "redirect_uri": CALLBACK,
        }  # fmt: skip
        (place.wiring.folder.root / "oidc.json").write_text(json.dumps(settings))
        client = Office(place, "").client()
        assert client.get("/api/oidc/start").headers["location"] == "/?masuk=provider_away"
    operator = place.people["operator"]
    once = place.wiring.access.reset_password(None, operator)
    assert client.post("/api/session", json={"login": "operator", "password": once}).status_code == 200


# ---- tokens that prove nothing (N10)

KEY, OTHER = RSAKey.generate_key(2048, {"kid": "a"}), RSAKey.generate_key(2048, {"kid": "a"})
NOW_S = int(time.time())
GOOD = {"iss": "https://sso", "aud": "ronda", "sub": "198503", "nonce": "n-1", "iat": NOW_S, "exp": NOW_S + 300}


def keys(*known: Any) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in known]}


def signed(claims: dict[str, Any], key: Any = KEY, alg: str = "RS256") -> str:
    return jwt.encode({"alg": alg, "kid": "a"}, claims, key, algorithms=[alg])


def subject(token: Any, published: Any = None) -> str:
    return subject_of(
        token, published or keys(KEY), issuer="https://sso", client_id="ronda", nonce="n-1", now_s=NOW_S
    )


def test_a_token_of_the_provider_for_us_and_this_sign_in_names_its_subject() -> None:
    assert subject(signed(GOOD)) == "198503"
    curve = ECKey.generate_key("P-256", {"kid": "a"})
    assert subject(signed(GOOD, curve, "ES256"), keys(curve)) == "198503"


WRONG = {
    "issuer": {"iss": "https://evil"}, "audience": {"aud": "other"}, "two audiences": {"aud": ["ronda", "other"]},
    "nonce": {"nonce": "n-2"}, "expired": {"exp": NOW_S - 3600}, "no expiry": {"exp": None},
    "no subject": {"sub": None},
    "a number as subject": {"sub": 7}, "an empty subject": {"sub": ""}, "a giant subject": {"sub": "x" * 300},
    "expiry as text": {"exp": "tomorrow"}, "no nonce": {"nonce": None},
}  # fmt: skip


@pytest.mark.parametrize("what", list(WRONG))
def test_a_token_with_a_wrong_claim_proves_nothing(what: str) -> None:
    claims = {name: value for name, value in {**GOOD, **WRONG[what]}.items() if value is not None}
    with pytest.raises(ProviderRefusedError):
        subject(signed(claims))


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_alg_none_proves_nothing(alg: str) -> None:
    with pytest.raises(ProviderRefusedError):
        subject(f"{part({'alg': alg, 'kid': 'a'})}.{part(GOOD)}.")


def test_a_swapped_algorithm_another_key_or_a_cut_signature_proves_nothing() -> None:
    """The public key as shared secret is the oldest of these tricks."""
    head = f"{part({'alg': 'HS256', 'kid': 'a'})}.{part(GOOD)}"
    mac = hmac.new(KEY.as_pem(private=False), head.encode(), hashlib.sha256).digest()
    swapped = f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    whole = signed(GOOD)
    for token in (swapped, signed(GOOD, OTHER), whole[:-4], whole + "A", whole.replace(".", "..")):
        with pytest.raises(ProviderRefusedError):
            subject(token)


@pytest.mark.parametrize(
    "token", ["", "a.b.c", "{}", "null", None, 7, [], {}, "é.é.é", ".", "...", "x" * 30_000, "\0"]
)
def test_what_is_no_token_proves_nothing_whatever_is_raised_inside(token: object) -> None:
    with pytest.raises(ProviderRefusedError):
        subject(token)


@pytest.mark.parametrize(
    "published", [{}, {"keys": []}, {"keys": "x"}, {"keys": [{}]}, {"keys": [{"kty": "RSA"}]}, [], "x"]
)
def test_keys_that_are_none_prove_nothing(published: object) -> None:
    with pytest.raises(ProviderRefusedError):
        subject_of(signed(GOOD), published, issuer="https://sso", client_id="ronda", nonce="n-1", now_s=NOW_S)


def test_a_provider_without_https_outside_this_machine_is_refused(tmp_path: Path) -> None:
    from ronda.app.errors import UnusableFolderError
    from ronda.app.sign_in_provider import read_settings

    path = tmp_path / "oidc.json"
    path.write_text(json.dumps({"issuer": "http://sso.example", "client_id": "r", "redirect_uri": CALLBACK}))
    with pytest.raises(UnusableFolderError):
        read_settings(path)
    assert read_settings(tmp_path / "none.json") is None
