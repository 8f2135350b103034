"""The load generator and the benchmarks that stand on it: they must tell the truth before their figures count."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.needs import require_program

BENCHMARKS = Path(__file__).parents[2] / "benchmarks" / "record"


@pytest.fixture(autouse=True)
def programs() -> None:
    require_program("gcc", "gcc")
    require_program("ffmpeg", "ffmpeg")


def ran(script: str, *words: str, port: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, BENCHMARKS / script, *words, "--port", str(port)],
        capture_output=True,
        text=True,
        timeout=240,
    )
    result: dict[str, Any] = json.loads(done.stdout or "{}")
    assert result, done.stderr
    return result


@pytest.mark.parametrize("streams", [("ad",), ("ad", "--stap")])
def test_every_frame_that_was_sent_is_found_in_the_files(streams: tuple[str, ...]) -> None:
    words = ("--cameras", "4", "--seconds", "1", "--no-calls", "--peers", "floor", "--streams", *streams)
    found = ran("run.py", *words, "--engine", "python", port=8710)["contenders"]
    for name in ("ronda", "floor"):
        row = found[name]
        assert row["frames_sent"] > 4 * 25 * 5
        assert row["frames_found"] == row["frames_sent"]
        assert (row["frames_missing"], row["frames_twice"], row["frames_dropped_by_generator"]) == (0, 0, 0)


def test_frames_that_a_blocked_reader_never_took_are_counted() -> None:
    """Nobody reads: the queue fills, whole frames are dropped, and the sum stays exact."""
    script = """
import json, socket, sys, time
sys.path.insert(0, sys.argv[1])
from generator import Generator
with Generator(1, port=8714) as load:
    link = socket.create_connection(("127.0.0.1", 8714))
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    for request in ("SETUP %s/trackID=0 RTSP/1.0\\r\\nCSeq: 1\\r\\nTransport: RTP/AVP/TCP;interleaved=0-1",
                    "PLAY %s RTSP/1.0\\r\\nCSeq: 2"):
        link.sendall((request % load.urls()[0] + "\\r\\n\\r\\n").encode())
        link.recv(200)
    while not (counts := load.ask()).dropped:
        time.sleep(0.2)
    print(json.dumps({"sent": counts.sent, "dropped": counts.dropped, "first": counts.each[0][2],
                      "frame": counts.frame}))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, BENCHMARKS], capture_output=True, text=True, timeout=120, check=True
    )
    counts = json.loads(done.stdout)
    assert counts["dropped"] > 0
    assert counts["sent"] + counts["dropped"] == pytest.approx(counts["frame"] - counts["first"] + 1, abs=1)


def test_a_kill_takes_nothing_that_the_index_named() -> None:
    words = ("--cameras", "3", "--kills", "2", "--pause", "4", "--engine", "python")
    found = ran("kill.py", *words, port=8712)
    assert found["rows_named_before_kills"] > 0
    assert found["rows_lost"] == 0
    assert found["cameras_never_recorded"] == 0
    assert found["most_lost_by_a_kill_s"] < 2
