"""Flipped bits in a case: good seconds are shown, torn ones are told, and no package is built from them."""

import json
import struct
from pathlib import Path

import pytest
from tests.http_kit import CAMERA, Town, town

from ronda.core.ids import camera_id
from ronda.core.time import TimeSpan
from ronda.video.model import Fragment


@pytest.fixture
def torn(tmp_path: Path) -> tuple[Town, str, Fragment]:
    """A case whose film has a flipped bit in its second fragment."""
    place = town(tmp_path / "town", training=True)
    case = place.approved_case()
    second = place.wiring.index.fragments(place.segment.segment_id)[1]
    path = place.wiring.folder.footage / place.segment.path
    content = bytearray(path.read_bytes())
    content[second.offset + second.size_bytes - 3] ^= 1
    path.write_bytes(content)
    return place, case, second


def played(place: Town, case: str) -> tuple[list[dict[str, object]], list[int]]:
    """What the socket says, and where each piece begins."""
    asked = {
        "op": "past", "tile": 1, "gen": 1, "camera": CAMERA, "case": case,
        "at_us": place.start_us, "until_us": place.start_us + 10**8,
    }  # fmt: skip
    said: list[dict[str, object]] = []
    starts: list[int] = []
    with place.client("investigator").websocket_connect("/api/video") as socket:
        socket.send_text(json.dumps(asked))
        while not said or said[-1]["kind"] != "end":
            message = socket.receive()
            if message.get("text"):
                said.append(json.loads(message["text"]))
            else:
                starts.append(struct.unpack_from(">IIBBHqq", message["bytes"])[5])
    return said, starts


def test_a_torn_second_is_told_with_its_cause_and_what_follows_waits_for_a_key_frame(
    torn: tuple[Town, str, Fragment],
) -> None:
    """Shown without it, the pictures after it would be ones that no camera sent."""
    place, case, second = torn
    parts = place.wiring.index.fragments(place.segment.segment_id)
    said, starts = played(place, case)
    (gap,) = [one for one in said if one["kind"] == "gap"]
    assert (gap["from_us"], gap["cause"]) == (second.start_us, "disk")
    assert "not what was written" in str(gap["evidence"])
    shown = [one.start_us for one in parts if one.start_us in starts[1:]]
    after = [one for one in parts if one.start_us >= second.start_us]
    next_key = next((one.start_us for one in after[1:] if one.key), None)
    assert shown == [
        one.start_us
        for one in parts
        if one.start_us < second.start_us or (next_key is not None and one.start_us >= next_key)
    ]
    if next_key is not None:
        assert gap["to_us"] == next_key


def test_no_package_is_built_from_a_torn_film(torn: tuple[Town, str, Fragment]) -> None:
    """A package says that its bytes are those that were recorded."""
    place, case, _ = torn
    answer = place.client("investigator").post(f"/api/cases/{case}/packages", json={})
    assert answer.status_code != 201
    assert "no package was built" in answer.text
    span = TimeSpan(place.start_us, place.start_us + 1)
    assert place.wiring.index.segments(camera_id(CAMERA), span)
