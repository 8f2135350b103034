"""Collect the sound of one stream beside its pictures. Pure: no socket, no clock.

Sound is set up only where the register grounds it. Its samples ride in the block of the pictures that
come at the same time. What is decided here: the first sample lies where the open picture lies, the
following ones where their own time stamps say, until these jump or stray by more than a second from
the pictures; then they are placed anew. So the place of a sample depends on the stream alone.
Invariant: a sample never begins before the one before it ends.
"""

from array import array

from ronda.media.codec import AudioCodec, AudioFormat
from ronda.video.engine.port import SoundRun

AAC_TICKS = 1024  # of one access unit
MAX_SOUND_BYTES = 256 * 1024  # of one block
MAX_SOUND_SAMPLES = 2048
_MAX_JUMP_S = 10


class Sound:
    """Feed packets; `take` what belongs to the block that closes."""

    def __init__(self, form: AudioFormat) -> None:
        self._form = form
        self._data = bytearray()
        self._sizes, self._ticks = array("I"), array("q")
        self._expected = -1
        self._stamp = -1
        self._tick = 0
        self._end = 0
        self._last = 0
        self.refused = 0

    def packet(self, buf: bytearray, at: int, stop: int, sequence: int, stamp: int, pts_90k: int) -> None:
        """One RTP payload. pts_90k: presentation time of the picture that is being received."""
        if self._expected >= 0 and (sequence - self._expected) & 0xFFFF >= 0x8000:
            self.refused += 1
            return
        self._expected = (sequence + 1) & 0xFFFF
        if len(self._data) > MAX_SOUND_BYTES or len(self._sizes) >= MAX_SOUND_SAMPLES:
            self.refused += 1
            return
        tick = self._place(stamp, pts_90k * self._form.clock_hz // 90_000)
        if self._form.codec is AudioCodec.AAC:
            self._access_units(buf, at, stop, tick)
        elif stop > at:
            self._sample(buf, at, stop, tick, (stop - at) // self._form.channels)

    def take(self) -> SoundRun | None:
        if not self._sizes:
            return None
        run = SoundRun(data=bytes(self._data), sizes=self._sizes, ticks=self._ticks, last_ticks=self._last)
        self._data = bytearray()
        self._sizes, self._ticks = array("I"), array("q")
        return run

    def _place(self, stamp: int, at_tick: int) -> int:
        clock_hz = self._form.clock_hz
        if self._stamp >= 0:
            delta = (stamp - self._stamp) & 0xFFFFFFFF
            delta -= (delta & 0x80000000) << 1
            tick = self._tick + delta
            if abs(delta) <= _MAX_JUMP_S * clock_hz and abs(tick - at_tick) <= clock_hz:
                at_tick = tick
        self._stamp, self._tick = stamp, at_tick
        return at_tick

    def _access_units(self, buf: bytearray, at: int, stop: int, tick: int) -> None:
        """RFC 3640: sizes of the access units first, then the units."""
        head_bits = self._form.size_bits + self._form.index_bits
        if stop - at < 2 or head_bits == 0:
            self.refused += 1
            return
        bits = (buf[at] << 8) | buf[at + 1]
        unit = at + 2 + (bits + 7) // 8
        if unit > stop:
            self.refused += 1
            return
        heads = int.from_bytes(buf[at + 2 : unit], "big")
        for index in range(bits // head_bits):
            left = 8 * (unit_heads := (bits + 7) // 8) - (index + 1) * head_bits
            size = (heads >> (left + self._form.index_bits)) & ((1 << self._form.size_bits) - 1)
            if unit_heads == 0 or size == 0 or unit + size > stop or len(self._sizes) >= MAX_SOUND_SAMPLES:
                self.refused += 1
                return
            self._sample(buf, unit, unit + size, tick + index * AAC_TICKS, AAC_TICKS)
            unit += size

    def _sample(self, buf: bytearray, at: int, stop: int, tick: int, ticks: int) -> None:
        self._data += buf[at:stop]
        self._sizes.append(stop - at)
        tick = max(tick, self._end)
        self._ticks.append(tick)
        self._end, self._last = tick + ticks, ticks
