"""Check the signature of every claim with the key that holds where it stands.

The key may come in each SEI, once at the start, or in a later certificate SEI: a claim before the first key is
checked with that one. A key that changes within a film is told; whether the new one is trusted, `trust` says.
"""

from dataclasses import dataclass
from enum import StrEnum

from ronda.evidence.camera_signing.claim import KeyMaterial
from ronda.evidence.camera_signing.trust import PublicKey, public_key, signature_fits
from ronda.evidence.camera_signing.units import Event
from ronda.evidence.errors import MalformedError

MAX_KEYS = 64


class Signed(StrEnum):
    GOOD = "good"
    BAD = "bad"  # the signature does not fit, or the SEI cannot be read
    NO_KEY = "no_key"
    BY_NEXT = "by_next"  # has no signature of its own; the next one may cover it
    UNSIGNED = "unsigned"  # and no later one did


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySpan:
    """A key and the first event where it stands."""

    material: KeyMaterial
    event: int
    good: int  # how many signatures fit it


def check_signatures(events: list[Event]) -> tuple[list[Signed], list[KeySpan]]:
    """What became of each event's signature, and the keys in their order. Raises MalformedError beyond MAX_KEYS."""
    changes, keys, unread = _keys(events)
    verdicts: list[Signed] = []
    good = [0] * len(changes)
    current = 0
    for at, event in enumerate(events):
        while current + 1 < len(changes) and changes[current + 1][0] <= at:
            current += 1
        key = keys[changes[current][1]] if changes else None
        verdicts.append(Signed.BAD if changes and at in unread else _judge(event, key))
        if changes and verdicts[-1] is Signed.GOOD:
            good[current] += 1
    spans = [KeySpan(material=one, event=at, good=n) for (at, one), n in zip(changes, good, strict=True)]
    return verdicts, spans


def _keys(
    events: list[Event],
) -> tuple[list[tuple[int, KeyMaterial]], dict[KeyMaterial, PublicKey], set[int]]:
    """(where the key changes, the keys, events whose key cannot be read). Raises MalformedError beyond MAX_KEYS."""
    changes: list[tuple[int, KeyMaterial]] = []
    keys: dict[KeyMaterial, PublicKey | None] = {}
    unread: set[int] = set()
    for at, event in enumerate(events):
        material = event.claim.key if event.claim else None
        if material is None:
            continue
        if material not in keys:
            keys[material] = _read(material)
            if len(keys) > MAX_KEYS:
                raise MalformedError(f"the film names more than {MAX_KEYS} keys of its camera")
        if keys[material] is None:
            unread.add(at)
        elif not changes or changes[-1][1] != material:
            changes.append((at, material))
    return changes, {material: key for material, key in keys.items() if key is not None}, unread


def _read(material: KeyMaterial) -> PublicKey | None:
    try:
        return public_key(material)
    except MalformedError:
        return None


def _judge(event: Event, key: PublicKey | None) -> Signed:
    if event.claim is None:
        return Signed.BAD
    if event.claim.signature is None:
        return Signed.BY_NEXT
    if key is None:
        return Signed.NO_KEY
    return Signed.GOOD if signature_fits(event.claim, key) else Signed.BAD
