"""The hashes of files that are written at the same time are those of their bytes, whoever counts them."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.needs import c_engine

from ronda.video.engine.choose import PYTHON, engine_kind
from ronda.video.record.hashing import Hashes

MAKERS = {"python": PYTHON.make_hashes, "c": engine_kind("auto").make_hashes}
# Around the edges of a block, and as long as several.
SIZES = st.one_of(st.integers(0, 200), st.sampled_from([55, 56, 63, 64, 65, 119, 120, 128, 4096, 70_001]))
STEPS = st.lists(st.tuples(st.integers(0, 6), st.lists(SIZES, max_size=3)), max_size=40)


@pytest.mark.parametrize("name", list(MAKERS))
@given(steps=STEPS)
def test_each_file_has_the_hash_of_its_bytes_however_they_came(
    name: str, steps: list[tuple[int, list[int]]]
) -> None:
    hashes, written = MAKERS[name](), [b""] * 7
    running = [hashes.new() for _ in written]
    for turn, (file, sizes) in enumerate(steps):
        parts = [bytes((turn * 7 + at) % 256 for at in range(size)) for size in sizes]
        running[file].take(parts)
        written[file] += b"".join(parts)
        if turn % 11 == 10:
            hashes.settle()
    assert [one.hexdigest() for one in running] == [hashlib.sha256(data).hexdigest() for data in written]


@pytest.mark.parametrize("make", list(MAKERS.values()), ids=list(MAKERS))
def test_a_hash_may_be_asked_in_between(make: Callable[[], Hashes]) -> None:
    running = make().new()
    running.take([b"a" * 100])
    assert running.hexdigest() == hashlib.sha256(b"a" * 100).hexdigest()
    running.take([b"b" * 100])
    assert running.hexdigest() == hashlib.sha256(b"a" * 100 + b"b" * 100).hexdigest()


def test_the_c_side_refuses_more_than_it_has_room_for() -> None:
    native = c_engine()
    if not native.sha256_available():
        pytest.skip("this processor has no instructions for SHA-256; the standard library hashes")
    sha = native.Sha256()
    with pytest.raises(ValueError, match="too many"):
        native.sha256_update({sha: [b"x"] * 65})
    with pytest.raises(ValueError, match="too many"):
        native.sha256_update({native.Sha256(): [b"x"] for _ in range(17)})
    with pytest.raises(TypeError):
        native.sha256_update({sha: ["text"]})
    with pytest.raises(TypeError):
        native.sha256_update([sha])
    assert sha.digest() == hashlib.sha256(b"").digest()
