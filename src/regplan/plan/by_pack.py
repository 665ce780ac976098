"""What each pack and each profile takes: by itself, and beside all the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from regplan.model.sharing import GroupSize
from regplan.oci.digest import Digest
from regplan.plan.sharing import known_sizes
from regplan.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from regplan.model.image import Inventory, ResolvedReference
    from regplan.model.profile import Declarations, Provenance
    from regplan.oci.reference import Reference

__all__ = ["PackContent", "digests_by_pack", "held_together", "measure_packs", "measure_profiles", "pack_contents"]


@dataclass(frozen=True, slots=True)
class PackContent:
    """What one pack of one profile brings: the references that were resolved, each with its distinct digests."""

    profile: str
    pack: str
    layer: str
    version: str
    contents: tuple[tuple[Reference, frozenset[Digest]], ...]

    @property
    def digests(self) -> frozenset[Digest]:
        """Every digest of the pack, once."""
        return frozenset[Digest]().union(*(held for _, held in self.contents))


class _Key(NamedTuple):
    profile: str
    pack: str = ""
    layer: str = ""


def measure_packs(inventory: Inventory, declarations: Declarations) -> tuple[GroupSize, ...]:
    """Measure each pack of each profile: every reference that it names and that counts, most unique bytes first.

    What no pack names, such as a list or an argument, stands under its file's name without a pack.
    """
    return _measure(inventory, declarations, by_pack=True)


def measure_profiles(inventory: Inventory, declarations: Declarations) -> tuple[GroupSize, ...]:
    """Measure each profile in the same way; what no profile names stands under its file's name."""
    return _measure(inventory, declarations, by_pack=False)


def digests_by_pack(inventory: Inventory, declarations: Declarations) -> dict[tuple[str, str, str], set[Digest]]:
    """Map each pack, by its profile, name and layer, to every digest behind what it names and what counts."""
    named, _ = _named(declarations, by_pack=True)
    contents = _contents(inventory)
    return {(key.profile, key.pack, key.layer): _union(found, contents) for key, found in named.items()}


def pack_contents(inventory: Inventory, declarations: Declarations) -> tuple[PackContent, ...]:
    """Tell what each pack brings, in the order in which the declarations name them; packs of nothing resolved are left out."""
    named, versions = _named(declarations, by_pack=True)
    held = _contents(inventory)
    packs = (
        PackContent(*key, versions[key], tuple((each, frozenset(held[each])) for each in found if each in held))
        for key, found in named.items()
    )
    return tuple(pack for pack in packs if pack.contents)


def held_together(groups: Iterable[AbstractSet[Digest]]) -> dict[tuple[int, ...], list[Digest]]:
    """Sort digests by exactly which groups hold them: the groups' places, rising, and what these hold and no other does."""
    holders: defaultdict[Digest, list[int]] = defaultdict(list)
    for place, digests in enumerate(groups):
        for digest in digests:
            holders[digest].append(place)
    together: defaultdict[tuple[int, ...], list[Digest]] = defaultdict(list)
    for digest, places in holders.items():
        together[tuple(places)].append(digest)
    return dict(together)


def _measure(inventory: Inventory, declarations: Declarations, *, by_pack: bool) -> tuple[GroupSize, ...]:
    named, versions = _named(declarations, by_pack=by_pack)
    entries = {entry.reference: entry for entry in inventory.entries}
    sizes = known_sizes(inventory)
    contents = _contents(inventory)
    digests = {key: _union(found, contents) for key, found in named.items()}
    # What nobody in the declarations names belongs to no group, and keeps what it shares with one from being its own.
    orphans = _union({each: None for each in entries if not any(each in found for found in named.values())}, contents)
    holders = Counter(digest for held in (*digests.values(), orphans) for digest in held)
    groups = []
    for key, found in named.items():
        resolved = [entries[reference] for reference in found if reference in entries]
        held = digests[key]
        unique = _total(held, sizes)
        own = _total({digest for digest in held if holders[digest] == 1}, sizes)
        groups.append(
            GroupSize(
                *key,
                version=versions[key],
                references=len(found),
                images=len(_images(resolved)),
                unresolved=len(found) - len(resolved),
                referenced_bytes=sum(_total(contents[entry.reference], sizes) for entry in resolved),
                unique_bytes=unique,
                exclusive_bytes=own,
                shared_bytes=unique - own,
                sizes_unknown=sum(sizes[digest] is None for digest in held),
            )
        )
    return tuple(sorted(groups, key=lambda group: (-group.unique_bytes, group.profile, group.pack, group.layer)))


def _named(declarations: Declarations, *, by_pack: bool) -> tuple[dict[_Key, dict[Reference, None]], dict[_Key, str]]:
    """List the references that each group names, and the version of each."""
    named: dict[_Key, dict[Reference, None]] = {}
    versions: dict[_Key, str] = {}
    for use in declarations.uses:
        if use.reference is not None and use.is_counted:
            key = _key(use.provenance, by_pack=by_pack)
            named.setdefault(key, {})[use.reference] = None
            versions[key] = versions.get(key) or (use.provenance.version if by_pack else "")
    return named, versions


def _contents(inventory: Inventory) -> dict[Reference, set[Digest]]:
    return {
        entry.reference: {blob.digest for blob in entry.content(with_referrers=True)} for entry in inventory.entries
    }


def _key(where: Provenance, *, by_pack: bool) -> _Key:
    profile = where.profile or where.file
    return _Key(profile, where.pack, where.layer) if by_pack else _Key(profile)


def _union(found: Mapping[Reference, None], contents: Mapping[Reference, set[Digest]]) -> set[Digest]:
    return set[Digest]().union(*(contents[reference] for reference in found if reference in contents))


def _images(resolved: list[ResolvedReference]) -> set[Digest]:
    return {image.digest for entry in resolved for image in entry.images}


def _total(digests: AbstractSet[Digest], sizes: Mapping[Digest, int | None]) -> int:
    return sum(sizes[digest] or 0 for digest in digests)
