"""A UPS that only its daemon knows: what NUT's answers mean, and for how long they count."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.needs import require_program
from tests.peers_kit import free_port, wait_for

from ronda.app.commands.recorder import ups_names
from ronda.core.errors import WrongUsageError
from ronda.core.time import SECOND_US
from ronda.media.nut import MAX_LINE_BYTES, UpsName, on_battery, read_ups_name
from ronda.video.mains import either_lost
from ronda.video.ups_watch import COUNTS_US, FRESH_US, UpsWatch, ask_upsd

UPS = UpsName(ups="kantor", host="127.0.0.1")


def said(words: str, ups: str = "kantor") -> bytes:
    return f'VAR {ups} ups.status "{words}"\n'.encode()


@pytest.mark.parametrize(
    ("line", "lost"),
    [
        (said("OL"), False),
        (said("OL CHRG"), False),
        (said("ALARM OL RB"), False),
        (said("OB"), True),
        (said("FSD OB LB DISCHRG"), True),
        (said("OL OB"), None),
        (said("OFF"), None),
        (said(""), None),
        (said("ol"), None),
        (said("OB", ups="lain"), None),
        (b"ERR DATA-STALE\n", None),
        (b"ERR UNKNOWN-UPS\n", None),
        (b'VAR kantor ups.load "OB"\n', None),
        (said("OB")[:-2], None),
        ('VAR kantor ups.status "OB é"\n'.encode(), None),
        (said("OB" + " " * MAX_LINE_BYTES), None),
        (b"", None),
    ],
)
def test_only_a_plain_word_counts_and_all_else_is_unknown(line: bytes, lost: bool | None):
    assert on_battery(line, UPS) is lost


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ups@127.0.0.1", UpsName(ups="ups", host="127.0.0.1")),
        ("ups@pos.desa:3500", UpsName(ups="ups", host="pos.desa", port=3500)),
        ("u_1@[::1]:1", UpsName(ups="u_1", host="::1", port=1)),
    ],
)
def test_a_name_is_written_as_nut_writes_it(text: str, name: UpsName):
    assert read_ups_name(text) == name


@pytest.mark.parametrize(
    "text", ["", "ups", "@h", "ups@", "u p@h", "ups@h\nLOGOUT", "ups@h:0", "ups@h:70000", "a@b@c"]
)
def test_what_is_no_name_is_refused_in_words_and_stops_no_recording(text: str):
    with pytest.raises(WrongUsageError, match="names no UPS"):
        read_ups_name(text)
    assert all(name.ups for name in ups_names(f"{text.split()[0] if text.split() else ''} ups@h"))


class Hand:
    """Daemons that say what a test tells them, and a clock."""

    def __init__(self) -> None:
        self.says: dict[UpsName, bool | OSError | None] = {}
        self.now_us = 100 * SECOND_US

    def ask(self, name: UpsName) -> bool | None:
        said = self.says[name]
        if isinstance(said, OSError):
            raise said
        return said


def test_a_battery_counts_while_silence_is_still_being_noticed_and_an_old_word_does_not():
    """A camera is known to be silent some seconds after the mains went, and they may be back by then."""
    hand, other = Hand(), UpsName(ups="tiang", host="127.0.0.2")
    watch = UpsWatch([UPS, other], ask=hand.ask, now_us=lambda: hand.now_us)
    assert watch.lost() is None, "nothing was asked yet"
    hand.says = {UPS: False, other: False}
    watch.look()
    assert watch.lost() is False
    hand.says[other] = None
    watch.look()
    assert watch.lost() is None, "one of two is unknown"
    hand.says[UPS] = True
    watch.look()
    assert watch.lost() is True
    hand.says = {UPS: False, other: False}
    hand.now_us += COUNTS_US
    watch.look()
    assert watch.lost() is True
    hand.now_us += 1
    assert watch.lost() is False
    hand.says[UPS] = ConnectionRefusedError()
    watch.look()
    assert watch.lost() is None
    hand.says[UPS] = False
    watch.look()
    hand.now_us += FRESH_US + 1
    assert watch.lost() is None, "a word of long ago"
    assert UpsWatch([]).lost() is None


def test_of_two_witnesses_the_one_who_saw_it_is_believed():
    assert either_lost(None, True) is either_lost(True, False) is True
    assert either_lost(None, False) is either_lost(False, None) is False
    assert either_lost(None, None) is None


@given(st.binary(max_size=200) | st.text(max_size=60).map(lambda text: said(text, "kantor") if text else b""))
def test_whatever_a_daemon_says_is_a_word_or_unknown(line: bytes):
    assert on_battery(line, UPS) in (True, False, None)


@pytest.mark.parametrize("answer", [b"", b"VAR kantor", b"x" * 5000, b"\xff\n"])
def test_a_daemon_that_answers_nonsense_costs_seconds_and_is_unknown(answer: bytes):
    """It is asked in a thread of its own, and never for longer than the two seconds."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.recv(100)
                line.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        name = UpsName(ups="kantor", host="127.0.0.1", port=server.getsockname()[1])
        watch = UpsWatch([name])
        watch.look()
        thread.join()
    assert watch.lost() is None


@pytest.fixture
def upsd(tmp_path: Path) -> Iterator[tuple[UpsName, Path]]:
    """Debian's daemon over its own dummy driver: a UPS whose state is a file."""
    require_program("upsd", "nut-server")  # a script that asks for /etc/nut; the daemon itself does not
    program, driver, port = "/lib/nut/upsd", "/lib/nut/dummy-ups", free_port()
    state = tmp_path / "ups.dev"
    state.write_text("ups.status: OL\nTIMER 1\n")
    (tmp_path / "ups.conf").write_text(f"[kantor]\n driver = dummy-ups\n port = {state}\n mode = dummy-loop\n")
    (tmp_path / "upsd.conf").write_text(f"LISTEN 127.0.0.1 {port}\n")
    (tmp_path / "upsd.users").write_text("")
    for file in tmp_path.iterdir():
        file.chmod(0o640)
    env = {"NUT_CONFPATH": str(tmp_path), "NUT_STATEPATH": str(tmp_path), "NUT_ALTPIDPATH": str(tmp_path)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": env}
    running = [subprocess.Popen([driver, "-a", "kantor", "-u", "root", "-F"], **quiet)]  # type: ignore[call-overload]
    wait_for("the driver", lambda: any(tmp_path.glob("dummy-ups-*")))
    running.append(subprocess.Popen([program, "-u", "root", "-F"], **quiet))  # type: ignore[call-overload]
    try:
        yield UpsName(ups="kantor", host="127.0.0.1", port=port), state
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(10)


def test_a_real_daemon_tells_of_the_battery_and_of_the_mains(upsd: tuple[UpsName, Path]):
    name, state = upsd

    def told() -> bool | None:
        try:
            return ask_upsd(name)
        except OSError:
            return None

    wait_for("the daemon", lambda: told() is False)
    state.write_text("ups.status: OB DISCHRG\nTIMER 1\n")
    wait_for("the battery", lambda: told() is True)
    watch = UpsWatch([name])
    watch.start()
    wait_for("the watch", lambda: watch.lost() is True)
    watch.stop()
    assert ask_upsd(UpsName(ups="lain", host="127.0.0.1", port=name.port)) is None
