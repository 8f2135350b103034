"""Packages of H.265 cameras, with and without sound: no card can be spliced in, and no gap is hidden."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.evidence_kit import NIGHT_US, SECOND_US, house
from tests.media_kit import adts_frames, decoded_frames, ffmpeg_mp4, ffprobe
from tests.system.test_working_copy import packed
from tests.unit.test_fmp4_codecs import rewritten

from ronda.cases.card import encode_card
from ronda.cases.errors import PackageError
from ronda.cases.still import take_still
from ronda.core.time import TimeSpan
from ronda.evidence.folder import PackageFolder
from ronda.evidence.statement import read_statement
from ronda.evidence.verdict import Verdict
from ronda.evidence.verify import verify_package
from ronda.evidence.verify_films import camera_findings
from ronda.media.codec import AudioCodec, AudioFormat
from ronda.media.fmp4_read import scan

MASTER_US = 1_200_000  # 30 pictures


def test_each_interruption_ends_the_file_and_the_package_holds(tmp_path: Path) -> None:
    """Two masters, a hole of 5 s, a third: two copies, no card, one line in the gap list, nothing broken."""
    home = house(tmp_path)
    data = rewritten(ffmpeg_mp4("libx265"), None, [], 1)
    for start_us in (0, MASTER_US, 2 * MASTER_US + 5 * SECOND_US):
        home.recorder.record("pasar", NIGHT_US + start_us, data)
    package = packed(home, "pasar", end_s=8)
    copies = sorted((package / "data/salinan").iterdir())
    assert [decoded_frames(copy) for copy in copies] == [30, 60]
    assert (package / "data/celah.csv").read_text().count("pasar") >= 1
    assert verify_package(PackageFolder(package)).broken == []


def test_a_copy_that_hides_a_gap_is_called_out(tmp_path: Path) -> None:
    """One copy said to span the hole, without a card: the verifier must say so."""
    home = house(tmp_path)
    data = rewritten(ffmpeg_mp4("libx265"), None, [], 1)
    for start_us in (0, MASTER_US + 5 * SECOND_US):
        home.recorder.record("pasar", NIGHT_US + start_us, data)
    package = packed(home, "pasar", end_s=7)
    statement = read_statement((package / "data/pernyataan.json").read_bytes())
    first, second = [film for film in statement.files if film.role == "salinan"]
    whole = replace(first, span=TimeSpan(first.span.start_us, second.span.end_us))
    lying = replace(statement, files=tuple(whole if film == first else film for film in statement.files))
    said = [
        finding.words.en
        for _, finding in camera_findings(PackageFolder(package), lying, "pasar")
        if finding.verdict is Verdict.BROKEN
    ]
    assert "pasar: an interruption without a card" in said


def test_no_card_can_be_made_for_h265(tmp_path: Path) -> None:
    """One clear sentence instead of pictures no player shows."""
    sets = scan(ffmpeg_mp4("libx265")).init.sets
    with pytest.raises(PackageError, match="no card can stand beside"):
        encode_card(sets, "pasar", TimeSpan(NIGHT_US, NIGHT_US + SECOND_US), "link")


@pytest.mark.parametrize("coder", ["libx264", "libx265"])
def test_sound_goes_into_the_copy_byte_for_byte(coder: str, tmp_path: Path) -> None:
    """Two masters with sound, one after the other: the copy's sound is theirs, in time with the pictures."""
    config, tone = adts_frames()
    sound = AudioFormat(codec=AudioCodec.AAC, clock_hz=16_000, config=config)
    data = rewritten(ffmpeg_mp4(coder), sound, tone, 1024)
    home = house(tmp_path)
    for start_us in (0, MASTER_US):
        home.recorder.record("pasar", NIGHT_US + start_us, data)
    package = packed(home, "pasar", end_s=2)
    copy = package / "data/salinan/pasar.mp4"
    assert ffprobe(copy, "stream=codec_type") == ["video", "audio"]
    heard = sound_of(copy.read_bytes())
    assert heard == sound_of(data) * 2
    first = next(one for fragment in scan(copy.read_bytes()).fragments[3:] for one in fragment.audio)
    assert first.dts == 1.2 * 16_000
    assert verify_package(PackageFolder(package)).broken == []


def test_a_still_of_an_h265_recording_is_its_picture(tmp_path: Path) -> None:
    """The player's rule for the instant, another decoder."""
    home = house(tmp_path)
    segment = home.recorder.record("pasar", NIGHT_US, rewritten(ffmpeg_mp4("libx265"), None, [], 1))
    still = take_still(home.recorder, home.recorder, [segment], NIGHT_US + SECOND_US, NIGHT_US)
    assert (still.width_px, still.height_px) == (320, 180)
    assert still.png.startswith(b"\x89PNG")


def sound_of(data: bytes) -> list[bytes]:
    return [
        data[one.offset : one.offset + one.size_bytes]
        for fragment in scan(data).fragments
        for one in fragment.audio
    ]
