"""What a witness signs, and how it names the entry that changed."""

import struct
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from ronda.evidence.checkpoint import Checkpoint, NoteSigner, open_checkpoint, read_note
from ronda.evidence.cosignature import Cosigner, check_report, good_cosignatures, read_cosigner_key
from ronda.evidence.errors import MalformedError, ProofError
from ronda.evidence.log_tree import MemoryTree, consistency_proof, leaf_hash
from ronda.evidence.witness import ChangeKind, changed_entries, continues, tree_root

LOG = NoteSigner("log.example/jejak", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
WITNESS = Cosigner("witness.example/w1", KEY)
NOTE = LOG.sign(Checkpoint(origin="log.example/jejak", size=7, root=bytes(32)).text())


def test_the_signed_message_is_that_of_the_specification() -> None:
    """Written out by hand from the C2SP text: other people's verifiers must accept ours."""
    line = WITNESS.line(read_note(NOTE).text, 1_679_315_147)
    signature = read_note(NOTE + line).signatures[-1]
    public = KEY.public_key().public_bytes_raw()
    assert signature.key_hash == sha256(b"witness.example/w1\n\x04" + public).digest()[:4]
    assert signature.signature[:8] == struct.pack(">Q", 1_679_315_147)
    message = b"cosignature/v1\ntime 1679315147\nlog.example/jejak\n7\n" + b"A" * 43 + b"=\n"
    Ed25519PublicKey.from_public_bytes(public).verify(signature.signature[8:], message)


def test_a_cosigned_note_still_opens_and_tells_when() -> None:
    cosigned = NOTE + WITNESS.line(read_note(NOTE).text, 1_700_000_000)
    assert open_checkpoint(cosigned, LOG.verifier).size == 7
    assert good_cosignatures(cosigned, [WITNESS.key]) == {WITNESS.key: 1_700_000_000}
    assert good_cosignatures(NOTE, [WITNESS.key]) == {}


def test_a_cosignature_with_another_time_or_body_does_not_count() -> None:
    """The time is signed too: a stale signature cannot be given a new date."""
    text = read_note(NOTE).text
    good = read_note(NOTE + WITNESS.line(text, 1_700_000_000)).signatures[-1].signature
    other = LOG.sign(Checkpoint(origin="log.example/jejak", size=8, root=bytes(32)).text())
    assert good_cosignatures(other + WITNESS.line(text, 1_700_000_000), [WITNESS.key]) == {}
    moved = WITNESS.line(text, 1_700_000_001)
    import base64

    payload = base64.b64encode(WITNESS.key.key_hash + struct.pack(">Q", 1_700_000_001) + good[8:]).decode()
    assert good_cosignatures(NOTE + f"— {WITNESS.key.name} {payload}\n", [WITNESS.key]) == {}
    assert good_cosignatures(NOTE + moved, [WITNESS.key]) == {WITNESS.key: 1_700_000_001}


def test_a_witness_key_reads_back_and_a_logs_key_is_none() -> None:
    assert read_cosigner_key(WITNESS.key.vkey()) == WITNESS.key
    with pytest.raises(MalformedError):
        read_cosigner_key(LOG.verifier.vkey())


def test_a_report_counts_only_from_its_witness() -> None:
    check_report(WITNESS.key, b"{}", WITNESS.sign_report(b"{}"))
    with pytest.raises(ProofError):
        check_report(WITNESS.key, b"{} ", WITNESS.sign_report(b"{}"))


@given(st.lists(st.binary(min_size=1, max_size=5), max_size=80))
def test_the_root_a_witness_works_out_is_the_trees(leaves: list[bytes]) -> None:
    assert tree_root([leaf_hash(leaf) for leaf in leaves]) == MemoryTree(leaves).root()


@given(st.integers(1, 70), st.data())
def test_exactly_the_changed_entries_are_named(size: int, data: st.DataObject) -> None:
    """By number, with both hashes; a removed one is called removed, a whole log names nothing."""
    kept = [leaf_hash(bytes([n])) for n in range(size)]
    changed = data.draw(st.sets(st.integers(0, size - 1)))
    removed = data.draw(st.sets(st.integers(0, size - 1))) - changed
    now = [None if n in removed else leaf_hash(b"other") if n in changed else kept[n] for n in range(size)]
    found = changed_entries(kept, now)
    assert {c.index for c in found if c.kind is ChangeKind.CHANGED} == changed
    assert {c.index for c in found if c.kind is ChangeKind.REMOVED} == removed


def test_a_log_that_grew_continues_and_one_that_was_rewritten_or_shrank_does_not() -> None:
    tree = MemoryTree([bytes([n]) for n in range(20)])
    old, new = (Checkpoint(origin="x", size=n, root=tree.root(n)) for n in (11, 20))
    assert continues(old, new, consistency_proof(11, 20, tree.node)) == []
    assert continues(new, old, [])[0].kind is ChangeKind.SHORTER
    other = MemoryTree([b"!" if n == 5 else bytes([n]) for n in range(20)])
    rewritten = Checkpoint(origin="x", size=20, root=other.root())
    assert continues(old, rewritten, consistency_proof(11, 20, other.node))[0].kind is ChangeKind.OTHER_TREE
