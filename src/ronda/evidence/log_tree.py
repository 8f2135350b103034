"""The hash tree of the access log (RFC 6962): roots, proofs, and their verification.

Pure arithmetic over hashes. A tree is given by `NodeReader`, which returns the hash of a complete
subtree: `node(level, position)` covers leaves `position << level` up to `(position + 1) << level`.
Invariant: a proof made here is accepted by the verifying half only for the same leaf, index and
sizes. Verification follows RFC 9162 sections 2.1.3.2 and 2.1.4.2, not the code that makes proofs.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from ronda.evidence.errors import ProofError

NodeReader = Callable[[int, int], bytes]

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def new_nodes(size: int, leaf: bytes, node: NodeReader) -> list[tuple[int, int, bytes]]:
    """The (level, position, hash) that appending hash `leaf` to a tree of `size` leaves completes."""
    made = [(0, size, leaf)]
    level, position, value = 0, size, leaf
    while position & 1:
        value = node_hash(node(level, position - 1), value)
        level, position = level + 1, position >> 1
        made.append((level, position, value))
    return made


def root(size: int, node: NodeReader) -> bytes:
    """The tree hash over the first `size` leaves."""
    return EMPTY_ROOT if size == 0 else _range_hash(0, size, node)


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves, leaf end first."""
    if not 0 <= index < size:
        raise ProofError(f"entry {index} is not in a log of {size} entries")
    return _path(index, 0, size, node)


def consistency_proof(old: int, new: int, node: NodeReader) -> list[bytes]:
    """Why the tree of `old` leaves is a beginning of the tree of `new` leaves."""
    if not 0 <= old <= new:
        raise ProofError(f"a log of {new} entries has no earlier size {old}")
    return [] if old in (0, new) else _subproof(old, 0, new, True, node)


def _split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << (count - 1).bit_length() - 1


def _range_hash(start: int, end: int, node: NodeReader) -> bytes:
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(count)
    return node_hash(_range_hash(start, middle, node), _range_hash(middle, end, node))


def _path(index: int, start: int, end: int, node: NodeReader) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(index, start, middle, node), _range_hash(middle, end, node)]
    return [*_path(index, middle, end, node), _range_hash(start, middle, node)]


def _subproof(old: int, start: int, end: int, whole: bool, node: NodeReader) -> list[bytes]:
    if old == end:
        return [] if whole else [_range_hash(start, end, node)]
    middle = start + _split(end - start)
    if old <= middle:
        return [*_subproof(old, start, middle, whole, node), _range_hash(middle, end, node)]
    return [*_subproof(old, middle, end, False, node), _range_hash(start, middle, node)]


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes) -> None:
    """Raise ProofError unless hash `leaf` is entry `index` of the tree with `expected_root`."""
    if not 0 <= index < size:
        raise ProofError(f"the proof speaks of entry {index} in a log of {size} entries")
    position, last, value = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise ProofError("the inclusion proof is too long for its log size")
        if position & 1 or position == last:
            value = node_hash(step, value)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            value = node_hash(value, step)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError("the inclusion proof is too short for its log size")
    if value != expected_root:
        raise ProofError(f"the inclusion proof of entry {index} does not lead to the root of the checkpoint")


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise ProofError unless the log of `old` entries is a beginning of the one of `new` entries."""
    if not 0 <= old <= new:
        raise ProofError(f"a log cannot shrink from {old} to {new} entries")
    if old in (0, new):
        expected = new_root if old else EMPTY_ROOT
        if proof or old_root != expected:
            raise ProofError(f"two logs of {old} entries have different roots")
        return
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    if not steps:
        raise ProofError("the consistency proof is empty")
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    seen_old = seen_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ProofError("the consistency proof is too long")
        if position & 1 or position == last:
            seen_old, seen_new = node_hash(step, seen_old), node_hash(step, seen_new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            seen_new = node_hash(seen_new, step)
        position, last = position >> 1, last >> 1
    if last != 0 or seen_old != old_root or seen_new != new_root:
        raise ProofError(f"the log of {new} entries does not continue the log of {old} entries")


class MemoryTree:
    """A whole tree in memory: for witnesses, monitors and tests."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = []
        self.size = 0
        for leaf in leaves:
            self.append(leaf)

    def append(self, leaf: bytes) -> int:
        """Add a leaf (its bytes, not its hash) and return its index."""
        for level, _, value in new_nodes(self.size, leaf_hash(leaf), self.node):
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(value)
        self.size += 1
        return self.size - 1

    def node(self, level: int, position: int) -> bytes:
        return self._levels[level][position]

    def root(self, size: int | None = None) -> bytes:
        return root(self.size if size is None else size, self.node)
