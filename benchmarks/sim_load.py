"""What the virtual cameras cost: CPU of `ronda sim` while a client drains every camera.

    .venv/bin/python benchmarks/sim_load.py --cameras 100 --seconds 15

Prints one JSON object. Both processes run on this machine over loopback; the kernel charges its TCP
work to the sender, so the figure holds the receiving side's network work too.
"""

import argparse
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ronda.sim.control import SimControl

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def play(url: str) -> socket.socket:
    """Open a session; the socket then only needs draining."""
    port = int(url.split(":")[2].split("/")[0])
    link = socket.create_connection(("127.0.0.1", port))
    file = link.makefile("rb", buffering=0)

    def ask(text: str) -> str:
        link.sendall(text.encode())
        session = ""
        while (line := file.readline()) != b"\r\n":
            if line.startswith(b"Session:"):
                session = line.split(b":")[1].split(b";")[0].strip().decode()
        return session

    session = ask(f"SETUP {url}/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n")
    link.sendall(f"PLAY {url} RTSP/1.0\r\nCSeq: 2\r\nSession: {session}\r\n\r\n".encode())
    link.setblocking(False)
    return link


def drain(links: list[socket.socket], for_s: float) -> int:
    """Read everything until the time is over; the bytes read."""
    selector = selectors.EpollSelector()
    for link in links:
        selector.register(link, selectors.EVENT_READ)
    end, total, buffer = time.monotonic() + for_s, 0, bytearray(1 << 18)
    while (left := end - time.monotonic()) > 0:
        for key, _ in selector.select(left):
            total += key.fileobj.recv_into(buffer)  # type: ignore[union-attr]
        time.sleep(0.02)
    selector.close()
    return total


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cameras", type=int, default=100)
    options.add_argument("--scene", default="street")
    options.add_argument("--seconds", type=float, default=15)
    options.add_argument("--data", type=Path, default=None)
    chosen = options.parse_args()
    data = chosen.data or Path(tempfile.mkdtemp(prefix="ronda-sim-load-"))
    command = (
        *(str(Path(sys.executable).parent / "ronda"), "sim", "--data", str(data), "--port", "0", "--json"),
        *("--cameras", str(chosen.cameras), "--scene", chosen.scene),
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE) as sim:
        assert sim.stdout is not None
        facts = json.loads(sim.stdout.readline())
        links = [play(camera["url"]) for camera in facts["cameras"]]
        drain(links, 5)  # past the first key frames
        control = SimControl(facts["control_port"])
        before, started, first = cpu_s(sim.pid), time.monotonic(), control.status()
        received = drain(links, chosen.seconds)
        used, elapsed, last = cpu_s(sim.pid) - before, time.monotonic() - started, control.status()
        sim.send_signal(signal.SIGTERM)
    frames = sum(last["cameras"][name]["sent"] - first["cameras"][name]["sent"] for name in last["cameras"])
    dropped = sum(camera["dropped"] for camera in last["cameras"].values())
    print(
        json.dumps(
            {
                "cameras": chosen.cameras,
                "cpu_percent_of_a_core": round(100 * used / elapsed, 1),
                "frames_per_s": round(frames / elapsed, 1),
                "mbit_per_s": round(received * 8 / elapsed / 1e6, 1),
                "dropped": dropped,
                "latest_frame_ms": round(last["late_us"] / 1000, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
