"""The hash tree: root values from outside, and proofs that hold for nothing but what they prove."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ronda.evidence.errors import ProofError
from ronda.evidence.log_tree import (
    EMPTY_ROOT,
    MemoryTree,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
)

# The eight leaves and the roots that Certificate Transparency implementations share as test vectors.
LEAVES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
LEAVES.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def test_roots_are_those_that_other_logs_compute() -> None:
    """A witness with other software must arrive at the same root."""
    tree = MemoryTree(LEAVES)
    assert tree.root(0) == EMPTY_ROOT
    assert [tree.root(size).hex() for size in range(1, 9)] == list(ROOTS)


def test_a_tree_built_by_the_definition_has_the_same_root() -> None:
    """The recursive definition of RFC 6962, written out a second time, agrees for every size."""

    def by_definition(leaves: list[bytes]) -> bytes:
        from hashlib import sha256

        if len(leaves) == 1:
            return sha256(b"\0" + leaves[0]).digest()
        split = 1
        while split * 2 < len(leaves):
            split *= 2
        return sha256(b"\1" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()

    leaves = [bytes([n]) * n for n in range(1, 70)]
    tree = MemoryTree(leaves)
    assert all(tree.root(size) == by_definition(leaves[:size]) for size in range(1, 70))


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 140), data=st.data())
def test_an_inclusion_proof_holds_for_its_leaf_and_index_alone(size: int, data: st.DataObject) -> None:
    """Any other leaf, index or root is refused, and so is a proof with a step more or less."""
    tree = MemoryTree(b"leaf %d" % n for n in range(size))
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index or size == 1))
    proof, root = inclusion_proof(index, size, tree.node), tree.root()

    check_inclusion(leaf_hash(b"leaf %d" % index), index, size, proof, root)

    wrong = [
        (leaf_hash(b"leaf x"), index, size, proof, root),
        (leaf_hash(b"leaf %d" % index), index, size, proof, bytes(32)),
        (leaf_hash(b"leaf %d" % index), index, size, [*proof, bytes(32)], root),
        (leaf_hash(b"leaf %d" % index), size, size, proof, root),
    ]
    if size > 1:
        wrong.append((leaf_hash(b"leaf %d" % index), other, size, proof, root))
        wrong.append((leaf_hash(b"leaf %d" % index), index, size, proof[:-1], root))
    for leaf, at, of, steps, expected in wrong:
        with pytest.raises(ProofError):
            check_inclusion(leaf, at, of, steps, expected)


@settings(max_examples=80, deadline=None)
@given(new=st.integers(1, 130), data=st.data())
def test_a_log_that_was_rewritten_has_no_consistency_proof(new: int, data: st.DataObject) -> None:
    """The proof leads from the old root to the new one; a fork of the past does not."""
    old = data.draw(st.integers(1, new))
    tree = MemoryTree(b"%d" % n for n in range(new))
    proof = consistency_proof(old, new, tree.node)

    check_consistency(old, new, tree.root(old), tree.root(), proof)

    changed = data.draw(st.integers(0, old - 1))
    forked = MemoryTree(b"%d" % n if n != changed else b"rewritten" for n in range(new))
    with pytest.raises(ProofError):
        check_consistency(old, new, tree.root(old), forked.root(), consistency_proof(old, new, forked.node))
    with pytest.raises(ProofError):
        check_consistency(old, new, forked.root(old), tree.root(), proof)


def test_a_log_cannot_shrink() -> None:
    """An old backup that was put back is named as such."""
    tree = MemoryTree(b"%d" % n for n in range(9))
    with pytest.raises(ProofError, match="shrink"):
        check_consistency(9, 5, tree.root(9), tree.root(5), [])
