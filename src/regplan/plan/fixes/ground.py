"""What a plan is made of and a fix may change, and the parts that a change is made of."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from regplan.model.fix import Change, Cost
from regplan.model.sharing import Analysis
from regplan.units import GB, MB, GiB
from regplan.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from regplan.model.finding import Finding, Verdict
    from regplan.model.image import Inventory
    from regplan.model.profile import Declarations, RegistrySettings
    from regplan.model.site import RegistrySpec, Site

    # Makes a whole plan of a ground; and tells what some rules alone, by their ids, find of it.
    Replan: TypeAlias = Callable[["Ground"], "Outcome"]
    Ask: TypeAlias = Callable[["Ground", Collection[str]], Iterable[Finding]]
    Put: TypeAlias = Callable[["Ground"], "Ground"]

__all__ = [
    "Ground",
    "Lever",
    "Outcome",
    "Part",
    "changed",
    "put_all",
    "size_text",
    "title_of",
    "with_registry",
    "with_settings",
]

Given = TypeVar("Given")
Made = TypeVar("Made")

_NO_ANALYSIS = Analysis()


class Outcome(Protocol):
    """What is asked of a plan that was made again."""

    @property
    def verdict(self) -> Verdict:
        """Its verdict."""

    @property
    def binding_constraint(self) -> str | None:
        """What binds it."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What its rules found."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A site with what its profiles declare and its images; `analysis` tells what aligning bases would free.

    `made` keeps what was made of images and declarations, so that grounds that came of one share it.
    """

    site: Site
    declarations: Declarations
    inventory: Inventory
    analysis: Analysis = _NO_ANALYSIS
    made: dict[tuple[str, int], tuple[object, Any]] = field(default_factory=dict, repr=False)

    def once(self, name: str, of: Given, make: Callable[[Given], Made]) -> Made:
        """Tell `make(of)`, which is called once for one `name` and one value."""
        key = name, id(of)
        if key not in self.made:
            # The value is kept too: as long as it is, nothing else has its id.
            self.made[key] = of, make(of)
        found: Made = self.made[key][1]
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """One change that can be made by itself: `says` tells it, with {} where `subject` goes.

    `weight` is how much of what was there it changes, where the change itself does not tell it.
    """

    change: Change
    put: Put = field(repr=False, compare=False)
    says: str = ""
    subject: str = ""
    weight: float = 0.0

    @property
    def relative_change(self) -> float:
        """How much of what was there it adds or takes away; 0 for what is no quantity or was not known."""
        before, after = self.change.before_number, self.change.after_number
        return abs(after - before) / before if before and after is not None else self.weight


@dataclass(frozen=True, slots=True)
class Lever:
    """One kind of change of a ground: it is pulled 1 to `most` steps far, and a further pull does all that a shorter one does.

    `pull` tells the parts of a pull. `guess` tells how far is likely to be enough for a finding, 0 where nothing tells it.
    `told` is the pull that is made for what is merely told, 0 where nothing is changed for that alone. `probe` tells parts
    that do the same for the search, and leave profiles as they are, since a plan is then quicker made again. Levers of
    one `group` do the same to several hosts. What is about a place in `skips` is left to other levers, and one with `about` is for
    that place alone.
    """

    key: str
    cost: Cost
    most: int
    pull: Callable[[int], Sequence[Part]] = field(repr=False, compare=False)
    guess: Callable[[Finding], int] = field(default=lambda _: 0, repr=False, compare=False)
    told: int = 0
    probe: Callable[[int], Sequence[Part]] | None = field(default=None, repr=False, compare=False)
    group: str = ""
    skips: frozenset[str] = frozenset()
    about: str = ""

    def moves(self, where: str) -> bool:
        """Tell whether it is tried for findings about a place."""
        return where not in self.skips and self.about in {"", where}


def put_all(ground: Ground, parts: Iterable[Part]) -> Ground:
    """Make changes one after the other."""
    for part in parts:
        ground = part.put(ground)
    return ground


def title_of(parts: Sequence[Part]) -> str:
    """Tell changes in one sentence; those that say the same of several subjects are told together."""
    subjects: dict[str, list[str]] = {}
    for part in parts:
        if part.says:
            subjects.setdefault(part.says, []).append(part.subject)
    said = [says.format(", ".join(filter(None, those))) for says, those in subjects.items()]
    return " and ".join([*said[:1], *(each[:1].lower() + each[1:] for each in said[1:])])


def changed(key: str, before: object, after: object) -> Change:
    """Tell a change of what is no quantity; None is not stated."""
    return Change(key, _text(before), _text(after))


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def with_registry(**values: object) -> Put:
    """Make a change of the registry as the site file describes it, which then leaves it out no longer."""
    stated = {f"registry.{name}" for name in values}

    def put(ground: Ground) -> Ground:
        registry: RegistrySpec | None = ground.site.registry
        if registry is None:
            return ground
        left = tuple(key for key in ground.site.defaulted if key not in stated)
        changed_one = replace(registry, **values)  # type: ignore[arg-type]
        return replace(ground, site=replace(ground.site, registry=changed_one, defaulted=left))

    return put


def with_settings(change: Callable[[RegistrySettings], RegistrySettings]) -> Put:
    """Make a change of what the profiles' values say of the registry."""

    def put(ground: Ground) -> Ground:
        declarations = ground.declarations
        return replace(ground, declarations=replace(declarations, settings=change(declarations.settings)))

    return put


def size_text(size_bytes: int) -> str:
    """Write a size to the byte, as a site file takes it.

    >>> size_text(280 * 2**30), size_text(7_800_000_000), size_text(1)
    ('280GiB', '7.8GB', '1B')
    """
    if size_bytes % GiB == 0:
        return f"{size_bytes // GiB}GiB"
    if size_bytes >= GB and size_bytes % MB == 0:
        return f"{size_bytes // GB}{f'{size_bytes % GB // MB / 1000:g}'[1:]}GB"
    return f"{size_bytes}B"
