"""How findings put things: numbers of things, names in a row, and everything of one pack together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence, Sized

    from regplan.profile.settle import Settled

__all__ = ["by_pack", "counted", "named"]

_MOST_NAMED: Final = 10


def counted(things: Sized, what: str) -> str:
    """Write how many things there are.

    >>> counted([1], "image"), counted([1, 2], "image")
    ('1 image', '2 images')
    """
    count = len(things)
    return f"{count} {what}{'' if count == 1 else 's'}"


def named(names: Sequence[str]) -> str:
    """Join names, the first ten of them.

    >>> named(["a", "b"])
    'a, b'
    """
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def by_pack(settled: Iterable[Settled]) -> Iterator[tuple[str, list[Settled]]]:
    """Put the mentions of each pack together, with how the pack is called."""
    packs: dict[int, list[Settled]] = {}
    for each in settled:
        packs.setdefault(id(each.raw), []).append(each)
    return ((str(found[0].raw.where), found) for found in packs.values())
