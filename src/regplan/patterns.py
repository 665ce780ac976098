"""Regular expressions that are compiled when they are first used (ADR 0024): a run needs half of those that it loads."""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["pattern"]

_PUBLIC: Final = tuple(name for name in dir(re.Pattern) if not name.startswith("_"))


def pattern(text: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Make what `re.compile` makes, for a module that is loaded by more runs than use it.

    >>> pattern("[a-z]+").fullmatch("abc")
    <re.Match object; span=(0, 3), match='abc'>
    """
    made: Any = _Late(text, flags)
    return made  # type: ignore[no-any-return]


class _Late:
    """Is a pattern as soon as one of its attributes is asked for."""

    def __init__(self, text: str, flags: re.RegexFlag) -> None:
        self._given = text, flags

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        # Asked for what a pattern has not either, such as `__wrapped__`, nothing is compiled.
        if name not in _PUBLIC:
            raise AttributeError(name)
        compiled = re.compile(*self._given)
        self.__dict__ |= {each: getattr(compiled, each) for each in _PUBLIC}
        return getattr(compiled, name)

    def __repr__(self) -> str:
        text, flags = self._given
        return repr(re.compile(text, flags))
