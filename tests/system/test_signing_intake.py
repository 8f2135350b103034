"""Whether a camera signs is noted from what is recorded; a stop is told once, and once when it is over."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.evidence_kit import FPS, FakeRecorder, signed_films
from tests.http_kit import CAMERA, Town, town
from tests.signing_kit import Maker, Signer

from ronda.app.jobs.camera_signing import EVERY_S, QUIET_S, SigningRound
from ronda.app.signing_states import read_signing
from ronda.core.time import HOUR_US, SECOND_US
from ronda.evidence.camera_signing.intake import Seen, SigningState, next_state, signed_during
from ronda.health.model import Channel, ChannelKind
from ronda.video.model import SegmentWrite

FILM_S = 8


class Clock:
    def __init__(self, at_us: int) -> None:
        self.at_us = at_us

    def now_us(self) -> int:
        return self.at_us


class Office:
    """A town, a clock that the test moves, and one camera's footage."""

    def __init__(self, root: Path) -> None:
        self.town: Town = town(root, training=True)
        self.wiring = self.town.wiring
        self.clock = Clock(self.wiring.clock.now_us() // SECOND_US * SECOND_US)
        self.wiring.clock = self.clock  # type: ignore[assignment]
        self.start_us = self.clock.at_us
        channel = Channel(channel_id="c-1", kind=ChannelKind.WEBHOOK, name="x", settings={"url": "http://x"})
        self.wiring.health.put_channel(channel)
        self.round = SigningRound(self.wiring)
        self.files = FakeRecorder(self.wiring.folder.footage)
        key = Maker.new().camera()
        self.films = {
            bare: signed_films(Signer(key, fps=FPS), each_s=FILM_S, bare=bare)[0] for bare in (True, False)
        }

    def record(self, seconds: int, *, signed: bool) -> None:
        """The camera sends for so long, the recorder writes, and the clock goes on."""
        for _ in range(0, seconds, FILM_S):
            film = self.films[not signed]
            segment = self.files.record(CAMERA, self.clock.at_us, film)
            rows = tuple(
                one._replace(crc32=zlib.crc32(film[one.offset : one.offset + one.size_bytes]))
                for one in self.files.fragments(segment.segment_id)
            )
            real = replace(segment, segment_id=self.wiring.index.next_segment_id())
            self.wiring.index.write(segments=[SegmentWrite(segment=real, new_fragments=rows)])
            self.clock.at_us += FILM_S * SECOND_US

    def states(self) -> Sequence[Seen]:
        return read_signing(self.wiring.folder).get(CAMERA, ())

    def told(self) -> list[str]:
        return [json.loads(one.body)["text"] for one in self.wiring.health.due(self.clock.at_us + HOUR_US, 50)]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "data")


def test_a_stop_of_signing_is_noted_and_told_within_a_minute(office: Office) -> None:
    """And again when the camera signs once more; the register shows the state."""
    office.record(40, signed=True)
    office.round.run()
    assert [one.state for one in office.states()] == [SigningState.SIGNS]
    assert office.told() == []
    stopped_us = office.clock.at_us
    while office.states()[-1].state is SigningState.SIGNS:
        office.record(FILM_S, signed=False)
        office.round.run()
    assert office.clock.at_us - stopped_us + EVERY_S * SECOND_US <= 60 * SECOND_US
    assert office.states()[-1].at_us <= stopped_us
    assert office.told() == [f"Kamera {CAMERA} berhenti menandatangani rekaman"]
    office.round.run()
    assert len(office.told()) == 1
    (entry,) = [one for one in office.town.client("admin").get("/api/register").json() if one["camera"] == CAMERA]
    assert entry["signing"]["state"] == "stopped"
    assert "kamera.tanda_tangan" in [one.action for one in office.wiring.log.entries()]
    office.record(40, signed=True)
    office.round.run()
    assert [one.state for one in office.states()][-1] is SigningState.SIGNS
    assert office.told()[-1] == f"Kamera {CAMERA} menandatangani lagi"


def test_a_camera_that_never_signed_raises_nothing(office: Office) -> None:
    office.record(48, signed=False)
    office.round.run()
    assert [one.state for one in office.states()] == [SigningState.NONE]
    assert office.told() == []


def test_too_little_footage_says_nothing(office: Office) -> None:
    """A camera that has just come back is not accused."""
    office.record(16, signed=False)
    office.round.run()
    assert office.states() == ()
    assert QUIET_S > 16


def test_a_state_holds_until_the_look_that_changes_it() -> None:
    signs, stop = (
        Seen(at_us=at, state=state) for at, state in ((100, SigningState.SIGNS), (200, SigningState.STOPPED))
    )
    assert signed_during((signs,), 110, 900)
    assert not signed_during((signs, stop), 110, 900)
    assert signed_during((signs, stop), 110, 190)
    assert not signed_during((signs,), 50, 90)
    assert not signed_during((), 1, 2)
    assert next_state(None, False) is SigningState.NONE
    assert next_state(SigningState.NONE, False) is SigningState.NONE
    assert next_state(SigningState.SIGNS, False) is SigningState.STOPPED
    assert next_state(SigningState.STOPPED, False) is SigningState.STOPPED
