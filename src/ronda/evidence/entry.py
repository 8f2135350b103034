"""One line of the access log, before it becomes a leaf of the hash tree.

What is written here is public to outsiders who verify the log; names and free text go into
`private` and reach the leaf only as commitments (see `ronda.evidence.leaf`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Phase(StrEnum):
    """A sensitive act has two entries: the intent, durable before it, and the result."""

    INTENT = "niat"
    RESULT = "hasil"
    FACT = "fakta"  # something that happened outside our control: a login, a refusal, a gap


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """What somebody did or was refused.

    action     dotted verb, such as `rekaman.dibuka`, `permintaan.ditolak`
    actor      person id, or `sistem`
    objects    public ids: camera, from_us, to_us, package, hold, path ...
    private    names and free text: committed, erasable, opened only inside their own case
    outcome    `boleh`, `ditolak`, `berhasil`, `gagal`
    """

    action: str
    actor: str
    role: str
    phase: Phase
    outcome: str
    objects: Mapping[str, str | int] = field(default_factory=dict)
    case: str | None = None
    purpose: str | None = None
    second_person: str | None = None
    intent_index: int | None = None  # a result names its intent
    private: Mapping[str, str] = field(default_factory=dict)
