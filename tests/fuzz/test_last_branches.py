"""The branches that noise does not reach: inputs beyond a cap, and the halves of a parser that need a whole input.

Fuzzing at random seldom makes a message of a megabyte or a file that is right to its last box. Each of these is
made on purpose, and ends in a value or in one of our own errors.
"""

import random
import struct
from uuid import UUID

import pytest
from tests.media_kit import annex_b, ffmpeg_mp4, split
from tests.stream_kit import PPS, SPEC, SPS, Sender, Unit, picture, units

from ronda.core.errors import WrongUsageError
from ronda.core.time import TimeSpan
from ronda.media.codec import AudioCodec, AudioFormat
from ronda.media.errors import MediaError
from ronda.media.fmp4_init import child, iter_boxes, read_init
from ronda.media.fmp4_read import read_fragment, scan
from ronda.media.h264 import ParameterSets, iter_nals
from ronda.media.h265 import H265Sets, picture_set, read_sps
from ronda.media.nut import UpsName, on_battery, read_ups_name
from ronda.media.onvif import discovery, profiles, recordings, soap
from ronda.media.onvif.events import HintKind, read_hints, read_instant_us
from ronda.media.onvif.xml import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, parse
from ronda.media.picture_sets import decoder_setup, read_avcc, read_hvcc
from ronda.video.engine.depacketise import MAX_ANSWER_HEAD_BYTES, Depacketiser
from ronda.video.engine.reorder_window import WINDOW, ReorderWindow
from ronda.video.engine.sound import MAX_SOUND_SAMPLES, Sound

# -- parameter sets and files


def test_sets_of_both_codecs_name_their_decoder_and_come_back_from_their_record():
    for codec, read, of in (("h264", read_avcc, ParameterSets.of), ("h265", read_hvcc, H265Sets.of)):
        sets = of(split(annex_b(codec))[: 2 if codec == "h264" else 3])
        name, record = decoder_setup(sets)
        assert name == ("hevc" if codec == "h265" else "h264")
        assert read(record) == sets
        assert sets.facts().codec.startswith("avc1" if codec == "h264" else "hvc1")
        for cut in range(len(record)):
            try:
                assert read(record[:cut]) == sets, "only what may be left out was cut off"
            except MediaError:
                continue


def test_half_of_a_set_makes_no_record_and_a_sample_cut_off_is_refused():
    sps, pps = split(annex_b("h264"))[:2]
    for half in ([sps], [pps]):
        with pytest.raises(MediaError, match="avcC needs"):
            ParameterSets.of(half).avcc()
    with pytest.raises(MediaError, match="runs over"):
        list(iter_nals(b"\x00\x00\x00\x05abcd"))


def test_sets_that_are_no_sets_are_refused():
    vps, sps, pps = split(annex_b("h265"))[:3]
    with pytest.raises(MediaError, match="not all have come"):
        H265Sets.of([vps, sps]).hvcc()
    with pytest.raises(MediaError):
        read_sps(pps)
    assert picture_set(b"\x02\x01\x00\x00\x00") in (None, 0)
    record = bytearray(decoder_setup(H265Sets.of([vps, sps, pps]))[1])
    at = record.index(sps)
    record[at + 4 : at + len(sps)] = bytes(len(sps) - 4)
    with pytest.raises(MediaError):
        read_hvcc(bytes(record)).facts()


@pytest.fixture(scope="module")
def film() -> bytes:
    """Pictures and sound, as another program writes them."""
    return ffmpeg_mp4("h264", "aac")


def test_a_whole_film_is_read_to_its_last_sample_and_cut_anywhere_it_is_refused(film: bytes):
    init = read_init(film)
    whole = scan(film)
    assert init.codec.startswith("avc1")
    assert init.audio is not None
    first = whole.fragments[0]
    assert read_fragment(film, init, first.offset) == first
    assert first.key
    assert sum(one.duration_90k for one in whole.fragments) > 0
    assert any(one.audio for one in whole.fragments)
    for at in (first.offset + 1, first.offset + 8, len(film)):
        with pytest.raises(MediaError):
            read_fragment(film, init, at)
    for cut in range(first.offset, first.offset + first.size_bytes, 97):
        with pytest.raises(MediaError):
            read_fragment(film[:cut], init, first.offset)


def spoiled(film: bytes, kind: bytes, at: int, value: bytes) -> bytes:
    """The first box of this kind with other bytes inside."""
    found, out = film.index(kind) + 4, bytearray(film)
    out[found + at : found + at + len(value)] = value
    return bytes(out)


def test_a_film_with_one_wrong_box_is_refused_or_silent(film: bytes):
    """No time scale; sound that says no AAC; boxes with a length of 64 bits that is cut off."""
    out = bytearray(film)
    at = -1
    while (at := out.find(b"mdhd", at + 1)) > 0:
        out[at + 4 + 12 : at + 4 + 16] = bytes(4)
    with pytest.raises(MediaError, match="timescale"):
        read_init(bytes(out))
    for place in range(4, 30):
        silent = read_init(spoiled(film, b"esds", place, b"\xff\xff\xff\xff\xff"))
        assert silent.audio is None or silent.audio.format.codec is AudioCodec.AAC
    moov = next(part for part in iter_boxes(film, 0, len(film)) if part.kind == b"moov")
    trak = child(film, moov, b"trak")
    with pytest.raises(MediaError):
        child(film, trak, b"none")
    assert list(iter_boxes(struct.pack(">I4s", 1, b"moov") + b"\0\0", 0, 10)) == []
    chance = random.Random(4)
    for _ in range(300):
        cut = bytearray(film[: moov.end])
        at = chance.randrange(moov.body, moov.end)
        cut[at : at + 4] = chance.choice([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x08"])
        try:
            assert read_init(bytes(cut)).timescale > 0
        except MediaError:
            continue


# -- packets


def datagrams(count: int) -> list[bytes]:
    sender = Sender()
    for unit in units(count, group=5, size_bytes=3000):
        sender.send(unit)
    data, found, at = bytes(sender.out), [], 0
    while at < len(data):
        size = (data[at + 2] << 8) | data[at + 3]
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return found


def test_datagrams_wait_for_those_before_them_and_no_longer_than_the_window():
    packets = datagrams(10)
    window = ReorderWindow()
    assert window.push(packets[0]) == [packets[0]]
    assert window.push(packets[2]) == []
    assert window.holds
    assert window.push(packets[1]) == packets[1:3]
    assert window.push(packets[1]) == [packets[1]], "an old one is for the depacketiser to refuse"
    assert window.push(packets[4]) == []
    assert window.flush() == [packets[4]]
    far = bytearray(packets[5])
    struct.pack_into(">H", far, 2, (int.from_bytes(packets[5][2:4], "big") + WINDOW + 1) & 0xFFFF)
    window.push(packets[6])
    assert window.push(bytes(far)) == [packets[6], bytes(far)]


def test_a_stream_by_datagrams_is_watched_while_it_is_recorded():
    """The live half: nobody gets a frame twice, and who joins begins with a key frame."""
    stream = Depacketiser(SPEC)
    assert stream.live_chunk(restart=True) is None
    for packet in [b"short", *datagrams(8)]:
        stream.datagram(packet)
    stream.control_datagram(b"\x80\xc8", 1)
    stream.sound_datagram(b"\x80" + bytes(11))
    stream.wait_no_more()
    stream.dated(5)
    first = stream.live_chunk(restart=True)
    assert first is not None
    assert first.sizes
    assert sum(first.sizes) == len(first.data)
    assert stream.live_chunk() is None
    assert stream.stats.refused_packets >= 2


def test_what_lies_between_packets_is_an_answer_or_noise():
    """Blank lines, an answer in two parts, one without end, noise with a false mark, a picture beyond the cap."""
    sender = Sender()
    for unit in units(4, group=2, size_bytes=500):
        sender.send(unit)
    media = bytes(sender.out)
    for between in (
        b"\r\n\r\n", b"RTSP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"RTSP/1.0 200 OK\r\nX: " + b"a" * 70_000,
        b"RT", b"noise $\x00 $\x00\x00\x10\x00 more", b"$", b"$\x09\x00\x04abcd",
    ):  # fmt: skip
        stream = Depacketiser(SPEC)
        held = bytearray()
        for part in (media, between[: len(between) // 2], between[len(between) // 2 :], media):
            held += part
            used = stream.feed(held, len(held), 1)
            del held[:used]
        assert stream.stats.frames >= 3, between[:20]


def test_fragments_without_begin_or_body_and_unknown_kinds_are_damage():
    sender = Sender()
    sender.send(Unit(nals=[picture(300, key=True)], stamp=0))
    head = bytes(sender.out)[4:16]
    for payload in (b"\x7c", b"\x7c\x05abc", b"\x1f\x00", b"\x00", b"\x78\x00\x00", b"\x78\xff\xff\x01"):
        stream = Depacketiser(SPEC)
        stream.datagram(head + payload)
        stream.wait_no_more()
        stream.finish(9)
        assert stream.stats.frames <= 1


FU_START, FU_MIDDLE, STAP = b"\x7c\x81\x88", b"\x7c\x01\x88", b"\x18"


@pytest.mark.parametrize(
    ("second", "frames"),
    [
        (b"\x41\x88abc", 2), (b"\x41\x08abc", 1), (FU_START + b"abc", 2), (FU_MIDDLE + b"abc", 1),
        (b"\x7c\x81\x08abc", 1), (STAP + b"\x00\x05\x41\x88abc", 2), (STAP + b"\x00\x05\x41\x08abc", 1),
        (SPS, 2), (b"\x09\xf0", 1), (b"\x41", 1),
    ],
    ids=["a slice that begins a picture", "one that goes on", "its first fragment", "a fragment in the middle",
         "a first fragment of a slice that goes on", "several in one packet", "several that go on",
         "a parameter set", "a delimiter alone", "a slice without a body"],
)  # fmt: skip
def test_two_pictures_of_one_time_are_told_apart_by_how_the_second_begins(second: bytes, frames: int):
    """A camera whose stamps stand still: the marker ends the first picture, and the bits say what follows."""
    stream, sender = Depacketiser(SPEC), Sender()
    sender.send(Unit(nals=[SPS, PPS, picture(300, key=True)], stamp=77))
    sender.packet(second, 77, marker=False)
    if second == SPS:  # what comes before a picture is part of it
        sender.packet(b"\x41\x88abc", 77, marker=False)
    if second[:2] == FU_START[:2]:
        sender.packet(b"\x7c\x41abc", 77, marker=False)
    data = bytearray(sender.out)
    stream.feed(data, len(data), 1)
    sender = Sender(sequence=sender.sequence)
    sender.send(Unit(nals=[picture(300, key=False)], stamp=99_999))
    data = bytearray(sender.out)
    stream.feed(data, len(data), 2)
    assert stream.stats.frames == frames


def test_an_old_packet_and_one_without_a_payload_change_nothing():
    stream, sender = Depacketiser(SPEC), Sender()
    sender.send(Unit(nals=[SPS, PPS, picture(300, key=True)], stamp=0))
    sender.packet(b"", 0, marker=False)
    again = Sender(sequence=sender.sequence - 2)
    again.packet(picture(300, key=True), 0, marker=True)
    data = bytearray(sender.out + again.out)
    assert stream.feed(data, len(data), 1) == len(data)
    assert stream.stats.refused_packets == 1
    assert stream.stats.lost_packets == 0


def test_an_answer_between_packets_that_never_ends_is_noise():
    """Half a word waits for the rest; a head of more than 64 KiB is no head, and the next packet is found."""
    stream, sender = Depacketiser(SPEC), Sender()
    sender.send(Unit(nals=[SPS, PPS, picture(300, key=True)], stamp=0))
    held = bytearray(sender.out + b"RTS")
    used = stream.feed(held, len(held), 1)
    assert len(held) - used == 3
    del held[:used]
    held += b"P/1.0 200 OK\r\nX: " + b"a" * MAX_ANSWER_HEAD_BYTES
    sender = Sender(sequence=sender.sequence)
    sender.send(Unit(nals=[picture(300, key=False)], stamp=3600))
    sender.send(Unit(nals=[picture(300, key=False)], stamp=7200))
    held += sender.out
    del held[: stream.feed(held, len(held), 2)]
    assert stream.stats.resyncs == 1
    assert stream.stats.frames >= 2


def test_sound_beyond_its_cap_is_refused_and_an_old_packet_too():
    sound = Sound(AudioFormat(codec=AudioCodec.PCMU, clock_hz=8000, channels=1, config=b""))
    buf = bytearray(b"ab")
    for number in range(MAX_SOUND_SAMPLES + 2):
        sound.packet(buf, 0, 2, number & 0xFFFF, number * 2, 0)
    refused = sound.refused
    assert refused >= 1
    sound.packet(buf, 0, 2, 0, 0, 0)
    assert sound.refused == refused + 1
    assert sound.take() is not None
    assert sound.take() is None


# -- ONVIF, UPS


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<a>" + b"x" * MAX_BYTES + b"</a>", b"<a>" * (MAX_DEPTH + 2) + b"</a>" * (MAX_DEPTH + 2),
        b"<a>" + b"<b/>" * (MAX_ELEMENTS + 2) + b"</a>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    ],
    ids=["empty", "a megabyte", "too deep", "too many", "entities"],
)  # fmt: skip
def test_an_answer_beyond_a_cap_is_refused(data: bytes):
    with pytest.raises(MediaError):
        parse(data)


def test_a_camera_that_names_no_address_is_not_found():
    match = "<ProbeMatch><XAddrs>{0}</XAddrs></ProbeMatch>"
    body = match.format("") + match.format("http://10.0.0.9/onvif")
    head = f"<Header><RelatesTo>urn:uuid:{UUID(int=1)}</RelatesTo></Header>"
    answer = f"<Envelope>{head}<Body>{body}</Body></Envelope>".encode()
    assert [one.addresses for one in discovery.read_answer(answer, UUID(int=1))] == [("http://10.0.0.9/onvif",)]


def test_an_answer_that_is_no_envelope_or_a_fault_is_an_error_that_says_which():
    with pytest.raises(MediaError, match="no SOAP envelope"):
        soap.body_of(b"<html/>")
    inner = b"<Code><Value>s:Sender</Value><Subcode><Value>ter:NotAuthorized</Value></Subcode></Code>"
    fault = b"<Envelope><Body><Fault>" + inner + b"</Fault></Body></Envelope>"
    with pytest.raises(soap.OnvifFaultError) as refused:
        soap.body_of(fault)
    assert refused.value.is_refusal


def test_instants_without_a_zone_are_utc_and_those_out_of_the_calendar_none():
    assert read_instant_us("1970-01-01T00:00:01") == 1_000_000
    assert read_instant_us("0001-01-01T00:00:00+14:00") in (None, -62135647200000000)
    assert read_instant_us("x" * 50) is None
    assert read_instant_us("é") is None


def test_a_hint_without_a_state_and_a_topic_of_another_kind_are_left_out():
    inner = "<Message><Message UtcTime='1970-01-01T00:00:01Z'>{1}</Message></Message>"
    item = "<NotificationMessage><Topic>{0}</Topic>" + inner + "</NotificationMessage>"
    data = "<Data><SimpleItem Name='State' Value='{0}'/></Data>"
    given = (("tns1:Motion", data.format("maybe")), ("tns1:Motion", ""), ("tns1:Relay", data.format("true")),
             ("tns1:Tamper", data.format("true")))  # fmt: skip
    body = parse(f"<B>{''.join(item.format(*one) for one in given)}</B>".encode())
    assert [(one.kind, one.on, one.at_us) for one in read_hints(body)] == [(HintKind.TAMPER, True, 1_000_000)]


def test_a_recording_whose_end_lies_before_its_begin_has_no_span():
    track = "<Track><TrackType>Video</TrackType><DataFrom>{0}</DataFrom><DataTo>{1}</DataTo></Track>"
    times = ("1970-01-01T00:00:09Z", "1970-01-01T00:00:02Z")
    one = "<RecordingInformation><RecordingToken>a</RecordingToken>{0}</RecordingInformation>"
    for first, last, span in ((*times, None), (*reversed(times), TimeSpan(2_000_000, 9_000_000))):
        found, _ = recordings.read_results(parse(f"<B>{one.format(track.format(first, last))}</B>".encode()))
        assert [recording.span for recording in found] == [span]


def test_the_largest_profile_is_recorded_and_the_largest_small_one_of_its_lens_is_shown():
    size = "<Resolution><Width>{1}</Width><Height>{2}</Height></Resolution>"
    coded = f"<VideoEncoderConfiguration><Encoding>H264</Encoding>{size}</VideoEncoderConfiguration>"
    lens = "<VideoSourceConfiguration><SourceToken>v</SourceToken></VideoSourceConfiguration>"
    one = "<Profiles token='{0}'>" + lens + coded + "</Profiles>"
    made = "".join(one.format(*at) for at in (("a", 1920, 1080), ("b", 640, 360), ("c", 320, 180)))
    found = profiles.read_profiles(parse(f"<B>{made}</B>".encode()))
    main, sub = profiles.main_and_sub(found)
    assert main is not None
    assert sub is not None
    assert (main.token, sub.token) == ("a", "b")
    assert profiles.main_and_sub(()) == (None, None)


def test_a_ups_has_a_name_and_a_plain_word_or_none():
    name = read_ups_name("ups@h:1")
    assert str(name) == "ups@h:1"
    assert str(UpsName(ups="a", host="b")) == "a@b"
    with pytest.raises(WrongUsageError):
        read_ups_name("@")
    assert on_battery(b"x" * 5000, name) is None
    assert on_battery(b"\xff", name) is None
