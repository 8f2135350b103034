"""The packet engine's heart: packets in, blocks of access units out."""

import itertools
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stream_kit import (
    DISTANCE_90K,
    PPS,
    SPS,
    Sender,
    Unit,
    picture,
    run,
    samples_in,
    samples_of,
    summary,
    units,
)

from ronda.video.engine.port import FRAGMENT_90K, MAX_FRAME_BYTES, FrameFlag

DAMAGED = int(FrameFlag.DAMAGED)
RESTAMPED = int(FrameFlag.RESTAMPED)


def stream(made: list[Unit], **options: int) -> bytes:
    sender = Sender(**options)
    for unit in made:
        sender.send(unit)
    return bytes(sender.out)


def flags_of(depacketiser: object) -> list[int]:
    return [flag for block in depacketiser.blocks for flag in block.flags]  # type: ignore[attr-defined]


def pts_of(depacketiser: object) -> list[int]:
    return [pts for block in depacketiser.blocks for pts in block.pts_90k]  # type: ignore[attr-defined]


def test_every_sample_comes_out_as_it_went_in():
    """Across fragmentation, the sequence wrap at 65536 and the time stamp wrap at 2^32."""
    made = units(40)
    done = run(stream(made))
    assert samples_in(done.blocks) == samples_of(made)
    assert pts_of(done) == [index * DISTANCE_90K for index in range(40)]
    assert done.stats.frames == 40
    assert done.stats.damaged == done.stats.lost_packets == 0


def test_a_block_ends_at_a_key_frame_or_after_half_a_second():
    """A kill loses the open block: it must be short, and a segment may only begin at a key frame."""
    done = run(stream(units(60, group=25)))
    assert all(not any(flag & 1 for flag in list(block.flags)[1:]) for block in done.blocks)
    assert all(block.pts_90k[-1] - block.pts_90k[0] < FRAGMENT_90K for block in done.blocks)
    assert [block.next_pts_90k for block in done.blocks[:-1]] == [b.pts_90k[0] for b in done.blocks[1:]]
    assert done.blocks[-1].next_pts_90k is None


@given(
    st.lists(st.integers(1, 60_000), max_size=60),
    st.sampled_from([40, 700, 1400]),
    st.lists(st.sampled_from(["loss", "noise", "rtsp", "report", "foreign"]), max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_reads_of_any_size_give_the_same_blocks(cuts: list[int], limit_bytes: int, faults: list[str]):
    """What lands on disk depends on the stream alone, never on how the network cut it."""
    sender = Sender(limit_bytes=limit_bytes)
    for index, unit in enumerate(units(24, group=8, size_bytes=2000)):
        if index in (5, 9, 14, 20) and faults:
            add_fault(sender, faults[index % len(faults)], unit.stamp)
        sender.send(unit)
    data = bytes(sender.out)
    whole, cut = run(data), run(data, cuts)
    assert summary(whole) == summary(cut)
    assert whole.rtsp == cut.rtsp
    assert whole.stats.lost_packets == cut.stats.lost_packets


def add_fault(sender: Sender, fault: str, stamp: int) -> None:
    if fault == "loss":
        sender.sequence = (sender.sequence + 3) & 0xFFFF
    elif fault == "noise":
        sender.out += b"\x00\x24\x07garbage\x24"
    elif fault == "rtsp":
        sender.out += b"RTSP/1.0 200 OK\r\nCSeq: 9\r\nContent-Length: 3\r\n\r\n$$$"
    elif fault == "report":
        report = struct.pack(">BBHIQII", 0x80, 200, 6, 1, 99 << 32, stamp, 0) + bytes(4)
        sender.out += struct.pack(">BBH", 0x24, 1, len(report)) + report
    else:
        other = Sender(ssrc=99)
        other.send(Unit(nals=[picture(50, key=False)], stamp=5))
        sender.out += other.out


def test_one_byte_at_a_time_gives_the_same_blocks():
    """The smallest reads a camera can force."""
    data = stream(units(6, size_bytes=400), limit_bytes=150)
    assert summary(run(data, range(1, len(data)))) == summary(run(data))


def test_a_lost_packet_marks_the_picture_and_splices_nothing():
    """A picture joined over a hole would look whole to a court."""
    sender = Sender(limit_bytes=500)
    made = units(4, group=4, size_bytes=2000)
    for index, unit in enumerate(made):
        start = len(sender.out)
        sender.send(unit)
        if index == 1:
            size = 4 + int.from_bytes(sender.out[start + 2 : start + 4], "big")
            second = start + size
            size = 4 + int.from_bytes(sender.out[second + 2 : second + 4], "big")
            del sender.out[second : second + size]
    done = run(bytes(sender.out))
    samples = samples_in(done.blocks)
    wanted = samples_of(made)
    assert [sample for sample in samples if sample in wanted] == [wanted[0], wanted[2], wanted[3]]
    assert [bool(flag & DAMAGED) for flag in flags_of(done)] == [False, True, False]
    assert done.stats.lost_packets == 1


def test_a_lost_marker_packet_marks_both_neighbours():
    """The end of one picture and the start of the next may both be missing."""
    sender = Sender(limit_bytes=500)
    made = units(3, group=3, size_bytes=900)
    sender.send(made[0])
    kept = len(sender.out)
    sender.send(made[1])
    last = sender.out.rfind(b"\x24\x00", kept)
    del sender.out[last:]
    sender.send(made[2])
    done = run(bytes(sender.out))
    assert flags_of(done)[-1] & DAMAGED


def test_a_doubled_packet_is_used_once():
    """Some firmware repeats packets; a picture with a doubled piece cannot be decoded."""
    sender = Sender()
    made = units(2, size_bytes=100)
    sender.send(made[0])
    start = len(sender.out)
    sender.send(made[1])
    sender.out += sender.out[start:]
    done = run(bytes(sender.out))
    assert samples_in(done.blocks) == samples_of(made)
    assert done.stats.refused_packets == 1


def test_parameter_sets_sent_alone_go_to_their_picture():
    """Some cameras close SPS and PPS with a marker and a time stamp of their own."""
    sender = Sender()
    sender.send(Unit(nals=[SPS, PPS], stamp=1000))
    sender.send(Unit(nals=[picture(500, key=True)], stamp=4600))
    sender.send(Unit(nals=[picture(500, key=False)], stamp=8200))
    done = run(bytes(sender.out))
    assert samples_in(done.blocks)[0] == samples_of([Unit(nals=[SPS, PPS, picture(500, key=True)], stamp=0)])[0]
    assert done.blocks[0].starts_with_key


def test_a_marker_on_every_slice_still_gives_one_picture():
    """A second slice does not begin at macroblock 0: it belongs to the picture before."""
    sender = Sender()
    second_slice = b"\x65\x20" + bytes(50)
    for stamp in (0, 3600):
        sender.packet(picture(60, key=True), stamp, marker=True)
        sender.packet(second_slice, stamp, marker=True)
    done = run(bytes(sender.out))
    assert done.stats.frames == 2
    assert samples_in(done.blocks)[0].endswith(second_slice)


def test_time_stamps_that_stand_still_do_not_merge_pictures():
    """N70: a camera whose clock stands still is recorded on, each picture marked."""
    sender = Sender()
    for index in range(5):
        sender.send(Unit(nals=[picture(100 + index, key=index == 0)], stamp=777))
    done = run(bytes(sender.out))
    assert done.stats.frames == 5
    assert pts_of(done) == [index * DISTANCE_90K for index in range(5)]
    assert [bool(flag & RESTAMPED) for flag in flags_of(done)] == [False, True, True, True, True]


@pytest.mark.parametrize("jump_s", [37_600, -9_800, 20, -11])
def test_a_single_wild_time_stamp_does_not_tear_the_recording(jump_s: int):
    """N70, seen on a real recorder: one frame stamped hours away, every few seconds."""
    made = units(9, group=9)
    made[4].stamp = (made[4].stamp + jump_s * 90_000) & 0xFFFFFFFF
    done = run(stream(made))
    assert pts_of(done) == [index * DISTANCE_90K for index in range(9)]
    assert [index for index, flag in enumerate(flags_of(done)) if flag & RESTAMPED] == [4, 5]


def test_small_steps_back_are_b_frames():
    """Decoding order is kept, presentation times are those of the camera."""
    order = [0, 3, 1, 2, 6, 4, 5]
    made = [Unit(nals=[picture(90, key=at == 0)], stamp=at * DISTANCE_90K) for at in order]
    assert pts_of(run(stream(made))) == [at * DISTANCE_90K for at in order]


def test_a_second_sender_is_left_out_until_the_first_is_gone():
    """N73: a stale session on the same connection must not be mixed in."""
    ours, theirs = Sender(), Sender(ssrc=9, sequence=4)
    for unit in units(30, size_bytes=200):
        ours.send(unit)
        stranger = Sender(ssrc=9, sequence=theirs.sequence)
        stranger.send(Unit(nals=[picture(77, key=False)], stamp=unit.stamp ^ 0x5555))
        theirs.sequence = stranger.sequence
        ours.out += stranger.out
    done = run(bytes(ours.out))
    assert samples_in(done.blocks) == samples_of(units(30, size_bytes=200))
    assert done.stats.refused_packets == 30


def test_a_new_sender_takes_over_when_the_old_one_is_silent():
    """A camera that starts its encoder anew goes on under another SSRC; time goes on too."""
    first, second = Sender(), Sender(ssrc=5, sequence=100)
    for unit in units(3, size_bytes=100):
        first.send(unit)
    later = [Unit(nals=[picture(100, key=True)], stamp=9_000_000 + n * 3600) for n in range(80)]
    for unit in later:
        second.send(unit)
    done = run(bytes(first.out + second.out))
    assert done.stats.frames == 3 + 80 - 63
    assert pts_of(done)[:5] == [n * DISTANCE_90K for n in range(5)]


def test_a_new_sender_without_a_picture_counts_no_frame_twice():
    """Found by the fuzzer: the last picture of the old sender was ended, and ended again with the stream."""
    sender = Sender()
    for unit in units(3):
        sender.send(unit)
    sender.ssrc += 1
    for _ in range(70):
        sender.packet(b"", 0, marker=False)
    done = run(bytes(sender.out))
    assert done.stats.frames == 3
    assert samples_in(done.blocks) == samples_of(units(3))


def test_what_is_no_packet_is_handed_back_or_skipped():
    """Answers to keepalives come in the middle of the packets; noise must not end the stream."""
    sender = Sender()
    made = units(6, size_bytes=300)
    answer = b"RTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n"
    for index, unit in enumerate(made):
        sender.send(unit)
        if index == 1:
            sender.out += answer
        if index == 3:
            sender.out += b"\x00\x00\x24\x09\x00\x04abcd"
    done = run(bytes(sender.out))
    assert bytes(done.rtsp) == answer
    assert samples_in(done.blocks) == samples_of(made)
    assert done.stats.resyncs == 1


def test_an_aggregate_of_small_nal_units_is_taken_apart():
    """STAP-A: parameter sets and a small picture in one packet."""
    nals = [SPS, PPS, picture(40, key=True)]
    payload = b"\x78" + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)
    sender = Sender()
    sender.packet(payload, 0, marker=True)
    sender.packet(picture(20, key=False), 3600, marker=True)
    done = run(bytes(sender.out))
    assert samples_in(done.blocks)[0] == samples_of([Unit(nals=nals, stamp=0)])[0]


def test_a_picture_beyond_the_cap_is_left_out_and_memory_stays_bounded():
    """N74: no camera can fill the memory with one endless picture."""
    sender = Sender(limit_bytes=60_000)
    sender.send(Unit(nals=[picture(100, key=True)], stamp=0))
    sender.send(Unit(nals=[picture(MAX_FRAME_BYTES + 200_000, key=False)], stamp=3600))
    sender.send(Unit(nals=[picture(100, key=False)], stamp=7200))
    done = run(bytes(sender.out))
    assert [len(sample) for sample in samples_in(done.blocks)] == [104, 104]
    assert flags_of(done)[1] & DAMAGED


def test_arrival_times_follow_the_frames_that_waited_least():
    """Reads are batched: a frame that waited in the socket is dated back, never before the last read."""
    data = stream(units(50, group=10))
    # reads of about ten frames, 40 ms apart although they hold 400 ms of media: a burst
    step = len(data) // 5
    done = run(data, [step, 2 * step, 3 * step, 4 * step])
    arrivals = [at for block in done.blocks for at in block.arrivals_us]
    assert arrivals == sorted(arrivals)
    assert arrivals[-1] <= 1_000_000 + 5 * 40_000
    assert len(arrivals) == 50


def test_a_steady_stream_is_dated_by_its_media_time():
    """Half a second of frames in one read came over half a second, not at once."""
    made = units(50, group=50, size_bytes=100)
    data = stream(made)
    per_frame = len(data) // 50
    depacketiser = run(b"")
    carry = b""
    for step in range(5):
        chunk = data[step * 10 * per_frame : (step + 1) * 10 * per_frame] if step < 4 else data[40 * per_frame :]
        buffer = bytearray(carry + chunk)
        used = depacketiser.feed(buffer, len(buffer), 10_000_000 + step * 400_000)
        carry = bytes(buffer[used:])
    depacketiser.finish(12_000_000)
    arrivals = [at for block in depacketiser.blocks for at in block.arrivals_us]
    steps = [later - earlier for earlier, later in itertools.pairwise(arrivals[11:46])]
    assert max(steps) <= 60_000
    assert min(steps) >= 20_000
