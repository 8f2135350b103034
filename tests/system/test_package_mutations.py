"""Whatever is done to a package, the verifier says so and names the file. Seeded, over every file.

Two kinds of attack: plain damage, and damage by somebody who also makes the lists fit again.
"""

import asyncio
import os
import random
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from tests.evidence_kit import sealed_package, sealing_identity
from tests.needs import require_program

from ronda.evidence import layout, manifest
from ronda.evidence.authority import fingerprint
from ronda.evidence.errors import UnreadablePackageError
from ronda.evidence.folder import PackageFolder
from ronda.evidence.verdict import Check, Report, Verdict
from ronda.evidence.verify import verify_package

SEED = 20261118


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One package for all tests here; every test leaves it as it was."""
    return asyncio.run(sealed_package(tmp_path_factory.mktemp("package"), tiny=True))[2]


@pytest.fixture
def package(sealed: Path, tmp_path: Path) -> Path:
    """A copy of its own, for tests that change more than one file."""
    return Path(shutil.copytree(sealed, tmp_path / sealed.name))


def check(package: Path) -> Report:
    return verify_package(PackageFolder(package))


def relist(package: Path, *, payload: bool) -> None:
    """Make the lists fit again, as a forger would."""
    files = PackageFolder(package).files
    if payload:
        own = {path: digest(package / path) for path in files if path.startswith("data/")}
        (package / layout.MANIFEST).write_bytes(manifest.write(own))
    tags = {
        path: digest(package / path)
        for path in files
        if not path.startswith("data/") and path != layout.TAG_MANIFEST
    }
    (package / layout.TAG_MANIFEST).write_bytes(manifest.write(tags))


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_an_untouched_package_raises_no_alarm(sealed: Path) -> None:
    """And it is not called proven either: stamp and witness are not there."""
    report = check(sealed)
    assert report.broken == []
    assert report.exit_status == 2


def test_any_flipped_bit_in_any_file_is_found_and_named(sealed: Path) -> None:
    """N30: at least ten seeded places in each of the files; the broken file is among those named."""
    rng, tried = random.Random(SEED), 0
    for path in sorted(PackageFolder(sealed).files):
        file = sealed / path
        good = file.read_bytes()
        for _ in range(9):
            at, bit = rng.randrange(len(good)), rng.randrange(8)
            bad = bytearray(good)
            bad[at] ^= 1 << bit
            file.write_bytes(bad)
            report = check(sealed)
            file.write_bytes(good)
            assert report.exit_status == 1, f"{path}: bit {bit} of byte {at} was not found"
            # A hash changed inside a list is told as the file it speaks of; both are in the list's reach.
            lists = path in (layout.MANIFEST, layout.TAG_MANIFEST)
            assert lists or path in report.broken_files, f"{path}: not named, but {report.broken_files}"
            tried += 1
    assert tried >= 190
    assert check(sealed).broken == []


def forged_files() -> list[str]:
    return [
        *layout.TAG_FILES,
        *layout.PAYLOAD_TEXTS,
        "data/salinan/pasar.mp4",
        "data/asli/pasar/FIRST",
    ]


@pytest.mark.parametrize("name", forged_files())
def test_a_changed_file_is_found_even_when_all_lists_were_made_to_fit(sealed: Path, name: str) -> None:
    """Whoever can write the package can also write new lists; the seal and what it states remain."""
    path = (
        name
        if not name.endswith("FIRST")
        else next(one for one in PackageFolder(sealed).files if one.startswith("data/asli/pasar/"))
    )
    saved = {one: (sealed / one).read_bytes() for one in (path, layout.MANIFEST, layout.TAG_MANIFEST)}
    rng = random.Random(f"{SEED}{path}")
    for _ in range(6):
        bad = bytearray(saved[path])
        bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
        (sealed / path).write_bytes(bad)
        relist(sealed, payload=path.startswith("data/"))
        report = check(sealed)
        for one, data in saved.items():
            (sealed / one).write_bytes(data)
        assert report.exit_status == 1, path


def cut_last_byte(package: Path, path: str) -> None:
    data = (package / path).read_bytes()
    (package / path).write_bytes(data[:-1])


def add_a_byte(package: Path, path: str) -> None:
    with (package / path).open("ab") as file:
        file.write(b"\n")


def empty(package: Path, path: str) -> None:
    (package / path).write_bytes(b"")


def remove(package: Path, path: str) -> None:
    (package / path).unlink()


def rename(package: Path, path: str) -> None:
    (package / path).rename(package / (path + "x"))


def replace_by_link(package: Path, path: str) -> None:
    """The bytes are still there, but outside the package."""
    outside = package.parent / "outside"
    shutil.move(package / path, outside)
    (package / path).symlink_to(outside)


@pytest.mark.parametrize("damage", [cut_last_byte, add_a_byte, empty, remove, rename, replace_by_link])
def test_every_file_cut_grown_removed_or_renamed_is_found_and_named(
    sealed: Path, tmp_path: Path, damage: Callable[[Path, str], None]
) -> None:
    """N30, for each file in turn."""
    for path in sorted(PackageFolder(sealed).files):
        package = tmp_path / "one"
        shutil.copytree(sealed, package)
        damage(package, path)
        report = check(package)
        assert report.exit_status == 1, path
        assert path in report.broken_files
        shutil.rmtree(package)
        (tmp_path / "outside").unlink(missing_ok=True)


def test_two_swapped_films_are_both_named(package: Path) -> None:
    """N30: the same bytes in the wrong places."""
    first, second = sorted((package / "data/asli/pasar").iterdir())[:2]
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)
    names = {str(path.relative_to(package)) for path in (first, second)}
    assert names <= set(check(package).broken_files)


@pytest.mark.parametrize("path", ["lain.txt", "data/lain.txt", "segel/x.p7s", "data/asli/pasar/1.mp4", ".hidden"])
def test_an_added_file_is_named(package: Path, path: str) -> None:
    """Nothing may ride along with evidence."""
    (package / path).write_bytes(b"x")
    assert path in check(package).broken_files
    relist(package, payload=False) if not path.startswith(("data", ".")) else None
    assert path in check(package).broken_files


def test_an_added_empty_folder_is_named_and_another_time_is_not(package: Path) -> None:
    """Times of files are not evidence; folders are part of what was handed over."""
    for path in package.rglob("*"):
        os.utime(path, (1, 1))
    assert check(package).broken == []
    (package / "data" / "kosong").mkdir()
    assert "data/kosong/" in check(package).broken_files


def test_a_seal_of_another_office_does_not_pass_for_this_one(package: Path) -> None:
    """The root's fingerprint from paper decides; without it the seal stays unproven."""
    plain = check(package)
    assert next(line for line in plain.lines if line.check is Check.SEAL).verdict is Verdict.UNPROVEN
    other = verify_package(PackageFolder(package), root_sha256="0" * 64)
    assert other.broken_files == [layout.ROOT]


def test_the_right_root_from_paper_proves_the_seal(package: Path) -> None:
    """What the BAST prints is what `--root` takes."""

    report = verify_package(PackageFolder(package), root_sha256=fingerprint(sealing_identity().root))
    assert next(line for line in report.lines if line.check is Check.SEAL).verdict is Verdict.PROVEN


def test_openssl_and_sha256sum_agree_with_us(package: Path) -> None:
    """The seal is a standard one: any PC with openssl can check it, before and after a change."""
    require_program("openssl", "openssl")
    require_program("sha256sum", "coreutils")

    def sums() -> int:
        return subprocess.run(["sha256sum", "-c", layout.MANIFEST], cwd=package, capture_output=True).returncode

    def seal() -> int:
        call = [
            "openssl",
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-in",
            layout.SEAL,
            "-content",
            layout.MANIFEST,
            "-CAfile",
            layout.ROOT,
            "-purpose",
            "any",
        ]
        return subprocess.run(call, cwd=package, capture_output=True).returncode

    assert (sums(), seal()) == (0, 0)
    film = next((package / "data/asli/pasar").iterdir())
    data = bytearray(film.read_bytes())
    data[len(data) // 2] ^= 1
    film.write_bytes(data)
    assert (sums(), seal()) == (1, 0)
    relist(package, payload=True)
    assert (sums() == 0, seal() == 0) == (True, False)


def test_the_script_inside_finds_the_same_damage(package: Path) -> None:
    """Python alone, at most 300 lines: for a PC without Ronda."""
    script = package / layout.SCRIPT
    assert len(script.read_text().splitlines()) <= 300

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-I", str(script), *more], capture_output=True, text=True)

    intact = run("--root", fingerprint(sealing_identity().root))
    assert intact.returncode == 2, intact.stdout
    assert intact.stdout.count(" SESUAI") == 5
    assert "RUSAK" not in intact.stdout
    assert run("--root", "0" * 64).returncode == 1
    assert run("--sesuatu").returncode == 64
    assert run(str(package.parent)).returncode == 3
    (package / "data" / "tambahan.txt").write_text("x")
    film = next((package / "data/asli/simpang-3").iterdir())
    film.write_bytes(film.read_bytes() + b"x")
    done = run()
    assert done.returncode == 1
    assert "data/tambahan.txt" in done.stdout
    assert str(film.relative_to(package)) in done.stdout


def test_a_folder_that_is_no_package_cannot_be_read(tmp_path: Path) -> None:
    """Exit 3 is kept apart from broken: nobody should fear for evidence because of a typing error."""
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(UnreadablePackageError):
            check(path)
    assert UnreadablePackageError.exit_status == 3


def test_verifying_changes_nothing(sealed: Path) -> None:
    """It runs on a read-only medium; here every byte and mode is compared."""

    def state() -> list[tuple[str, bytes, int]]:
        return [
            (str(p), p.read_bytes(), stat.S_IMODE(p.stat().st_mode))
            for p in sorted(sealed.rglob("*"))
            if p.is_file()
        ]

    before = state()
    check(sealed)
    assert state() == before
