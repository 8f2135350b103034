"""From an act to a leaf of the log: what becomes public for ever, and what can be erased.

A leaf is canonical JSON of at most 4,000 bytes and never holds a name or free text: only
SHA-256(32 random bytes || value), the commitment. The random bytes and the value, the opening,
are kept apart; destroying them erases the value, and the tree stays whole.
An entry of form 2 is hashed into the tree by its public part alone: day, act, phase, outcome, minutes handed over,
and SHA-256 of the whole entry, which 32 random bytes inside it (`garam`) keep from being guessed. So anybody can
count from what is published, and nobody learns who, where or which case. Entries without a form are older: they are
hashed whole, and stay private. The public part follows from the entry by one rule (`hashed`): they cannot differ.
Invariant: `prev` is the leaf hash of the entry before, so that a log read in order proves itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from ronda.core.days import day_of
from ronda.core.time import utc_text
from ronda.evidence import canonical
from ronda.evidence.canonical import Json
from ronda.evidence.entry import AuditEvent
from ronda.evidence.errors import MalformedError, TooLargeError
from ronda.evidence.log_tree import leaf_hash

LEAF_LIMIT_BYTES = 4_000
SALT_BYTES = 32
FIRST_PREV = bytes(32)
FORM = 2
PUBLIC = ("v", "hari", "aksi", "tahap", "hasil", "menit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a commitment in a leaf stands for. Erasable."""

    name: str
    salt: bytes
    value: str


def commitment(salt: bytes, value: str) -> str:
    """SHA-256(salt || UTF-8 value) in hex; the salt makes guessing useless."""
    return sha256(salt + value.encode("utf-8")).hexdigest()


def make_leaf(
    event: AuditEvent, *, sequence: int, at_us: int, prev: bytes, random_bytes: Callable[[int], bytes]
) -> tuple[bytes, list[Opening]]:
    """The leaf of `event` as entry `sequence`, and the openings of its private values.

    prev          leaf hash of entry `sequence - 1`, FIRST_PREV for the first
    random_bytes  a cryptographic source such as `secrets.token_bytes`
    Raises TooLargeError above LEAF_LIMIT_BYTES, MalformedError for values without a JSON form.
    """
    openings = [
        Opening(name=name, salt=random_bytes(SALT_BYTES), value=value)
        for name, value in sorted(event.private.items())
    ]
    fields: dict[str, Json] = {
        "v": FORM,
        "garam": random_bytes(SALT_BYTES).hex(),
        "hari": day_of(at_us),
        "nomor": sequence,
        "waktu": utc_text(at_us),
        "pelaku": event.actor,
        "peran": event.role,
        "aksi": event.action,
        "tahap": event.phase.value,
        "hasil": event.outcome,
        "objek": dict(event.objects),
        "sebelum": prev.hex(),
    }
    optional: dict[str, Json] = {
        "menit": event.objects.get("menit"),
        "kasus": event.case,
        "keperluan": event.purpose,
        "orang_kedua": event.second_person,
        "niat": event.intent_index,
        "komitmen": {o.name: commitment(o.salt, o.value) for o in openings} or None,
    }
    fields |= {name: value for name, value in optional.items() if value is not None}
    leaf = canonical.write(fields)
    if len(leaf) > LEAF_LIMIT_BYTES:
        raise TooLargeError(
            f"the log entry {event.action} has {len(leaf)} bytes, the limit is {LEAF_LIMIT_BYTES}; "
            "the act is refused. Next: name fewer objects at once"
        )
    return leaf, openings


def hashed(leaf: bytes) -> bytes:
    """The bytes that stand in the tree for this entry. Raises MalformedError for what is no JSON object."""
    fields = canonical.read_object(leaf, "the log entry")
    if fields.get("v") != FORM:
        return leaf
    public = {name: fields[name] for name in PUBLIC if name in fields}
    return canonical.write({**public, "isi": sha256(leaf).hexdigest()})


def public_part(leaf: bytes) -> bytes | None:
    """What is published of an entry; None for one of before form 2."""
    shown = hashed(leaf)
    return None if shown == leaf else shown


def entry_hash(leaf: bytes) -> bytes:
    """The hash of an entry's place in the tree; bytes that are no entry are hashed as they are, and fit nowhere."""
    try:
        return leaf_hash(hashed(leaf))
    except MalformedError:
        return leaf_hash(leaf)


def read_leaf(leaf: bytes) -> Mapping[str, Json]:
    """The fields of a leaf. Raises MalformedError."""
    fields = canonical.read_object(leaf, "the log entry")
    if not isinstance(fields.get("nomor"), int) or not isinstance(fields.get("aksi"), str):
        raise MalformedError("the log entry lacks its number or its action")
    return fields


def opens(leaf: Mapping[str, Json], opening: Opening) -> bool:
    """Whether `opening` is what the leaf committed to under that name."""
    commitments = leaf.get("komitmen")
    return isinstance(commitments, Mapping) and commitments.get(opening.name) == commitment(
        opening.salt, opening.value
    )
