"""What the commands say to wrong input: one clear sentence, an exit status, nothing harmed."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ronda.app.data_folder import create
from ronda.app.errors import BadListenAddressError
from ronda.app.supervisor import parse_listen


def ronda(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ronda", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def one_sentence_with_a_next_step(result: subprocess.CompletedProcess[str]) -> None:
    assert result.returncode not in (0, None)
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("ronda: "), result.stderr
    assert "Next:" in result.stderr


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made = ronda("init", "--data", str(tmp_path / "data"))
    assert made.returncode == 0, made.stderr
    return tmp_path / "data"


def add(data: Path, name: str, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    purpose = ["--site", "Pasar", "--purpose", "Keamanan jalan umum"]
    return ronda("camera", "add", name, url, *purpose, "--data", str(data), *more)


def test_init_prints_a_one_time_password_once(tmp_path: Path) -> None:
    """There is no default password; whoever sets up reads it from the screen."""
    first = ronda("init", "--data", str(tmp_path / "data"))
    again = ronda("init", "--data", str(tmp_path / "data"))
    assert "one-time password:" in first.stdout
    assert again.returncode == 0
    assert "one-time password:" not in again.stdout


def test_the_data_folder_comes_from_the_environment_when_it_is_not_named(data: Path) -> None:
    listed = ronda("user", "list", RONDA_DATA=str(data))
    assert listed.stdout.startswith("admin\t")


def test_a_folder_that_is_no_data_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    for arguments in (["user", "list"], ["serve"], ["init"]):
        one_sentence_with_a_next_step(ronda(*arguments, "--data", str(tmp_path)))
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_folder_of_another_version_is_refused_untouched(data: Path) -> None:
    marker = data / "ronda.json"
    marker.write_text('{"format": 99, "training": false}')
    before = sorted(path.name for path in data.rglob("*"))
    result = ronda("serve", "--data", str(data), "--listen", str(free_port()))
    one_sentence_with_a_next_step(result)
    assert "version 99" in result.stderr
    assert sorted(path.name for path in data.rglob("*")) == before


def test_the_demo_never_runs_on_real_data(data: Path) -> None:
    result = ronda("demo", "--data", str(data), "--port", str(free_port()))
    one_sentence_with_a_next_step(result)
    assert "real data" in result.stderr


@pytest.mark.parametrize("url", ["http://10.0.0.5/", "exec:reboot", "rtsp://", "file:///etc/passwd"])
def test_a_camera_address_that_is_none_is_refused(data: Path, url: str) -> None:
    result = add(data, "cam", url)
    assert result.returncode == 64
    assert ronda("camera", "list", "--data", str(data)).stdout == ""


def test_a_camera_without_a_purpose_is_refused(data: Path) -> None:
    arguments = ["cam", "rtsp://10.0.0.5/", "--site", "Pasar", "--purpose", " ", "--data", str(data)]
    result = ronda("camera", "add", *arguments)
    assert result.returncode == 64
    assert "no purpose" in result.stderr


def test_a_camera_password_is_shown_nowhere(data: Path) -> None:
    """A canary password must not leave the sealed column and the recorder's own file."""
    added = add(data, "cam", "rtsp://admin:kenari-7731@10.0.0.5/main")
    listed = ronda("camera", "list", "--data", str(data))
    assert added.returncode == 0, added.stderr
    assert "kenari-7731" not in added.stdout + added.stderr + listed.stdout
    holders = [path for path in data.rglob("*") if path.is_file() and b"kenari-7731" in path.read_bytes()]
    assert [path.name for path in holders] == ["cameras.json"]
    assert holders[0].stat().st_mode & 0o077 == 0


def test_a_second_serve_on_the_same_data_is_refused_and_the_first_goes_on(data: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "ronda", "serve", "--data", str(data), "--listen", str(port)]
    first = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert first.stderr is not None
        assert "serving" in first.stderr.readline()
        second = ronda("serve", "--data", str(data), "--listen", str(free_port()))
        one_sentence_with_a_next_step(second)
        assert second.returncode == 75
        assert str(first.pid) in second.stderr
        assert first.poll() is None
    finally:
        first.send_signal(signal.SIGINT)
        assert first.wait(30) == 0


def test_a_taken_port_is_told_before_anything_starts(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = ronda("serve", "--data", str(data), "--listen", str(taken.getsockname()[1]))
    one_sentence_with_a_next_step(result)


def test_an_unknown_option_is_wrong_usage() -> None:
    assert ronda("verify", "--nonsense").returncode == 64


@pytest.mark.parametrize("text", ["", "8080x", "0", "70000", "host:80", "1.2.3.4:", "[::1]"])
def test_a_listen_address_is_read_strictly(text: str) -> None:
    with pytest.raises(BadListenAddressError):
        parse_listen(text)


def test_a_bare_port_listens_on_loopback_only(tmp_path: Path) -> None:
    assert parse_listen("8080") == ("127.0.0.1", 8080)
    assert parse_listen("[::1]:8080") == ("::1", 8080)
    assert create(tmp_path / "new", training=True).training


def test_recording_starts_although_the_database_cannot_be_read(data: Path) -> None:
    """The recorder needs nothing but the list of cameras it had; the sentence names the database."""
    (data / "config.sqlite").write_bytes(b"this is no database" * 300)
    for leftover in data.glob("config.sqlite-*"):
        leftover.unlink()
    command = [sys.executable, "-m", "ronda", "serve", "--data", str(data), "--listen", str(free_port())]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert server.stderr is not None
        said = server.stderr.readline()
        assert said.startswith("ronda: the configuration database"), said
        assert "Next:" in said
        assert "serving" in server.stderr.readline()
        deadline = time.monotonic() + 30
        while not (data / "run" / "recorder.sock").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert (data / "run" / "recorder.sock").exists()
    finally:
        server.send_signal(signal.SIGINT)
        server.stderr.close()
        assert server.wait(30) == 0
