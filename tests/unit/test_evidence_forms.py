"""Canonical JSON, leaves, notes, proofs and manifests: one way to write each, everything else refused."""

import json
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ronda.core.time import TimeSpan
from ronda.evidence import canonical, manifest
from ronda.evidence.checkpoint import (
    Checkpoint,
    NoteSigner,
    good_witnesses,
    open_checkpoint,
    read_checkpoint,
    read_note,
    read_vkey,
)
from ronda.evidence.entry import AuditEvent, Phase
from ronda.evidence.errors import MalformedError, ProofError, TooLargeError
from ronda.evidence.leaf import FIRST_PREV, Opening, make_leaf, opens, read_leaf
from ronda.evidence.log_tree import MemoryTree, inclusion_proof
from ronda.evidence.statement import GapLine, gap_csv
from ronda.evidence.tlog_proof import open_proof, read_proof, write_proof

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(value=JSON)
def test_what_is_written_canonically_reads_back_as_itself(value: canonical.Json) -> None:
    """A digest over it then means the same thing to every program."""
    try:
        data = canonical.write(value)
    except MalformedError:
        assert any("\ud800" <= sign <= "\udfff" for sign in json.dumps(value, ensure_ascii=False))
        return
    assert canonical.read(data, "it") == value
    assert json.loads(data) == value


def test_keys_are_ordered_by_utf_16_as_the_standard_has_it() -> None:
    """The example of RFC 8785: an emoji sorts before a private-use sign, other than by code point."""
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(json.loads(canonical.write(value)).values()) == [2, 4, 6, 7, 1, 5, 3]


@pytest.mark.parametrize(
    "data",
    [
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":NaN}',
        b'{"a":"\\u0061"}',
        b"[1] ",
        b"{",
    ],
)
def test_json_in_any_other_form_is_refused(data: bytes) -> None:
    """Two files that mean the same must not both pass: one of them was touched."""
    with pytest.raises(MalformedError):
        canonical.read(data, "it")


def event(**changes: object) -> AuditEvent:
    values: dict[str, object] = {
        "action": "rekaman.putar",
        "actor": "person-1",
        "role": "operator",
        "phase": Phase.INTENT,
        "outcome": "boleh",
        "private": {"nama": "Budi Santoso", "alasan": "pencurian motor"},
    }
    return AuditEvent(**(values | changes))  # type: ignore[arg-type]


def test_a_leaf_holds_commitments_and_never_a_name() -> None:
    """The log is shown to outsiders; names live in the openings, which can be erased."""
    leaf, openings = make_leaf(event(), sequence=0, at_us=0, prev=FIRST_PREV, random_bytes=secrets.token_bytes)

    assert b"Budi" not in leaf
    assert b"pencurian" not in leaf
    assert all(opens(read_leaf(leaf), opening) for opening in openings)
    other = Opening(name="nama", salt=openings[0].salt, value="Andi")
    assert not opens(read_leaf(leaf), other)


def test_equal_names_have_unequal_commitments() -> None:
    """Otherwise a reader of the log could count how often one person is spoken of."""
    leaves = [
        make_leaf(event(), sequence=0, at_us=0, prev=FIRST_PREV, random_bytes=secrets.token_bytes)[0]
        for _ in range(2)
    ]
    first, second = (read_leaf(leaf)["komitmen"] for leaf in leaves)
    assert first != second


def test_an_entry_above_its_limit_is_refused() -> None:
    """A leaf that cannot be published in a tile must not be half written."""
    long = event(objects={f"objek{n}": "x" * 60 for n in range(80)})
    with pytest.raises(TooLargeError):
        make_leaf(long, sequence=0, at_us=0, prev=FIRST_PREV, random_bytes=secrets.token_bytes)


KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = NoteSigner("log.example/jejak", KEY)


def test_a_checkpoint_is_accepted_from_its_own_key_alone() -> None:
    """Another key under the same name, or the same key under another name, is no signature."""
    note = SIGNER.sign(Checkpoint(origin="log.example/jejak", size=7, root=bytes(32)).text())
    assert open_checkpoint(note, SIGNER.verifier).size == 7
    other = NoteSigner("log.example/jejak", Ed25519PrivateKey.generate())
    renamed = NoteSigner("log.example/lain", KEY)
    for verifier in (other.verifier, renamed.verifier):
        with pytest.raises(ProofError):
            open_checkpoint(note, verifier)
    with pytest.raises(ProofError):
        open_checkpoint(note.replace("\n7\n", "\n8\n"), SIGNER.verifier)


def test_a_vkey_reads_back_and_its_hash_must_be_its_own() -> None:
    """The four bytes are how a note names its key; a wrong one would hide a signature."""
    assert read_vkey(SIGNER.verifier.vkey()) == SIGNER.verifier
    name, _, key = SIGNER.verifier.vkey().split("+", 2)
    with pytest.raises(MalformedError):
        read_vkey(f"{name}+00000000+{key}")


def test_the_specifications_example_key_is_read() -> None:
    """The vkey of the Go checksum database, as published: our reading of the format is theirs."""
    verifier = read_vkey("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
    assert verifier.name == "sum.golang.org"


def test_one_witness_under_two_names_counts_once() -> None:
    """Two out of three must be two parties."""
    key = Ed25519PrivateKey.generate()
    text = Checkpoint(origin="log.example/jejak", size=1, root=bytes(32)).text()
    note = SIGNER.sign(text)
    twins = [NoteSigner(name, key) for name in ("saksi-a", "saksi-b")]
    for twin in twins:
        note += twin.sign(text).split("\n\n", 1)[1]
    assert len(good_witnesses(note, [twin.verifier for twin in twins])) == 1


def proof_text() -> str:
    tree = MemoryTree(b"leaf %d" % n for n in range(11))
    note = SIGNER.sign(Checkpoint(origin="log.example/jejak", size=11, root=tree.root()).text())
    return write_proof(b"leaf 6", 6, inclusion_proof(6, 11, tree.node), note)


def test_a_log_proof_reads_back_and_proves() -> None:
    """What is handed out is what the verifier reads."""
    proof = read_proof(proof_text())
    assert open_proof(proof, SIGNER.verifier).size == 11
    assert proof.leaf == b"leaf 6"


@settings(max_examples=200, deadline=None)
@given(position=st.integers(0, len(proof_text()) - 1), bit=st.integers(0, 7))
def test_a_log_proof_with_one_flipped_bit_is_refused(position: int, bit: int) -> None:
    """Every character of the text carries weight, whichever bit is hit."""
    data = bytearray(proof_text().encode())
    position %= len(data)
    data[position] ^= 1 << bit
    with pytest.raises((MalformedError, ProofError, UnicodeDecodeError)):
        open_proof(read_proof(bytes(data).decode()), SIGNER.verifier)


def test_a_note_without_signatures_or_with_strange_lines_is_refused() -> None:
    """What cannot be decided is refused, never guessed."""
    for text in ("", "a\n", "a\n\n", "a\n\nno signature\n", "a\n\n— x AAAA\n"):
        with pytest.raises(MalformedError):
            read_note(text)
    for text in ("origin\n1\n", "origin\n01\nAAAA\n", "\n1\n" + "A" * 43 + "=\n"):
        with pytest.raises(MalformedError):
            read_checkpoint(text)


def test_a_manifest_has_one_form_and_sha256sum_reads_it() -> None:
    """Sorted, lowercase, two spaces; the same list in another form was touched by somebody."""
    good = {"data/b.mp4": "0" * 64, "data/a.mp4": "f" * 64}
    text = manifest.write(good)
    assert manifest.read(text, "manifest") == good
    for bad in (
        text.upper(),
        text.replace(b"  ", b" *"),
        b"".join(reversed(text.splitlines(keepends=True))),
        text[:-1],
        text + b"\n",
        text.replace(b"\n", b"\r\n"),
        b"",
        text + text,
    ):
        with pytest.raises(MalformedError):
            manifest.read(bad, "manifest")


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/x",
        "a//b",
        "a/../b",
        "a\\b",
        "con",
        "data/aux.mp4",
        "a/.hidden",
        "x" * 241,
        "spasi di sini",
        "a/b.",
        "é",
    ],
)
def test_paths_that_lead_out_or_that_windows_cannot_hold_are_refused(path: str) -> None:
    """A package is opened on other people's machines."""
    with pytest.raises(MalformedError):
        manifest.checked_path(path)


def test_a_gap_list_does_not_run_in_a_spreadsheet() -> None:
    """Evidence texts come from machines and people; a cell that begins with = would be a formula."""
    line = GapLine(camera="a", span=TimeSpan(0, 41_000_000), cause="link", evidence='=cmd|"/c calc"\n!A1')
    row = gap_csv([line]).decode().splitlines()[1]
    assert row.endswith(',41.000,link,"\'=cmd|""/c calc"" !A1"')
