"""Films that camera signatures are read from come from outside: a report or one of our errors, in bounded work.

The corpus is made anew: signed films of both standards, in MP4 and raw. A crasher goes into `crashers/`.
"""

import random
from functools import cache
from pathlib import Path

import pytest
from tests.evidence_kit import signed_films
from tests.fuzz_kit import times
from tests.signing_kit import Maker, Signer, annex_b, film_of, moving

from ronda.core.errors import RondaError
from ronda.evidence.camera_signing.document import film_document
from ronda.evidence.camera_signing.film import open_film
from ronda.evidence.camera_signing.report import check_film
from ronda.evidence.camera_signing.say import Asked, film_findings
from ronda.evidence.camera_signing.trust import read_trust
from ronda.media.codec import VideoCodec

SEED, CRASHERS = 20261127, Path(__file__).parent / "crashers"


@cache
def makers() -> Maker:
    return Maker.new()


@cache
def films() -> tuple[bytes, ...]:
    key = makers().camera()
    raw = annex_b([[b"\x67\x64\x00\x1f\x42"], *Signer(key).sign(moving(12, every=4))])
    camera = Signer(key, codec=VideoCodec.H265, axis=True)
    hevc = annex_b([[b"\x40\x01\x0c\x42"], *camera.sign(moving(12, every=4, codec=VideoCodec.H265))])
    return raw, hevc, signed_films(Signer(key), seconds=4)[0]


def answered(data: bytes) -> None:
    try:
        report = check_film(open_film(data, "film"))
    except RondaError:
        return
    film_document(report)
    film_findings(report, Asked(now_us=0, trust=read_trust(makers().pem, "ca")))


def spoilt(rng: random.Random, good: bytes) -> bytes:
    """One to six flips, cuts, doublings and large numbers."""
    data = bytearray(good)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0 if at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                del data[at : at + rng.randint(1, 60)]
            case 2:
                data[at:at] = data[at : at + rng.randint(1, 200)]
            case 3:
                data[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x00\x00\x00\x01"))
            case _:
                data[at:at] = rng.randbytes(rng.randint(1, 16))
    return bytes(data)


@pytest.mark.parametrize("number", range(3))
def test_any_film_gets_a_report_or_a_sentence(number: int) -> None:
    rng = random.Random(SEED + number)
    for path in sorted(CRASHERS.glob("signed-*")):
        answered(path.read_bytes())
    for _ in range(times(250)):
        data = spoilt(rng, films()[number])
        try:
            answered(data)
        except Exception:
            (CRASHERS / f"signed-{number}-{rng.randrange(1 << 30):x}").write_bytes(data)
            raise


@pytest.mark.parametrize("axis", [False, True])
def test_any_sei_gets_a_report(axis: bool) -> None:
    """The tags of the SEIs themselves, where random bytes of a whole film seldom fall."""
    rng = random.Random(SEED)
    good = Signer(makers().camera(), axis=axis, escaped=False).sign(moving(9, every=3))
    for _ in range(times(250)):
        pictures = [list(nals) for nals in good]
        for nals in pictures:
            for at, nal in enumerate(nals):
                if nal[:2] == b"\x06\x05" and rng.random() < 0.6:
                    nals[at] = nal[:24] + spoilt(rng, nal[24:])
        report = check_film(film_of(pictures))
        film_findings(report, Asked(now_us=0))
