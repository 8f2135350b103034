"""A published log, read back from its tiles: hashes and public parts that fit each other and one checkpoint.

Needs nothing that is private. Proves: each public part is the one whose hash stands in the tree, the tree of all
hashes is the one that the checkpoint names, and none is kept back after the first that is published. Whether the
checkpoint is the log's own is asked of its signature.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ronda.evidence import canonical
from ronda.evidence.canonical import Json
from ronda.evidence.checkpoint import Checkpoint, NoteVerifier, open_checkpoint, read_checkpoint, read_note
from ronda.evidence.errors import MalformedError, ProofError
from ronda.evidence.leaf import FORM
from ronda.evidence.log_tree import leaf_hash, new_nodes, root
from ronda.evidence.tiles import PUBLIC_KIND, WIDTH, tile_path

Fetch = Callable[[str], bytes]  # a path such as `checkpoint` or `tile/0/000`


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedLog:
    """public: by entry, None where the entry is of before form 2."""

    checkpoint: Checkpoint
    nodes: Mapping[tuple[int, int], bytes]
    public: tuple[Mapping[str, Json] | None, ...]

    def root(self, size: int) -> bytes:
        """The tree hash over the first `size` entries."""
        return root(size, lambda level, position: self.nodes[level, position])


def read_published(fetch: Fetch, verifier: NoteVerifier | None) -> PublishedLog:
    """Read and check everything. Raises ProofError or MalformedError, and whatever `fetch` raises."""
    note = fetch("checkpoint").decode("utf-8", "replace")
    state = open_checkpoint(note, verifier) if verifier else read_checkpoint(read_note(note).text)
    nodes: dict[tuple[int, int], bytes] = {}
    public: list[Mapping[str, Json] | None] = []
    for number in range((state.size + WIDTH - 1) // WIDTH):
        width = min(WIDTH, state.size - number * WIDTH)
        hashes = fetch(tile_path("0", number, width))
        if len(hashes) != 32 * width:
            raise MalformedError(f"tile 0/{number} has {len(hashes)} bytes, not {32 * width}")
        bundle = _bundle(fetch(tile_path(PUBLIC_KIND, number, width)), width, number)
        for offset, shown in enumerate(bundle):
            own = hashes[32 * offset : 32 * offset + 32]
            index = number * WIDTH + offset
            for level, position, value in new_nodes(index, own, lambda level, position: nodes[level, position]):
                nodes[level, position] = value
            public.append(_fitting(shown, own, index))
            if public[-1] is None and index and public[-2] is not None:
                raise ProofError(f"entry {index} is kept back, though entries before it are published")
    read = PublishedLog(checkpoint=state, nodes=nodes, public=tuple(public))
    if state.size and read.root(state.size) != state.root:
        raise ProofError(f"the published hashes of {state.size} entries do not lead to the checkpoint's root")
    return read


def _fitting(shown: bytes, own: bytes, index: int) -> Mapping[str, Json] | None:
    if not shown:
        return None
    if leaf_hash(shown) != own:
        raise ProofError(f"what is published of entry {index} is not what stands in the tree")
    fields = canonical.read_object(shown, f"the public part of entry {index}")
    if fields.get("v") != FORM:
        raise MalformedError(f"the public part of entry {index} is of another form")
    return fields


def _bundle(data: bytes, width: int, number: int) -> list[bytes]:
    found: list[bytes] = []
    at = 0
    while at < len(data) and len(found) < width:
        size = int.from_bytes(data[at : at + 2], "big")
        found.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    if len(found) != width or at != len(data):
        raise MalformedError(f"bundle umum/{number} does not hold {width} entries")
    return found
