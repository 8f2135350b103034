"""What a witness concludes from what it kept and what the log shows now. Pure.

The witness keeps the leaf hash of every entry it has seen, so it can say which entry changed, not only
that "the tree does not fit". Invariant: `Judgement.fit` is True only when the new state continues the kept
one and not one kept entry reads otherwise; only then may the witness sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ronda.evidence.checkpoint import Checkpoint
from ronda.evidence.errors import ProofError
from ronda.evidence.log_tree import EMPTY_ROOT, check_consistency, node_hash


class ChangeKind(StrEnum):
    CHANGED = "changed"  # the entry reads otherwise than it did
    REMOVED = "removed"  # it was there and is not
    SHORTER = "shorter"  # the log has fewer entries than were seen
    OTHER_TREE = "other_tree"  # the signed root does not continue the one seen, no entry named


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is not as the witness saw it. `kept` and `now` are leaf hashes (or roots), hex."""

    kind: ChangeKind
    index: int  # the entry; for SHORTER the size seen, for OTHER_TREE the size kept
    kept: str | None
    now: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was found. `fit`: the witness may sign."""

    changes: tuple[Change, ...]

    @property
    def fit(self) -> bool:
        return not self.changes


def changed_entries(kept: Sequence[bytes], now: Sequence[bytes | None], first: int = 0) -> list[Change]:
    """Entries from `first` on whose hash is not the kept one; `now` may end early (removed at the end)."""
    changes = []
    for offset, old in enumerate(kept):
        new = now[offset] if offset < len(now) else None
        if new != old:
            kind = ChangeKind.REMOVED if new is None else ChangeKind.CHANGED
            changes.append(
                Change(kind=kind, index=first + offset, kept=old.hex(), now=new.hex() if new is not None else None)
            )
    return changes


def continues(kept: Checkpoint, now: Checkpoint, proof: Sequence[bytes]) -> list[Change]:
    """Nothing when `now` continues `kept`; else what is wrong with it as a whole."""
    if now.size < kept.size:
        shown = now.root.hex()
        return [Change(kind=ChangeKind.SHORTER, index=now.size, kept=kept.root.hex(), now=shown)]
    try:
        check_consistency(kept.size, now.size, kept.root, now.root, proof)
    except ProofError:
        return [Change(kind=ChangeKind.OTHER_TREE, index=kept.size, kept=kept.root.hex(), now=now.root.hex())]
    return []


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, worked out anew: the witness believes no root it did not compute."""
    if not leaves:
        return EMPTY_ROOT
    stack: list[tuple[int, bytes]] = []  # (level, hash) of whole subtrees, largest first
    for leaf in leaves:
        level, value = 0, leaf
        while stack and stack[-1][0] == level:
            value = node_hash(stack.pop()[1], value)
            level += 1
        stack.append((level, value))
    value = stack.pop()[1]
    while stack:
        value = node_hash(stack.pop()[1], value)
    return value
