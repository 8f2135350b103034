"""Put NAL units together to access units, and these to blocks. Pure: no socket, no clock.

Fragments of a NAL unit are joined in place in one bytearray per stream, with the length patched at the
end: no object per packet. What is decided here:
- a marker or a changed time stamp ends an access unit that holds a picture; parameter sets sent as
  a unit of their own go to the picture after them; a second marker with the same time stamp
  continues the same picture;
- a half NAL unit is thrown away and its access unit marked damaged: nothing is spliced over;
- 32-bit time stamps become 64-bit presentation times; a jump of more than 10 s continues at the last
  distance (RESTAMPED) instead of tearing the recording apart;
- a block ends before a key frame, or after half a second of media.
"""

import itertools
import struct
from array import array

from ronda.video.engine.arrival_estimate import ArrivalEstimate
from ronda.video.engine.nal_kinds import KINDS
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
from ronda.video.engine.sound import Sound

_LENGTH = struct.Struct(">I")
_DEFAULT_DISTANCE_90K = 3600
_MAX_SETS = 32
_serials = itertools.count(1)  # of parameter sets

KEY, DAMAGED, RECOVERY, RESTAMPED = (int(flag) for flag in FrameFlag)


class AccessUnits:
    """One stream's open access unit and open block. `Depacketiser` feeds it; take `blocks`."""

    def __init__(self, spec: StreamSpec) -> None:
        self.spec = spec
        self.kinds = KINDS[spec.codec]
        self.sound = Sound(spec.audio.format) if spec.audio is not None else None
        self.stats = StreamStats()
        self.blocks: list[Block] = []
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
        self._stamp = -1  # 32-bit time of the open unit
        self._last_stamp = -1
        self._last_pts = 0
        self._unit_pts = 0
        self._distance = _DEFAULT_DISTANCE_90K
        self._sets = spec.sets
        self._block_sets = spec.sets
        self._serial = self._block_serial = next(_serials)
        # arrival estimate
        self._estimate = ArrivalEstimate()
        self._undated = 0  # frames without arrival at the end of the open block
        self._undated_blocks: list[tuple[Block, int]] = []

    def nothing_came(self, now_us: int) -> None:
        """The socket was found empty: what comes next comes after this."""
        self._estimate.read(now_us)

    # -- NAL units -------------------------------------------------------------------------------

    def _nals(self, buf: bytearray, view: memoryview, at: int, stop: int) -> None:
        kinds = self.kinds
        kind = kinds.kind(buf[at])
        if kind == kinds.fragment:
            self._fragment(buf, view, at, stop)
        elif kind < kinds.aggregate and (kind or kinds.head_bytes == 2):
            self._break_off_nal()
            self._whole_nal(buf, view, at, stop)
        elif kind == kinds.aggregate:
            self._break_off_nal()
            self._aggregate(buf, view, at + kinds.head_bytes, stop)
        else:
            self.stats.refused_packets += 1
            self._unit_flags |= DAMAGED

    def _fragment(self, buf: bytearray, view: memoryview, at: int, stop: int) -> None:
        head_at = at + self.kinds.head_bytes
        if stop <= head_at:
            self.stats.refused_packets += 1
            return
        head = buf[head_at]
        if head & 0x80:
            self._break_off_nal()
            self._nal = len(self._data)
            self._data += b"\0\0\0\0"
            if self.kinds.head_bytes == 1:
                self._data.append((buf[at] & 0xE0) | (head & 0x1F))
            else:
                self._data += bytes(((buf[at] & 0x81) | (head & 0x3F) << 1, buf[at + 1]))
        elif self._nal < 0:
            self._unit_flags |= DAMAGED  # its start was lost: the rest is no picture
            return
        self._data += view[head_at + 1 : stop]
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
        data, kinds = self._data, self.kinds
        kind = kinds.kind(data[start])
        if kind in kinds.pictures:
            self._has_picture = True
            if kind in kinds.keys:
                self._unit_flags |= KEY
        elif kind in kinds.sets:
            if len(self._unit_sets) < _MAX_SETS and end - start <= 4096:
                self._unit_sets.append(bytes(data[start:end]))
        elif kind == kinds.sei and end - start > kinds.head_bytes + 1 and data[start + kinds.head_bytes] == 6:
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
            self._listed = False
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
            self._sets, self._serial = tuple(self._unit_sets), next(_serials)
        if not self._sizes:
            self._block_sets, self._block_serial = self._sets, self._serial
            return
        if (
            self._unit_flags & KEY
            or self._unit_pts - self._pts[0] >= FRAGMENT_90K
            or self._unit_pts <= self._pts[0] - FRAGMENT_90K
            or len(self._sizes) >= MAX_BLOCK_FRAMES
            or self._unit >= MAX_BLOCK_BYTES
        ):
            self._emit(self._unit_pts)
            self._block_sets, self._block_serial = self._sets, self._serial

    def _emit(self, next_pts_90k: int | None) -> None:
        data, self._data = self._data, self._data[self._unit :]
        del data[self._unit :]  # the block keeps the buffer: its samples are not copied once more
        block = Block(
            key=self.spec.key,
            data=data,
            sizes=self._sizes,
            pts_90k=self._pts,
            flags=self._flags,
            arrivals_us=self._arrivals,
            next_pts_90k=next_pts_90k,
            sets=self._block_sets,
            sets_serial=self._block_serial,
            reports=self._reports,
            sound=self.sound.take() if self.sound is not None else None,
        )
        self.blocks.append(block)
        self._undated_blocks.append((block, self._undated))
        self._undated = 0
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
