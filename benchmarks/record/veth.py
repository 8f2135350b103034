"""Whole-machine CPU over a line with Ethernet's packet size: ours beside ffmpeg per camera and the floor.

On loopback the kernel passes blocks of up to 64 KiB and charges receiving to the sender. Here the generator stands
in a network namespace of its own behind a veth pair with an MTU of 1500 and without segmentation offload, so that
every packet of 1,500 bytes crosses the machine alone. Counted: all busy time of /proc/stat, interrupts and softirq
included, minus a baseline with the generator idle. Needs root; says so where it may not.

    .venv/bin/python benchmarks/record/veth.py --cameras 100 --seconds 20 --engine c
"""

import argparse
import array
import contextlib
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import run as paired
from generator import Generator
from measure import cpu_s, machine_busy_s

SPACE, OURS, THEIRS = "ronda-load", "rondaload0", "rondaload1"
HERE_IP, THERE_IP = "10.201.77.1", "10.201.77.2"
SETTLE_S = 6
SIOCETHTOOL, ETHTOOL_SGRO = 0x8946, 0x2C


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cameras", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--hash", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--gro", action="store_true", help="the receiver gathers packets, as network cards do")
    parser.add_argument("--peers", default="ffmpeg,floor")
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--work", default=None)
    options = parser.parse_args()
    contenders = {"ronda": paired._ronda, "ffmpeg": paired._ffmpeg, "floor": paired._floor}
    results: dict[str, dict[str, Any]] = {}
    with _line(options.gro), Generator(options.cameras, host=THERE_IP, port=options.port, netns=SPACE) as load:
        load.ask("fresh")
        idle = _window(load, [], options.seconds)
        for name in ("ronda", *filter(None, options.peers.split(","))):
            with tempfile.TemporaryDirectory(prefix=f"ronda-veth-{name}-", dir=options.work) as scratch:
                load.ask("fresh")
                processes = contenders[name](load, options, Path(scratch))
                try:
                    load.wait_playing()
                    time.sleep(SETTLE_S)
                    found = _window(load, [process.pid for process in processes], options.seconds)
                    load.ask("end")
                    time.sleep(2)
                finally:
                    paired._stop(processes)
            results[name] = _above(found, idle)
    report = {
        "cameras": options.cameras,
        "engine": options.engine,
        "hash": options.hash,
        "gro": options.gro,
        "idle_core_percent": round(idle["busy"], 2),
        "contenders": results,
        "ratio_whole_machine": {
            name: round(row["whole_machine"] / results["ronda"]["whole_machine"], 2)
            for name, row in results.items()
        },
        "ratio_recorder_and_softirq": {
            name: round(row["recorder_and_softirq"] / results["ronda"]["recorder_and_softirq"], 2)
            for name, row in results.items()
        },
    }
    print(json.dumps(report, indent=1))
    return 0


@contextlib.contextmanager
def _line(gro: bool) -> Iterator[None]:
    """The namespace and the pair; taken away at the end."""
    if os.geteuid() != 0:
        raise SystemExit("a veth pair needs root: run this as root, or use run.py on loopback")
    commands = (
        f"netns add {SPACE}",
        f"link add {OURS} type veth peer name {THEIRS} netns {SPACE}",
        f"addr add {HERE_IP}/30 dev {OURS}",
        f"link set {OURS} mtu 1500 gso_max_size 1514 gso_max_segs 1 up",
        f"-n {SPACE} addr add {THERE_IP}/30 dev {THEIRS}",
        f"-n {SPACE} link set {THEIRS} mtu 1500 gso_max_size 1514 gso_max_segs 1 up",
        f"-n {SPACE} link set lo up",
    )
    try:
        for command in commands:
            done = subprocess.run(["ip", *command.split()], capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"no veth pair here: `ip {command}`: {done.stderr.strip()}")
        if gro:
            _gather(OURS)
        yield
    finally:
        subprocess.run(["ip", "link", "del", OURS], capture_output=True)
        subprocess.run(["ip", "netns", "del", SPACE], capture_output=True)


def _gather(device: str) -> None:
    """Receive offload (GRO), which a veth pair leaves off and every network card has on."""
    value = array.array("I", [ETHTOOL_SGRO, 1])
    request = struct.pack("16sP", device.encode(), value.buffer_info()[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        fcntl.ioctl(asker, SIOCETHTOOL, request)


def _window(load: Generator, pids: list[int], for_s: float) -> dict[str, float]:
    """Percent of one core: whole machine, softirq, these processes, the generator; and packets a second."""
    began_s, machine = time.monotonic(), machine_busy_s()
    ours, theirs, packets = sum(map(cpu_s, pids)), load.ask().cpu_s, _packets()
    time.sleep(for_s)
    busy, softirq = (late - early for late, early in zip(machine_busy_s(), machine, strict=True))
    ours, theirs = sum(map(cpu_s, pids)) - ours, load.ask().cpu_s - theirs
    packets, window_s = _packets() - packets, time.monotonic() - began_s
    return {
        "busy": 100 * busy / window_s,
        "softirq": 100 * softirq / window_s,
        "recorder": 100 * ours / window_s,
        "generator": 100 * theirs / window_s,
        "packets": packets / window_s,
    }


def _packets() -> int:
    return int(Path(f"/sys/class/net/{OURS}/statistics/rx_packets").read_text())


def _above(found: dict[str, float], idle: dict[str, float]) -> dict[str, float]:
    softirq = max(0.0, found["softirq"] - idle["softirq"])
    return {
        "whole_machine": round(found["busy"] - idle["busy"], 2),
        "softirq": round(softirq, 2),
        "recorder": round(found["recorder"], 2),
        "generator": round(found["generator"], 2),
        "recorder_and_softirq": round(found["recorder"] + softirq, 2),
        "packets_a_second": round(found["packets"]),
    }


if __name__ == "__main__":
    sys.exit(main())
