"""Where a word that is too long for its line may be broken: behind its marks, digests by eight digits, and else anywhere."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from regplan.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Pieces", "Space", "is_held", "pieces", "width_of"]

# A text as it stands, or what it may be broken into.
Pieces = str | list[str]

# What typst's own fonts hold for sure: Latin, Greek, Cyrillic, punctuation, currency, arrows, and the verdicts' glyphs.
_LETTERS: Final = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x377), (0x37A, 0x37F), (0x384, 0x38A), (0x38E, 0x3A1), (0x3A3, 0x3FF),
    (0x400, 0x481), (0x48A, 0x4FF), (0x1E00, 0x1EF9), (0x2010, 0x2026), (0x2030, 0x203A), (0x20AC, 0x20AC),
    (0x2190, 0x2193), (0x2212, 0x2212), (0x2264, 0x2265), (0x2713, 0x2713), (0x2717, 0x2717), (0xFFFD, 0xFFFD),
)  # fmt: skip
_BLANKS: Final = re.compile(r"(\s+)")
_MARKS: Final = re.compile(r"(?<=[^\w\s])(?=\w)|(?<=_)(?=[^\W_])")
_HEX: Final = re.compile(r"[0-9a-f]{32,}")
_DIGITS: Final = 8
# Hundredths of the size that the letters from blank to tilde are wide in Libertinus Serif, as typst measures them.
_ASCII: Final = (
    25, 29, 34, 47, 47, 64, 70, 19, 30, 30, 37, 55, 22, 34, 22, 32, 47, 47, 47, 47, 47, 47, 47, 47, 47, 47, 24, 24, 55, 55, 55, 41,
    91, 69, 59, 65, 71, 56, 48, 69, 73, 30, 32, 64, 53, 84, 70, 71, 54, 71, 59, 48, 56, 66, 63, 93, 66, 55, 60, 36, 29, 36, 52, 49,
    39, 46, 49, 43, 51, 44, 31, 51, 54, 27, 27, 52, 26, 79, 54, 50, 51, 50, 38, 39, 32, 53, 51, 76, 50, 53, 42, 28, 20, 28, 45,
)  # fmt: skip
# The widest of them and of their kin; of the text around it what code is, which is set smaller; and what a letter is that
# may have to be spelt by its code point.
_WIDEST: Final = 0.95
_CODE: Final = 0.5
_SPELT: Final = 5.0
# Tables say the same over and over: so many texts have their widths kept.
_MOST_KNOWN: Final = 4_096


class Space(NamedTuple):
    """How long a line may be, and how large its letters are, in points."""

    room: float
    size: float


def pieces(text: str, space: Space, *, code: bool = False) -> Pieces:
    """Take a text apart where a line has not the room for a word of it; what is short enough stays as it is.

    >>> pieces("see registry.example/store/web:1.0", Space(60, 8.5))
    ['see registry.', 'example/', 'store/', 'web:', '1.', '0']
    """
    if text.isascii() and len(text) * space.size * _WIDEST <= space.room:
        return text
    made = [""]
    for word in _BLANKS.split(text):
        first, *more = (
            (word,) if width_of(word, space.size, code=code) <= space.room else _parts(word, space, code=code)
        )
        made[-1] += first
        made += more
    return text if len(made) == 1 else made


def is_held(letter: str) -> bool:
    """Tell whether typst's own fonts hold a letter for sure."""
    return any(low <= ord(letter) <= high for low, high in _LETTERS)


def _parts(word: str, space: Space, *, code: bool) -> Iterator[str]:
    for part in _MARKS.split(word):
        if _HEX.fullmatch(part):
            yield from (part[place : place + _DIGITS] for place in range(0, len(part), _DIGITS))
        elif width_of(part, space.size, code=code) <= space.room:
            yield part
        else:
            yield from _letters(part)


def _letters(part: str) -> Iterator[str]:
    """Take letters apart, each with what is written above, below or around it."""
    held = ""
    for letter in part:
        if held and unicodedata.category(letter) not in {"Mn", "Mc", "Me", "Cf"}:
            yield held
            held = ""
        held += letter
    yield held


@lru_cache(maxsize=_MOST_KNOWN)
def width_of(text: str, size: float, *, code: bool = False) -> float:
    """Tell how wide a text is among letters of `size` points, in points; for letters beyond ASCII at most that."""
    if text.isascii():
        return size * (len(text) * _CODE if code else sum(_ASCII[max(each, 32) - 32] for each in text.encode()) / 100)
    return size * sum(_of_letter(letter) for letter in text)


def _of_letter(letter: str) -> float:
    if letter.isascii():
        return width_of(letter, 1.0)
    return _WIDEST if is_held(letter) else _SPELT
