"""The log's proofs, checked by a verifier written from the standards alone.

`_Outsider` below knows RFC 6962/9162 (Merkle trees), C2SP signed-note, tlog-checkpoint, tlog-cosignature and
tlog-proof, and one library for Ed25519. It shares nothing with the code that it checks, nor with the
verifier that travels in a package.
"""

import base64
import hashlib
import json
import random
import shutil
import struct
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from tests.evidence_kit import FixedClock

from ronda.evidence.checkpoint import NoteSigner
from ronda.evidence.cosignature import Cosigner
from ronda.evidence.entry import AuditEvent, Phase
from ronda.evidence.tlog_proof import write_proof
from ronda.store.log import SqliteLog

SIZE = 70
LOG = NoteSigner("ronda.kutim/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
STRANGER = NoteSigner("ronda.kutim/log", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
WITNESS = Cosigner("inspektorat.example/penjaga", Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34))))


class Refused(Exception):
    """Something does not hold."""


class _Outsider:
    """Trusts one log key and some witness keys, each as a vkey text."""

    def __init__(self, log_vkey: str, witness_vkeys: list[str], quorum: int) -> None:
        self.log, self.witnesses, self.quorum = _vkey(log_vkey), [_vkey(one) for one in witness_vkeys], quorum

    def opens(self, proof: str) -> bytes:
        """The entry that a tlog-proof proves. Raises Refused."""
        head, separator, note = proof.partition("\n\n")
        lines = head.split("\n")
        if not separator or lines[0] != "c2sp.org/tlog-proof@v1" or not lines[1].startswith("extra "):
            raise Refused("no proof")
        entry = _b64(lines[1].removeprefix("extra "))
        if not lines[2].startswith("index ") or not lines[2][6:].isdigit():
            raise Refused("no index")
        size, root = self.checkpoint(note)
        path = [_b64(line) for line in lines[3:]]
        self.included(hashlib.sha256(b"\x00" + in_tree(entry)).digest(), int(lines[2][6:]), size, path, root)
        return entry

    def checkpoint(self, note: str) -> tuple[int, bytes]:
        """Size and root that the log and enough witnesses signed."""
        text, separator, below = note.rpartition("\n\n")
        text += "\n"
        lines = text.split("\n")
        name, key_id, _, key = self.log
        if not separator or lines[0] != name or not lines[1].isdigit():
            raise Refused("no checkpoint of this log")
        signatures = [_signature(line) for line in below.split("\n") if line]
        if not any(_good(key, one[2], text.encode()) for one in signatures if one[:2] == (name, key_id)):
            raise Refused("the log did not sign this")
        signed = set()
        for witness, witness_id, _, witness_key in self.witnesses:
            for who, which, data in signatures:
                if (who, which) == (witness, witness_id) and len(data) == 72:
                    at_s = struct.unpack(">Q", data[:8])[0]
                    message = f"cosignature/v1\ntime {at_s}\n{text}".encode()
                    if _good(witness_key, data[8:], message):
                        signed.add(witness_key)
        if len(signed) < self.quorum:
            raise Refused(f"{len(signed)} witnesses of {self.quorum}")
        return int(lines[1]), _b64(lines[2])

    @staticmethod
    def included(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> None:
        """RFC 9162, 2.1.3.2."""
        if index >= size:
            raise Refused("beyond the tree")
        first, last, at = index, size - 1, leaf
        for step in path:
            if last == 0:
                raise Refused("the path is too long")
            if first & 1 or first == last:
                at = _node(step, at)
                while not first & 1 and first:
                    first, last = first >> 1, last >> 1
            else:
                at = _node(at, step)
            first, last = first >> 1, last >> 1
        if last or at != root:
            raise Refused("the path leads to another root")

    @staticmethod
    def continues(old: int, old_root: bytes, new: int, new_root: bytes, path: list[bytes]) -> None:
        """RFC 9162, 2.1.4.2."""
        if old == new:
            if path or old_root != new_root:
                raise Refused("one size, two trees")
            return
        steps = list(path)
        if old & (old - 1) == 0:
            steps.insert(0, old_root)
        if not steps:
            raise Refused("no path")
        first, last = old - 1, new - 1
        while first & 1:
            first, last = first >> 1, last >> 1
        was = now = steps[0]
        for step in steps[1:]:
            if last == 0:
                raise Refused("the path is too long")
            if first & 1 or first == last:
                was, now = _node(step, was), _node(step, now)
                while not first & 1 and first:
                    first, last = first >> 1, last >> 1
            else:
                now = _node(now, step)
            first, last = first >> 1, last >> 1
        if last or was != old_root or now != new_root:
            raise Refused("the newer tree does not continue the older one")


def in_tree(entry: bytes) -> bytes:
    """docs/design/log.md: of form 2 the public part and the digest of the whole stand in the tree."""
    said = json.loads(entry)
    if said.get("v") != 2:
        return entry
    public = {name: said[name] for name in ("v", "hari", "aksi", "tahap", "hasil", "menit") if name in said}
    digest = hashlib.sha256(entry).hexdigest()
    return json.dumps({**public, "isi": digest}, sort_keys=True, separators=(",", ":")).encode()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _b64(text: str) -> bytes:
    """Only the one way to write the bytes (RFC 4648, 3.5)."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("no base64") from None
    if base64.b64encode(data).decode() != text:
        raise Refused("idle bits in base64")
    return data


def _vkey(text: str) -> tuple[str, bytes, int, bytes]:
    name, key_id, data = text.split("+", 2)
    raw = base64.b64decode(data)
    if hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() != key_id:
        raise Refused("the key is not that of its name")
    return name, bytes.fromhex(key_id), raw[0], raw[1:]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    dash, name, data = [*line.split(" "), "", "", ""][:3]
    raw = _b64(data)
    if dash != "—" or len(raw) < 5:
        raise Refused("no signature line")
    return name, raw[:4], raw[4:]


def _good(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> SqliteLog:
    made = SqliteLog(Path(tmp_path_factory.mktemp("log")), FixedClock())
    for number in range(SIZE):
        fields = {"action": "rekaman.putar", "actor": f"p-{number % 5}", "role": "operator", "outcome": "boleh"}
        made.append(AuditEvent(phase=Phase.INTENT, private={"sebab": f"alasan {number}"}, **fields))
    return made


@pytest.fixture(scope="module")
def cosigned(log: SqliteLog) -> str:
    note = log.checkpoint(LOG)
    return note + WITNESS.line(note.rpartition("\n\n")[0] + "\n", 1_795_700_000)


@pytest.fixture(scope="module")
def outsider() -> _Outsider:
    return _Outsider(LOG.verifier.vkey(), [WITNESS.key.vkey()], 1)


def proof(log: SqliteLog, index: int, note: str, size: int = SIZE) -> str:
    entry = log.entry(index)
    assert entry
    return write_proof(entry.leaf, index, log.inclusion(index, size), note)


def test_every_entry_is_proven_under_a_cosigned_checkpoint(
    log: SqliteLog, cosigned: str, outsider: _Outsider
) -> None:
    for index in range(SIZE):
        entry = log.entry(index)
        assert entry
        assert outsider.opens(proof(log, index, cosigned)) == entry.leaf


def test_every_older_size_is_a_beginning_of_every_newer_one(log: SqliteLog, outsider: _Outsider) -> None:
    for new in range(1, SIZE + 1, 3):
        for old in range(1, new + 1):
            outsider.continues(old, log.root(old), new, log.root(new), log.consistency(old, new))


def test_forged_proofs_are_refused(log: SqliteLog, cosigned: str, outsider: _Outsider) -> None:
    """N36: another index, another entry, another origin, a stranger's key, a step changed, left out or added."""
    good = proof(log, 23, cosigned)
    lines = good.split("\n")
    other = log.entry(24)
    assert other
    stranger = STRANGER.sign(cosigned.rpartition("\n\n")[0] + "\n")
    forged = {
        "index": good.replace("index 23", "index 22"),
        "index beyond": good.replace("index 23", "index 9999"),
        "entry": good.replace(lines[1], "extra " + base64.b64encode(other.leaf).decode()),
        "origin": good.replace("ronda.kutim/log\n", "ronda.lain/log\n"),
        "size": good.replace(f"\n{SIZE}\n", f"\n{SIZE - 1}\n"),
        "step left out": good.replace(lines[3] + "\n", ""),
        "step twice": good.replace(lines[3], lines[3] + "\n" + lines[3]),
        "steps swapped": good.replace(lines[3] + "\n" + lines[4], lines[4] + "\n" + lines[3]),
        "no checkpoint": good.split("\n\n")[0],
        "a stranger's signature": good.partition("\n\n")[0] + "\n\n" + stranger,
        "no witness": good.partition("\n\n")[0] + "\n\n" + log.checkpoint(LOG),
    }
    for what, text in forged.items():
        with pytest.raises(Refused):
            outsider.opens(text)
        assert text != good, what


class _Journalist(_Outsider):
    """Has a copy of the published files alone, and counts."""

    def counts(self, folder: Path, act: tuple[str, str, str], month: str) -> int:
        """Entries of an act in a month, once each published one was found in the signed tree. Raises Refused."""
        size, root = self.checkpoint((folder / "checkpoint").read_text())
        number, found, hashes, begun = 0, 0, [], False
        while len(hashes) < size:
            width = min(256, size - len(hashes))
            name = f"{number:03d}" + ("" if width == 256 else f".p/{width}")
            own = (folder / "tile/0" / name).read_bytes()
            bundle = (folder / "tile/umum" / name).read_bytes()
            for offset in range(width):
                length = int.from_bytes(bundle[:2], "big")
                shown, bundle = bundle[2 : 2 + length], bundle[2 + length :]
                hashes.append(own[32 * offset : 32 * offset + 32])
                if not shown and begun:
                    raise Refused("an entry is kept back")
                if shown:
                    begun = True
                    if hashlib.sha256(b"\x00" + shown).digest() != hashes[-1]:
                        raise Refused("what is published is not in the tree")
                    said = json.loads(shown)
                    found += (said["aksi"], said["tahap"], said["hasil"]) == act and said["hari"][:7] == month
            number += 1
        if self._tree(hashes) != root:
            raise Refused("the published hashes are not the signed tree")
        return found

    def _tree(self, hashes: list[bytes]) -> bytes:
        """RFC 6962, 2.1."""
        if len(hashes) == 1:
            return hashes[0]
        middle = 1
        while middle * 2 < len(hashes):
            middle *= 2
        return _node(self._tree(hashes[:middle]), self._tree(hashes[middle:]))


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """300 entries: 200 looks, 60 requests, the rest refusals; only what is published is copied."""
    log = SqliteLog(tmp_path / "log", FixedClock())
    acts = [("rekaman.putar", Phase.INTENT, "boleh")] * 200 + [
        ("permintaan.diterima", Phase.RESULT, "berhasil")
    ] * 60
    for number, (action, phase, outcome) in enumerate(acts + [("kasus.dibuka", Phase.FACT, "ditolak")] * 40):
        log.append(
            AuditEvent(
                action=action, actor=f"p-{number}", role="operator", phase=phase, outcome=outcome,
                case=f"case-{number}", objects={"kamera": f"simpang-{number}"}, private={"sebab": "rahasia"},
            )
        )  # fmt: skip
    log.checkpoint(LOG)
    copy = tmp_path / "salinan"
    for kind in ("0", "umum"):
        shutil.copytree(tmp_path / "log/tile" / kind, copy / "tile" / kind)
    shutil.copy(tmp_path / "log/checkpoint", copy)
    return copy


def journalist() -> _Journalist:
    return _Journalist(LOG.verifier.vkey(), [], 0)


def test_public_figures_are_counted_from_published_tiles_alone(published: Path) -> None:
    assert journalist().counts(published, ("rekaman.putar", "niat", "boleh"), "2026-11") == 200
    assert journalist().counts(published, ("permintaan.diterima", "hasil", "berhasil"), "2026-11") == 60
    assert journalist().counts(published, ("rekaman.putar", "niat", "boleh"), "2026-10") == 0


def test_what_is_published_names_nobody_no_camera_and_no_case(published: Path) -> None:
    everything = b"".join(path.read_bytes() for path in published.rglob("*") if path.is_file())
    for private in (b"p-1", b"simpang", b"case-", b"operator", b"rahasia", b"waktu", b"kamera", b"garam"):
        assert private not in everything


def test_an_act_left_out_added_or_moved_to_another_month_is_refused(published: Path) -> None:
    whole = (published / "tile/umum/000").read_bytes()
    length = int.from_bytes(whole[:2], "big")
    first = whole[2 : 2 + length]
    for forged in (
        first.replace(b"2026-11", b"2026-10"),
        first.replace(b"rekaman.putar", b"kasus.dibuka!"),
        first.replace(b"boleh", b"gagal"),
    ):
        (published / "tile/umum/000").write_bytes(whole[:2] + forged + whole[2 + length :])
        with pytest.raises(Refused, match="not in the tree"):
            journalist().counts(published, ("rekaman.putar", "niat", "boleh"), "2026-11")
    (published / "tile/umum/000").write_bytes(whole)
    hashes = bytearray((published / "tile/0/000").read_bytes())
    second = int.from_bytes(whole[2 + length : 4 + length], "big")
    kept_back = whole[: 2 + length] + b"\0\0" + whole[4 + length + second :]  # said to be an old, private entry
    (published / "tile/umum/000").write_bytes(kept_back)
    with pytest.raises(Refused, match="kept back"):
        journalist().counts(published, ("rekaman.putar", "niat", "boleh"), "2026-11")
    (published / "tile/umum/000").write_bytes(whole)
    forged = first.replace(b"boleh", b"gagal")
    hashes[:32] = hashlib.sha256(b"\x00" + forged).digest()
    (published / "tile/umum/000").write_bytes(whole[:2] + forged + whole[2 + length :])
    (published / "tile/0/000").write_bytes(bytes(hashes))
    with pytest.raises(Refused, match="not the signed tree"):
        journalist().counts(published, ("rekaman.putar", "niat", "boleh"), "2026-11")


def test_one_witness_under_two_names_counts_once(log: SqliteLog, cosigned: str) -> None:
    text = cosigned.rpartition("\n\n")[0] + "\n"
    twin = Cosigner("polres.example/penjaga", Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34))))
    doubled = cosigned + twin.line(text, 1_795_700_001)
    wanting_two = _Outsider(LOG.verifier.vkey(), [WITNESS.key.vkey(), twin.key.vkey()], 2)
    with pytest.raises(Refused, match="1 witnesses of 2"):
        wanting_two.opens(proof(log, 5, doubled))


def test_a_cosignature_counts_only_with_the_time_it_was_made_for(log: SqliteLog, cosigned: str) -> None:
    head, _, last = cosigned.rstrip("\n").rpartition("\n")
    name, data = last.split(" ")[1:]
    raw = bytearray(base64.b64decode(data))
    raw[11] ^= 1  # the last byte of the time
    moved = f"{head}\n— {name} {base64.b64encode(bytes(raw)).decode()}\n"
    with pytest.raises(Refused, match="0 witnesses"):
        _Outsider(LOG.verifier.vkey(), [WITNESS.key.vkey()], 1).opens(proof(log, 5, moved))


def test_any_changed_letter_of_a_proof_is_refused(log: SqliteLog, cosigned: str, outsider: _Outsider) -> None:
    """Two hundred seeded changes of one letter each."""
    good, chance = proof(log, 41, cosigned), random.Random(11)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for _ in range(200):
        at = chance.randrange(len(good))
        if good[at] not in letters:
            continue
        changed = good[:at] + chance.choice([one for one in letters if one != good[at]]) + good[at + 1 :]
        with pytest.raises((Refused, ValueError, IndexError)):
            outsider.opens(changed)


def test_a_fork_does_not_continue_what_was_seen(log: SqliteLog, outsider: _Outsider, tmp_path: Path) -> None:
    fork = SqliteLog(tmp_path, FixedClock())
    for number in range(SIZE):
        fork.append(AuditEvent(action="lain", actor=f"p-{number}", role="", phase=Phase.FACT, outcome="berhasil"))
    for old in (1, 17, 32, 64):
        with pytest.raises(Refused):
            outsider.continues(old, log.root(old), SIZE, fork.root(SIZE), fork.consistency(old, SIZE))
