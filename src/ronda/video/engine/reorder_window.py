"""Put datagrams back in order before they are read. Pure: the caller says when to wait no more.

A packet that comes before its turn is held until the missing one comes, until another one is 64 ahead,
or until `flush`. What is then missing is lost, and the depacketiser sees the gap.
"""

WINDOW = 64
HOLD_US = 50_000  # how long the engine lets a packet wait


class ReorderWindow:
    """Of one track. Packets are RTP packets with at least a whole header."""

    def __init__(self) -> None:
        self._expected = -1
        self._held: dict[int, bytes] = {}

    @property
    def holds(self) -> bool:
        return bool(self._held)

    def push(self, packet: bytes) -> list[bytes]:
        """What may be read now, in order."""
        sequence = (packet[2] << 8) | packet[3]
        ahead = 0 if self._expected < 0 else (sequence - self._expected) & 0xFFFF
        if ahead >= 0x8000:
            return [packet]  # old: the depacketiser counts and refuses it
        if ahead >= WINDOW:
            ready = [*self.flush(), packet]
            self._expected = (sequence + 1) & 0xFFFF
            return ready
        if ahead:
            self._held.setdefault(sequence, packet)
            return []
        self._expected = (sequence + 1) & 0xFFFF
        return [packet, *self._run()]

    def flush(self) -> list[bytes]:
        """Wait no more: everything held, in order."""
        ready: list[bytes] = []
        while self._held:
            first = min(self._held, key=lambda sequence: (sequence - self._expected) & 0xFFFF)
            self._expected = first
            ready += self._run()
        return ready

    def _run(self) -> list[bytes]:
        ready = []
        while (packet := self._held.pop(self._expected, None)) is not None:
            ready.append(packet)
            self._expected = (self._expected + 1) & 0xFFFF
        return ready
