"""Takes the columns out of what is told of a file, having looked whether each points at what it names."""

from __future__ import annotations

import re

__all__ = ["without_columns"]

_PLACED = re.compile(r"(line (\d+)), column (\d+): ([\w-]+(?:\[\d+\]|\.[\w-]+)*)(?=: | \()")


def without_columns(told: str, text: str) -> str:
    """Tell a message without its columns; fails where one points at another place of the text than at the key it names."""
    lines = text.splitlines()
    for _, line, column, path in _PLACED.findall(told):
        rest = lines[int(line) - 1][int(column) - 1 :]
        key = path.rpartition(".")[2]
        # An item of a list has no name; what is not there is told at what it should be in; what has no path begins its line.
        is_named = rest.startswith(key) or key.endswith("]") or not lines[int(line) - 1][: int(column) - 1].strip()
        is_named = is_named or "is needed" in told
        assert is_named, (told, rest)
        assert rest[:1].strip(), (told, "a blank")
    return _PLACED.sub(r"\1: \4", told)
