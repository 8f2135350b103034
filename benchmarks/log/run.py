"""How soon a log entry is durable, and how many a second. Prints one JSON object.

    .venv/bin/python benchmarks/log/run.py --seconds 10

Ours is the access log as it stands: leaf, hash tree, commitments, one commit for all that ask at once. Beside it,
in the same run and on the same disk: one SQLite commit for each entry (WAL, synchronous=FULL, one kept connection,
no tree), and one line appended to a file and synced. Each asker waits for its entry before it asks for the next.
`paced` asks for 1,000 entries a second and no more.
"""

import argparse
import json
import os
import resource
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from ronda.app.clock import SystemClock
from ronda.evidence.entry import AuditEvent, Phase
from ronda.store.log import SqliteLog

Write = Callable[[AuditEvent], object]
ASKERS = 1, 8, 32
PACE = 1000


def event(number: int) -> AuditEvent:
    return AuditEvent(
        action="rekaman.putar",
        actor="orang-0123456789",
        role="investigator",
        phase=Phase.INTENT,
        outcome="boleh",
        case="KS-2026-0001",
        objects={"kamera": "simpang-3", "dari_us": number, "sampai_us": number + 60_000_000},
        private={"alasan": "pencurian di depan pasar, malam hari"},
    )


def ours(folder: Path) -> Write:
    return SqliteLog(folder / "log", SystemClock()).append


def plain_sqlite(folder: Path) -> Write:
    db = sqlite3.connect(folder / "plain.sqlite", isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
    turn = threading.Lock()

    def write(one: AuditEvent) -> None:
        with turn:
            db.execute("INSERT INTO entry (text) VALUES (?)", (repr(one),))

    return write


def synced_file(folder: Path) -> Write:
    handle = os.open(folder / "plain.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    turn = threading.Lock()

    def write(one: AuditEvent) -> None:
        with turn:
            os.write(handle, f"{one!r}\n".encode())
            os.fdatasync(handle)

    return write


def run(write: Write, askers: int, seconds: float, pace: int | None = None) -> dict[str, float]:
    waits: list[float] = []
    begin = time.perf_counter()
    end = begin + seconds

    def ask(number: int) -> None:
        turn = 0
        while (now := time.perf_counter()) < end:
            if pace and (early := begin + turn * askers / pace - now) > 0:
                time.sleep(early)
                now = time.perf_counter()
            write(event(number))
            waits.append(time.perf_counter() - now)
            turn += 1

    before = resource.getrusage(resource.RUSAGE_SELF)
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(askers)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    lasted, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    waits.sort()
    return {
        "entries": len(waits),
        "a_second": round(len(waits) / lasted),
        "p50_ms": round(1000 * waits[len(waits) // 2], 2),
        "p95_ms": round(1000 * waits[len(waits) * 95 // 100], 2),
        "p99_ms": round(1000 * waits[len(waits) * 99 // 100], 2),
        "max_ms": round(1000 * waits[-1], 1),
        "cpu_us_an_entry": round(1e6 * cpu_s / len(waits)),
    }


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--seconds", type=float, default=5)
    reader.add_argument("--work", type=Path, default=Path())
    given = reader.parse_args()
    found: dict[str, object] = {}
    with TemporaryDirectory(prefix="ronda-log-", dir=given.work) as folder:
        for name, make in (("ours", ours), ("plain_sqlite", plain_sqlite), ("synced_file", synced_file)):
            (own := Path(folder) / name).mkdir()
            write = make(own)
            found[name] = {f"{askers} askers": run(write, askers, given.seconds) for askers in ASKERS}
            if name == "ours":
                found["ours_paced"] = run(write, 16, 2 * given.seconds, PACE)
        log = SqliteLog(Path(folder) / "ours" / "log", SystemClock())
        found |= {"entries_in_the_log": log.size(), "troubles": log.verify_all()}
    print(json.dumps(found | {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}, indent=1))


if __name__ == "__main__":
    main()
