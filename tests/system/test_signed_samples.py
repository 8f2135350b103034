"""The official samples of ONVIF Media Signing and Axis Signed Video, whole and spoilt in seeded ways."""

import os
import random
from pathlib import Path

import pytest
from tests.needs import require_shared
from tests.signing_kit import Pictures, film_of, is_sei, stripped

from ronda.evidence.camera_signing.film import open_film
from ronda.evidence.camera_signing.report import FilmReport, Status, check_film
from ronda.evidence.camera_signing.say import Asked, FilmCheck, film_findings
from ronda.evidence.camera_signing.tlv import uuid_of
from ronda.evidence.camera_signing.trust import Trust, read_trust
from ronda.evidence.camera_signing.units import KEY, SLICE, kind_of
from ronda.evidence.errors import MalformedError
from ronda.evidence.verdict import Verdict, worst_of
from ronda.media.codec import VideoCodec
from ronda.media.mp4_plain import read_plain

CHANGES = int(os.environ.get("RONDA_SIGNED_FILM_CHANGES", "36"))
SIGNED = {
    "onvif-media-signing_test_signed_h264.mp4": 256,
    "axis_signed_test_h264.mp4": 256,
    "axis_signed_test_h265.mp4": 302,
}
IN_2025_US = 1_735_689_600_000_000
OF_THE_KEY = (FilmCheck.KEY, FilmCheck.TIME)  # no byte of the film decides these two lines
NOW_US = 1_795_737_600_000_000  # a year after the sample's certificate has run out


def sample(name: str) -> Path:
    return require_shared(f"signed-video/{name}")


def codec_of(name: str) -> VideoCodec:
    return VideoCodec.H265 if "h265" in name else VideoCodec.H264


def pictures_of(name: str) -> Pictures:
    source = open_film(sample(name).read_bytes(), name)
    return [[bytes(nal) for nal in nals] for _, nals in source.pictures(False)]


def checked(pictures: Pictures, name: str) -> FilmReport:
    return check_film(film_of(pictures, codec_of(name)))


@pytest.mark.parametrize("name", SIGNED)
def test_every_picture_of_an_official_sample_is_authentic(name: str) -> None:
    """Also the last ones, whose SEI repeats the group hash of the group before."""
    report = check_film(open_film(sample(name).read_bytes(), name))
    assert report.status is Status.AUTHENTIC
    assert (report.covered, report.pictures, report.head, report.tail) == (SIGNED[name],) * 2 + (0, 0)
    assert not report.bad_seis


@pytest.mark.parametrize("name", ["axis_test_h264.mp4", "axis_test_h265.mp4"])
def test_the_unsigned_originals_are_unsigned_and_not_tampered(name: str) -> None:
    report = check_film(open_film(sample(name).read_bytes(), name))
    assert report.status is Status.NOT_SIGNED
    found = film_findings(report, Asked(now_us=NOW_US))
    assert Verdict.BROKEN not in {one.verdict for findings in found.values() for one in findings}


def test_the_sample_leads_to_its_root_for_a_given_time_only() -> None:
    """Its certificate ran to November 2025 and its clock was never set."""
    report = check_film(open_film(sample(next(iter(SIGNED))).read_bytes(), "onvif"))
    trust = read_trust(sample("onvif-media-signing_ca.pem").read_bytes(), "ca")
    other = read_trust(sample("axis_cert_chain.pem").read_bytes(), "chain")

    def key(trust: Trust, span_us: tuple[int, int] | None) -> Verdict:
        asked = Asked(trust=trust, span_us=span_us, now_us=NOW_US)
        return worst_of(film_findings(report, asked)[FilmCheck.KEY])

    assert key(trust, (IN_2025_US,) * 2) is Verdict.PROVEN
    assert key(trust, None) is Verdict.UNPROVEN
    assert key(trust, (IN_2025_US * 2,) * 2) is Verdict.UNPROVEN
    assert key(other, (IN_2025_US,) * 2) is Verdict.UNPROVEN
    assert key(Trust(), (IN_2025_US,) * 2) is Verdict.UNPROVEN


@pytest.mark.parametrize("name", SIGNED)
def test_one_changed_byte_of_a_sample_names_the_picture(name: str) -> None:
    """In key pictures and others; in an SEI the signature is broken."""
    rng = random.Random(3)
    pictures = pictures_of(name)
    for at in (0, 62, 186, *(rng.randrange(len(pictures) - 1) for _ in range(CHANGES // 4))):
        copy = [list(nals) for nals in pictures]
        number = len(copy[at]) - 1
        changed = bytearray(copy[at][number])
        changed[rng.randrange(3, len(changed) - 4)] ^= 1 << rng.randrange(8)
        copy[at][number] = bytes(changed)
        report = checked(copy, name)
        assert report.status is Status.NOT_AUTHENTIC
        assert report.changed == (at,)
        assert report.covered == SIGNED[name] - 1
    for at in [n for n, nals in enumerate(pictures) if is_sei(nals[0])]:
        copy = [list(nals) for nals in pictures]
        changed = bytearray(copy[at][0])
        changed[rng.randrange(40, len(changed) - 90)] ^= 1 << rng.randrange(8)
        copy[at][0] = bytes(changed)
        assert checked(copy, name).status is Status.NOT_AUTHENTIC


@pytest.mark.parametrize("name", SIGNED)
def test_dropped_swapped_old_and_stripped_parts_of_a_sample_are_found(name: str) -> None:
    pictures = pictures_of(name)
    groups = [pictures[at : at + 62] for at in range(0, 248, 62)] + [pictures[248:]]

    def joined(*order: int) -> FilmReport:
        return checked([nals for number in order for nals in groups[number]], name)

    assert joined(0, 2, 3, 4).status in (Status.MISSING, Status.NOT_AUTHENTIC)
    assert joined(0, 2, 1, 3, 4).status is Status.NOT_AUTHENTIC
    assert joined(0, 1, 1, 3, 4).status is Status.NOT_AUTHENTIC
    assert joined(0, 1, 2, 1, 4).status is Status.NOT_AUTHENTIC
    assert checked(stripped(pictures), name).status is Status.NOT_SIGNED
    dropped = checked(pictures[:100] + pictures[101:], name)
    assert (dropped.status, dropped.missing) == (Status.MISSING, 1)


@pytest.mark.parametrize("name", SIGNED)
def test_a_sample_cut_at_a_key_picture_is_no_tampering(name: str) -> None:
    """The first SEI of the ONVIF sample then speaks of 62 pictures that are not in the clip."""
    report = checked(pictures_of(name)[124:], name)
    assert report.status is Status.AUTHENTIC
    assert report.covered == SIGNED[name] - 124
    assert report.before_film in (0, 62)


@pytest.mark.parametrize("name", SIGNED)
def test_a_sample_cut_anywhere_is_no_tampering(name: str) -> None:
    """What the remaining SEIs cover is proven; what hangs over at the end is counted."""
    rng = random.Random(11)
    pictures = pictures_of(name)
    for _ in range(CHANGES // 4):
        start, end = sorted(rng.sample(range(len(pictures)), 2))
        if end - start < 130:
            continue
        report = checked(pictures[start:end], name)
        assert report.status is Status.AUTHENTIC, (start, end)
        assert report.covered + report.head + report.tail == report.pictures
        assert report.tail <= 62 + 1
        assert report.head == 0


@pytest.mark.parametrize("name", SIGNED)
def test_no_seeded_change_of_a_sample_passes(name: str) -> None:
    rng = random.Random(17)
    pictures = pictures_of(name)
    for turn in range(CHANGES):
        copy = [list(nals) for nals in pictures]
        at = rng.randrange(len(copy) - 1)
        match turn % 4:
            case 0:
                nal = rng.randrange(len(copy[at]))
                changed = bytearray(copy[at][nal])
                changed[rng.randrange(3, len(changed) - 1)] ^= 1 << rng.randrange(8)
                copy[at][nal] = bytes(changed)
            case 1:
                del copy[at if at else 1]
            case 2:
                copy[at], copy[at + 1] = copy[at + 1], copy[at]
            case _:
                copy.insert(rng.randrange(len(copy)), copy[at])
        report = checked(copy, name)
        found = film_findings(report, Asked(now_us=NOW_US))
        spoilt = (FilmCheck.SIGNATURES, FilmCheck.PICTURES, FilmCheck.ORDER, FilmCheck.EDGES)
        assert {worst_of(found[check]) for check in spoilt} != {Verdict.PROVEN}, (turn, at)


@pytest.mark.parametrize("name", SIGNED)
def test_a_flipped_byte_anywhere_in_the_file_is_found_or_lies_where_no_camera_signs(name: str) -> None:
    """One byte in every kilobyte of the file, boxes and tables included.

    What stays authentic then was in the container, a parameter set or an SEI of somebody else; that the signature
    does not vouch for these stands under every report: `NOT_COVERED`.
    """
    rng = random.Random(17)
    whole = sample(name).read_bytes()
    signed = signed_bytes(whole, name)
    silent = []
    for begin in range(0, len(whole), 1024):
        at = rng.randrange(begin, min(begin + 1024, len(whole)))
        data = bytearray(whole)
        data[at] ^= 1 << rng.randrange(8)
        try:
            report = check_film(open_film(bytes(data), name))
        except MalformedError:
            assert not signed[at], at  # the boxes no longer say where the pictures are
            continue
        found = film_findings(report, Asked(now_us=NOW_US))
        said = {one.verdict for check in FilmCheck if check not in OF_THE_KEY for one in found[check]}
        if report.status is Status.AUTHENTIC and said == {Verdict.PROVEN}:
            silent.append(at)
    assert [at for at in silent if signed[at]] == []


def signed_bytes(data: bytes, name: str) -> bytearray:
    """1 for each byte of a slice or of a signing SEI but its framing, found from the boxes alone."""
    marks = bytearray(len(data))
    codec = codec_of(name)
    for offset, size, _at_90k in read_plain(data).samples:
        at = offset
        while at < offset + size:
            length = int.from_bytes(data[at : at + 4], "big")
            nal = data[at + 4 : at + 4 + length]
            if kind_of(nal, codec) in (KEY, SLICE) or uuid_of(nal, codec):
                held = len(nal.rstrip(b"\0"))
                marks[at + 4 : at + 4 + held] = b"\1" * held
            at += 4 + length
    return marks
