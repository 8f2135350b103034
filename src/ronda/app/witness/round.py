"""One round of a witness: read the checkpoint, check that the log only grew, sign it, hand the line back.

Order: check everything, keep the new state (synced), then sign. A round that finds a change keeps the
proof first, then tells the hub. A witness that was away a week does what it does after a minute: one
proof from the size it knows, and the leaf hashes since.
Invariant: nothing is signed unless every kept entry still has the hash it had (`evidence.witness`).
"""

import base64
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ronda.app.hub_http import Answer, HubHttp, HubUnreachableError
from ronda.core.time import SECOND_US, Clock
from ronda.evidence import canonical
from ronda.evidence.canonical import Json
from ronda.evidence.checkpoint import Checkpoint, NoteVerifier, open_checkpoint, read_vkey
from ronda.evidence.errors import MalformedError, ProofError
from ronda.evidence.witness import Change, ChangeKind, changed_entries, continues, tree_root
from ronda.store.witness_state import Seen, WitnessState

PAGE = 4096
AUDIT_EVERY_S = 3600.0
_MOST_TOLD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a round came to. `changes` not empty: an alarm; nothing was signed.

    trusted  the hub counts this witness's signature
    """

    size: int
    signed: bool
    trusted: bool
    changes: tuple[Change, ...]
    good_us: int | None  # when everything fitted last
    hub_said: str = ""


@dataclass(slots=True)
class Round:
    """A witness and its hub."""

    state: WitnessState
    hub: HubHttp
    clock: Clock
    audited_s: float = float("-inf")
    _told: tuple[Change, ...] = ()

    def run(self) -> Outcome:
        """Raises HubUnreachableError, MalformedError, ProofError (another log's key, a bad signature)."""
        seen, key = self.state.seen, self._log_key()
        answer = self.hub.send("GET", "/api/log/checkpoint")
        if answer.status == 503:
            return self._without_checkpoint(answer)
        note = _good(answer).body.decode("utf-8")
        now = open_checkpoint(note, key)
        changes = self._fit_as_a_whole(seen, now)
        audit = bool(changes) or time.monotonic() - self.audited_s >= AUDIT_EVERY_S
        if seen is not None and audit:
            changes = _named(changes, self._audit(seen))
        new = [] if changes else self._new_leaves(seen.checkpoint.size if seen else 0, now)
        if new is None:
            changes = [Change(kind=ChangeKind.OTHER_TREE, index=now.size, kept=None, now=now.root.hex())]
        if changes:
            return self._alarm(changes, note)
        if audit:
            self.audited_s = time.monotonic()
        return self._sign(key, now, note, new or [])

    def _log_key(self) -> NoteVerifier:
        """The log's key: the one kept since the first round."""
        if self.state.log_key is not None:
            return self.state.log_key
        return read_vkey(_good(self.hub.send("GET", "/api/log/key")).body.decode("utf-8"))

    def _fit_as_a_whole(self, seen: Seen | None, now: Checkpoint) -> list[Change]:
        if seen is None:
            return []
        proof: list[bytes] = []
        if now.size > seen.checkpoint.size > 0:
            path = f"/api/log/consistency?old={seen.checkpoint.size}&new={now.size}"
            answer = self.hub.send("GET", path)
            if answer.status == 200:
                proof = [bytes.fromhex(step) for step in answer.json()["proof"]]
        return continues(seen.checkpoint, now, proof)

    def _audit(self, seen: Seen) -> list[Change]:
        """Every entry kept against the log as it lies on the hub's disk now."""
        size, changes = seen.checkpoint.size, []
        for start in range(0, size, PAGE):
            end = min(size, start + PAGE)
            changes += changed_entries(self.state.leaves(start, end), self._hashes(start, end - start), start)
        return changes

    def _new_leaves(self, start: int, now: Checkpoint) -> list[bytes] | None:
        """The leaves since; None when all together do not give the signed root."""
        new: list[bytes] = []
        for at in range(start, now.size, PAGE):
            page = self._hashes(at, min(PAGE, now.size - at))
            if any(one is None for one in page) or len(page) < min(PAGE, now.size - at):
                return None
            new += [one for one in page if one is not None]
        if new or start == 0:
            return new if tree_root([*self.state.leaves(), *new]) == now.root else None
        return new

    def _hashes(self, start: int, count: int) -> list[bytes | None]:
        answer = _good(self.hub.send("GET", f"/api/log/hashes?start={start}&count={count}"))
        return [None if one is None else bytes.fromhex(one) for one in answer.json()["hashes"]]

    def _sign(self, key: NoteVerifier, now: Checkpoint, note: str, new: list[bytes]) -> Outcome:
        at_us = self.clock.now_us()
        self.state.remember(key, Seen(checkpoint=now, at_us=at_us), new)
        text = note.rpartition("\n\n")[0] + "\n"
        signed = note + self.state.signer.line(text, at_us // SECOND_US)
        answer = self.hub.send("POST", "/api/log/cosignatures", json.dumps({"note": signed}).encode())
        self._told = ()
        return Outcome(
            size=now.size,
            signed=True,
            trusted=answer.status == 200,
            changes=(),
            good_us=at_us,
            hub_said="" if answer.status == 200 else answer.message,
        )

    def _without_checkpoint(self, answer: Answer) -> Outcome:
        """The log signs nothing now. Whether it still is what was seen can be asked all the same."""
        if self.state.seen is not None:
            changes = self._audit(self.state.seen)
            if changes:
                return self._alarm(changes, "")
        raise HubUnreachableError(f"the log gives no checkpoint: {answer.message or answer.status}")

    def _alarm(self, changes: Sequence[Change], note: str) -> Outcome:
        """Keep both versions' hashes, then tell the hub, once for each finding."""
        seen, now_us = self.state.seen, self.clock.now_us()
        good_us = seen.at_us if seen else None
        if tuple(changes) != self._told:
            body = canonical.write(self._document(changes, note, now_us))
            self.state.keep_alarm(now_us, body)
            signature = base64.b64encode(self.state.signer.sign_report(body)).decode()
            told = {"report": body.decode("utf-8"), "signature": signature}
            self.hub.send("POST", "/api/log/witness-reports", json.dumps(told).encode())
            self._told = tuple(changes)
        size = seen.checkpoint.size if seen else 0
        return Outcome(size=size, signed=False, trusted=True, changes=tuple(changes), good_us=good_us)

    def _document(self, changes: Sequence[Change], note: str, now_us: int) -> dict[str, Json]:
        seen = self.state.seen
        return {
            "penjaga": self.state.name,
            "waktu_us": now_us,
            "terakhir_cocok_us": seen.at_us if seen else None,
            "ukuran_terlihat": seen.checkpoint.size if seen else 0,
            "akar_terlihat": seen.checkpoint.root.hex() if seen else None,
            "titik_periksa_sekarang": note,
            "jumlah_perubahan": len(changes),
            "perubahan": [
                {
                    "jenis": one.kind.value,
                    "entri": one.index,
                    "dulu": one.kept,
                    "sekarang": one.now,
                    "pertama_terlihat_us": self.state.first_seen_us(one.index),
                }
                for one in changes[:_MOST_TOLD]
            ],
        }


def _named(whole: list[Change], entries: list[Change]) -> list[Change]:
    """Entries by number instead of "the tree"; a log cut short is said once, not for each entry cut off."""
    shorter = [one for one in whole if one.kind is ChangeKind.SHORTER]
    if not shorter:
        return entries or whole
    return [*shorter, *(one for one in entries if one.index < shorter[0].index)]


def _good(answer: Answer) -> Answer:
    if answer.status != 200:
        raise ProofError(
            f"the hub answered {answer.status} {quote(answer.code)} {answer.message[:200]}; nothing was signed"
        )
    return answer


__all__ = ["HubUnreachableError", "MalformedError", "Outcome", "Round"]
