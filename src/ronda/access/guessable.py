"""Is a password one that somebody who knows the office would try first? Pure.

Decides from words that stand in every guesser's list here: the office, the regency, the person, this program, the
words and keyboard rows that most leaked lists begin with, years, and runs of digits. They are taken out of the
password, also where digits stand for letters; what is left has to be enough by itself. Not decided here: length
(`passwords`), and whether a list that the office keeps knows it (`KnownPasswords`). No list of leaked passwords is
part of Ronda: none is ours to give away, and few of the most used have ten signs at all.
"""

import re
from collections.abc import Iterable
from typing import Final, Protocol

LEAST_LEFT: Final = 6
LEAST_DIFFERENT: Final = 5
_LETTER_FOR: Final = str.maketrans("0134578@$!", "oieastbasi")
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qazwsxedcrfvtgb", "1q2w3e4r5t6y", "1qaz2wsx3edc")
_SEQUENCES: Final = ("01234567890", "abcdefghijklmnopqrstuvwxyz", *_ROWS)
_RUNS: Final = frozenset(
    way[start : start + 4] for row in _SEQUENCES for way in (row, row[::-1]) for start in range(len(row) - 3)
)
# What Indonesian and English lists begin with, and what stands on this program's own screens.
WORDS: Final = frozenset(
    """
    password passwort katasandi sandi rahasia admin administrator operator petugas user login welcome letmein
    iloveyou sayang cinta bismillah alhamdulillah assalamualaikum indonesia merdeka pancasila garuda jakarta
    kalimantan kaltim kutai timur kutim sangatta bengalon samarinda pemkab pemda bupati camat desa kantor dinas
    diskominfo kominfo dishub satpol polisi polres polda polsek police camera kamera cctv ronda security
    keamanan dragon monkey football master shadow superman princess sunshine anjing kucing ganteng cantik
    januari februari maret april juni juli agustus september oktober november desember senin selasa rabu kamis
    jumat sabtu minggu qwerty asdf zxcv qazwsx changeme default secret test demo
    """.split()  # noqa: SIM905 - a list of words is read as one
)


class KnownPasswords(Protocol):
    """A list of leaked or often used passwords that the office put in place."""

    def __contains__(self, password: object, /) -> bool: ...


def context_words(texts: Iterable[str]) -> frozenset[str]:
    """The words of names, logins and offices: letters alone, three or more."""
    return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]{3,}", text.casefold()))


def guessable(password: str, context: frozenset[str]) -> str | None:
    """Why it would be guessed, or None.

    context  words of the person and the office, see `context_words`
    """
    plain = password.casefold()
    if len(set(plain)) < LEAST_DIFFERENT:
        return f"it has fewer than {LEAST_DIFFERENT} different signs"
    left = min((_left(form, WORDS | context) for form in (plain, plain.translate(_LETTER_FOR))), key=len)
    if len(left) < LEAST_LEFT:
        return "it is made of words, years and rows of keys that everybody tries first"
    return None


def _left(text: str, words: frozenset[str]) -> str:
    """What is left without known words, years, and rows; letters and digits alone count."""
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, " ")
    text = re.sub(r"(19|20)\d\d", " ", text)
    text = re.sub(r"(.)\1{2,}", " ", text)
    runs = {i + k for i in range(len(text) - 3) if text[i : i + 4] in _RUNS for k in range(4)}
    text = "".join(" " if i in runs else sign for i, sign in enumerate(text))
    text = re.sub(r"123|321|111|000", " ", text)
    return "".join(sign for sign in text if sign.isalnum())
