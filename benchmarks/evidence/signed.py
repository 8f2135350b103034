"""How fast a camera-signed film is checked, by the size of its slices. Prints one JSON object.

    .venv/bin/python benchmarks/evidence/signed.py --pictures 15000 --slice-bytes 20000

The film is signed as ONVIF Media Signing says, 25 pictures a group, in the recorder's own container. CPU is
user and system time of this process; SHA-256 alone is measured in the same run.
"""

import argparse
import json
import os
import resource
import sys
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.evidence_kit import FPS, coded_pictures, segment_file
from tests.signing_kit import Maker, Signer

from ronda.evidence.camera_signing.film import open_film
from ronda.evidence.camera_signing.report import check_film


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def signed_film(pictures: int, slice_bytes: int) -> bytes:
    body = b"\x5a\xa7" * (slice_bytes // 2)
    heads = (b"\x65\x88" if number % 25 == 0 else b"\x41\x9a" for number in range(pictures))
    plain = [[head + number.to_bytes(4, "big").replace(b"\0", b"\x11") + body] for number, head in enumerate(heads)]
    signed = Signer(Maker.new().camera()).sign(plain)
    samples = [b"".join(len(nal).to_bytes(4, "big") + nal for nal in nals) for nals in signed]
    return segment_file(coded_pictures(1, FPS)[0], samples[: len(samples) // FPS * FPS])


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--pictures", type=int, default=15_000)
    reader.add_argument("--slice-bytes", type=int, default=20_000)
    given = reader.parse_args()
    film = signed_film(given.pictures, given.slice_bytes)
    start = cpu_s()
    report = check_film(open_film(film, "film"))
    used_s = cpu_s() - start
    start = cpu_s()
    sha256(film).digest()
    print(json.dumps({
        "film_mb": round(len(film) / 1e6, 1),
        "status": report.status,
        "covered": report.covered,
        "of_pictures": report.pictures,
        "cpu_s": round(used_s, 2),
        "cpu_s_a_gb": round(used_s / len(film) * 1e9, 2),
        "cpu_us_a_slice": round(used_s * 1e6 / report.pictures, 1),
        "sha256_alone_cpu_s": round(cpu_s() - start, 2),
        "load": round(os.getloadavg()[0], 1),
    }, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
