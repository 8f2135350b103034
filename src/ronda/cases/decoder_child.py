"""The process that decodes pictures, alone with the bytes of a camera that may be hostile.

Run as `python -m ronda.cases.decoder_child` by `decoder`, which speaks with it over its standard input and
output. Before the first byte is read it gives away what it does not need: the network (a namespace of its own),
its user (nobody, when it began as root), new privileges, files (it can write none and open few), memory and
processor time beyond a limit. It imports nothing of Ronda. It ends when its input ends.

    in   O name_bytes extradata_bytes        a decoder, in place of the one before
         P size pts dts + data               a coded picture
         F                                   no more are coming
    out  R pts width height colour range + planes of yuv420p    for each picture that came out
         D                                   that was all for this message
         E size + text                       it could not be decoded; the next message is an O
         C bits                              once, at the start: what could be given away
"""

import ctypes
import os
import resource
import signal
import struct
import sys
from typing import BinaryIO

HEAD = struct.Struct("<cIqq")
PICTURE = struct.Struct("<cqIIii")
NO_NETWORK, OTHER_USER = 1, 2
MEMORY_BYTES = 2 << 30
CPU_S = 3600
LARGEST_BYTES = 64 << 20
_NOBODY = 65534
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_NO_NEW_PRIVS = 38


def confine() -> int:
    """Give away what is not needed; returns what could be given away (NO_NETWORK, OTHER_USER)."""
    libc = ctypes.CDLL(None, use_errno=True)
    root = os.geteuid() == 0
    done = NO_NETWORK if libc.unshare(_CLONE_NEWNET if root else _CLONE_NEWUSER | _CLONE_NEWNET) == 0 else 0
    if root:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
        done |= OTHER_USER
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    return done


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for who started us
    import av  # before the limits, as its libraries are files
    import numpy as np

    # Whatever is loaded late is loaded now: another user may not read these files.
    warm = av.VideoFrame.from_ndarray(np.zeros((24, 16, 3), dtype=np.uint8), format="rgb24")
    warm.reformat(format="yuv420p").to_ndarray()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(HEAD.pack(b"C", confine(), 0, 0))
    sink.flush()
    decoder = None
    while head := source.read(HEAD.size):
        kind, size, one, other = HEAD.unpack(head)
        try:
            if kind == b"O":
                decoder = av.CodecContext.create(source.read(size).decode(), "r")
                decoder.extradata = source.read(one)
                decoder.thread_count = 1
            elif decoder is None:
                source.read(size)
                raise ValueError("no decoder is open")
            elif kind == b"P":
                packet = av.Packet(source.read(size))
                packet.pts, packet.dts = one, other
                _send(sink, decoder.decode(packet))  # type: ignore[attr-defined]
            else:
                _send(sink, decoder.decode(None))  # type: ignore[attr-defined]
            sink.write(HEAD.pack(b"D", 0, 0, 0))
        except (av.error.FFmpegError, ValueError, MemoryError, OverflowError) as error:
            text = f"{type(error).__name__}: {error}".encode()[:500]
            sink.write(HEAD.pack(b"E", len(text), 0, 0) + text)
        sink.flush()


def _send(sink: BinaryIO, frames: list) -> None:  # type: ignore[type-arg]
    for frame in frames:
        plain = frame.reformat(format="yuv420p")
        planes = plain.to_ndarray()
        if planes.nbytes > LARGEST_BYTES:
            raise ValueError(f"a picture of {frame.width} x {frame.height} pixels is larger than any camera's")
        colour, full = int(plain.colorspace), int(plain.color_range)
        sink.write(PICTURE.pack(b"R", frame.pts or 0, plain.width, plain.height, colour, full))
        sink.write(planes.tobytes())


if __name__ == "__main__":
    main()
