"""What a plan says of profiles and images alone: reckoned once, kept, and shared by every site that has them.

A fleet plans thousands of sites over a few profiles. So a number that no site changes is a function of a `Prepared`,
and of what little of a site it takes besides, such as a platform or a project; and whoever wants it asks the
`Prepared` for it::

    def _media_types(prepared: Prepared) -> frozenset[str]:
        return frozenset(image.media_type for image in prepared.inventory.images())

    types = basis.facts.prepared.once(_media_types)

A rule never walks an inventory by itself.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

from regplan.model.image import Inventory
from regplan.model.profile import Declarations
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from regplan.oci.compression import UnpackedSize
    from regplan.oci.digest import Digest

__all__ = ["Prepared"]

P = ParamSpec("P")
T = TypeVar("T")

# Answers that depend on a site's values too are kept for so many of them, of each function.
_MOST_KEPT: Final = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A set of profiles with its images, and what was reckoned from them so far; equal only to itself.

    `upgrade` is the inventory of the profiles that a site goes to next, `older` are those of versions before, newest
    first; `unpacked` are the sizes of unpacked layers as far as they were measured.
    """

    declarations: Declarations = field(default_factory=Declarations)
    inventory: Inventory = field(default_factory=lambda: Inventory(()))
    upgrade: Inventory | None = None
    unpacked: Mapping[Digest, UnpackedSize] = field(default_factory=dict)
    older: tuple[Inventory, ...] = ()
    _kept: dict[Callable[..., Any], dict[Any, Any]] = field(default_factory=dict, init=False, repr=False)

    def once(self, reckon: Callable[Concatenate[Prepared, P], T], *given: P.args, **named: P.kwargs) -> T:
        """Tell `reckon(self, ...)`, which is called once for the same arguments; those can be hashed and are compared.

        `reckon` is a function at the top of its module, and what it returns is not changed by anybody.
        """
        kept = self._kept.setdefault(reckon, {})
        key = (given, *named.items()) if named else given
        if key not in kept:
            found = reckon(self, *given, **named)
            if len(kept) >= _MOST_KEPT:
                del kept[next(iter(kept))]
            kept[key] = found
        answer: T = kept[key]
        return answer

    def __reduce__(self) -> tuple[type[Prepared], tuple[Any, ...]]:
        """Travel to another process without what was reckoned."""
        return Prepared, (self.declarations, self.inventory, self.upgrade, self.unpacked, self.older)

    def __repr__(self) -> str:
        """Tell the set, which is what one wants to see in a notebook or a failing test."""
        return f"<Prepared {self.inventory!r}, {sum(map(len, self._kept.values()))} answers kept>"
