"""One call sends one request: a thin line's bytes are charged once, and a connection that rested is no error."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from ronda.app.hub_http import HubHttp, HubUnreachableError

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@dataclass
class Hub:
    """A hub's socket alone. `answers` says of each request, counted from 0, whether it gets an answer."""

    answers: Callable[[int], bool] = lambda number: True
    rests: bool = False  # closes each connection right after its answer, as a hub does after a while
    requests: int = 0
    connections: int = 0
    closed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def end(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                talk, _from = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._serve(talk)

    def _serve(self, talk: socket.socket) -> None:
        with talk:
            while True:
                heard = b""
                while not heard.endswith(b"film"):
                    more = talk.recv(65536)
                    if not more:
                        return
                    heard += more
                self.requests += 1
                if not self.answers(self.requests - 1):
                    return
                talk.sendall(ANSWER)
                if self.rests:
                    talk.shutdown(socket.SHUT_WR)
                    self.closed.set()
                    return


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub()
    yield made
    made.end()


def send(http: HubHttp) -> int:
    return http.send("PUT", "/part", b"film").status


def test_a_request_whose_answer_was_lost_is_not_sent_again_in_the_same_call(hub: Hub) -> None:
    hub.answers = lambda number: number != 1
    http = HubHttp(hub.url, answer_s=5)
    assert send(http) == 200
    with pytest.raises(HubUnreachableError):
        send(http)
    assert hub.requests == 2
    assert send(http) == 200
    assert hub.requests == 3


def test_a_connection_the_hub_closed_while_it_rested_is_made_anew_without_an_error(hub: Hub) -> None:
    hub.rests = True
    http = HubHttp(hub.url, answer_s=5)
    for number in range(1, 4):
        assert send(http) == 200
        assert hub.closed.wait(5)
        hub.closed.clear()
        assert (hub.requests, hub.connections) == (number, number)
