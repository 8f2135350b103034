"""The page of keys, cryptography, connections and uploads names what the code has."""

import ast
import re
from collections.abc import Iterator

from tests.needs import ROOT

from ronda.app.fleet.incoming import LARGEST_PART_BYTES
from ronda.app.http.guard import LARGER_BODIES, MAX_BODY_BYTES
from ronda.app.http.routes.village import MOST_FORM_BYTES
from ronda.cases.police_papers import MOST_LETTER_BYTES

PAGE = (ROOT / "docs/reference/keys-and-doors.md").read_text()
CRYPTOGRAPHY = {
    "argon2", "asn1crypto", "authlib", "bcrypt", "Crypto", "cryptography", "ecdsa", "hashlib", "hmac", "joserfc",
    "jwt", "nacl", "OpenSSL", "pyhanko", "pyhanko_certvalidator", "pyotp", "rfc3161_client", "secrets", "ssl",
    "webauthn",
}  # fmt: skip
DIGESTS = {"md5": "MD5", "sha1": "SHA-1", "sha384": "SHA-384", "sha512": "SHA-512", "blake2b": "BLAKE2b"}


def trees() -> Iterator[ast.Module]:
    for path in (ROOT / "src").rglob("*.py"):
        yield ast.parse(path.read_text())


def imported() -> set[str]:
    found: set[str] = set()
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    return found & CRYPTOGRAPHY


def test_every_library_of_cryptography_in_use_has_its_row() -> None:
    used = imported()
    assert {"hashlib", "cryptography", "argon2"} <= used  # else the search itself is broken
    part = PAGE.split("## Cryptography in use")[1].split("## Connections")[0]
    assert {name for name in used if f"`{name}`" not in part} == set()


def test_every_other_digest_than_sha_256_is_explained() -> None:
    used = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, (ast.Attribute, ast.Name))
    }
    named = {digest for digest in DIGESTS if digest in used}
    assert "md5" in named
    assert {digest for digest in named if DIGESTS[digest] not in PAGE} == set()


def test_every_key_file_of_the_data_folder_has_its_row() -> None:
    files = re.findall(r"`((?:[a-z-]+/)?[a-z-]+\.key)`", (ROOT / "docs/reference/data-folder.md").read_text())
    assert len(files) >= 6
    assert {name for name in files if f"`{name}`" not in PAGE} == set()


def test_the_limits_of_uploads_are_those_of_the_code() -> None:
    for ending, limit in LARGER_BODIES:
        rows = [line for line in PAGE.splitlines() if f"{ending.decode()}`" in line]
        assert rows, ending
        least = MOST_LETTER_BYTES if ending == b"/letter" else limit
        assert all(f"{least:,} bytes" in row for row in rows), ending
    for limit in (MAX_BODY_BYTES, MOST_FORM_BYTES, LARGEST_PART_BYTES):
        assert f"{limit:,} bytes" in PAGE
