"""How fast packages are sealed and checked, on films of real size. Prints one JSON object.

    .venv/bin/python benchmarks/evidence/run.py --cameras 2 --minutes 10 --mbit 2

The films are real H.264 in the recorder's own container, one segment a minute, of pictures that repeat; sealing and
checking do not care what they show. CPU is user and system time of this process; the wall time is told beside it.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.evidence_kit import (  # noqa: E402
    APPROVER,
    FPS,
    INVESTIGATOR,
    NIGHT_US,
    House,
    coded_pictures,
    house,
    letter,
    scope,
    sealing_identity,
    segment_file,
)  # fmt: skip

from ronda.core.time import SECOND_US  # noqa: E402
from ronda.evidence.authority import fingerprint  # noqa: E402
from ronda.evidence.folder import PackageFolder  # noqa: E402
from ronda.evidence.verify import verify_package  # noqa: E402

SIZE = 640, 360


def minute(seed: int, mbit: float) -> bytes:
    """A segment of 60 s whose pictures are padded to the rate with filler units, as cameras of constant rate do."""
    sets, samples = coded_pictures(seed, FPS, *SIZE)
    room = round(mbit * 125_000 / FPS) - sum(map(len, samples)) // FPS
    filler = b"" if room < 8 else (room - 4).to_bytes(4, "big") + b"\x0c" + b"\xff" * (room - 6) + b"\x80"
    return segment_file(sets, [sample + filler for sample in samples] * 60)


def measured(act: Callable[[], object]) -> dict[str, float]:
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    act()
    after, end = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return {"wall_s": round(end - start, 2), "cpu_s": round(user + system, 2), "user_s": round(user, 2)}


def prepared(root: Path, cameras: int, minutes: int, mbit: float) -> tuple[House, str, int]:
    names = [f"kamera-{number}" for number in range(1, cameras + 1)]
    home, size = house(root, cameras=names), 0
    for number, name in enumerate(names):
        data = minute(number, mbit)
        for at in range(minutes):
            home.recorder.record(name, NIGHT_US + at * 60 * SECOND_US, data)
            size += len(data)
    wanted = letter(scope(*names, end_s=60 * minutes))
    case = home.service.request(INVESTIGATOR.person_id, wanted)
    case = home.service.approve(APPROVER.person_id, case.case_id, scope_version=1)
    return home, case.case_id, size


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--cameras", type=int, default=2)
    reader.add_argument("--minutes", type=int, default=10)
    reader.add_argument("--mbit", type=float, default=2.0)
    reader.add_argument("--work", type=Path, default=None)
    given = reader.parse_args()
    with TemporaryDirectory(prefix="ronda-evidence-", dir=given.work) as folder:
        home, case, size = prepared(Path(folder), given.cameras, given.minutes, given.mbit)
        seal = measured(lambda: asyncio.run(home.service.pack(INVESTIGATOR.person_id, case)))
        package = next(home.packages.iterdir())
        packed = sum(PackageFolder(package).files.values())
        root = fingerprint(sealing_identity().root)
        check = measured(lambda: verify_package(PackageFolder(package), root_sha256=root))
        call = [sys.executable, "-I", str(package / "verifikasi.py"), "--root", root]
        start = time.perf_counter()
        script = subprocess.run(call, capture_output=True).returncode
        script_s = time.perf_counter() - start
        block = bytearray(64 << 20)
        hashing = measured(lambda: [sha256(block).digest() for _ in range(8)])
    print(json.dumps({
        "footage_mb": round(size / 1e6, 1),
        "package_mb": round(packed / 1e6, 1),
        "seal": seal,
        "sealed_mb_a_cpu_second": round(size / 1e6 / seal["cpu_s"]),
        "check": check,
        "check_allowed_s": round(5 + 2 * packed / 1e9, 1),
        "script": {"wall_s": round(script_s, 2), "exit": script},
        "sha256_mb_a_cpu_second": round((512 << 20) / 1e6 / hashing["cpu_s"]),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
