"""Which passwords are refused: what everybody here would try, and what stands on the office's list."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ronda.access.errors import PasswordListError, WeakPasswordError
from ronda.access.guessable import WORDS, context_words, guessable
from ronda.access.passwords import check_new_password, one_time_password
from ronda.app.known_passwords import PasswordFile

HERE = context_words(("nur.sari", "Nur Sari Wulandari", "Dinas Komunikasi dan Informatika Kabupaten Kutai Timur"))


@pytest.mark.parametrize(
    "password",
    [
        "diskominfo2026", "Kutim-Ronda-2026!", "wulandari1991", "qwertyuiop123", "1q2w3e4r5t6y", "P@ssw0rd2026",
        "k4t4s4nd1!!", "aaaaaaaaaaaa", "1234567890", "0987654321x", "Bismillah123", "polreskutaitimur",
        "R0nd4Kut1m99", "sangatta sangatta", "admin-admin-admin", "zxcvbnm,./1234",
    ],
)  # fmt: skip
def test_what_everybody_here_would_try_is_refused(password: str) -> None:
    """ASVS 6.2.11: words of the place, with years, digits for letters, and rows of keys."""
    assert guessable(password, HERE)
    with pytest.raises(WeakPasswordError):
        check_new_password(password, "lama", HERE, frozenset())


@pytest.mark.parametrize(
    "password",
    ["empat kata yang lain", "kuda-baterai-steples", "xK9#mQ2$vL7p", "jeruk lompat pagar tujuh", "T7gh-42-plokmi"],
)
def test_words_that_belong_together_nowhere_pass(password: str) -> None:
    check_new_password(password, "lama", HERE, frozenset())


@given(
    st.lists(st.sampled_from(sorted(WORDS)), min_size=1, max_size=4),
    st.integers(1900, 2099),
    st.sampled_from(["", "!", "-"]),
)
def test_no_joining_of_known_words_and_years_passes(words: list[str], year: int, sign: str) -> None:
    assert guessable(sign.join([*words, str(year)]), frozenset())


def test_our_own_one_time_passwords_would_pass() -> None:
    for _ in range(200):
        assert guessable(one_time_password(), HERE) is None


def test_the_office_s_list_counts_whatever_its_case_and_line_ends(tmp_path: Path) -> None:
    """ASVS 6.2.4 and 6.2.12: a published list is put in place as it comes."""
    known = PasswordFile(tmp_path / "passwords.txt")
    check_new_password("Gajah Terbang Rendah", "lama", HERE, known)
    known.path.write_bytes(b"satu dua tiga empat\r\ngajah terbang rendah\r\n\xff\xfe bukan utf-8\r\n")
    with pytest.raises(WeakPasswordError, match="leaked"):
        check_new_password("Gajah Terbang Rendah", "lama", HERE, known)
    check_new_password("gajah terbang rendah sekali", "lama", HERE, known)


def test_a_list_that_cannot_be_read_lets_nothing_through(tmp_path: Path) -> None:
    (tmp_path / "passwords.txt").mkdir()
    with pytest.raises(PasswordListError, match="cannot be read"):
        check_new_password("gajah terbang rendah", "lama", HERE, PasswordFile(tmp_path / "passwords.txt"))
