"""S8: what a camera sent is decoded by a process that has nothing to lose, and whose end is one sentence."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from tests.evidence_kit import film_bytes, film_with_b_frames
from tests.needs import missing

from ronda.cases import decoder as decoding
from ronda.cases.decoder import picture_decoder
from ronda.cases.decoder_child import NO_NETWORK, OTHER_USER
from ronda.media.errors import MediaError
from ronda.media.fmp4_read import Scan, scan
from ronda.media.picture_sets import decoder_setup

ATTEMPTS = """
import encodings.idna, os, socket, sys
from ronda.cases.decoder_child import confine
done = confine()
def tried(act):
    try:
        act()
        return "could"
    except OSError as error:
        return "refused"
port, path, secret = int(sys.argv[1]), sys.argv[2], sys.argv[3]
print(done)
print(tried(lambda: socket.create_connection(("127.0.0.1", port), 2)))
print(tried(lambda: open(path, "w").write("x")))
print(tried(lambda: open(secret).read()))
print(tried(lambda: [os.dup(0) for _ in range(40)]))
print(tried(lambda: os.setuid(0)))
"""


def packets(data: bytes, found: Scan) -> list[av.Packet]:
    made = []
    for sample in [one for part in found.fragments for one in part.samples]:
        packet = av.Packet(data[sample.offset : sample.offset + sample.size_bytes])
        packet.pts, packet.dts = sample.pts_90k, sample.dts_90k
        made.append(packet)
    return made


def planes(decoder: object, data: bytes, found: Scan) -> list[tuple[int, bytes]]:
    out = []
    for packet in [*packets(data, found), None]:
        out += [(frame.pts, frame.to_ndarray(format="rgb24").tobytes()) for frame in decoder.decode(packet)]  # type: ignore[attr-defined]
    return out


@pytest.mark.parametrize("data", [film_bytes(), film_with_b_frames()], ids=["plain", "b-frames"])
def test_the_pictures_are_those_of_a_decoder_in_this_process(data: bytes) -> None:
    found = scan(data)
    name, config = decoder_setup(found.init.sets)
    near = av.CodecContext.create(name, "r")
    near.extradata = config
    assert planes(picture_decoder(found.init.sets), data, found) == planes(near, data, found)


def test_the_process_has_no_network_no_files_no_other_user_and_few_handles(tmp_path: Path) -> None:
    """Whatever runs in there: what it tries is refused by the kernel."""
    secret = tmp_path / "secret"
    secret.write_text("kenari")
    secret.chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as server:
        arguments = [str(server.getsockname()[1]), str(tmp_path / "written"), str(secret)]
        command = [sys.executable, "-c", ATTEMPTS, *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    done, network, write, read, handles, root = ran.stdout.split()
    assert (handles, write) == ("refused", "refused")
    assert not (tmp_path / "written").exists() or (tmp_path / "written").read_text() == ""
    if os.geteuid() == 0:
        assert int(done) & OTHER_USER
        assert (read, root) == ("refused", "refused")
    if not int(done) & NO_NETWORK:
        missing("this kernel gives no network namespace to this user")
    assert network == "refused"


def test_bytes_that_mean_nothing_are_a_sentence_and_the_next_film_plays() -> None:
    """Flipped and random pictures, as a hostile camera sends them."""
    data, chance = film_bytes(), random.Random(5)
    found = scan(data)
    for number in range(12):
        decoder = picture_decoder(found.init.sets)
        with contextlib.suppress(MediaError):
            for packet in packets(data, found)[:3]:
                broken = bytearray(bytes(packet))
                for _ in range(30):
                    broken[chance.randrange(4, len(broken))] = chance.randrange(256)
                decoder.decode(av.Packet(bytes(broken) if number % 2 else chance.randbytes(200)))
            decoder.decode(None)
    assert len(planes(picture_decoder(found.init.sets), data, found)) == len(packets(data, found))


def test_a_decoder_that_dies_is_a_sentence_and_the_next_one_is_a_new_process() -> None:
    data = film_bytes()
    found = scan(data)
    decoder = picture_decoder(found.init.sets)
    child = decoder._child
    assert child
    os.kill(child.process.pid, signal.SIGSEGV)
    child.process.wait()
    with pytest.raises(MediaError, match="ended by itself"):
        decoder.decode(packets(data, found)[0])
    with pytest.raises(MediaError, match="has ended"):
        decoder.decode(None)
    assert planes(picture_decoder(found.init.sets), data, found)


def test_a_decoder_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "PATIENCE_S", 0.3)
    data = film_bytes()
    found = scan(data)
    decoder = picture_decoder(found.init.sets)
    child = decoder._child
    assert child
    os.kill(child.process.pid, signal.SIGSTOP)
    with pytest.raises(MediaError):
        decoder.decode(packets(data, found)[0])
    assert child.process.poll() is not None


def test_processes_are_used_again_and_thrown_away_with_an_abandoned_film() -> None:
    data = film_bytes()
    found = scan(data)
    first = picture_decoder(found.init.sets)
    process = first._child.process  # type: ignore[union-attr]
    planes(first, data, found)
    again = picture_decoder(found.init.sets)
    assert again._child
    assert again._child.process is process
    del again
    assert process.poll() is not None


def test_a_picture_larger_than_any_cameras_is_refused_before_it_is_sent() -> None:
    decoder = picture_decoder(scan(film_bytes()).init.sets)
    with pytest.raises(MediaError, match="larger than any"):
        decoder.decode(av.Packet(np.zeros(65 << 20, dtype=np.uint8).tobytes()))
