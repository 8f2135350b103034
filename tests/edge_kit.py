"""An edge box on a hub of the tests: enrolled for real, its recorder's rows and films written as it would."""

import zlib
from dataclasses import replace
from pathlib import Path

from tests.evidence_kit import FakeRecorder, film_bytes
from tests.http_kit import CAMERA, Town

from ronda.app.commands.edge import invite_edge
from ronda.app.edge.box import Box, enrol
from ronda.app.edge.link import Link
from ronda.app.edge.run import make_link
from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import DAY_US, HOUR_US, MINUTE_US, SECOND_US, utc
from ronda.video.model import Gap, GapCause, Segment, SegmentState, SegmentWrite

EDGE = "desa-swarga-bara"
VILLAGE_CAMERA = "muara-wahau"  # of the town's second office, so that it has no footage at the hub
BUDGET = 50_000_000


def joined(place: Town, hub_url: str, root: Path, camera: str = CAMERA, budget_bytes: int = BUDGET) -> Box:
    """Invited by the hub and enrolled over HTTP."""
    token = invite_edge(place.wiring, EDGE, [camera], "64.08", budget_bytes)
    return enrol(root, hub_url, token)


class Village:
    """The recorder of the box: it writes films and rows; the link ships them."""

    def __init__(self, box: Box, hub_url: str | None = None, camera: str = CAMERA, answer_s: float = 20.0) -> None:
        self.box, self.camera = box, camera
        self.link: Link = make_link(box, hub_url, answer_s=answer_s)
        self.films: dict[int, bytes] = {}
        self._recorder = FakeRecorder(box.folder.footage)
        now = self.link.clock.now_us()
        self._next_us = (now - DAY_US - HOUR_US) // MINUTE_US * MINUTE_US  # before the hub film of the tests

    def start_at(self, at_us: int) -> None:
        """Where the next recording begins."""
        self._next_us = at_us // MINUTE_US * MINUTE_US

    def record(self, count: int = 1, seconds: int = 4) -> list[Segment]:
        """Closed segments with films of their own, one each minute."""
        made = []
        for _ in range(count):
            film = film_bytes(seed=len(self.films) % 3 + 2, seconds=seconds)
            whole = self._recorder.record(self.camera, self._next_us, film)
            fragments = tuple(
                one._replace(crc32=zlib.crc32(film[one.offset : one.offset + one.size_bytes]))
                for one in self._recorder.fragments(whole.segment_id)
            )
            path = f"{self.camera}/{utc(self._next_us):%Y-%m-%d/%H}/{self._next_us}.mp4"
            target = self.box.folder.footage / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(film)
            segment = replace(whole, path=path, segment_id=SegmentId(int(self.link.index.next_segment_id())))
            opened = replace(segment, state=SegmentState.OPEN, sha256=None, size_bytes=0, frames=0)
            self.link.index.write(segments=[SegmentWrite(segment=opened)])
            self.link.index.write(segments=[SegmentWrite(segment=segment, new_fragments=fragments)])
            self.films[self._next_us] = film
            self._next_us += MINUTE_US
            made.append(segment)
        return made

    def gap(self, start_us: int) -> None:
        cause = Gap(
            camera=CameraId(self.camera),
            start_us=start_us,
            end_us=start_us + SECOND_US,
            cause=GapCause.POWER,
            evidence="tes",
        )
        self.link.index.write(gaps=[cause])

    def turns(self, limit: int = 500) -> None:
        """Work until there is nothing more to do now; polls first."""
        self.link.ask_again()
        for _ in range(limit):
            if not self.link.turn():
                return
        raise AssertionError("the link never came to rest")

    def rows(self) -> list[int]:
        return [row[0] for row in self.link.outbox.rows(0, 100_000)]
