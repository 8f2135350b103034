"""Everything the verifier parses comes from outside: it answers with its own errors, never a trace.

Seeded and bounded; a crasher goes into `crashers/` and is tried first from then on.
"""

import asyncio
import random
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from pathlib import Path
from textwrap import wrap

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.evidence_kit import MORNING_US, film_bytes, sealed_package, sealing_identity
from tests.fuzz_kit import times

from ronda.core.errors import RondaError
from ronda.evidence import canonical, layout, manifest
from ronda.evidence.authority import read_certificate, read_chain, read_key
from ronda.evidence.checkpoint import open_checkpoint, read_note, read_vkey
from ronda.evidence.film import read_film
from ronda.evidence.folder import PackageFolder
from ronda.evidence.seal import check_seal, make_seal
from ronda.evidence.statement import read_statement
from ronda.evidence.tlog_proof import read_proof
from ronda.evidence.verify import verify_package

SEED, CRASHERS = 20261118, Path(__file__).parent / "crashers"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(sealed_package(tmp_path_factory.mktemp("fuzz"), tiny=True))[2]


def mutated(rng: random.Random, good: bytes) -> bytes:
    """One to four edits: flips, cuts, doubled pieces, inserted noise, large lengths."""
    data = bytearray(good)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1) if data else 0
        match rng.randrange(6):
            case 0 if data:
                data[at % len(data)] ^= 1 << rng.randrange(8)
            case 1:
                del data[at : at + rng.randint(1, 40)]
            case 2:
                data[at:at] = data[at : at + rng.randint(1, 60)]
            case 3:
                data[at:at] = rng.randbytes(rng.randint(1, 8))
            case 4:
                data[at : at + 4] = b"\xff\xff\xff\xff"
            case _:
                data = data[:at]
    return bytes(data)


def seal_reader(data: bytes) -> object:
    identity = sealing_identity()
    return check_seal(data, b"manifest", identity.certificate, identity.root)


def root_reader(data: bytes) -> object:
    """A root is parsed lazily, so it is also used to check a good seal."""
    identity = sealing_identity()
    return check_seal(_good_seal(), b"manifest", identity.certificate, read_certificate(data, "root"))


@cache
def _good_seal() -> bytes:
    return make_seal(b"manifest", sealing_identity(), MORNING_US)


def text(reader: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: reader(data.decode("utf-8", "replace"))


READERS: dict[str, tuple[str, Callable[[bytes], object]]] = {
    "seal": (layout.SEAL, seal_reader),
    "chain": (layout.CHAIN, lambda data: read_chain(data, "chain")),
    "root": (layout.ROOT, root_reader),
    "key": (layout.ROOT, lambda data: read_key(data, "key")),
    "proof": (layout.LOG_PROOF, text(read_proof)),
    "note": (layout.LOG_PROOF, text(read_note)),
    "vkey": (layout.LOG_PROOF, text(read_vkey)),
    "manifest": (layout.MANIFEST, lambda data: manifest.read(data, "manifest")),
    "statement": (layout.STATEMENT, read_statement),
    "json": (layout.STATEMENT, lambda data: canonical.read(data, "json")),
}


@pytest.mark.parametrize("name", READERS)
def test_a_reader_answers_hostile_bytes_with_its_own_error(sealed: Path, name: str) -> None:
    """A trace would look like a broken verifier, and let a broken package off."""
    path, reader = READERS[name]
    good, rng = (sealed / path).read_bytes(), random.Random(f"{SEED}{name}")
    tries = [crash.read_bytes() for crash in sorted(CRASHERS.glob(f"evidence-{name}-*"))]
    tries += [mutated(rng, good) for _ in range(times(400))]
    tries += [rng.randbytes(rng.randrange(200)) for _ in range(times(40))]
    for data in tries:
        try:
            reader(data)
        except RondaError:
            continue


def test_a_root_certificate_with_mangled_insides_is_refused_in_words() -> None:
    """The edits go below the armour: versions, algorithms, names, keys and extensions."""
    good, rng = sealing_identity().root.public_bytes(Encoding.DER), random.Random(SEED + 3)
    for _ in range(times(3000)):
        data = mutated(rng, good)
        lines = wrap(b64encode(data).decode(), 64)
        pem = "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]).encode()
        try:
            root_reader(pem)
        except RondaError:
            continue
        assert data == good


def test_a_film_of_hostile_bytes_is_refused_in_words() -> None:
    """The films are the largest and the least trusted part."""
    good, rng = film_bytes(1, 2, 32, 32), random.Random(SEED)
    for _ in range(times(400)):
        try:
            read_film(mutated(rng, good), "film")
        except RondaError:
            continue


def test_the_verifier_never_ends_in_a_trace(sealed: Path) -> None:
    """Whole packages with one file mangled: always a report, always broken."""
    rng = random.Random(SEED + 1)
    paths = sorted(PackageFolder(sealed).files)
    for _ in range(times(80)):
        path = sealed / rng.choice(paths)
        good = path.read_bytes()
        bad = mutated(rng, good)
        path.write_bytes(bad)
        report = verify_package(PackageFolder(sealed))
        path.write_bytes(good)
        assert report.exit_status == (2 if bad == good else 1)


def test_a_note_of_hostile_text_opens_for_nobody(sealed: Path) -> None:
    """Signature lines with strange names, lengths and keys."""
    proof = read_proof((sealed / layout.LOG_PROOF).read_text())
    rng = random.Random(SEED + 2)
    said = read_statement((sealed / layout.STATEMENT).read_bytes())
    verifier = read_vkey(said.log_vkey)
    for _ in range(times(300)):
        data = mutated(rng, proof.checkpoint.encode())
        try:
            opened = open_checkpoint(data.decode("utf-8", "replace"), verifier)
        except RondaError:
            continue
        assert opened.text() == proof.checkpoint.split("\n\n")[0] + "\n"
