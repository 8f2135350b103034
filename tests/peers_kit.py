"""Real receivers on loopback: an MQTT broker (mosquitto), a mail server, a web server."""

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import paho.mqtt.client as mqtt
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MailHandler
from paho.mqtt.enums import CallbackAPIVersion
from tests.needs import require_program


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, holds: object, longest_s: float = 20.0) -> None:
    """A bound, not a measurement. `holds` is called until it is true."""
    assert callable(holds)
    deadline = time.monotonic() + longest_s
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited {longest_s:.0f} s for {what}")


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def mosquitto(folder: Path, port: int) -> Iterator[None]:
    """Debian's broker, on loopback."""
    program = require_program("mosquitto", "mosquitto")
    settings = folder / f"mosquitto-{port}.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    broker = subprocess.Popen([program, "-c", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for("the broker", lambda: _answers(port))
        yield
    finally:
        broker.terminate()
        broker.wait(10)


@dataclass
class Subscriber:
    """What came on `ronda/v1/#`: topic, payload, retained."""

    port: int
    got: list[tuple[str, str, bool]] = field(default_factory=list)

    def __enter__(self) -> "Subscriber":
        ready = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda _c, _u, one: self.got.append((one.topic, one.payload.decode(), one.retain))
        self._client.on_subscribe = lambda *_more: ready.set()
        self._client.connect("127.0.0.1", self.port)
        self._client.subscribe("ronda/v1/#", qos=1)
        self._client.loop_start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_more: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def topics(self, part: str) -> list[str]:
        return [topic for topic, _payload, _retained in self.got if part in topic]


@dataclass
class WebHook:
    """An HTTP receiver; `status` is what it answers."""

    status: int = 200
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@contextlib.contextmanager
def web_hook() -> Iterator[WebHook]:
    hook = WebHook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            hook.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_more: object) -> None:
            """Nothing: the test prints."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()


class _Mails(MailHandler):
    def __init__(self) -> None:
        super().__init__()
        self.got: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.got.append(message)


@contextlib.contextmanager
def mail_server(port: int) -> Iterator[list[Message]]:
    """A mail server that keeps what it is given."""
    handler = _Mails()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield handler.got
    finally:
        controller.stop()
