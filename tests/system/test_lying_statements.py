"""A statement that lies is found out, even when the office's own key sealed the lie.

Each test rewrites the statement (and what must agree with it), makes every list fit again, and seals
the result with the real sealing key. The films then contradict it.
"""

import asyncio
import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.evidence_kit import MORNING_US, film_bytes, sealed_package, sealing_identity

from ronda.evidence import bast, canonical, layout, manifest
from ronda.evidence.film import read_film
from ronda.evidence.folder import PackageFolder
from ronda.evidence.seal import make_seal
from ronda.evidence.statement import gap_csv, read_statement
from ronda.evidence.verdict import Check, Verdict
from ronda.evidence.verify import verify_package
from ronda.media.fmp4_read import scan
from ronda.media.fmp4_write import FrameTable, fragment_header, init_segment, random_access_box

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(sealed_package(tmp_path_factory.mktemp("package"), tiny=True))[2]


@pytest.fixture
def package(sealed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sealed, tmp_path / sealed.name))


def reseal(package: Path, change: Change) -> None:
    """Change the statement and make everything that hangs on it fit, with the real key."""
    path = package / layout.STATEMENT
    document = json.loads(path.read_bytes())
    for film in document["berkas"]:
        data = (package / film["path"]).read_bytes() if (package / film["path"]).exists() else b""
        film["sha256"], film["byte"] = sha256(data).hexdigest(), len(data)
    change(document)
    path.write_bytes(canonical.write(document))
    statement = read_statement(path.read_bytes())
    (package / layout.GAPS).write_bytes(gap_csv(statement.gaps))
    sizes = PackageFolder(package).files
    payload = {one: size for one, size in sizes.items() if one.startswith("data/")}
    text = manifest.write({one: sha256((package / one).read_bytes()).hexdigest() for one in payload})
    (package / layout.MANIFEST).write_bytes(text)
    seal = make_seal(text, sealing_identity(), MORNING_US)
    (package / layout.SEAL).write_bytes(seal)
    (package / layout.BAG_INFO).write_bytes(layout.bag_info_txt(statement, payload))
    digests = {"manifest_sha256": sha256(text).hexdigest(), "seal_sha256": sha256(seal).hexdigest()}
    (package / layout.BAST).write_bytes(bast.render(statement, **digests))
    listed = manifest.read((package / layout.TAG_MANIFEST).read_bytes(), layout.TAG_MANIFEST)
    tags = {o: sha256((package / o).read_bytes()).hexdigest() for o in listed}
    (package / layout.TAG_MANIFEST).write_bytes(manifest.write(tags))


def broken_lines(package: Path) -> set[Check]:
    """The broken lines, but for the log: no new entry was made for the forged manifest."""
    report = verify_package(PackageFolder(package))
    return {line.check for line in report.lines if line.verdict is Verdict.BROKEN} - {Check.LOG}


def film_of(document: dict[str, Any], path: str) -> dict[str, Any]:
    return next(film for film in document["berkas"] if film["path"].startswith(path))


def test_an_honest_statement_sealed_again_breaks_nothing_but_the_log(package: Path) -> None:
    """The harness itself: what follows is due to the lies alone. The log does not know this manifest."""
    reseal(package, lambda document: None)
    assert broken_lines(package) == set()
    report = verify_package(PackageFolder(package))
    assert [line.verdict for line in report.lines if line.check is Check.LOG] == [Verdict.BROKEN]


def drop_gaps(document: dict[str, Any]) -> None:
    document["celah"] = []


def shorten_gap(document: dict[str, Any]) -> None:
    document["celah"][0]["akhir"] = document["celah"][0]["mulai"].replace("10:08", "10:10")


def one_frame_less(document: dict[str, Any]) -> None:
    film_of(document, "data/asli/pasar")["bingkai"] -= 1


def other_stream(document: dict[str, Any]) -> None:
    film_of(document, "data/asli/pasar")["sha256_gambar"] = "0" * 64


def copy_as_master(document: dict[str, Any]) -> None:
    film_of(document, "data/salinan/pasar")["peran"] = "asli"


def master_unspoken_of(document: dict[str, Any]) -> None:
    document["berkas"] = [f for f in document["berkas"] if f != film_of(document, "data/asli/pasar")]


def practice_as_evidence(document: dict[str, Any]) -> None:
    film_of(document, "data/asli/pasar")["data_latihan"] = True


def no_cards(document: dict[str, Any]) -> None:
    film_of(document, "data/salinan/simpang-3")["kartu"] = []


def copy_of_half(document: dict[str, Any]) -> None:
    film_of(document, "data/salinan/pasar")["turunan_dari"].pop()


def another_clock(document: dict[str, Any]) -> None:
    film_of(document, "data/asli/simpang-3")["waktu_kamera"]["selisih_us"] = 0


def clock_not_measured(document: dict[str, Any]) -> None:
    film_of(document, "data/asli/simpang-3")["waktu_kamera"] = "belum diukur"


def better_time_in_words(document: dict[str, Any]) -> None:
    document["waktu"]["ringkasan"] = "waktu tiba di perekam; jam kamera tepat"


@pytest.mark.parametrize(
    ("lie", "line"),
    [
        (drop_gaps, Check.GAPS),
        (shorten_gap, Check.GAPS),
        (one_frame_less, Check.ROLES),
        (other_stream, Check.ROLES),
        (copy_as_master, Check.ROLES),
        (master_unspoken_of, Check.ROLES),
        (practice_as_evidence, Check.ROLES),
        (no_cards, Check.ROLES),
        (copy_of_half, Check.ROLES),
        (another_clock, Check.TIME),
        (clock_not_measured, Check.TIME),
        (better_time_in_words, Check.TIME),
    ],
)
def test_a_statement_that_the_films_contradict_is_broken(package: Path, lie: Change, line: Check) -> None:
    """Nothing is believed that can be worked out."""
    reseal(package, lie)
    assert line in broken_lines(package)


def test_the_time_line_says_in_words_how_far_each_camera_clock_was_off(sealed: Path) -> None:
    """An investigator compares the time in the picture with the time in the file: the difference is told."""
    report = verify_package(PackageFolder(sealed))
    time = next(line for line in report.lines if line.check is Check.TIME)
    told = " ".join(finding.words.id for finding in time.findings)
    assert "simpang-3: jam kamera +0,6 ± 0,4 dtk terhadap perekam (16 laporan)" in told
    assert "pasar: jam kamera belum diukur" in told
    assert "UTC belum diukur" in told
    assert time.verdict is Verdict.UNPROVEN


def rewrite_clocks(package: Path, change: Change) -> None:
    path = package / layout.CLOCKS
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))


def first_clock(document: dict[str, Any]) -> list[list[Any]]:
    name = min(path for path in document["jam_kamera"] if "simpang-3" in path)
    rows: list[list[Any]] = document["jam_kamera"][name]
    return rows


def ntp_rows(document: dict[str, Any]) -> list[list[int]]:
    """A better clock than was measured: the sentence about time would have to say so."""
    at_us = first_clock(document)[0][0] - 60_000_000
    return [[at_us, 1, 0, 1000, 0]]


@pytest.mark.parametrize(
    "change",
    [
        lambda document: first_clock(document).pop(),
        lambda document: first_clock(document)[0].__setitem__(0, 10**30),
        lambda document: first_clock(document)[0].__setitem__(1, "-1"),
        lambda document: first_clock(document)[0].__setitem__(1, 7),
        lambda document: document.__setitem__("jam_kamera", []),
        lambda document: document.__setitem__("jam_kamera", "belum diukur"),
        lambda document: document.pop("jam_kamera"),
        lambda document: document.pop("ntp"),
        lambda document: document.__setitem__("ntp", [[1, 2, 3]]),
        lambda document: document.__setitem__("ntp", [["a", 1, 0, 0, 0]]),
        lambda document: document.__setitem__("ntp", ntp_rows(document)),
    ],
)
def test_clock_reports_other_than_those_measured_break_the_time_line(package: Path, change: Change) -> None:
    """The facts are worked out from the reports again; no form of them ends in a trace."""
    rewrite_clocks(package, change)
    reseal(package, lambda document: None)
    assert Check.TIME in broken_lines(package)


def test_clock_reports_from_another_time_are_named(package: Path) -> None:
    """Reports of another day prove nothing about this film, even when all numbers agree."""

    def moved(document: dict[str, Any]) -> None:
        for row in first_clock(document):
            row[0] += 86_400_000_000
            row[1] = f"{int(row[1], 16) + (86_400 << 32):016x}"

    rewrite_clocks(package, moved)
    report = verify_package(PackageFolder(package))
    time = next(line for line in report.lines if line.check is Check.TIME)
    assert any("outside the film" in finding.words.en for finding in time.findings)


def test_a_span_longer_than_its_film_is_named_and_covers_nothing_it_does_not_show(package: Path) -> None:
    """A gap cannot be hidden by stretching the film before it; the film's own length counts."""

    def stretched(document: dict[str, Any]) -> None:
        drop_gaps(document)
        film = film_of(document, "data/asli/simpang-3/1794939004")
        film["akhir"] = film["akhir"].replace("10:08", "10:14")

    reseal(package, stretched)
    report = verify_package(PackageFolder(package))
    time = next(line for line in report.lines if line.check is Check.TIME)
    assert any("4.0 s" in finding.words.en for finding in time.findings)
    assert Check.GAPS in broken_lines(package)


def rewrite_copy(
    package: Path, order: Callable[[list[bytes]], list[bytes]], name: str = "data/salinan/pasar.mp4"
) -> None:
    """Write a working copy again with its coded pictures in another order or number."""
    path = package / name
    data = path.read_bytes()
    found = scan(data)
    samples = [s for fragment in found.fragments for s in fragment.samples]
    coded = order([data[s.offset : s.offset + s.size_bytes] for s in samples])
    times = [samples[0].duration_90k * n for n in range(len(coded) + 1)]
    table = FrameTable(
        sizes=[len(one) for one in coded],
        dts_90k=times[:-1],
        pts_90k=times[:-1],
        keys=[n % 5 == 0 for n in range(len(coded))],
        next_dts_90k=times[-1],
    )
    init = init_segment(found.init.sets)
    body = fragment_header(1, table) + b"".join(coded)
    path.write_bytes(init + body + random_access_box([(0, len(init))]))


def restate_copy(package: Path, name: str = "data/salinan/pasar.mp4") -> Change:
    """State the rewritten copy as it now is."""
    film = read_film((package / name).read_bytes(), "copy")

    def change(document: dict[str, Any]) -> None:
        stated = film_of(document, name)
        stated |= {"bingkai": len(film.frames), "lama_90k": film.duration_90k}
        stated["sha256_gambar"] = film.pictures_sha256

    return change


@pytest.mark.parametrize(
    "order",
    [
        lambda coded: coded[5:10] + coded[:5] + coded[10:],
        lambda coded: coded[:-5],
        lambda coded: coded + coded[-5:],
        lambda coded: coded[:5] + coded[:5] + coded[10:],
    ],
    ids=["two seconds swapped", "the end left out", "a second repeated", "a second replaced"],
)
def test_a_working_copy_that_shows_something_else_is_no_copy(
    package: Path, order: Callable[[list[bytes]], list[bytes]]
) -> None:
    """N32, N41: every picture of the copy must be the master's, in the master's order."""
    rewrite_copy(package, order)
    reseal(package, restate_copy(package))
    assert broken_lines(package) == {Check.ROLES}


def test_a_package_of_the_first_form_states_one_digest_of_all_pictures_and_is_held_to_it(package: Path) -> None:
    """Packages that were handed over before pictures had digests of their own are checked as they always were."""

    def first_form(document: dict[str, Any]) -> None:
        for film in document["berkas"]:
            data = (package / film["path"]).read_bytes()
            samples = [one for part in scan(data).fragments for one in part.samples]
            coded = b"".join(data[one.offset : one.offset + one.size_bytes] for one in samples)
            del film["sha256_gambar"]
            film["sha256_aliran"] = sha256(coded).hexdigest()

    reseal(package, first_form)
    assert broken_lines(package) == set()

    def lied(document: dict[str, Any]) -> None:
        film_of(document, "data/salinan/pasar")["sha256_aliran"] = "0" * 64

    reseal(package, lied)
    assert broken_lines(package) == {Check.ROLES}


def test_a_copy_from_which_the_card_was_cut_hides_a_gap(package: Path) -> None:
    """All pictures are the master's, but nobody would see that six seconds are missing."""
    name = "data/salinan/simpang-3.mp4"
    rewrite_copy(package, lambda coded: coded[:40] + coded[46:], name)
    restate = restate_copy(package, name)

    def change(document: dict[str, Any]) -> None:
        restate(document)
        no_cards(document)

    reseal(package, change)
    assert broken_lines(package) == {Check.ROLES}


def test_a_master_without_a_copy_is_said(package: Path) -> None:
    """A package that hands over films nobody can play straight away is not whole."""
    (package / "data/salinan/pasar.mp4").unlink()

    def change(document: dict[str, Any]) -> None:
        document["berkas"] = [f for f in document["berkas"] if f["path"] != "data/salinan/pasar.mp4"]

    reseal(package, change)
    assert broken_lines(package) == {Check.ROLES}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pencurian", "pembunuhan"),
        ("permintaan.disetujui", "permintaan.ditolak"),
        ('"bukti":["', '"bukti":["00'),
        ("log.kutaitimur.example", "log.lain.example"),
    ],
    ids=["an opened reason", "an act", "a step of a proof", "the log's name"],
)
def test_a_history_that_was_not_logged_so_is_found(package: Path, old: str, new: str) -> None:
    """Who asked and who approved cannot be retold afterwards, not even by the office itself."""
    path = package / layout.HISTORY
    text = path.read_text()
    assert old.lower() in text.lower()
    at = text.lower().index(old.lower())
    path.write_text(text[:at] + new + text[at + len(old) :])
    reseal(package, lambda document: None)
    log = next(line for line in verify_package(PackageFolder(package)).lines if line.check is Check.LOG)
    assert layout.HISTORY in [finding.path for finding in log.findings]


def test_a_film_made_elsewhere_cannot_stand_in_for_a_master(package: Path) -> None:
    """The clock evidence and the copy speak of other pictures."""
    path = sorted((package / "data/asli/pasar").iterdir())[0]
    path.write_bytes(film_bytes(77, 4, 32, 32))
    reseal(package, lambda document: None)
    assert Check.ROLES in broken_lines(package)
