"""Answers of UPS daemons and names of UPS units: bytes give a word or unknown; any text a name or our error."""

from hypothesis import given
from hypothesis import strategies as st
from tests.fuzz_kit import fuzzed, mutated

from ronda.core.errors import WrongUsageError
from ronda.media.nut import UpsName, on_battery, read_ups_name, status_question

SEEDS = [b'VAR ups ups.status "OL CHRG"\n', b'VAR ups ups.status "FSD OB LB"\n', b"ERR DATA-STALE\n"]
TOKENS = [b'"', b"\\", b'\\"', b"VAR ", b" ups.status ", b"OB", b"OL", b"\x00", b"\xff", b"A" * 2000]
UPS = UpsName(ups="ups", host="127.0.0.1")


@given(mutated(SEEDS, TOKENS))
@fuzzed
def test_any_answer_is_a_word_or_unknown(line: bytes) -> None:
    told = on_battery(line, UPS)
    assert told in (True, False, None)
    if told is not None:
        assert (b"OB" if told else b"OL") in line


@given(st.text(max_size=80) | st.from_regex(r"[\w.@:\[\]\n -]{0,40}", fullmatch=True))
@fuzzed
def test_no_name_slips_a_second_line_into_the_question(text: str) -> None:
    try:
        name = read_ups_name(text)
    except WrongUsageError:
        return
    assert status_question(name).count(b"\n") == 1
    assert read_ups_name(str(name) if ":" not in name.host else f"{name.ups}@[{name.host}]:{name.port}") == name
