"""The working copy plays everywhere, shows every gap, and keeps every picture of the master."""

import asyncio
import io
import json
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import sync_playwright
from tests.evidence_kit import (
    APPROVER,
    INVESTIGATOR,
    NIGHT_US,
    House,
    coded_pictures,
    film_bytes,
    film_with_b_frames,
    house,
    letter,
    scope,
    sealed_package,
)
from tests.needs import require_program

from ronda.cases import packed_films, working_copy
from ronda.cases.card import card_length_90k, draw_card, encode_card, free_set_id
from ronda.cases.errors import PackageError
from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US, TimeSpan
from ronda.evidence.film import read_film
from ronda.evidence.folder import PackageFolder
from ronda.evidence.verdict import Verdict
from ronda.evidence.verify import verify_package
from ronda.media.h264 import ParameterSets, pps_ids, read_sps
from ronda.video.model import Gap, GapCause


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    package = asyncio.run(sealed_package(tmp_path_factory.mktemp("copy")))[2]
    return package / "data/salinan/simpang-3.mp4"


def packed(home: House, *cameras: str, end_s: float = 20) -> Path:
    case = home.service.request(INVESTIGATOR.person_id, letter(scope(*cameras, end_s=end_s)))
    case = home.service.approve(APPROVER.person_id, case.case_id, scope_version=1)
    _, record = asyncio.run(home.service.pack(INVESTIGATOR.person_id, case.case_id))
    return home.packages / record.folder


def test_ffmpeg_decodes_the_copy_without_a_word(copy: Path) -> None:
    """Cards and camera pictures have parameter sets of their own; every frame must come out."""
    require_program("ffmpeg", "ffmpeg")
    call = ["ffmpeg", "-v", "warning", "-xerror", "-i", str(copy), "-f", "null", "-"]
    done = subprocess.run(call, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    counted = json.loads(
        subprocess.run(
            ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(copy)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )["streams"][0]
    assert int(counted["nb_read_frames"]) == 80 + 6
    assert float(counted["duration"]) == pytest.approx(22.0, abs=0.05)


def test_ffmpeg_finds_the_stated_digest_of_the_pictures(copy: Path) -> None:
    """Stated without reading the copy again; `framehash` prints the SHA-256 of each picture as it is coded."""
    require_program("ffmpeg", "ffmpeg")
    call = ["ffmpeg", "-v", "error", "-i", str(copy), "-map", "0:v", "-c", "copy", "-f", "framehash", "-"]
    lines = subprocess.run(call, capture_output=True, text=True, check=True).stdout.splitlines()
    digests = [line.rsplit(",", 1)[1].strip() for line in lines if not line.startswith("#")]
    assert len(digests) == 80 + 6
    document = json.loads((copy.parents[1] / "pernyataan.json").read_bytes())
    stated = next(film for film in document["berkas"] if film["path"] == "data/salinan/simpang-3.mp4")
    assert stated["sha256_gambar"] == sha256(bytes.fromhex("".join(digests))).hexdigest()


def broken_films(package: Path) -> set[str | None]:
    report = verify_package(PackageFolder(package))
    return {finding.path for line in report.lines for finding in line.findings if finding.verdict is Verdict.BROKEN}


def test_a_byte_that_flips_between_master_and_copy_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy's digest is of what was handed over, its pictures are known by the masters: the two disagree."""
    whole = working_copy._Writer.fragment

    def flipped(writer: Any, table: Any, coded: Any, *sound: Any) -> None:
        first, *rest = (bytes(piece) for piece in coded)
        whole(writer, table, [first[:100] + bytes([first[100] ^ 1]) + first[101:], *rest], *sound)

    monkeypatch.setattr(working_copy._Writer, "fragment", flipped)
    package = asyncio.run(sealed_package(tmp_path, tiny=True))[2]
    assert broken_films(package) == {"data/salinan/pasar.mp4", "data/salinan/simpang-3.mp4"}


def test_a_byte_that_flips_on_the_way_to_the_copys_file_stands_against_the_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digest of what lies there would vouch for the fault."""
    whole = packed_films.write_copy

    def rots_then(target: Path, *rest: Any) -> working_copy.WrittenCopy:
        copy = whole(target, *rest)
        flip_in_the_middle(target)
        return copy

    monkeypatch.setattr(packed_films, "write_copy", rots_then)
    package = asyncio.run(sealed_package(tmp_path, tiny=True))[2]
    manifest = (package / "manifest-sha256.txt").read_text().splitlines()
    lying = {
        path
        for digest, path in (line.split("  ") for line in manifest)
        if sha256((package / path).read_bytes()).hexdigest() != digest
    }
    assert lying == {"data/salinan/pasar.mp4", "data/salinan/simpang-3.mp4"}
    assert broken_films(package) >= lying


def test_a_byte_that_flips_in_a_master_after_it_was_copied_stops_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is hashed is what lies in the package, not what was read to be written there."""
    whole = packed_films.write_copy

    def rots_first(
        target: Path, plan: working_copy.CopyPlan, package: Path, *rest: Any
    ) -> working_copy.WrittenCopy:
        flip_in_the_middle(package / plan.masters[0].path)
        return whole(target, plan, package, *rest)

    monkeypatch.setattr(packed_films, "write_copy", rots_first)
    with pytest.raises(PackageError, match="not what was recorded"):
        asyncio.run(sealed_package(tmp_path, tiny=True))
    assert list((tmp_path / "packages").iterdir()) == []


def flip_in_the_middle(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_where_something_is_missing_a_dark_card_stands(copy: Path, tmp_path: Path) -> None:
    """Decoded at second 10: the ground colour of the card, and its amber title."""
    require_program("ffmpeg", "ffmpeg")
    out = tmp_path / "card.png"
    subprocess.run(["ffmpeg", "-v", "error", "-ss", "10", "-i", str(copy), "-frames:v", "1", str(out)], check=True)
    picture = Image.open(out).convert("RGB")
    corner = picture.getpixel((4, picture.height // 2))
    assert all(abs(is_so - wanted) < 14 for is_so, wanted in zip(corner, (0x0E, 0x17, 0x26), strict=True))
    pixels = list(picture.resize((80, 48)).get_flattened_data())
    assert any(red > 150 and blue < 120 for red, _, blue in pixels)


def test_a_card_never_uses_a_parameter_set_of_the_camera() -> None:
    """Otherwise it would change how the camera's own pictures are read."""
    sets, _ = coded_pictures(1, 5)
    gap = TimeSpan(NIGHT_US, NIGHT_US + 3 * SECOND_US)
    card = encode_card(sets, "simpang-3", gap, "link")
    assert {read_sps(nal).sps_id for nal in card.sets.sps}.isdisjoint({read_sps(nal).sps_id for nal in sets.sps})
    assert {pps_ids(nal) for nal in card.sets.pps} == {(31, 31)}
    taken = ParameterSets(sps=(*sets.sps, *card.sets.sps), pps=(*sets.pps, *card.sets.pps))
    assert free_set_id(taken) == 30


def test_a_card_lasts_as_long_as_the_gap_but_at_most_30_s_and_says_so() -> None:
    """Five dark hours are of no use to anybody; that they are shortened stands on the card."""
    short, long = (TimeSpan(NIGHT_US, NIGHT_US + s * SECOND_US) for s in (41 // 3, 41))
    assert card_length_90k(short) == 13 * 90_000
    assert card_length_90k(long) == 30 * 90_000
    same = [draw_card(640, 360, "a", gap, "link").tobytes() for gap in (short, short)]
    assert same[0] == same[1]
    card = encode_card(coded_pictures(1, 5)[0], "a", replace(long), "power")
    assert (len(card.samples), sum(card.durations_90k)) == (30, 30 * 90_000)


def test_a_gap_at_the_start_and_at_the_end_is_shown_too(tmp_path: Path) -> None:
    """The scope counts, not what happens to be there."""
    home = house(tmp_path)
    home.recorder.record("pasar", NIGHT_US + 6 * SECOND_US, film_bytes())
    package = packed(home, "pasar")
    film = read_film((package / "data/salinan/pasar.mp4").read_bytes(), "copy")
    assert film.duration_90k == 20 * 90_000
    assert verify_package(PackageFolder(package)).broken == []


def test_a_camera_that_was_dead_all_the_time_has_no_film_but_a_gap_with_its_cause(tmp_path: Path) -> None:
    """STORY: 1 was dead 02.00-05.10 (power). That must stand in the package, too."""
    home = house(tmp_path)
    home.recorder.record("pasar", NIGHT_US, film_bytes())
    home.recorder.gap_rows.append(
        Gap(
            camera=CameraId("bank"),
            start_us=NIGHT_US - 600 * SECOND_US,
            end_us=None,
            cause=GapCause.POWER,
            evidence="switch tidak menjawab, UPS melapor padam",
        )
    )
    package = packed(home, "pasar", "bank", end_s=4)
    rows = (package / "data/celah.csv").read_text().splitlines()
    assert len(rows) == 2
    assert rows[1].startswith("bank,2026-11-17T18:10:00.000000Z,2026-11-17T18:10:04.000000Z,4.000,power,")
    assert not (package / "data/salinan/bank.mp4").exists()
    assert verify_package(PackageFolder(package)).broken == []


def test_a_camera_that_changed_its_picture_gets_a_second_copy_and_no_joined_lie(tmp_path: Path) -> None:
    """N40: other size from one minute to the next; each copy decodes, together they show everything."""
    home = house(tmp_path)
    home.recorder.record("pasar", NIGHT_US, film_bytes(1))
    home.recorder.record("pasar", NIGHT_US + 4 * SECOND_US, film_bytes(2, width=128, height=64))
    package = packed(home, "pasar", end_s=8)
    names = sorted(path.name for path in (package / "data/salinan").iterdir())
    assert names == ["pasar-2.mp4", "pasar.mp4"]
    assert verify_package(PackageFolder(package)).broken == []


def test_masters_are_the_recorded_bytes(tmp_path: Path) -> None:
    """E4: not one byte differs, and the approved span is widened to whole files."""
    home = house(tmp_path)
    segments = [
        home.recorder.record("pasar", NIGHT_US + start * SECOND_US, film_bytes(start)) for start in (0, 4, 8, 12)
    ]
    package = packed(home, "pasar", end_s=9)
    found = sorted((package / "data/asli/pasar").iterdir())
    assert len(found) == 3
    for path, segment in zip(found, segments, strict=False):
        assert path.read_bytes() == (home.recorder.root / segment.path).read_bytes()
    said = json.loads((package / "data/pernyataan.json").read_bytes())["lingkup"]
    assert said["diberikan"]["akhir"] == "2026-11-17T18:10:09.000000Z"
    assert said["dikemas"]["akhir"] == "2026-11-17T18:10:12.000000Z"


async def test_a_segment_that_still_runs_is_ended_before_it_is_sealed(tmp_path: Path) -> None:
    """The newest minute matters most; a file that still grows cannot be sealed."""
    from ronda.video.model import SegmentState

    home = house(tmp_path)
    segment = home.recorder.record("pasar", NIGHT_US, film_bytes())
    home.recorder.stored[0] = replace(segment, state=SegmentState.OPEN, sha256=None)
    case = home.service.request(INVESTIGATOR.person_id, letter(scope("pasar", end_s=4)))
    case = home.service.approve(APPROVER.person_id, case.case_id, scope_version=1)
    _, record = await home.service.pack(INVESTIGATOR.person_id, case.case_id)
    assert home.recorder.closed == ["pasar"]
    assert record.clips == 1


async def test_practice_footage_is_marked_wherever_it_shows(tmp_path: Path) -> None:
    """Nobody may mistake a demo for evidence: statement, bag-info, read-me, BAST and report say so."""
    _, _, package = await sealed_package(tmp_path, training=True)
    for name in ("bag-info.txt", "BACA-SAYA.txt"):
        assert "DATA LATIHAN" in (package / name).read_text()
    said = json.loads((package / "data/pernyataan.json").read_bytes())
    assert said["data_latihan"]
    assert all(film["data_latihan"] for film in said["berkas"])
    assert verify_package(PackageFolder(package)).training
    require_program("pdftotext", "poppler-utils")
    text = subprocess.run(["pdftotext", str(package / "BAST.pdf"), "-"], capture_output=True, text=True).stdout
    assert "DATA LATIHAN" in text


def test_pictures_shown_out_of_coding_order_stay_what_they_were(tmp_path: Path) -> None:
    """Cameras with B-frames: the copy decodes silently, and a still is the picture of its instant."""
    require_program("ffmpeg", "ffmpeg")
    home = house(tmp_path)
    for start in (0, 7):
        home.recorder.record("pasar", NIGHT_US + start * SECOND_US, film_with_b_frames())
    package = packed(home, "pasar", end_s=11)
    assert verify_package(PackageFolder(package)).broken == []
    call = ["ffmpeg", "-v", "warning", "-xerror", "-i", str(package / "data/salinan/pasar.mp4"), "-f", "null", "-"]
    done = subprocess.run(call, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    case = next(iter(home.store.rows.values()))
    for number in (0, 1, 2, 3, 7, 11, 16, 19):
        at_us = NIGHT_US + number * SECOND_US // 5 + 30_000
        _, still = home.service.still(INVESTIGATOR.person_id, case.case_id, CameraId("pasar"), at_us)
        brightness = Image.open(io.BytesIO(still.png)).convert("L").resize((1, 1)).getpixel((0, 0))
        assert abs(brightness - (10 + 10 * number)) <= 4, number
        assert still.frame_us == NIGHT_US + number * SECOND_US // 5


def test_chromium_plays_the_copy_across_the_card(copy: Path) -> None:
    """The officer opens it in a browser: it plays, and a seek behind the gap lands there."""
    chromium = require_program("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        page = browser.new_page()
        page.goto("about:blank")
        page.goto(copy.as_uri())
        page.wait_for_function("document.querySelector('video')?.readyState >= 2", timeout=15_000)
        state = page.evaluate(
            """async () => {
                const video = document.querySelector('video'); video.muted = true; video.pause();
                const seen = [];
                for (const at of [1, 9, 13, 15, 21]) {
                    video.currentTime = at;
                    await new Promise(done => { video.onseeked = done; setTimeout(done, 5000); });
                    seen.push(Math.abs(video.currentTime - at) < 0.3 && video.readyState >= 2);
                }
                return {seen, duration: video.duration, error: video.error && video.error.message};
            }"""
        )
        browser.close()
    assert state == {"seen": [True] * 5, "duration": 22, "error": None}
