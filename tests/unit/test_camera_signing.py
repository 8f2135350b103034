"""Films that a camera signed: what is authentic, what was changed, and where a cut is only a cut."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from tests.signing_kit import NIGHT, Key, Maker, Pictures, Signer, annex_b, film_of, is_sei, moving, stripped
from tests.stream_kit import DISTANCE_90K, PPS, SPS, Sender, Unit, run, samples_in

from ronda.evidence.camera_signing.film import open_film
from ronda.evidence.camera_signing.report import FilmReport, Status, check_film
from ronda.evidence.camera_signing.say import Asked, FilmCheck, film_findings
from ronda.evidence.camera_signing.trust import Trust, read_trust
from ronda.evidence.errors import MalformedError
from ronda.evidence.verdict import Verdict, worst_of
from ronda.media.codec import VideoCodec
from ronda.media.h264 import iter_nals

NOW_US = round((NIGHT + timedelta(days=10)).timestamp() * 1e6)


@pytest.fixture(scope="module")
def maker() -> Maker:
    return Maker.new()


@pytest.fixture(scope="module")
def key(maker: Maker) -> Key:
    return maker.camera()


@pytest.fixture
def signed(key: Key) -> Pictures:
    """Fifty pictures in five groups, all of them signed; the SEI of a group stands one picture late."""
    return Signer(key).sign(moving(50))


def checked(pictures: Pictures, codec: VideoCodec = VideoCodec.H264) -> FilmReport:
    return check_film(film_of(pictures, codec))


def verdicts(report: FilmReport, trust: Trust, **asked: object) -> dict[FilmCheck, Verdict]:
    question = Asked(trust=trust, now_us=NOW_US)
    found = film_findings(report, replace(question, **asked))  # type: ignore[arg-type]
    return {check: worst_of(findings) for check, findings in found.items()}


def flipped(pictures: Pictures, picture: int, *, sei: bool = False) -> Pictures:
    """One byte of one NAL unit is another."""
    copy = [list(nals) for nals in pictures]
    at = next(n for n, nal in enumerate(copy[picture]) if is_sei(nal) is sei)
    changed = bytearray(copy[picture][at])
    changed[len(changed) // 2] ^= 0x10
    copy[picture][at] = bytes(changed)
    return copy


def groups_of(pictures: Pictures) -> list[Pictures]:
    """Cut before each key picture; an SEI stays with the picture before which it stands."""
    out: list[Pictures] = []
    for nals in pictures:
        if any(nal[0] & 31 == 5 for nal in nals):
            out.append([])
        out[-1].append(nals)
    return out


@pytest.mark.parametrize("codec", list(VideoCodec))
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"version": 1},
        {"escaped": False},
        {"lists": False},
        {"part": 4},
        {"part": 4, "lists": False},
        {"sign_every": 2},
        {"sign_every": 3, "lists": False},
        {"certificate": "first"},
        {"certificate": "later"},
        {"late": 0},
        {"start": None},
        {"axis": True},
        {"axis": True, "lists": False},
        {"axis": True, "escaped": False},
    ],
    ids=str,
)
def test_a_film_is_authentic_in_every_form_the_standards_allow(
    key: Key, codec: VideoCodec, how: dict[str, object]
) -> None:
    """Every picture is covered, nothing stands outside."""
    report = checked(Signer(key, codec=codec, **how).sign(moving(47, codec=codec)), codec)  # type: ignore[arg-type]
    assert report.status is Status.AUTHENTIC
    assert (report.pictures, report.covered, report.head, report.tail) == (47, 47, 0, 0)


def test_pictures_of_several_slices_are_covered_slice_by_slice(key: Key) -> None:
    pictures = Signer(key).sign(moving(30, slices=3))
    assert checked(pictures).covered == 30
    pictures[12][1] = pictures[12][1][:-2] + b"\x43\x42"
    assert checked(pictures).changed == (12,)


def test_a_trailing_zero_that_a_muxer_adds_changes_nothing(signed: Pictures) -> None:
    assert checked([[nal + b"\x00" for nal in nals] for nals in signed]).status is Status.AUTHENTIC


@pytest.mark.parametrize("picture", [0, 7, 20, 33, 49])
def test_one_changed_byte_names_its_picture_alone(signed: Pictures, picture: int) -> None:
    """Also in a key picture, whose hash is part of all others of its group."""
    report = checked(flipped(signed, picture))
    assert report.status is Status.NOT_AUTHENTIC
    assert report.changed == (picture,)
    assert report.covered == 49


def test_without_a_hash_list_the_group_is_named(key: Key) -> None:
    report = checked(flipped(Signer(key, lists=False).sign(moving(50)), 24))
    assert report.status is Status.NOT_AUTHENTIC
    assert report.changed == tuple(range(20, 30))


def test_a_changed_sei_is_broken_and_its_pictures_lose_their_cover(signed: Pictures) -> None:
    report = checked(flipped(signed, 31, sei=True))
    assert report.status is Status.NOT_AUTHENTIC
    assert [picture for picture, _ in report.bad_seis] == [31]
    assert report.uncovered == tuple(range(20, 30))
    assert report.changed == ()


def test_a_dropped_picture_is_missing_and_the_rest_is_authentic(signed: Pictures) -> None:
    report = checked(signed[:24] + signed[25:])
    assert report.status is Status.MISSING
    assert (report.missing, report.covered, report.changed) == (1, 49, ())
    assert next(group for group in report.groups if group.missing).counter == 3


def test_a_picture_put_in_is_named(signed: Pictures) -> None:
    extra = moving(3, seed=99)[1]
    report = checked([*signed[:24], extra, *signed[24:]])
    assert report.status is Status.NOT_AUTHENTIC
    assert [group.added for group in report.groups if group.added] == [(24,)]


def test_a_picture_moved_within_its_group_is_named(signed: Pictures) -> None:
    moved = [*signed[:23], *signed[24:28], signed[23], *signed[28:]]
    report = checked(moved)
    assert report.status is Status.NOT_AUTHENTIC
    assert [group.moved for group in report.groups if group.moved] == [(27,)]


def test_a_dropped_group_is_noticed_by_the_counter(signed: Pictures) -> None:
    parts = groups_of(signed)
    report = checked([nals for part in (*parts[:2], *parts[3:]) for nals in part])
    assert report.status is Status.MISSING
    assert any("lost" in group.faults for group in report.groups)


def test_swapped_groups_are_found_and_their_time_is_named(signed: Pictures) -> None:
    parts = groups_of(signed)
    report = checked([nals for part in (parts[0], parts[2], parts[1], *parts[3:]) for nals in part])
    assert report.status is Status.NOT_AUTHENTIC
    told = film_findings(report, Asked(now_us=NOW_US))
    text = " ".join(finding.words.en for found in told.values() for finding in found)
    assert "2026-11-17 18:10:00Z" in text


def test_an_old_group_of_the_same_camera_in_place_of_another_is_found(key: Key) -> None:
    """With its own SEI, whose signature is good: the chain of groups gives it away (N32)."""
    camera = Signer(key)
    old = groups_of(camera.sign(moving(50, seed=5)))
    camera.start = NIGHT + timedelta(hours=1)
    new = groups_of(Signer(key, start=NIGHT + timedelta(hours=1), counter=40).sign(moving(50, seed=6)))
    report = checked([nals for part in (*new[:2], old[2], *new[3:]) for nals in part])
    assert report.status is Status.NOT_AUTHENTIC
    older = [group for group in report.groups if "older" in group.faults]
    assert older
    told = film_findings(report, Asked(now_us=NOW_US))[FilmCheck.ORDER]
    assert any("2026-11-17 18:10:00Z" in finding.words.id for finding in told)


def test_old_pictures_under_a_later_sei_are_named_with_the_group_they_came_from(key: Key) -> None:
    pictures = Signer(key, late=0).sign(moving(50))
    pictures[30:40] = [[pictures[30][0], *pictures[10][1:]], *pictures[11:20]]
    report = checked(pictures)
    assert report.status is Status.NOT_AUTHENTIC
    assert report.changed == tuple(range(30, 40))
    assert [group.old_counter for group in report.groups if group.changed] == [2]


def test_a_film_cut_at_a_key_picture_is_no_tampering(signed: Pictures) -> None:
    """Its first SEI speaks of ten pictures that are not in it."""
    report = checked(signed[20:])
    assert report.status is Status.AUTHENTIC
    assert (report.covered, report.before_film, report.head, report.missing) == (30, 10, 0, 0)


@pytest.mark.parametrize("lists", [True, False])
def test_a_film_cut_inside_a_group_is_no_tampering(key: Key, lists: bool) -> None:
    """With a hash list its pictures are proven all the same; without one they are named as outside."""
    report = checked(Signer(key, lists=lists).sign(moving(50))[14:])
    assert report.status is Status.AUTHENTIC
    assert (report.covered, report.head) == ((36, 0) if lists else (30, 6))
    assert report.changed == ()


def test_a_dangling_end_is_counted_and_not_proven(key: Key, maker: Maker) -> None:
    report = checked(Signer(key).sign(moving(47), last=False))
    assert report.status is Status.AUTHENTIC
    assert (report.covered, report.tail) == (40, 7)
    found = verdicts(report, read_trust(maker.pem, "ca"))
    assert found[FilmCheck.EDGES] is Verdict.UNPROVEN
    assert found[FilmCheck.PICTURES] is Verdict.PROVEN


def test_a_film_without_seis_is_not_signed_and_broken_where_the_camera_signed_at_intake(signed: Pictures) -> None:
    """N31: not just unsigned."""
    report = checked(stripped(signed))
    assert report.status is Status.NOT_SIGNED
    assert verdicts(report, Trust())[FilmCheck.SIGNATURES] is Verdict.UNPROVEN
    found = film_findings(report, Asked(now_us=NOW_US, signed_at_intake=True))[FilmCheck.SIGNATURES]
    assert [finding.verdict for finding in found] == [Verdict.BROKEN]
    assert found[0].words.en == "signature missing though the camera signed at intake"


def test_one_stripped_sei_leaves_its_group_without_cover(signed: Pictures) -> None:
    copy = [[nal for nal in nals if not (at == 31 and is_sei(nal))] for at, nals in enumerate(signed)]
    report = checked(copy)
    assert report.status is Status.MISSING
    assert report.uncovered == tuple(range(20, 30))


def test_all_is_proven_only_with_a_root_that_leads_to_the_camera(signed: Pictures, maker: Maker) -> None:
    report = checked(signed)
    assert set(verdicts(report, read_trust(maker.pem, "ca")).values()) == {Verdict.PROVEN}
    assert verdicts(report, Trust())[FilmCheck.KEY] is Verdict.UNPROVEN
    assert verdicts(report, read_trust(Maker.new("Lain").pem, "ca"))[FilmCheck.KEY] is Verdict.UNPROVEN


def test_a_root_of_the_same_name_with_another_key_is_not_believed(signed: Pictures) -> None:
    assert verdicts(checked(signed), read_trust(Maker.new().pem, "ca"))[FilmCheck.KEY] is Verdict.UNPROVEN


def test_an_expired_certificate_is_proven_for_the_time_of_recording(maker: Maker) -> None:
    """And only when that time is stated, by the camera or by the reader."""
    short = maker.camera(begins=NIGHT - timedelta(days=5), days=10)
    trust = read_trust(maker.pem, "ca")
    later = round((NIGHT + timedelta(days=300)).timestamp() * 1e6)
    stated = checked(Signer(short).sign(moving(30)))
    assert verdicts(stated, trust, now_us=later)[FilmCheck.KEY] is Verdict.PROVEN
    silent = checked(Signer(short, start=None).sign(moving(30)))
    assert verdicts(silent, trust, now_us=later)[FilmCheck.KEY] is Verdict.UNPROVEN
    night = (round(NIGHT.timestamp() * 1e6),) * 2
    assert verdicts(silent, trust, now_us=later, span_us=night)[FilmCheck.KEY] is Verdict.PROVEN
    before = Signer(maker.camera(begins=NIGHT + timedelta(days=2), days=10)).sign(moving(30))
    assert verdicts(checked(before), trust)[FilmCheck.KEY] is Verdict.UNPROVEN


def test_a_revoked_certificate_breaks(maker: Maker, key: Key, signed: Pictures) -> None:
    trust = read_trust(maker.pem + maker.revokes(key.leaf), "ca")
    assert verdicts(checked(signed), trust)[FilmCheck.KEY] is Verdict.BROKEN
    others = read_trust(maker.pem + Maker.new("Lain").revokes(key.leaf), "ca")
    assert verdicts(checked(signed), others)[FilmCheck.KEY] is Verdict.PROVEN


def test_a_bare_axis_key_is_proven_when_the_reader_brings_it(key: Key) -> None:
    report = checked(Signer(key, axis=True).sign(moving(30)))
    assert verdicts(report, read_trust(key.public_pem, "kunci"))[FilmCheck.KEY] is Verdict.PROVEN
    assert verdicts(report, read_trust(Maker.new().pem, "ca"))[FilmCheck.KEY] is Verdict.UNPROVEN


def test_a_camera_may_change_its_key_but_a_stranger_may_not(maker: Maker, key: Key) -> None:
    """The second key is another of the same maker, or one that nobody knows."""
    trust = read_trust(maker.pem, "ca")
    for other, verdict in (
        (maker.camera("Kamera 1"), Verdict.PROVEN),
        (Maker.new("Asing").camera(), Verdict.BROKEN),
    ):
        camera = Signer(key)
        first = camera.sign(moving(30), last=True)
        camera.key = other
        second = camera.sign(moving(30, seed=2))
        report = checked([*first[:-1], [*first[-1], *second[0]], *second[1:]])
        assert report.covered == 60
        assert verdicts(report, trust)[FilmCheck.KEY] is verdict


def test_a_camera_that_begins_again_is_told(key: Key) -> None:
    first = Signer(key).sign(moving(30))
    second = Signer(key, start=NIGHT + timedelta(minutes=5)).sign(moving(30, seed=2))
    report = checked([*first[:-1], [*first[-1], *second[0]], *second[1:]])
    assert report.status is Status.MISSING
    assert [group.counter for group in report.groups if "restart" in group.faults] == [1]


def test_slices_of_a_kind_that_is_not_signed_are_never_passed_over(signed: Pictures, maker: Maker) -> None:
    copy = [list(nals) for nals in signed]
    copy[14].append(b"\x42\x80" + bytes(range(1, 60)))
    report = checked(copy)
    assert report.unsigned_kinds == (14,)
    assert verdicts(report, read_trust(maker.pem, "ca"))[FilmCheck.PICTURES] is Verdict.UNPROVEN


@pytest.mark.parametrize(("axis", "codec"), list(product([False, True], list(VideoCodec))))
def test_a_raw_stream_is_read_though_its_seis_look_like_start_codes(
    key: Key, axis: bool, codec: VideoCodec
) -> None:
    """Written without emulation prevention, the zero link of the first SEI holds start codes at every byte."""
    pictures = moving(40, codec=codec)
    sets = b"\x67\x64\x00\x1f\x42" if codec is VideoCodec.H264 else b"\x40\x01\x0c\x42"
    clean = [[nal.replace(b"\x00\x00", b"\x00\x07") for nal in nals] for nals in pictures]
    signed = Signer(key, codec=codec, axis=axis, escaped=False, version=1).sign(clean)
    report = check_film(open_film(annex_b([[sets, *signed[0]], *signed[1:]]), "film"))
    assert report.status is Status.AUTHENTIC
    assert report.covered == 40


def test_what_is_no_film_is_refused_with_a_sentence() -> None:
    for data in (b"", b"\x00\x00\x01", b"abcd" * 40, b"\x00\x00\x00\x08moov"):
        with pytest.raises(MalformedError):
            check_film(open_film(data, "berkas"))


def test_a_trust_file_without_a_certificate_is_refused() -> None:
    for pem in (b"", b"abc", b"-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n"):
        with pytest.raises(MalformedError):
            read_trust(pem, "ca.pem")


def test_no_seeded_change_of_a_signed_film_stays_unnoticed(key: Key, maker: Maker) -> None:
    """Any byte of any slice or SEI, any picture gone, doubled or out of place; the untouched film is proven."""
    import os

    rng = random.Random(7)
    trust = read_trust(maker.pem, "ca")
    pictures = Signer(key).sign(moving(40, every=8))
    assert set(verdicts(checked(pictures), trust).values()) == {Verdict.PROVEN}
    for turn in range(int(os.environ.get("RONDA_SIGNED_FILM_CHANGES", "60"))):
        copy = [list(nals) for nals in pictures]
        what, at = turn % 4, rng.randrange(len(copy) - 1)
        if what == 0:
            nal = rng.randrange(len(copy[at]))
            changed = bytearray(copy[at][nal])
            changed[rng.randrange(3, len(changed))] ^= 1 << rng.randrange(8)
            copy[at][nal] = bytes(changed)
        elif what == 1:
            del copy[at]
        elif what == 2:
            copy.insert(rng.randrange(len(copy) - 1), copy[at])
        else:
            copy[at], copy[at + 1] = copy[at + 1], copy[at]
        if copy == pictures:
            continue
        found = set(verdicts(checked(copy), trust).values())
        assert found != {Verdict.PROVEN}, (turn, what, at)


def test_the_time_of_a_group_is_the_cameras(signed: Pictures) -> None:
    groups = checked(signed).groups
    assert [datetime.fromtimestamp((one.start_us or 0) / 1e6, UTC) for one in groups[:2]] == [
        NIGHT,
        NIGHT + timedelta(seconds=0.4),
    ]


@pytest.mark.parametrize("escaped", [True, False])
def test_every_signature_survives_packets_and_the_recorders_engine(key: Key, escaped: bool) -> None:
    """E4: what the recorder stores of a signed stream is what the camera signed, byte for byte."""
    signed = Signer(key, escaped=escaped).sign(moving(40))[:-1]
    sender = Sender()
    for at, nals in enumerate(signed):
        sets = [SPS, PPS] if at % 10 == 0 else []
        sender.send(Unit(nals=[*sets, *nals], stamp=at * DISTANCE_90K))
    stored = [[bytes(nal) for nal in iter_nals(sample)] for sample in samples_in(run(bytes(sender.out)).blocks)]
    report = checked(stored)
    assert report.status is Status.AUTHENTIC
    assert (report.covered, report.tail, report.bad_seis) == (30, 10, ())
