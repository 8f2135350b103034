"""Walk one interleaved byte stream packet by packet. Pure: no socket, no clock.

Walks whole receive buffers by indexing: no object, callback or queue item per packet. What the packets
carry is put together in `access_units`. What is decided here:
- a sequence gap marks the access unit damaged and throws the half NAL unit away;
- packets of another sender are refused until many came in a row;
- bytes that are no packet are RTSP when they look so, else skipped up to the next packet;
- sound and the camera's reports have channels of their own; a packet of another channel is left out when one more
  follows it, else it is noise.
Invariant: the blocks do not depend on how the stream was cut into reads.
"""

import re
import struct

from ronda.media.rtp import payload_span, read_rtcp
from ronda.video.engine.access_units import DAMAGED, AccessUnits
from ronda.video.engine.nal_kinds import NalKinds
from ronda.video.engine.port import MAX_FRAME_BYTES, MAX_REPORTS, StreamSpec
from ronda.video.engine.reorder_window import ReorderWindow

MAX_ANSWER_HEAD_BYTES = 64 * 1024  # of an RTSP answer between the packets
MAX_ANSWER_BODY_BYTES = 64 * 1024
_HEAD = struct.Struct(">BBHBBHII")
# Mark and size, flags, sequence, stamp and sender of a packet, then the head of its NAL unit and of its fragment.
_MIDDLE = {1: struct.Struct(">IHHQBB"), 2: struct.Struct(">IHHQBxB")}  # by bytes of the NAL unit's head
_DOLLAR = 0x24
_FOREIGN_LIMIT = 64  # packets of another sender in a row before it is believed
_RTSP_WORDS = (b"RTSP/", b"OPTION", b"ANNOUN", b"SET_PA", b"GET_PA", b"REDIRE", b"TEARDO", b"DESCRI", b"PAUSE ")
_CONTENT_LENGTH = re.compile(rb"\ncontent-length[ \t]*:[ \t]*(\d{1,7})", re.IGNORECASE)


class Depacketiser(AccessUnits):
    """One stream. `feed` a buffer; then take `blocks` and `rtsp`, which it fills."""

    def __init__(self, spec: StreamSpec) -> None:
        super().__init__(spec)
        self.rtsp = bytearray()
        self._rtp_mark = bytes((_DOLLAR, spec.rtp_channel))
        self._rtcp_mark = bytes((_DOLLAR, spec.rtcp_channel))
        self._sound_channel = spec.audio.rtp_channel if spec.audio is not None else -1
        self._in_sync = True
        self.window = ReorderWindow()  # of datagrams
        # numbering
        self._ssrc = -1
        self._foreign = 0
        self._expected = -1

    # -- walking ---------------------------------------------------------------------------------

    def feed(self, buf: bytearray, end: int, now_us: int) -> int:
        """Walk `buf[:end]`; gives how many bytes were used up. The rest must come again, with more."""
        view = memoryview(buf)
        rtp, rtcp, sound = self.spec.rtp_channel, self.spec.rtcp_channel, self._sound_channel
        pos = 0
        while end - pos >= 4:
            if buf[pos] != _DOLLAR or not self._in_sync:
                used = self._out_of_band(buf, pos, end)
                if used == 0 and (not self._in_sync or buf[pos] != _DOLLAR):
                    break
                pos += used
                continue
            channel = buf[pos + 1]
            stop = pos + 4 + ((buf[pos + 2] << 8) | buf[pos + 3])
            if channel != rtp and channel != rtcp and channel != sound and channel != sound + 1:
                if stop >= end:
                    break
                if buf[stop] == _DOLLAR:  # a track that nobody asked for: another packet follows it
                    self.stats.refused_packets += 1
                    pos = stop
                else:
                    self._lose_sync()
                    pos += 1
                continue
            if stop > end:
                break
            if channel != rtp:
                if channel == rtcp:
                    self._control(bytes(view[pos + 4 : stop]), now_us)
                elif channel == sound:
                    self._sound_packet(buf, view, pos + 4, stop)
            elif stop - pos < 16:
                self.stats.refused_packets += 1
            else:
                if self._nal >= 0:
                    went_on = self._middles(buf, view, pos, end)
                    if went_on > pos:
                        pos = went_on
                        continue
                self._packet(buf, view, pos, stop)
            pos = stop
        view.release()
        self._date_frames(now_us)
        return pos

    def _middles(self, buf: bytearray, view: memoryview, pos: int, end: int) -> int:
        """Join packets that go on with the open fragmented NAL unit, up to its end: most packets are of these.

        Gives where the first other one begins.
        """
        kinds, data, expected = self.kinds, self._data, self._expected
        mark, origin = (_DOLLAR << 8 | self.spec.rtp_channel) << 16, self._stamp << 32 | self._ssrc
        mask, middle = kinds.mask << kinds.shift, kinds.fragment << kinds.shift
        unpack, payload = _MIDDLE[kinds.head_bytes].unpack_from, 16 + kinds.head_bytes + 1
        longest = self._unit + MAX_FRAME_BYTES
        while end - pos > payload:
            size, first, sequence, found, kind, part = unpack(buf, pos)
            size -= mark
            stop = pos + 4 + size
            if (
                sequence != expected
                or found != origin
                or not payload - 4 < size < 0x10000  # less or more: the mark is another
                or first & 0xFF00 != 0x8000  # version 2 and nothing else
                or stop > end
                or kind & mask != middle
                or len(data) >= longest
            ):
                break
            if part & 0x80 or (first & 0x80 and not part & 0x40):
                break
            expected = (sequence + 1) & 0xFFFF
            data += view[pos + payload : stop]
            pos = stop
            if part & 0x40:  # its end
                self._foreign = 0
                self._expected = expected
                self._close_nal()
                if first & 0x80:
                    self._list_unit()
                return pos
        self._expected = expected
        return pos

    def _packet(self, buf: bytearray, view: memoryview, pos: int, stop: int) -> None:
        """One RTP packet with a whole header."""
        _, _, _, first, second, sequence, stamp, ssrc = _HEAD.unpack_from(buf, pos)
        at = pos + 16
        if first != 0x80:
            span = payload_span(view, pos + 4, stop)
            if span is None:
                self.stats.refused_packets += 1
                return
            at, stop = span
        if ssrc != self._ssrc and not self._accept_sender(ssrc):
            return
        self._foreign = 0
        lost = self._count_loss(sequence)
        if lost < 0 or at == stop:
            return
        if stamp != self._stamp or (self._listed and _begins_picture(self.kinds, buf, at, stop)):
            self._end_unit()
            self._begin_unit(stamp)
        if lost:
            self._unit_flags |= DAMAGED
            if self._listed:
                self._flags[-1] |= DAMAGED
        if not self._unit_refused:
            self._nals(buf, view, at, stop)
        if second & 0x80:
            self._list_unit()

    def _accept_sender(self, ssrc: int) -> bool:
        """Keep one sender; believe another after some packets in a row without the first."""
        if self._ssrc >= 0:
            self._foreign += 1
            if self._foreign < _FOREIGN_LIMIT:
                self.stats.refused_packets += 1
                return False
            self._drop_half_nal()
            self._end_unit()
            self._stamp = -1
            self._last_stamp = -2  # the new sender's times have nothing to do with the old ones
        self._ssrc, self._expected = ssrc, -1
        return True

    def _count_loss(self, sequence: int) -> int:
        """How many packets are missing before this one; -1 when it is an old one come again."""
        expected, self._expected = self._expected, (sequence + 1) & 0xFFFF
        if expected in (sequence, -1):
            return 0
        lost = (sequence - expected) & 0xFFFF
        if lost >= 0x8000:
            self._expected = expected
            self.stats.refused_packets += 1
            return -1
        self.stats.lost_packets += lost
        self._drop_half_nal()
        if self._stamp >= 0 and not self._listed and len(self._data) > self._unit:
            self._unit_flags |= DAMAGED
        return lost

    # -- datagrams -------------------------------------------------------------------------------

    def datagram(self, packet: bytes) -> None:
        """One RTP packet of the video track that came by UDP; `dated` ends a read of several."""
        if len(packet) < 12:
            self.stats.refused_packets += 1
            return
        for ready in self.window.push(packet):
            self._ready(ready)

    def wait_no_more(self) -> None:
        """Read what the window still holds: what is missing before it is lost."""
        for ready in self.window.flush():
            self._ready(ready)

    def control_datagram(self, packet: bytes, now_us: int) -> None:
        self._control(packet, now_us)

    def sound_datagram(self, packet: bytes) -> None:
        buf = bytearray(packet)
        self._sound_packet(buf, memoryview(buf), 0, len(buf))

    def dated(self, now_us: int) -> None:
        """Everything that waited was read: give the new frames their arrival times."""
        self._date_frames(now_us)

    def _ready(self, packet: bytes) -> None:
        buf = bytearray(b"\0\0\0\0" + packet)
        self._packet(buf, memoryview(buf), 0, len(buf))

    def _sound_packet(self, buf: bytearray, view: memoryview, start: int, stop: int) -> None:
        span = payload_span(view, start, stop)
        if self.sound is None or span is None:
            self.stats.refused_packets += 1
        elif self._stamp >= 0:  # else no picture to lie beside has begun
            sequence, stamp = struct.unpack_from(">HI", buf, start + 2)
            refused = self.sound.refused
            self.sound.packet(buf, *span, sequence, stamp, self._unit_pts)
            self.stats.refused_packets += self.sound.refused - refused

    # -- between the packets ---------------------------------------------------------------------

    def _control(self, packet: bytes, now_us: int) -> None:
        report = read_rtcp(packet).report
        if report is not None:
            pair = (now_us, report.ntp, report.rtp_90k)
            self.stats.last_report = pair
            if len(self._reports) < MAX_REPORTS:
                self._reports.append(pair)

    def _out_of_band(self, buf: bytearray, pos: int, end: int) -> int:
        """Bytes that begin no packet: RTSP, blank lines, or noise. Gives how many are used up."""
        if self._in_sync:
            if buf[pos] in b"\r\n":
                return 1
            head = bytes(buf[pos : min(end, pos + 6)])
            if len(head) < 6 and any(word.startswith(head[:5]) for word in _RTSP_WORDS):
                return 0
            if head.startswith(_RTSP_WORDS):
                return self._rtsp_message(buf, pos, end)
            self._lose_sync()
        return self._find_packet(buf, pos, end)

    def _rtsp_message(self, buf: bytearray, pos: int, end: int) -> int:
        mark = buf.find(b"\r\n\r\n", pos, min(end, pos + MAX_ANSWER_HEAD_BYTES))
        if mark < 0:
            if end - pos >= MAX_ANSWER_HEAD_BYTES:
                self._lose_sync()
                return 1
            return 0
        found = _CONTENT_LENGTH.search(bytes(buf[pos:mark]))
        body = min(int(found[1]), MAX_ANSWER_BODY_BYTES) if found else 0
        stop = mark + 4 + body
        if stop > end:
            return 0
        self.rtsp += buf[pos:stop]
        return stop - pos

    def _lose_sync(self) -> None:
        if self._in_sync:
            self._in_sync = False
            self.stats.resyncs += 1
            self._drop_half_nal()
            self._unit_flags |= DAMAGED

    def _find_packet(self, buf: bytearray, pos: int, end: int) -> int:
        """Skip to the next `$` with a known channel and RTP version 2."""
        at = pos
        while True:
            found = [hit for mark in (self._rtp_mark, self._rtcp_mark) if (hit := buf.find(mark, at, end)) >= 0]
            if not found:
                return max(end - 1 - pos, 0) if buf[end - 1] == _DOLLAR else end - pos
            at = min(found)
            if at + 5 > end:
                return at - pos
            if buf[at + 4] >> 6 == 2:
                self._in_sync = True
                return at - pos
            at += 1


def _begins_picture(kinds: NalKinds, buf: bytearray, at: int, stop: int) -> bool:
    """Whether this payload begins a new picture: one that follows a whole one with the same time.

    A slice begins one when its first bit after the head is set: H.264's first macroblock is 0 then,
    H.265 says it so. A delimiter, parameter set or SEI always comes before a picture.
    """
    head = kinds.head_bytes
    kind, slice_at = kinds.kind(buf[at]), at + head
    if kind == kinds.fragment and stop - at > head + 1:
        if not buf[at + head] & 0x80:
            return False
        kind, slice_at = buf[at + head] & kinds.mask, at + head + 1
    elif kind == kinds.aggregate and stop - at > 2 * head + 2:
        kind, slice_at = kinds.kind(buf[at + head + 2]), at + 2 * head + 2
    if kind in kinds.before_picture:
        return True
    return kind in kinds.pictures and slice_at < stop and bool(buf[slice_at] & 0x80)
