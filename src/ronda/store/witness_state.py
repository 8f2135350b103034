"""What a witness keeps, in a folder of its own: another machine, or a stick in a drawer.

    witness.key       Ed25519, mode 0600; the name it signs under stands in witness.json
    witness.json      name; once it has seen the log: the log's key, and the state it signed last
    leaves.bin        32 bytes for each entry seen: how an entry that changed gets its number
    seen.jsonl        one line for each state signed: time, size, root
    alarms/           what did not fit, with both versions' hashes and the signed checkpoint that said so

Order of a round: leaves (synced), seen.jsonl, then witness.json in one rename. A crash in between leaves
leaves beyond the size in witness.json; they are cut off at the next start.
"""

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ronda.core.errors import WrongUsageError
from ronda.evidence.checkpoint import Checkpoint, NoteVerifier, checked_name, read_vkey
from ronda.evidence.cosignature import Cosigner
from ronda.evidence.errors import MalformedError
from ronda.store.errors import KeyFileError
from ronda.store.synced import write_synced

_LEAF_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The last state that was signed, and when (UTC microseconds)."""

    checkpoint: Checkpoint
    at_us: int


class WitnessState:
    """One witness's folder. Raises KeyFileError or MalformedError when it cannot be used."""

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            told = json.loads((root / "witness.json").read_text())
            self.name = checked_name(str(told["name"]))
            self.log_key: NoteVerifier | None = read_vkey(told["log_key"]) if told.get("log_key") else None
            self.seen = _seen(told["seen"]) if told.get("seen") else None
        except FileNotFoundError:
            raise WrongUsageError(f"{root} is no witness. Next: `ronda witness init --state {root}`") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MalformedError(
                f"{root / 'witness.json'} cannot be read ({type(error).__name__}); nothing was signed. "
                "Next: put the folder back from its copy"
            ) from None
        self.signer = Cosigner(self.name, _read_key(root / "witness.key"))
        self._cut_leaves()

    @classmethod
    def create(cls, root: Path, name: str) -> "WitnessState":
        """Make a folder with a new key. Raises WrongUsageError when there is a witness already."""
        checked_name(name)
        if (root / "witness.json").exists() or (root / "witness.key").exists():
            raise WrongUsageError(f"{root} holds a witness already; nothing was changed")
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_synced(root / "witness.key", key, mode=0o600)
        write_synced(root / "witness.json", json.dumps({"name": name}).encode(), mode=0o600)
        return cls(root)

    def hold(self) -> IO[str]:
        """Only one process signs with this folder. Raises WrongUsageError while another does."""
        lock = (self.root / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WrongUsageError(f"a witness runs on {self.root} already; it goes on undisturbed") from None
        return lock

    def leaves(self, start: int = 0, end: int | None = None) -> list[bytes]:
        """Leaf hashes of the entries seen."""
        try:
            with (self.root / "leaves.bin").open("rb") as file:
                file.seek(start * _LEAF_BYTES)
                data = file.read() if end is None else file.read((end - start) * _LEAF_BYTES)
        except FileNotFoundError:
            return []
        return [data[at : at + _LEAF_BYTES] for at in range(0, len(data) - _LEAF_BYTES + 1, _LEAF_BYTES)]

    def remember(self, log_key: NoteVerifier, seen: Seen, new_leaves: list[bytes]) -> None:
        """Keep a state before it is signed."""
        with (self.root / "leaves.bin").open("ab") as file:
            file.write(b"".join(new_leaves))
            file.flush()
            os.fsync(file.fileno())
        line = {"at_us": seen.at_us, "size": seen.checkpoint.size, "root": seen.checkpoint.root.hex()}
        if self.seen is None or self.seen.checkpoint.size != seen.checkpoint.size:
            with (self.root / "seen.jsonl").open("a") as history:
                history.write(json.dumps(line) + "\n")
        told = {
            "name": self.name,
            "log_key": log_key.vkey(),
            "seen": line | {"origin": seen.checkpoint.origin},
        }
        write_synced(self.root / "witness.json", json.dumps(told).encode(), mode=0o600)
        self.log_key, self.seen = log_key, seen

    def first_seen_us(self, index: int) -> int | None:
        """When entry `index` was signed for the first time."""
        try:
            lines = (self.root / "seen.jsonl").read_text().splitlines()
        except FileNotFoundError:
            return None
        for text in lines:
            line = json.loads(text)
            if int(line["size"]) > index:
                return int(line["at_us"])
        return None

    def keep_alarm(self, at_us: int, document: bytes) -> Path:
        """Keep the proof; both versions' hashes are in it."""
        folder = self.root / "alarms"
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{at_us}.json"
        write_synced(path, document, mode=0o600)
        return path

    def _cut_leaves(self) -> None:
        size = self.seen.checkpoint.size if self.seen else 0
        path = self.root / "leaves.bin"
        have = path.stat().st_size if path.exists() else 0
        if have < size * _LEAF_BYTES:
            raise MalformedError(
                f"{path} holds {have // _LEAF_BYTES} entries, {size} were signed; nothing was signed now. "
                "Next: put the folder back from its copy"
            )
        if have > size * _LEAF_BYTES:
            os.truncate(path, size * _LEAF_BYTES)


def _seen(told: dict[str, object]) -> Seen:
    size, root, origin, at_us = (told[name] for name in ("size", "root", "origin", "at_us"))
    checkpoint = Checkpoint(origin=str(origin), size=int(str(size)), root=bytes.fromhex(str(root)))
    return Seen(checkpoint=checkpoint, at_us=int(str(at_us)))


def _read_key(path: Path) -> Ed25519PrivateKey:
    try:
        if path.stat().st_mode & 0o077:
            raise KeyFileError(f"{path} can be read by others; nothing was signed. Next: chmod 600 {path}")
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise KeyFileError(f"{path} holds no key ({type(error).__name__}); nothing was signed") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} holds a key of another kind; nothing was signed")
    return key
