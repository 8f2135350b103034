"""How much footage one core can hand out: fragments of stored MP4 over plain sockets.

One process sends, another receives and throws away; the sender's CPU time is counted. `--megabytes` of a real
minute of 1080p25 (2 Mbit/s) are sent for each way, fragment by fragment, from the page cache:

- sendfile: the kernel copies from the file to the socket; nothing is proven.
- proven: what the product does for players and packages, `playback.read_part` (CRC-32 of every byte), then sendall.
- http: the same bytes as answers of 10 s, as the footage route gives them, through uvicorn and Starlette.

    .venv/bin/python benchmarks/serve/run.py
"""

import argparse
import json
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "seek"))

from minute import Minute, minute

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import TimeSpan
from ronda.video.model import Segment, SegmentState
from ronda.video.playback import read_init_bytes, read_part

TAKE_BYTES = 1 << 20
CLIP_S = 10


def main() -> int:
    options = _options()
    film = minute(options.work)
    ways: dict[str, Callable[[Minute, int], float]] = {"sendfile": _sendfile, "proven": _proven, "http": _http}
    report: dict[str, object] = {"megabytes": options.megabytes}
    for name, way in ways.items():
        cpu_s = min(way(film, options.megabytes * 1_000_000) for _ in range(3))
        report[name] = {"gb_a_core_second": round(options.megabytes / 1000 / cpu_s, 2), "cpu_s": round(cpu_s, 3)}
    print(json.dumps(report, indent=1))
    best = report["sendfile"]
    assert isinstance(best, dict)
    return 0 if best["gb_a_core_second"] >= 1 else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=2000)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    return parser.parse_args()


def _segment(film: Minute) -> Segment:
    return Segment(
        segment_id=SegmentId(1),
        camera=CameraId("camera"),
        span=TimeSpan(0, 60_000_000),
        path=film.path.name,
        state=SegmentState.CLOSED,
        size_bytes=film.size_bytes,
        frames=1500,
        sha256=None,
        codec="avc1.640028",
        width_px=1920,
        height_px=1080,
        init_bytes=film.init_bytes,
        training=False,
    )


# -- plain sockets -----------------------------------------------------------------------------------


def _swallow(port: int, request: bytes) -> None:
    """Receive until the end, asking for one answer after another when there is a request."""
    room = bytearray(TAKE_BYTES)
    with socket.create_connection(("127.0.0.1", port)) as line:
        if request:
            line.sendall(request)
        while line.recv_into(room):
            pass


def _over_socket(send: Callable[[socket.socket], None]) -> float:
    with socket.create_server(("127.0.0.1", 0)) as server:
        reader = multiprocessing.Process(target=_swallow, args=(server.getsockname()[1], b""), daemon=True)
        reader.start()
        line, _ = server.accept()
        with line:
            began_s = time.process_time()
            send(line)
            used_s = time.process_time() - began_s
        reader.join()
    return used_s


def _sendfile(film: Minute, size_bytes: int) -> float:
    def send(line: socket.socket) -> None:
        sent = 0
        with film.path.open("rb") as file:
            while sent < size_bytes:
                for part in film.fragments:
                    at, end = part.offset, part.offset + part.size_bytes
                    while at < end:
                        at += os.sendfile(line.fileno(), file.fileno(), at, end - at)
                    sent += part.size_bytes

    return _over_socket(send)


def _proven(film: Minute, size_bytes: int) -> float:
    segment, folder = _segment(film), film.path.parent

    def send(line: socket.socket) -> None:
        sent = 0
        while sent < size_bytes:
            for part in film.fragments:
                line.sendall(read_part(folder, segment, (part,)))
                sent += part.size_bytes

    return _over_socket(send)


# -- http --------------------------------------------------------------------------------------------


def _serve(film: Minute, port: int, ready: Event, stop: Event, used: object) -> None:
    import threading

    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import Response

    app, segment, folder = FastAPI(), _segment(film), film.path.parent

    @app.get("/clip", response_class=Response)
    def clip() -> Response:
        parts = film.fragments[:CLIP_S]
        content = read_init_bytes(folder, segment) + read_part(folder, segment, parts)
        return Response(content, media_type="video/mp4")

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False))

    def watch() -> None:
        while not server.started:
            time.sleep(0.01)
        began_s = time.process_time()
        ready.set()
        stop.wait()
        used.value = time.process_time() - began_s  # type: ignore[attr-defined]
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    server.run()


def _http(film: Minute, size_bytes: int) -> float:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    ready, stop = multiprocessing.Event(), multiprocessing.Event()
    used = multiprocessing.Value("d", 0.0)
    server = multiprocessing.Process(target=_serve, args=(film, port, ready, stop, used), daemon=True)
    server.start()
    ready.wait()
    got, room = 0, bytearray(TAKE_BYTES)
    while got < size_bytes:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(b"GET /clip HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            while taken := line.recv_into(room):
                got += taken
    stop.set()
    server.join()
    return float(used.value) * size_bytes / got


if __name__ == "__main__":
    sys.exit(main())
