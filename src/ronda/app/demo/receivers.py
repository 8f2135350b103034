"""Somebody else's receivers for the story: a webhook, and an MQTT broker where this machine has one."""

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

CONNECT_S = 10.0


class WebHook:
    """Somebody else's receiver, on loopback."""

    def __init__(self) -> None:
        self._got: list[dict[str, Any]] = []
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/" if self._server else ""

    def start(self) -> None:
        got = self._got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if not any(one["delivery"] == self.headers["x-ronda-delivery"] for one in got):
                    got.append({"delivery": self.headers["x-ronda-delivery"], **json.loads(body)})
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_more: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def events(self) -> list[dict[str, Any]]:
        return list(self._got)


class Broker:
    """Debian's mosquitto where it is installed, and a subscriber to everything; port 0 where it is not."""

    def __init__(self) -> None:
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: Listener | None = None

    def start(self) -> None:
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/sbin")
        if program is None:
            return
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        settings = Path(tempfile.mkdtemp(prefix="ronda-mqtt-")) / "mosquitto.conf"
        settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        self._process = subprocess.Popen(
            [program, "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._listener = Listener(port)
        if self._listener.start():
            self.port = port

    def topics(self) -> list[str]:
        return self._listener.topics() if self._listener else []

    def stop(self) -> None:
        if self._listener is not None:
            self._listener.stop()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)


class Listener:
    """A subscriber to everything that Ronda publishes."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._got: list[str] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda _client, _data, one: self._got.append(one.topic)

    def start(self) -> bool:
        """Connect and subscribe; False when the broker does not come up."""
        deadline_s = time.monotonic() + CONNECT_S
        while time.monotonic() < deadline_s:
            with contextlib.suppress(OSError):
                self._client.connect("127.0.0.1", self._port)
                self._client.subscribe("ronda/v1/#", qos=1)
                self._client.loop_start()
                return True
            time.sleep(0.1)
        return False

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def topics(self) -> list[str]:
        return list(self._got)
