"""Harbor's patterns of names: those of bmatcuk/doublestar, which its immutable tag rules are written in."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["matches_pattern"]

# One piece of a pattern: `**/` may be no folder at all, `{a,b}` one of several, `[...]` one character, `\x` itself.
_PIECE: Final = re.compile(r"\*\*/|\*\*|\*|\?|\{|\}|,|\[[!^]?\]?[^\]]*\]|\\.|.", re.DOTALL)
_MEANING: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matches_pattern(pattern: str, name: str) -> bool:
    """Tell whether a whole name fits; a pattern that cannot be read fits nothing.

    >>> matches_pattern("*", "docker.io/library/nginx"), matches_pattern("**", "docker.io/library/nginx")
    (False, True)
    >>> matches_pattern("v{1,2}.*", "v2.7")
    True
    """
    try:
        return re.fullmatch(_translated(pattern), name, re.DOTALL) is not None
    except re.error:
        return False


def _translated(pattern: str) -> str:
    depth, said = 0, []
    for piece in _PIECE.findall(pattern):
        if piece == "{":
            depth += 1
            said.append("(?:")
        elif piece == "}" and depth:
            depth -= 1
            said.append(")")
        elif piece == "," and depth:
            said.append("|")
        elif piece in _MEANING:
            said.append(_MEANING[piece])
        elif len(piece) > 1 and piece[0] == "[":
            said.append("[" + ("^" if piece[1] in "!^" else "") + piece[1:-1].lstrip("!^").replace("\\", "\\\\") + "]")
        else:
            said.append(re.escape(piece[-1]))
    return "".join(said)
