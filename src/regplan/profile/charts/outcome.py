"""What a template gives where not every condition is known: pieces of text, each with the conditions it stands under."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Final

from regplan.profile.charts.data import MARK
from regplan.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Choice", "Guard", "Rope", "Segment", "choices", "collapse", "enabled_by", "verdict"]

_MOST_CHOICES: Final = 12
_SWITCH = re.compile(r"(?:[^ ]+: [\w.-]+(?: and )?)+")


class Guard(NamedTuple):
    """A branch that is taken (True), is not (False) or may be (None); `chain` numbers the `if` that it belongs to.

    `reason` is what would have to be set before it is taken.
    """

    chain: int
    branch: int
    verdict: bool | None
    reason: str = ""


class Segment(NamedTuple):
    """A piece of text with its conditions and the line of its template.

    `step` is 0 where the text was made in that one line, so that none of its own lines is a line of the template.
    """

    text: str
    guards: tuple[Guard, ...]
    line: int
    step: int = 0


@dataclass(frozen=True, slots=True)
class Rope:
    """A text in pieces."""

    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One way in which a text may come out, and what is known of that way."""

    text: str
    verdict: bool | None
    reason: str = ""


def verdict(guards: Iterable[Guard]) -> bool | None:
    """Tell whether something under conditions is there: True, False, or None where nobody can tell."""
    whole: bool | None = True
    for guard in guards:
        if guard.verdict is False:
            return False
        if guard.verdict is None:
            whole = None
    return whole


def enabled_by(guards: Iterable[Guard]) -> str:
    """Join what would have to be set, the outermost first."""
    reasons = (each.reason for each in guards if each.verdict is False and each.reason)
    return " and ".join(dict.fromkeys(part for each in reasons for part in each.split(" and ")))


def collapse(rope: Rope) -> str:
    """Make a text of what is certainly there; a mark stands for what may be."""
    parts: list[str] = []
    for text, guards, _, _ in rope.segments:
        told = verdict(guards)
        if told is True:
            parts.append(text)
        elif told is None and text.strip() and (not parts or parts[-1] != MARK):
            parts.append(MARK)
    return "".join(parts)


def choices(segments: Iterable[Segment]) -> Iterator[Choice]:
    """Yield the ways in which a text may come out: first as it is, then with each condition the other way."""
    pieces = tuple(segments)
    guards = {guard for piece in pieces for guard in piece.guards}
    if not guards:
        yield Choice("".join(piece.text for piece in pieces), verdict=True)
        return
    taken = {guard.chain: guard.branch for guard in guards if guard.verdict is True}
    open_chains: dict[int, list[int]] = {}
    for guard in sorted(guards):
        if guard.verdict is None:
            open_chains.setdefault(guard.chain, [-1]).append(guard.branch)
    for count, ways in enumerate(product(*open_chains.values())):
        if count >= _MOST_CHOICES:
            return
        told = None if open_chains else True
        base = taken | dict(zip(open_chains, ways, strict=True))
        yield Choice(_with(pieces, base), told)
        if count == 0:
            for guard in sorted(filter(_is_switch, guards)):
                flipped = base | _path_to(guard, pieces)
                yield Choice(_with(pieces, flipped), verdict=False, reason=_reasons(guard, pieces))


def _is_switch(guard: Guard) -> bool:
    """Tell whether a branch is chosen by a word, and not by a part of the name being there."""
    return guard.verdict is False and _SWITCH.fullmatch(guard.reason) is not None


def _with(pieces: tuple[Segment, ...], taken: dict[int, int]) -> str:
    return "".join(
        piece.text for piece in pieces if all(taken.get(guard.chain, -1) == guard.branch for guard in piece.guards)
    )


def _path_to(guard: Guard, pieces: tuple[Segment, ...]) -> dict[int, int]:
    """Tell the branches that lead to the first piece under a guard."""
    piece = next(each for each in pieces if guard in each.guards)
    return {each.chain: each.branch for each in piece.guards[: piece.guards.index(guard) + 1]}


def _reasons(guard: Guard, pieces: tuple[Segment, ...]) -> str:
    piece = next(each for each in pieces if guard in each.guards)
    return enabled_by(piece.guards[: piece.guards.index(guard) + 1])
