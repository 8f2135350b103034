"""Turn one interleaved byte stream into blocks of access units. Pure: no socket, no clock.

Walks whole receive buffers by indexing: no object, callback or queue item per packet. Fragments of
a NAL unit are joined in place in one bytearray per stream, with the length patched at the end.
What is decided here:
- a marker or a changed time stamp ends an access unit that holds a picture; parameter sets sent as
  a unit of their own go to the picture after them; a second marker with the same time stamp
  continues the same picture;
- a sequence gap marks the unit damaged and throws the half NAL unit away: nothing is spliced over;
- 32-bit time stamps become 64-bit presentation times; a jump of more than 10 s or another sender
  continues at the last distance (RESTAMPED) instead of tearing the recording apart;
- bytes that are no packet are RTSP when they look so, else skipped up to the next packet.
Invariant: the blocks do not depend on how the stream was cut into reads.
"""

import re
import struct
from array import array

from ronda.media.rtp import payload_span, read_rtcp
from ronda.media.rtsp_message import MAX_BODY_BYTES, MAX_HEADER_BYTES
from ronda.video.engine.arrival_estimate import ArrivalEstimate
from ronda.video.engine.port import (
    FRAGMENT_90K,
    MAX_BLOCK_BYTES,
    MAX_BLOCK_FRAMES,
    MAX_FRAME_BYTES,
    MAX_JUMP_90K,
    Block,
    FrameFlag,
    LiveChunk,
    StreamSpec,
    StreamStats,
)

_HEAD = struct.Struct(">BBHBBHII")
_LENGTH = struct.Struct(">I")
_DOLLAR = 0x24
_DEFAULT_DISTANCE_90K = 3600
_FOREIGN_LIMIT = 64  # packets of another sender in a row before it is believed
_MAX_SETS = 32
_RTSP_WORDS = (b"RTSP/", b"OPTION", b"ANNOUN", b"SET_PA", b"GET_PA", b"REDIRE", b"TEARDO", b"DESCRI", b"PAUSE ")
_CONTENT_LENGTH = re.compile(rb"\ncontent-length[ \t]*:[ \t]*(\d{1,7})", re.IGNORECASE)

KEY, DAMAGED, RECOVERY, RESTAMPED = (int(flag) for flag in FrameFlag)


class Depacketiser:
    """One stream. `feed` a buffer; then take `blocks` and `rtsp`, which it fills."""

    def __init__(self, spec: StreamSpec) -> None:
        self.spec = spec
        self.stats = StreamStats()
        self.blocks: list[Block] = []
        self.rtsp = bytearray()
        self._rtp_mark = bytes((_DOLLAR, spec.rtp_channel))
        self._rtcp_mark = bytes((_DOLLAR, spec.rtcp_channel))
        self._in_sync = True
        # the open block
        self._data = bytearray()
        self._sizes = array("I")
        self._pts = array("q")
        self._flags = array("B")
        self._arrivals = array("q")
        self._reports: list[tuple[int, int, int]] = []
        self._tapped = 0
        # the open access unit: data[_unit:]; it is listed in the block once a marker was seen
        self._unit = 0
        self._listed = False
        self._unit_flags = 0
        self._unit_refused = False
        self._has_picture = False
        self._unit_sets: list[bytes] = []
        # the open fragmented NAL unit: its length field lies at data[_nal]
        self._nal = -1
        # numbering
        self._ssrc = -1
        self._foreign = 0
        self._expected = -1
        self._stamp = -1  # 32-bit time of the open unit
        self._last_stamp = -1
        self._last_pts = 0
        self._unit_pts = 0
        self._distance = _DEFAULT_DISTANCE_90K
        self._sets = spec.sets
        self._block_sets = spec.sets
        # arrival estimate
        self._estimate = ArrivalEstimate()
        self._undated = 0  # frames without arrival at the end of the open block
        self._undated_blocks: list[tuple[Block, int]] = []

    # -- walking ---------------------------------------------------------------------------------

    def feed(self, buf: bytearray, end: int, now_us: int) -> int:
        """Walk `buf[:end]`; gives how many bytes were used up. The rest must come again, with more."""
        view = memoryview(buf)
        rtp, rtcp = self.spec.rtp_channel, self.spec.rtcp_channel
        unpack = _HEAD.unpack_from
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
            if channel != rtp and channel != rtcp:
                self._lose_sync()
                pos += 1
                continue
            if stop > end:
                break
            if channel != rtp:
                self._control(bytes(view[pos + 4 : stop]), now_us)
            elif stop - pos < 16:
                self.stats.refused_packets += 1
            else:
                _, _, _, first, second, sequence, stamp, ssrc = unpack(buf, pos)
                if (
                    self._nal >= 0
                    and first == 0x80
                    and second < 0x80
                    and sequence == self._expected
                    and stamp == self._stamp
                    and ssrc == self._ssrc
                    and stop - pos > 18
                    and buf[pos + 16] & 0x1F == 28
                    and not buf[pos + 17] & 0xC0
                    and len(self._data) - self._unit < MAX_FRAME_BYTES
                ):
                    # the middle of a fragmented NAL unit: most packets end here
                    self._expected = (sequence + 1) & 0xFFFF
                    self._data += view[pos + 18 : stop]
                else:
                    self._packet(buf, view, pos, stop)
            pos = stop
        view.release()
        self._date_frames(now_us)
        return pos

    def nothing_came(self, now_us: int) -> None:
        """The socket was found empty: what comes next comes after this."""
        self._estimate.read(now_us)

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
        if stamp != self._stamp or (self._listed and _begins_picture(buf, at, stop)):
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

    # -- NAL units -------------------------------------------------------------------------------

    def _nals(self, buf: bytearray, view: memoryview, at: int, stop: int) -> None:
        kind = buf[at] & 0x1F
        if kind == 28:
            self._fragment(buf, view, at, stop)
        elif 0 < kind < 24:
            self._break_off_nal()
            self._whole_nal(buf, view, at, stop)
        elif kind == 24:
            self._break_off_nal()
            self._aggregate(buf, view, at + 1, stop)
        else:
            self.stats.refused_packets += 1
            self._unit_flags |= DAMAGED

    def _fragment(self, buf: bytearray, view: memoryview, at: int, stop: int) -> None:
        if stop - at < 2:
            self.stats.refused_packets += 1
            return
        head = buf[at + 1]
        if head & 0x80:
            self._break_off_nal()
            self._nal = len(self._data)
            self._data += b"\0\0\0\0"
            self._data.append((buf[at] & 0xE0) | (head & 0x1F))
        elif self._nal < 0:
            self._unit_flags |= DAMAGED  # its start was lost: the rest is no picture
            return
        self._data += view[at + 2 : stop]
        if head & 0x40:
            self._close_nal()
        elif len(self._data) - self._unit > MAX_FRAME_BYTES:
            self._refuse_unit()

    def _aggregate(self, buf: bytearray, view: memoryview, at: int, stop: int) -> None:
        while at + 2 < stop:
            size = (buf[at] << 8) | buf[at + 1]
            at += 2
            if size == 0 or at + size > stop:
                self._unit_flags |= DAMAGED
                self.stats.refused_packets += 1
                return
            self._whole_nal(buf, view, at, at + size)
            at += size

    def _whole_nal(self, buf: bytearray, view: memoryview, at: int, stop: int) -> None:
        start = len(self._data)
        self._data += _LENGTH.pack(stop - at)
        self._data += view[at:stop]
        self._note_nal(start + 4, len(self._data))

    def _break_off_nal(self) -> None:
        """Another NAL unit begins, or the picture ends, before the end of this one was marked."""
        if self._nal >= 0:
            self._unit_flags |= DAMAGED
            self._close_nal()

    def _close_nal(self) -> None:
        if self._nal >= 0:
            start, self._nal = self._nal, -1
            _LENGTH.pack_into(self._data, start, len(self._data) - start - 4)
            self._note_nal(start + 4, len(self._data))

    def _drop_half_nal(self) -> None:
        if self._nal >= 0:
            del self._data[self._nal :]
            self._nal = -1
            self._unit_flags |= DAMAGED

    def _refuse_unit(self) -> None:
        """A picture beyond the cap is left out, so that no camera can fill the memory."""
        del self._data[self._unit + (self._sizes[-1] if self._listed else 0) :]
        self._nal, self._unit_refused, self._has_picture = -1, True, False
        self.stats.refused_packets += 1

    def _note_nal(self, start: int, end: int) -> None:
        """What this NAL unit means for its access unit."""
        data = self._data
        kind = data[start] & 0x1F
        if kind == 5:
            self._unit_flags |= KEY
            self._has_picture = True
        elif kind == 1 or kind == 2:
            self._has_picture = True
        elif kind == 7 or kind == 8:
            if len(self._unit_sets) < _MAX_SETS and end - start <= 4096:
                self._unit_sets.append(bytes(data[start:end]))
        elif kind == 6 and end - start > 2 and data[start + 1] == 6:
            self._unit_flags |= RECOVERY
        if data[start] & 0x80:
            self._unit_flags |= DAMAGED
        if end - self._unit > MAX_FRAME_BYTES:
            self._refuse_unit()

    # -- access units ----------------------------------------------------------------------------

    def _begin_unit(self, stamp: int) -> None:
        if len(self._data) == self._unit:  # else parameter sets wait for this picture
            self._unit_flags = DAMAGED if self._unit_refused else self._unit_flags & DAMAGED
            self._unit_sets = []
        self._stamp = stamp
        self._listed = self._unit_refused = False
        self._has_picture = False
        if self._last_stamp == -1:
            self._unit_pts = 0
            return
        delta = (stamp - self._last_stamp) & 0xFFFFFFFF
        delta -= (delta & 0x80000000) << 1
        if self._last_stamp < 0 or delta == 0 or not -MAX_JUMP_90K <= delta <= MAX_JUMP_90K:
            delta = self._distance
            self._unit_flags |= RESTAMPED
            self.stats.restamps += 1
        elif delta > 0:
            self._distance = delta
        self._unit_pts = self._last_pts + delta

    def _list_unit(self) -> None:
        """A marker: the unit is whole, unless no picture has come for it yet."""
        self._break_off_nal()
        if not self._has_picture or self._unit_refused:
            return
        size = len(self._data) - self._unit
        if self._listed:
            self._sizes[-1] = size
            self._flags[-1] |= self._unit_flags
            return
        self._cut_block()
        self._sizes.append(size)
        self._pts.append(self._unit_pts)
        self._flags.append(self._unit_flags)
        self._undated += 1
        self._listed = True
        self._last_stamp, self._last_pts = self._stamp, self._unit_pts

    def _end_unit(self) -> None:
        """A changed time stamp: what is open is over. A unit without a picture waits for the next."""
        if self._stamp < 0:
            return
        self._list_unit()
        if self._listed:
            self._count_unit()
            self._unit = len(self._data)
            self._unit_flags = 0
            self._unit_sets = []
            self._has_picture = False

    def _count_unit(self) -> None:
        self.stats.frames += 1
        self.stats.bytes += self._sizes[-1]
        if self._flags[-1] & DAMAGED:
            self.stats.damaged += 1

    # -- blocks ----------------------------------------------------------------------------------

    def _cut_block(self) -> None:
        """Close the block before the unit that is about to be listed, where one should end."""
        if self._unit_sets and tuple(self._unit_sets) != self._sets:
            self._sets = tuple(self._unit_sets)
        if not self._sizes:
            self._block_sets = self._sets
            return
        if (
            self._unit_flags & KEY
            or self._unit_pts - self._pts[0] >= FRAGMENT_90K
            or self._unit_pts <= self._pts[0] - FRAGMENT_90K
            or len(self._sizes) >= MAX_BLOCK_FRAMES
            or self._unit >= MAX_BLOCK_BYTES
        ):
            self._emit(self._unit_pts)
            self._block_sets = self._sets

    def _emit(self, next_pts_90k: int | None) -> None:
        block = Block(
            key=self.spec.key,
            data=bytes(memoryview(self._data)[: self._unit]),
            sizes=self._sizes,
            pts_90k=self._pts,
            flags=self._flags,
            arrivals_us=self._arrivals,
            next_pts_90k=next_pts_90k,
            sets=self._block_sets,
            reports=self._reports,
        )
        self.blocks.append(block)
        self._undated_blocks.append((block, self._undated))
        self._undated = 0
        self._data = self._data[self._unit :]
        self._unit = 0
        self._sizes, self._pts, self._flags = array("I"), array("q"), array("B")
        self._arrivals, self._reports = array("q"), []

    def finish(self, now_us: int) -> None:
        """The stream is over: give what is whole. A unit whose end was not seen is left out."""
        if self._listed:
            self._count_unit()
            self._unit += self._sizes[-1]
        if self._sizes:
            self._emit(None)
        self._date_frames(now_us)

    def _date_frames(self, now_us: int) -> None:
        """Give each frame that became whole in this read its arrival time."""
        fresh = [(block.pts_90k, block.arrivals_us) for block, undated in self._undated_blocks if undated]
        if self._undated:
            fresh.append((self._pts, self._arrivals))
        if fresh:
            self.stats.last_frame_us = self._estimate.date(fresh, now_us)
        self._undated = 0
        self._undated_blocks.clear()
        self._estimate.read(now_us)

    # -- between the packets ---------------------------------------------------------------------

    def _control(self, packet: bytes, now_us: int) -> None:
        report = read_rtcp(packet).report
        if report is not None:
            pair = (now_us, report.ntp, report.rtp_90k)
            self.stats.last_report = pair
            if len(self._reports) < MAX_BLOCK_FRAMES:
                self._reports.append(pair)

    def _out_of_band(self, buf: bytearray, pos: int, end: int) -> int:
        """Bytes that begin no packet: RTSP, blank lines, or noise. Gives how many are used up."""
        if self._in_sync:
            if buf[pos] in b"\r\n":
                return 1
            head = bytes(buf[pos : pos + 6])
            if len(head) < 6 and any(word.startswith(head[:5]) for word in _RTSP_WORDS):
                return 0
            if head.startswith(_RTSP_WORDS):
                return self._rtsp_message(buf, pos, end)
            self._lose_sync()
        return self._find_packet(buf, pos, end)

    def _rtsp_message(self, buf: bytearray, pos: int, end: int) -> int:
        mark = buf.find(b"\r\n\r\n", pos, min(end, pos + MAX_HEADER_BYTES))
        if mark < 0:
            if end - pos >= MAX_HEADER_BYTES:
                self._lose_sync()
                return 1
            return 0
        found = _CONTENT_LENGTH.search(bytes(buf[pos:mark]))
        body = min(int(found[1]), MAX_BODY_BYTES) if found else 0
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

    # -- live ------------------------------------------------------------------------------------

    def take_tapped(self) -> int:
        """How many frames of the block just closed went to a viewer already."""
        tapped, self._tapped = self._tapped, 0
        return tapped

    def live_chunk(self, *, restart: bool = False) -> LiveChunk | None:
        """Frames of the open block that no viewer got yet; with `restart` from its last key frame."""
        if restart:
            keys = [index for index, flag in enumerate(self._flags) if flag & KEY]
            self._tapped = keys[-1] if keys else 0
        first, last = self._tapped, len(self._arrivals)
        if first >= last:
            return None
        self._tapped = last
        start = sum(self._sizes[:first])
        return LiveChunk(
            key=self.spec.key,
            data=bytes(memoryview(self._data)[start : start + sum(self._sizes[first:last])]),
            sizes=tuple(self._sizes[first:last]),
            pts_90k=tuple(self._pts[first:last]),
            flags=tuple(self._flags[first:last]),
            arrivals_us=tuple(self._arrivals[first:last]),
            sets=self._block_sets,
        )


def _begins_picture(buf: bytearray, at: int, stop: int) -> bool:
    """Whether this payload begins a new picture: one that follows a whole one with the same time.

    A slice begins one when its first macroblock is 0, which is a single set bit; a delimiter,
    parameter set or SEI always comes before a picture.
    """
    kind = buf[at] & 0x1F
    if kind == 28 and stop - at > 2:
        kind, first_slice_byte = (buf[at + 1] & 0x1F, at + 2) if buf[at + 1] & 0x80 else (0, at)
    elif kind == 24 and stop - at > 4:
        kind, first_slice_byte = buf[at + 3] & 0x1F, at + 4
    else:
        first_slice_byte = at + 1
    if kind in (6, 7, 8, 9):
        return True
    return kind in (1, 2, 5) and first_slice_byte < stop and bool(buf[first_slice_byte] & 0x80)
