"""A hub's web process on loopback that can be killed and started again on the same port."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class HubProcess:
    """`ronda web` on a data folder; may be killed and started again on the same port."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        call = [sys.executable, "-m", "ronda", "web", "--host", "127.0.0.1", "--port", str(self.port)]
        self._child = subprocess.Popen([*call, "--data", str(self.data)], env=dict(os.environ))
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{self.url}/api/log/key", timeout=5).close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                assert self._child.poll() is None, "the web process ended"
                time.sleep(0.05)
        raise AssertionError("the hub does not answer")

    def kill(self) -> None:
        """kill -9."""
        assert self._child is not None
        self._child.send_signal(signal.SIGKILL)
        self._child.wait()

    def stop(self) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            self._child.wait(timeout=20)
