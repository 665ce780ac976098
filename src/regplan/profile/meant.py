"""Which known word a misspelt one was meant to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["suggest"]


def suggest(word: str, known: Sequence[str]) -> str:
    """Tell the most likely word that was meant, as the end of a sentence, or nothing.

    >>> suggest("harbour", ("zot", "harbor"))
    '; did you mean harbor?'
    """
    from difflib import get_close_matches

    lowered = {each.lower(): each for each in known}
    near = get_close_matches(word.lower()[:60], list(lowered), n=1, cutoff=0.6)
    return f"; did you mean {lowered[near[0]]}?" if near else ""
