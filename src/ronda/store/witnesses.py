"""What the hub keeps of its witnesses, as files beside the log.

    log/witnesses.json            whose cosignature counts here: name, key, since when
    log/cosigned/<key id>.note    the newest checkpoint each of them signed
    log/reports/<time>-<key id>.json   what a witness had to tell: entries changed, a log that shrank

Files, not rows: they must be readable when the database is not, and they are copied with the log.
Invariant: a note stands here only after the log's own signature and the witness's were checked.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ronda.core.errors import WrongUsageError
from ronda.core.time import SECOND_US
from ronda.evidence import canonical
from ronda.evidence.canonical import Json
from ronda.evidence.checkpoint import NoteVerifier, open_checkpoint, read_checkpoint, read_note
from ronda.evidence.cosignature import CosignerKey, check_report, good_cosignatures, read_cosigner_key
from ronda.evidence.errors import MalformedError, ProofError
from ronda.store.synced import write_synced

_MOST_REPORTS = 200
_WAIT_STEP_S = 0.2
_WAIT_S = 8.0
_AT_WORK_US = 30 * SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A trusted witness and what it signed last; None: nothing yet."""

    key: CosignerKey
    trusted_us: int
    cosigned_us: int | None
    cosigned_size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessReport:
    """An alarm as the witness signed it."""

    witness: str
    received_us: int
    document: Mapping[str, Json]


class WitnessFolder:
    """Reads and writes the files of the module's text below DATA/log."""

    def __init__(self, log_folder: Path, log_key: NoteVerifier) -> None:
        self._root = log_folder
        self._log_key = log_key

    # ---- whom to trust

    def trusted(self) -> list[tuple[CosignerKey, int]]:
        """Keys and since when (UTC microseconds). Raises MalformedError for a file changed by hand."""
        try:
            rows = json.loads((self._root / "witnesses.json").read_text())
            return [(read_cosigner_key(str(row["key"])), int(row["trusted_us"])) for row in rows]
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError) as error:
            raise MalformedError(
                f"log/witnesses.json cannot be read ({type(error).__name__}); no cosignature counts. "
                "Next: put it back from a backup, or trust the witnesses again"
            ) from None

    def trust(self, key: CosignerKey, now_us: int) -> None:
        """Let this key's cosignatures count. Raises WrongUsageError when another key has the name."""
        rows = self.trusted()
        for known, _since in rows:
            if known == key:
                return
            if known.name == key.name or known.public_key == key.public_key:
                raise WrongUsageError(
                    f"witness {known.name!r} is trusted already with another key or name; nothing was changed. "
                    f"Next: `ronda witness distrust {known.name}` first, if it was really replaced"
                )
        self._save([*rows, (key, now_us)])

    def distrust(self, name: str) -> None:
        """Stop counting a witness. Raises WrongUsageError when there is none of this name."""
        rows = self.trusted()
        kept = [row for row in rows if row[0].name != name]
        if len(kept) == len(rows):
            raise WrongUsageError(f"no witness {name[:60]!r} is trusted; nothing was changed")
        self._save(kept)

    def _save(self, rows: Sequence[tuple[CosignerKey, int]]) -> None:
        told = [{"name": key.name, "key": key.vkey(), "trusted_us": since} for key, since in rows]
        write_synced(self._root / "witnesses.json", (json.dumps(told, indent=1) + "\n").encode())

    # ---- what they signed

    def accept(self, note: str) -> tuple[CosignerKey, int]:
        """Keep a checkpoint with a trusted cosignature; gives whose and the size.

        Raises ProofError when the log or no trusted witness signed it, MalformedError for other text.
        """
        checkpoint = open_checkpoint(note, self._log_key)
        found = good_cosignatures(note, [key for key, _ in self.trusted()])
        if not found:
            raise ProofError(
                "no witness that is trusted here signed this checkpoint; it was not kept. "
                "Next: `ronda witness trust NAME KEY` on the hub"
            )
        for key in found:
            last = self._last(key)
            if last is None or read_checkpoint(read_note(last).text).size <= checkpoint.size:
                folder = self._root / "cosigned"
                folder.mkdir(mode=0o700, exist_ok=True)
                write_synced(folder / f"{key.key_hash.hex()}.note", note.encode())
        return next(iter(found)), checkpoint.size

    def witnesses(self) -> list[Witness]:
        """Every trusted witness with its last cosignature."""
        found = []
        for key, since in self.trusted():
            last = self._last(key)
            at_s = key.cosigned_s(read_note(last)) if last else None
            size = read_checkpoint(read_note(last).text).size if last and at_s is not None else None
            found.append(
                Witness(
                    key=key,
                    trusted_us=since,
                    cosigned_us=None if at_s is None else at_s * SECOND_US,
                    cosigned_size=size,
                )
            )
        return found

    def cosigned(self, above: int = 0) -> str | None:
        """The note most witnesses signed, with all their lines; the largest of those. None: there is none.

        above  only checkpoints of more than so many entries
        """
        notes: dict[str, list[str]] = {}
        for key, _since in self.trusted():
            last = self._last(key)
            if last and read_checkpoint(read_note(last).text).size > above:
                text, _, lines = last.rpartition("\n\n")
                notes.setdefault(text + "\n\n", []).append(lines)
        if not notes:
            return None
        head = max(notes, key=lambda text: (len(notes[text]), read_checkpoint(text).size))
        lines_of = [line for lines in notes[head] for line in lines.splitlines(keepends=True)]
        return head + "".join(dict.fromkeys(lines_of))

    def awaited_s(self, now_us: int) -> float:
        """How long a cosignature may be waited for: a while when a witness signed just now, else not at all."""
        times = [one.cosigned_us for one in self.witnesses() if one.cosigned_us is not None]
        return _WAIT_S if times and now_us - max(times) < _AT_WORK_US else 0.0

    def wait_cosigned(self, above: int, wait_s: float) -> str | None:
        """A cosigned note of more than `above` entries, waited for while a witness is at work."""
        until = time.monotonic() + wait_s
        while (note := self.cosigned(above)) is None and time.monotonic() < until:
            time.sleep(_WAIT_STEP_S)
        return note

    def _last(self, key: CosignerKey) -> str | None:
        try:
            return (self._root / "cosigned" / f"{key.key_hash.hex()}.note").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    # ---- what they had to tell

    def accept_report(self, body: bytes, signature: bytes, now_us: int) -> WitnessReport:
        """Keep an alarm. Raises ProofError or MalformedError unless a trusted witness signed it."""
        document = canonical.read_object(body, "the witness's report")
        name = str(document.get("penjaga", ""))
        key = next((one for one, _ in self.trusted() if one.name == name), None)
        if key is None:
            raise ProofError(f"{name[:60]!r} is no witness that is trusted here; its report was not kept")
        check_report(key, body, signature)
        report = WitnessReport(witness=name, received_us=now_us, document=dict(document))
        folder = self._root / "reports"
        folder.mkdir(mode=0o700, exist_ok=True)
        told = {"received_us": now_us, "signature": signature.hex(), "report": body.decode("utf-8")}
        write_synced(folder / f"{now_us}-{key.key_hash.hex()}.json", json.dumps(told).encode())
        return report

    def reports(self) -> list[WitnessReport]:
        """The newest alarms, newest first; they stay until somebody moves the files away."""
        folder = self._root / "reports"
        found = []
        for path in sorted(folder.glob("*.json"), reverse=True)[:_MOST_REPORTS] if folder.is_dir() else ():
            told = json.loads(path.read_text())
            document = canonical.read_object(told["report"].encode(), path.name)
            found.append(
                WitnessReport(
                    witness=str(document.get("penjaga", "")),
                    received_us=int(told["received_us"]),
                    document=document,
                )
            )
        return found
