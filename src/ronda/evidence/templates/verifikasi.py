#!/usr/bin/env python3
"""Periksa paket rekaman tersegel dengan Python saja (dan openssl untuk segelnya).

Pakai:  python3 verifikasi.py [FOLDER]        tanpa internet, tidak mengubah apa pun
Keluar: 0 utuh sejauh yang diperiksa di sini, 1 rusak, 3 tidak terbaca.
Yang tidak diperiksa di sini (isi film, celah, jejak akses, BAST) diperiksa oleh `ronda verify`.

Checks a sealed package with Python alone: every digest, no file too many, no file too few, and the
signature by openssl when it is installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys

MANIFEST = "manifest-sha256.txt"
TAGS = "tagmanifest-sha256.txt"
LINE = re.compile(r"([0-9a-f]{64})  (\S+)")


def digest_of(path: str) -> str:
    """SHA-256 of a file of any size."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def files_below(root: str) -> tuple[set[str], set[str]]:
    """Relative paths of everything below `root`, and those that are no plain files."""
    plain: set[str] = set()
    foreign: set[str] = set()
    for folder, folders, names in os.walk(root):
        for name in names + folders:
            full = os.path.join(folder, name)
            path = os.path.relpath(full, root).replace(os.sep, "/")
            if os.path.islink(full) or not (os.path.isfile(full) or os.path.isdir(full)):
                foreign.add(path)
            elif os.path.isfile(full):
                plain.add(path)
            elif not os.listdir(full):
                foreign.add(path + "/")
    return plain, foreign


def read_list(root: str, name: str, faults: list[tuple[str, str]]) -> dict[str, str]:
    """The listed digests by path; anything but the one canonical form is a fault."""
    try:
        with open(os.path.join(root, name), "rb") as file:
            text = file.read().decode("ascii")
    except OSError:
        faults.append((name, "hilang / missing"))
        return {}
    except UnicodeDecodeError:
        faults.append((name, "bukan daftar / no list"))
        return {}
    listed: dict[str, str] = {}
    for line in text.split("\n")[:-1]:
        match = LINE.fullmatch(line)
        if match is None or ".." in match[2].split("/") or match[2].startswith("/"):
            faults.append((name, f"baris tidak sah / bad line: {line[:60]!r}"))
            return {}
        listed[match[2]] = match[1]
    again = "".join(f"{listed[path]}  {path}\n" for path in sorted(listed))
    if again != text:
        faults.append((name, "tidak dalam bentuk baku / not in canonical form"))
    return listed


def compare(root: str, listed: dict[str, str], present: set[str], faults: list[tuple[str, str]]) -> None:
    """Name every file that is missing, not listed, or changed."""
    for path in sorted(set(listed) - present):
        faults.append((path, "hilang / missing"))
    for path in sorted(present - set(listed)):
        faults.append((path, "tidak ada dalam daftar / not listed"))
    for path in sorted(present & set(listed)):
        if digest_of(os.path.join(root, path)) != listed[path]:
            faults.append((path, "isinya berubah / changed"))


def check_seal(root: str, faults: list[tuple[str, str]]) -> str:
    """The signature over the manifest, by openssl; returns what was found."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return "TIDAK DIPERIKSA: openssl tidak terpasang / not checked: no openssl"
    parts = [
        os.path.join(root, *name.split("/"))
        for name in ("segel/manifest.p7s", MANIFEST, "segel/sertifikat/akar.pem")
    ]
    call = [
        openssl,
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        parts[0],
        "-content",
        parts[1],
        "-CAfile",
        parts[2],
        "-purpose",
        "any",
        "-out",
        os.devnull,
    ]
    done = subprocess.run(call, capture_output=True, check=False)
    if done.returncode:
        faults.append(("segel/manifest.p7s", "segel tidak cocok / seal does not match"))
        return "RUSAK / BROKEN"
    show = [openssl, "x509", "-in", parts[2], "-noout", "-fingerprint", "-sha256"]
    shown = subprocess.run(show, capture_output=True, check=False).stdout.decode().strip()
    return "utuh; cocokkan akar dengan BAST / intact; compare the root with the record:\n  " + shown


def main() -> int:
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    if not os.path.isfile(os.path.join(root, "bagit.txt")) and not os.path.isfile(os.path.join(root, MANIFEST)):
        print("bukan paket / no package: " + root)
        return 3
    faults: list[tuple[str, str]] = []
    try:
        plain, foreign = files_below(root)
        faults += [(path, "bukan berkas biasa / no plain file") for path in sorted(foreign)]
        payload = {path for path in plain if path.startswith("data/")}
        compare(root, read_list(root, MANIFEST, faults), payload, faults)
        compare(root, read_list(root, TAGS, faults), plain - payload - {TAGS}, faults)
        seal = check_seal(root, faults)
    except OSError as error:
        print(f"tidak terbaca / cannot be read: {error}")
        return 3
    for path, what in faults:
        print(f"RUSAK  {path}: {what}")
    told = "RUSAK / BROKEN" if faults else f"{len(plain)} berkas cocok / files match"
    print(f"Berkas / files: {told}")
    print(f"Segel / seal:   {seal}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
