"""E1: seeded changes of every kind to a package are all found, the file named; untouched ones raise no alarm.

`RONDA_PACKAGE_CHANGES` and `RONDA_PACKAGES_UNTOUCHED` set the sizes; docs/howto/test-long.md. One change in five is
made to a package that has everything one can have: stamps, stills with their sheet, two signatures on its record.
"""

import asyncio
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.evidence_kit import APPROVER, INVESTIGATOR, office_root, sealed_package
from tests.tsa_kit import Asked, new_tsa, serving

from ronda.app.openssl_judge import openssl_judge
from ronda.evidence import layout
from ronda.evidence.folder import PackageFolder
from ronda.evidence.verify import verify_package
from ronda.store.synced import write_synced

CHANGES = int(os.environ.get("RONDA_PACKAGE_CHANGES", "180"))
UNTOUCHED = int(os.environ.get("RONDA_PACKAGES_UNTOUCHED", "3"))
SEED = 20261127
OPENSSL = openssl_judge()
LISTS = (layout.MANIFEST, layout.TAG_MANIFEST)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("fates")
    with serving(new_tsa(root / "one")) as one, serving(new_tsa(root / "two", "Dua", chain=True)) as two:
        asked = Asked((one.authority, two.authority))
        home, case, package = asyncio.run(sealed_package(root / "house", tiny=True, stamps=asked, stills=True))
        for person in (APPROVER, INVESTIGATOR):
            home.service.sign_record(
                person.person_id, case.case_id, case.packages[0].package_id, write_synced, office_root
            )
    return package


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(sealed_package(tmp_path_factory.mktemp("plain"), tiny=True))[2]


Change = Callable[[Path, str, random.Random], set[str]]  # gives what may be named for it


def flip(package: Path, path: str, rng: random.Random) -> set[str]:
    data = bytearray((package / path).read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    (package / path).write_bytes(data)
    return {path}


def cut(package: Path, path: str, rng: random.Random) -> set[str]:
    data = (package / path).read_bytes()
    (package / path).write_bytes(data[: rng.randrange(len(data))])
    return {path}


def grow(package: Path, path: str, rng: random.Random) -> set[str]:
    with (package / path).open("ab") as file:
        file.write(rng.randbytes(rng.randrange(1, 40)))
    return {path}


def swap(package: Path, path: str, rng: random.Random) -> set[str]:
    """With another file of other content: both are in the wrong place."""
    data = (package / path).read_bytes()
    others = [one for one in PackageFolder(package).files if (package / one).read_bytes() != data]
    other = rng.choice(sorted(others))
    (package / path).write_bytes((package / other).read_bytes())
    (package / other).write_bytes(data)
    return {path, other}


def rename(package: Path, path: str, rng: random.Random) -> set[str]:
    fresh = f"{path}.{rng.randrange(10)}"
    (package / path).rename(package / fresh)
    return {path, fresh}


def remove(package: Path, path: str, rng: random.Random) -> set[str]:
    (package / path).unlink()
    return {path}


def add(package: Path, path: str, rng: random.Random) -> set[str]:
    fresh = f"{Path(path).parent.as_posix()}/x{rng.randrange(10**6)}".removeprefix("./")
    (package / fresh).write_bytes(rng.randbytes(8))
    return {fresh}


def reorder(package: Path, path: str, rng: random.Random) -> set[str]:
    """Two stretches of the file change places."""
    data = (package / path).read_bytes()
    a, b, c = sorted(rng.sample(range(len(data) + 1), 3))
    mixed = data[:a] + data[b:c] + data[a:b] + data[c:]
    (package / path).write_bytes(mixed if mixed != data else data + b"\0")
    return {path}


def pack_again(package: Path, path: str, rng: random.Random) -> set[str]:
    """Another container around the same content: a free box for films, line ends or a comment for the rest."""
    data = (package / path).read_bytes()
    if path.endswith(".mp4"):
        again = data + b"\0\0\0\x0cfree" + rng.randbytes(4)
    elif path.endswith((".pdf", ".png")):
        again = data + b"%% "
    else:
        again = data.replace(b"\n", b"\r\n") if b"\n" in data.replace(b"\r\n", b"") else data + b"\r\n"
    (package / path).write_bytes(again)
    return {path}


KINDS: tuple[Change, ...] = (flip, cut, grow, swap, rename, remove, add, reorder, pack_again)


def test_no_seeded_change_to_a_whole_package_is_missed(whole: Path, tmp_path: Path) -> None:
    """One change in five: this one takes longest to check."""
    change_and_look(whole, tmp_path, CHANGES // 5)


def test_no_seeded_change_to_a_plain_package_is_missed(plain: Path, tmp_path: Path) -> None:
    """The other four: neither stamped nor signed."""
    change_and_look(plain, tmp_path, CHANGES - CHANGES // 5)


def change_and_look(whole: Path, tmp_path: Path, changes: int) -> None:
    """Every kind on every file in turn, and the file named; the package is mended from its original after each."""
    package = Path(shutil.copytree(whole, tmp_path / whole.name))
    files, rng, missed, unnamed = sorted(PackageFolder(whole).files), random.Random(SEED), [], []
    for number in range(changes):
        kind, path = KINDS[number % len(KINDS)], files[(number // len(KINDS) + number) % len(files)]
        touched = kind(package, path, rng)
        report = verify_package(PackageFolder(package), second=OPENSSL)
        if report.exit_status != 1:
            missed.append((number, kind.__name__, path))
        # A digest that changed inside a list is told as the file it speaks of; both are in the list's reach.
        elif not touched & set(report.broken_files) and not touched & set(LISTS):
            unnamed.append((number, kind.__name__, path, report.broken_files))
        mend(package, whole, touched)
    assert (missed, unnamed) == ([], [])
    assert verify_package(PackageFolder(package), second=OPENSSL).broken == []


def mend(package: Path, whole: Path, touched: set[str]) -> None:
    for path in touched:
        if (whole / path).exists():
            shutil.copy2(whole / path, package / path)
        else:
            (package / path).unlink()


def test_untouched_packages_raise_no_alarm(whole: Path, tmp_path: Path) -> None:
    """Each packed anew, with keys, films, times and stills of its own."""
    for number in range(UNTOUCHED):
        root = tmp_path / str(number)
        package = asyncio.run(sealed_package(root, tiny=True, stills=number % 2 == 0))[2]
        report = verify_package(PackageFolder(package))
        assert report.broken == [], (number, report.broken)
        assert report.exit_status == 2
        shutil.rmtree(root)
    assert verify_package(PackageFolder(whole), second=OPENSSL).broken == []
