#!/usr/bin/env python3
"""Periksa paket rekaman tersegel dengan Python saja (openssl untuk segel dan cap waktu, pdfsig untuk BAST).

Pakai:  python3 verifikasi.py [FOLDER] [--root SIDIK-DARI-BAST] [--authority AKAR-OTORITAS.pem]
Tanpa internet, tidak mengubah apa pun.
Keluar: 0 semua yang diperiksa di sini SESUAI, 1 RUSAK, 2 ada yang BELUM DAPAT DIPASTIKAN, 3 tidak terbaca, 64 salah pakai.
Isi film, jam kamera dan tanda tangan kamera diperiksa oleh `ronda verify`.

Checks a sealed package with Python's standard library: digests, statement, log proof, witnesses, roles, gap list. openssl and
pdfsig are asked where they are installed. Written from the standards (RFC 6962, 8032, C2SP), apart from the product's code.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime
from typing import Any, NoReturn

MANIFEST, TAGS, STATEMENT = "manifest-sha256.txt", "tagmanifest-sha256.txt", "data/pernyataan.json"
SEAL, ROOT, CHAIN = "segel/manifest.p7s", "segel/sertifikat/akar.pem", "segel/sertifikat/rantai.pem"
PROOF, LATER = "segel/segel.tlog-proof", "segel/saksi.tlog-proof"
STAMPS = ("segel/manifest.tsr", "segel/manifest-2.tsr")
LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_][A-Za-z0-9._/-]*)")
Said = Any  # the statement as it was read
GOOD, OPEN, SKIP, BAD = "SESUAI", "BELUM DAPAT DIPASTIKAN", "TIDAK DIPERIKSA", "RUSAK"
LINES = ("Berkas", "Segel", "Cap waktu", "Jejak akses", "Penjaga log", "Tanda tangan kamera", "Ketelitian waktu",
         "Rekaman terputus", "Peran tiap salinan", "BAST")  # fmt: skip

class Fault(Exception):
    """Something that does not hold; the text says what."""

# ---- Ed25519 (RFC 8032), verification only
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
def unpack(data: bytes) -> tuple[int, int, int, int]:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * ROOT_OF_MINUS_1 % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        raise Fault("kunci atau tanda tangan bukan titik Ed25519")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P
def plus(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    one, two = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    three, four = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = two - one, four - three, four + three, two + one
    return e * f % P, g * h % P, f * g % P, e * h % P
def times(scalar: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    total = (0, 1, 1, 0)
    while scalar:
        total = plus(total, point) if scalar & 1 else total
        point, scalar = plus(point, point), scalar >> 1
    return total
BASE = unpack((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
def signed_by(key: bytes, message: bytes, signature: bytes) -> bool:
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % Q
    left, right = times(s, BASE), plus(unpack(signature[:32]), times(h, unpack(key)))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 == (left[1] * right[2] - right[1] * left[2]) % P

# ---- the log (RFC 6962 tree, C2SP note, checkpoint, cosignature and tlog-proof)
def read_key(text: str) -> tuple[str, bytes, bytes]:
    """Name, key hash and key of a vkey."""
    name, short, packed = text.split("+", 2)
    key = base64.b64decode(packed)
    if hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() != short or len(key) != 33:
        raise Fault(f"kunci {name} tidak sesuai sidiknya")
    return name, bytes.fromhex(short), key
def signatures(note: str, key: tuple[str, bytes, bytes]) -> list[bytes]:
    _text, _, below = note.rpartition("\n\n")
    found = [line[2:].rsplit(" ", 1) for line in below.splitlines() if line.startswith("— ")]
    payloads = [base64.b64decode(payload) for name, payload in found if name == key[0]]
    return [payload[4:] for payload in payloads if payload[:4] == key[1]]
def note_signed(note: str, key: tuple[str, bytes, bytes]) -> bool:
    """By a log (key type 1), or by a witness (type 4) together with its time."""
    text, is_witness = note.rpartition("\n\n")[0] + "\n", key[2][0] == 4
    for one in signatures(note, key):
        told = f"cosignature/v1\ntime {int.from_bytes(one[:8], 'big')}\n{text}" if is_witness else text
        if signed_by(key[2][1:], told.encode(), one[8:] if is_witness else one):
            return True
    return False
def open_proof(data: bytes, key: tuple[str, bytes, bytes]) -> tuple[bytes, int, str]:
    """Entry, index and note, once the entry's hash led to the root that the log signed."""
    head, _, note = data.decode().partition("\n\n")
    first, extra, index_line, *steps = head.split("\n")
    if first != "c2sp.org/tlog-proof@v1" or not extra.startswith("extra ") or not index_line.startswith("index "):
        raise Fault("bukti log tidak terbaca")
    leaf, index = base64.b64decode(extra[6:]), int(index_line[6:])
    origin, size_text, root = note.split("\n")[:3]
    if origin != key[0] or not note_signed(note, key): raise Fault("titik periksa tidak ditandatangani oleh log yang dinyatakan")
    said, public = json.loads(leaf), ("v", "hari", "aksi", "tahap", "hasil", "menit")  # the tree holds these, and a digest of all
    shown = leaf if said.get("v") != 2 else json.dumps({**{k: said[k] for k in public if k in said}, "isi": hashlib.sha256(leaf).hexdigest()}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    check_inclusion(hashlib.sha256(b"\0" + shown).digest(), index, int(size_text), steps, base64.b64decode(root))
    return leaf, index, note
def check_inclusion(digest: bytes, index: int, size: int, steps: list[str], root: bytes) -> None:  # RFC 9162, 2.1.3.2
    node, last = index, size - 1
    for step in map(base64.b64decode, steps):
        if last == 0:
            raise Fault("bukti log lebih panjang daripada pohonnya")
        if node & 1 or node == last:
            digest = hashlib.sha256(b"\1" + step + digest).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            digest = hashlib.sha256(b"\1" + digest + step).digest()
        node, last = node >> 1, last >> 1
    if not 0 <= index < size or last or digest != root:
        raise Fault("entri penyegelan tidak ada dalam log")

# ---- the package
class Package:
    def __init__(self, root: str) -> None:
        self.root, self.digests, self.sizes, self.foreign = root, {}, {}, []
        for folder, folders, names in os.walk(root):
            for name in names + folders:
                full = os.path.join(folder, name)
                path = os.path.relpath(full, root).replace(os.sep, "/")
                if os.path.islink(full) or not (os.path.isfile(full) or os.path.isdir(full)):
                    self.foreign.append(path)
                elif os.path.isfile(full):
                    self.digests[path], self.sizes[path] = digest_of(full), os.path.getsize(full)
                elif not os.listdir(full):
                    self.foreign.append(path + "/")
    def read(self, path: str) -> bytes:
        if path not in self.digests:
            raise Fault(f"{path} hilang")
        return open(self.place(path), "rb").read()
    def place(self, path: str) -> str:
        return os.path.join(self.root, *path.split("/"))
    def listed(self, name: str) -> dict[str, str]:
        """The one canonical form of a list, or a fault."""
        text = self.read(name).decode("ascii", "replace")
        found = {m[2]: m[1] for m in map(LINE.fullmatch, text.split("\n")[:-1]) if m and ".." not in m[2].split("/")}
        if not found or "".join(f"{found[path]}  {path}\n" for path in sorted(found)) != text:
            raise Fault(f"{name} bukan daftar dalam bentuk baku")
        return found
def digest_of(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
def ask(*call: str) -> tuple[int, str]:
    done = subprocess.run(call, capture_output=True, check=False)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")
def files(package: Package, said: Said) -> tuple[str, str]:
    faults = [f"{path} bukan berkas biasa" for path in package.foreign]
    payload = {path for path in package.digests if path.startswith("data/")}
    for name, present in ((MANIFEST, payload), (TAGS, set(package.digests) - payload - {TAGS})):
        try:
            listed = package.listed(name)
        except Fault as fault:
            faults.append(str(fault))
            continue
        faults += [f"{path} hilang / missing" for path in sorted(set(listed) - present)]
        faults += [f"{path} tidak ada dalam daftar / not listed" for path in sorted(present - set(listed))]
        faults += [f"{path} isinya berubah / changed" for path in sorted(present & set(listed)) if package.digests[path] != listed[path]]
    stated = {**said.get("pendamping", {}), **{one["path"]: one["sha256"] for one in said.get("berkas", []) + said.get("foto", [])}}
    faults += [f"{path} bukan yang dinyatakan" for path, digest in stated.items() if package.digests.get(path) not in (digest, None)]
    return (BAD, "\n      ".join(faults)) if faults else (GOOD, f"{len(package.digests)} berkas cocok / files match")
def seal(package: Package, root: str) -> tuple[str, str]:
    openssl = shutil.which("openssl")
    if openssl is None:
        return SKIP, "openssl tidak terpasang / no openssl"
    paths = [package.place(path) for path in (SEAL, MANIFEST, ROOT)]
    call = ("cms", "-verify", "-binary", "-inform", "DER", "-in", paths[0], "-content", paths[1], "-CAfile", paths[2], "-purpose", "any")
    code, told = ask(openssl, *call, "-no_check_time", "-out", os.devnull)
    if code:
        return BAD, "segel tidak cocok / the seal does not match: " + told.strip().splitlines()[-1][:100]
    shown = ask(openssl, "x509", "-in", paths[2], "-noout", "-fingerprint", "-sha256")[1].strip().split("=")[-1]
    own = shown.replace(":", "").lower()
    if not root:
        return OPEN, f"segel cocok; cocokkan akar dengan BAST tercetak (--root): {shown}"
    return (GOOD, "segel cocok, akar sama") if own == root else (BAD, f"akar bukan yang diberikan: {shown}")
def stamps(package: Package, said: Said, authority: str) -> tuple[str, str]:
    openssl, found = shutil.which("openssl"), []
    if not said.get("cap_waktu"):
        return OPEN, "tidak ada otoritas cap waktu yang diatur"
    for path, stated in zip(STAMPS, said["cap_waktu"]):
        if path not in package.digests:
            found.append((OPEN, f"menunggu cap dari {stated['alamat']}"))
        elif openssl is None:
            found.append((SKIP, "openssl tidak terpasang"))
        else:
            _code, told = ask(openssl, "ts", "-reply", "-in", package.place(path), "-text")
            when = re.search(r"Time stamp: (\w+ +\d+ [\d:]+)(?:\.\d+)? (\d{4})", told)
            at = datetime.strptime(f"{when[1]} {when[2]}", "%b %d %H:%M:%S %Y") if when else None
            call = ("ts", "-verify", "-data", package.place(SEAL), "-in", package.place(path))
            roots = [one for one in (authority, package.place(stated["sertifikat"])) if one]
            seconds = str(int((at - datetime(1970, 1, 1)).total_seconds())) if at else "0"
            codes = [ask(openssl, *call, "-CAfile", root, "-attime", seconds)[0] for root in roots]
            ends = [one["akhir"] for one in said["berkas"] if one["peran"] == "asli"]
            early = at is None or (max(map(moment, ends)) - at).total_seconds() > 5
            good = GOOD if authority and not codes[0] else OPEN  # of another authority than the given one: not proven
            found.append((BAD, f"{path} bukan cap atas segel ini") if all(codes) or early else (good, f"{at} UTC; akar otoritas: --authority"))
    return worst(found)
def log(package: Package, said: Said) -> tuple[str, str]:
    leaf, index, _note = open_proof(package.read(PROOF), read_key(said["log"]["vkey"]))
    entry = json.loads(leaf)
    wanted = {"paket": said["paket"], "manifest": package.digests.get(MANIFEST), "segel": package.digests.get(SEAL)}
    if entry.get("aksi") != "bukti.disegel" or entry.get("nomor") != index or entry.get("objek") != wanted:
        raise Fault("entri log tentang manifest atau segel lain")
    return GOOD, f"penyegelan adalah entri {index}"
def witnesses(package: Package, said: Said) -> tuple[str, str]:
    key, known = read_key(said["log"]["vkey"]), {read_key(text) for text in said["log"]["penjaga"]}
    proofs = [open_proof(package.read(path), key) for path in (PROOF, LATER) if path in package.digests]
    if any(one[:2] != proofs[0][:2] for one in proofs):
        raise Fault("bukti saksi tentang entri lain")
    names = {one[2]: one[0] for one in known if any(note_signed(note, one) for _l, _i, note in proofs)}  # by key: counted once
    return (GOOD, ", ".join(sorted(names.values()))) if names else (OPEN, "belum ada penjaga log yang ikut menandatangani")
def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
def gaps(package: Package, said: Said) -> tuple[str, str]:
    rows = ["kamera,mulai_utc,akhir_utc,lama_detik,sebab,bukti"]
    for gap in said["celah"]:
        text = " ".join(gap["bukti"].split()).replace('"', '""')
        seconds = (moment(gap["akhir"]) - moment(gap["mulai"])).total_seconds()
        quoted = '"' + ("'" if text[:1] in "=+-@" and text else "") + text + '"'
        rows.append(",".join([gap["kamera"], gap["mulai"], gap["akhir"], f"{seconds:.3f}", gap["sebab"], quoted]))
    if package.read("data/celah.csv").decode() != "\r\n".join(rows) + "\r\n":
        raise Fault("data/celah.csv tidak sama dengan pernyataan")
    return GOOD, f"{len(said['celah'])} kali terputus menurut pernyataan; isi film diperiksa `ronda verify`"
def roles(package: Package, said: Said) -> tuple[str, str]:
    films, shown = {one["path"]: one for one in said["berkas"]}, []
    here = {path for path in package.digests if path.startswith(("data/asli/", "data/salinan/", "data/samaran/"))}
    for path in sorted(here ^ set(films)):
        raise Fault(f"{path} tidak dinyatakan, atau tidak ada")
    for path, one in films.items():
        original, derived = one["peran"] == "asli", one["turunan_dari"]
        if one["peran"] not in ("asli", "salinan") or not path.startswith(f"data/{one['peran']}/{one['kamera']}") or package.sizes[path] != one["byte"]:
            raise Fault(f"{path} berperan {one['peran']}, di tempat atau berukuran lain")
        if original == bool(derived) or any(films.get(source, {}).get("peran") != "asli" for source in derived):
            raise Fault(f"{path}: turunan yang tidak sah")
        shown += derived
    if sorted(shown) != sorted(path for path, one in films.items() if one["peran"] == "asli"):
        raise Fault("salinan tidak memuat setiap asli tepat sekali")
    return GOOD, f"{len(films)} film; gambar demi gambar diperiksa `ronda verify`"
def record(package: Package) -> tuple[str, str]:
    if b"/ByteRange" not in package.read("BAST.pdf"):
        return OPEN, "belum ditandatangani secara elektronik"
    if shutil.which("pdfsig") is None:
        return SKIP, "pdfsig tidak terpasang"
    told = ask("pdfsig", package.place("BAST.pdf"))[1]
    good, count = told.count("Signature is Valid."), told.count("Signature #")
    return (BAD, "tanda tangan BAST tidak sah") if good < count or not count else (OPEN, f"{good} tanda tangan utuh; pemiliknya diperiksa `ronda verify`")
def worst(found: list[tuple[str, str]]) -> tuple[str, str]:
    order = [verdict for verdict in (BAD, OPEN, SKIP, GOOD) if verdict in [one for one, _ in found]]
    return order[0], "; ".join(text for _, text in found)

class Reader(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(64, message + "\n")

def main() -> int:
    reader = Reader(description=__doc__.splitlines()[0])
    reader.add_argument("folder", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    reader.add_argument("--root", default="")
    reader.add_argument("--authority", default="")
    given = reader.parse_args()
    if not any(os.path.isfile(os.path.join(given.folder, name)) for name in ("bagit.txt", MANIFEST, TAGS)):
        print("bukan paket / no package: " + given.folder)
        return 3
    root = re.sub("[^0-9a-f]", "", given.root.lower())
    try:
        package = Package(given.folder)
        said = json.loads(package.read(STATEMENT)) if STATEMENT in package.digests else {}
    except (OSError, ValueError) as error:
        print(f"tidak terbaca / cannot be read: {error}")
        return 3 if isinstance(error, OSError) else 1
    skipped = (SKIP, "pakai `ronda verify` / use `ronda verify`")
    checks: Any = (lambda: files(package, said), lambda: seal(package, root), lambda: stamps(package, said, given.authority),
              lambda: log(package, said), lambda: witnesses(package, said), lambda: skipped, lambda: skipped,
              lambda: gaps(package, said), lambda: roles(package, said), lambda: record(package))  # fmt: skip
    verdicts = []
    print(f"Paket: {said.get('paket', '?')}" + ("  *** DATA LATIHAN ***" if said.get("data_latihan") else ""))
    for number, (name, check) in enumerate(zip(LINES, checks), 1):
        try:
            verdict, text = check()
        except (Fault, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            verdict, text = BAD, f"{error}" if isinstance(error, Fault) else f"tidak terbaca ({error!r})"
        verdicts.append(verdict)
        print(f"{number:2d}  {name:<22} {verdict}\n      {text}")
    return 1 if BAD in verdicts else 2 if OPEN in verdicts else 0

if __name__ == "__main__":
    sys.exit(main())
